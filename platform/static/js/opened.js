// Tells the title page which list the card was on that led to it, so that the list gets the credit.
const KEPT = 60_000; // milliseconds: a page opened later than that was not led to by this click
const keyOf = (title) => `opened:${title}`;

document.addEventListener("click", (event) => {
  const card = event.target.closest?.(".card__link")?.closest(".card");
  const { shelf, list } = card?.closest("[data-list]")?.dataset ?? {};
  if (!list) return;
  const { title, position } = card.dataset;
  const shown = { shelf, position, list_id: list };
  sessionStorage.setItem(keyOf(title), JSON.stringify({ at: Date.now(), shown }));
});

document.addEventListener("htmx:configRequest", (event) => {
  const { opened } = event.detail.elt.dataset;
  const kept = opened && sessionStorage.getItem(keyOf(opened));
  if (!kept) return;
  sessionStorage.removeItem(keyOf(opened)); // a reload is no second visit from that list
  const { at, shown } = JSON.parse(kept);
  if (Date.now() - at > KEPT) return;
  Object.assign(event.detail.parameters, shown);
});
