// On small and touch screens a card's details and actions open in a sheet: its own nodes move there and back.
const sheet = document.getElementById("sheet");
const body = sheet.querySelector("[data-sheet-body]");
const notices = ["toasts", "live"].map((id) => document.getElementById(id));
const noticesStood = notices[0].parentElement;
let home = null;
let opener = null;

function giveBack() {
  if (!home) return;
  home.append(...body.childNodes);
  home = null;
}

document.addEventListener("click", (event) => {
  const dots = event.target.closest(".card__dots");
  if (!dots) return;
  giveBack();
  const card = dots.closest(".card");
  home = card.querySelector(".card__text");
  opener = dots;
  sheet.querySelector("h2").textContent = card.querySelector(".card__name").textContent;
  sheet.dataset.title = card.dataset.title;
  body.append(card.querySelector(".card__more"));
  sheet.append(...notices); // what lies behind an open dialog can be neither seen, heard nor pressed
  sheet.showModal();
});

sheet.addEventListener("close", () => {
  giveBack();
  noticesStood.append(...notices);
  opener?.focus();
});

sheet.addEventListener("click", (event) => {
  if (event.target === sheet) sheet.close();
});

/** The card an element belongs to, also while its actions are in the sheet. */
export function cardOf(element) {
  const card = element.closest(".card") ?? (sheet.contains(element) ? home?.closest(".card") : null);
  return card ?? null;
}

/** The buttons of a card as they stand now, in the sheet or not. */
export const actionsOf = (card) =>
  card.querySelector(".card__actions") ?? sheet.querySelector(".card__actions");

export function closeSheet() {
  if (sheet.open) sheet.close();
}
