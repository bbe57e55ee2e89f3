// Notices with Undo for 8 s, and cards that leave when somebody is not interested.
import { cardOf, closeSheet } from "./sheet.js";

const SHOWN_MS = 8000;
const region = document.getElementById("toasts");
const live = document.getElementById("live");
let leaving = null;

export const announce = (text) => {
  live.textContent = "";
  requestAnimationFrame(() => {
    live.textContent = text;
  });
};

export const csrfToken = () =>
  JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

async function undo(url, cards) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
  }).catch(() => null);
  if (!answer?.ok) {
    toast({ message: region.dataset.errorLabel });
    return;
  }
  cards.forEach(putBack);
  announce(region.dataset.undoneLabel);
  cards[0]?.querySelector(".card__link")?.focus();
}

function undoButton(url, cards, close) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = region.dataset.undoLabel;
  button.addEventListener("click", () => {
    close();
    undo(url, cards);
  });
  return button;
}

/** Shows a line for 8 s; with undo_url it carries a button, and waits while that is hovered or focused. */
export function toast({ message, undo_url: undoUrl }) {
  const box = document.createElement("div");
  box.className = "toast";
  const text = document.createElement("span");
  text.textContent = message;
  box.append(text);
  const cards = leaving ? [leaving] : [];
  leaving = null;
  const close = () => box.remove();
  if (undoUrl) box.append(undoButton(undoUrl, cards, close));
  region.replaceChildren(box);
  announce(message);
  let timer = setTimeout(close, SHOWN_MS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(close, SHOWN_MS / 2);
  };
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, release);
}

const changed = (card) =>
  card.parentElement?.dispatchEvent(new CustomEvent("cards-changed", { bubbles: true }));

function sendAway(card) {
  const inside = card.contains(document.activeElement);
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.style.width = `${card.offsetWidth}px`;
  void card.offsetWidth; // the width must be set before it can shrink
  card.classList.add("is-leaving");
  setTimeout(() => {
    card.hidden = true;
    changed(card);
  }, 200);
  if (inside) next?.querySelector(".card__link")?.focus({ preventScroll: true });
}

function putBack(card) {
  card.hidden = false;
  card.classList.remove("is-leaving");
  card.style.width = "";
  changed(card);
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("form[data-hide]")) leaving = cardOf(event.target);
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches("form[data-hide]") || !event.detail.successful) return;
  const card = cardOf(event.target);
  closeSheet();
  if (card) sendAway(card);
});

document.body.addEventListener("toast", (event) => toast(event.detail));

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(name, (event) => {
    const quiet = event.target.matches("[data-bell-body], [hx-trigger^='every'], input[type=search]");
    if (quiet) return;
    event.target.closest("form")?.reset(); // what was not kept must not look kept
    toast({ message: region.dataset.errorLabel });
  });
}
