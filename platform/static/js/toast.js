// Notices with Undo for 8 s, and cards that leave when somebody is not interested.
import { actionsOf, cardOf, closeSheet } from "./sheet.js";

const SHOWN_MS = 8000;
const MOST_SHOWN = 3;
const SAID_MS = 10000;
const region = document.getElementById("toasts");
const live = document.getElementById("live");

/** Each text is a line of its own, so that one said at once after another does not take its place. */
export const announce = (text) => {
  const line = document.createElement("p");
  live.append(line);
  requestAnimationFrame(() => {
    line.textContent = text;
  });
  setTimeout(() => line.remove(), SAID_MS);
};

export const csrfToken = () =>
  JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

const NOWHERE = { find: () => null, button: "button" };

/** Where the buttons stand that one was pressed of, and which of them it was: pressing replaces them all,
    so they are looked up when they are needed. */
function placeOf(pressed) {
  const card = cardOf(pressed);
  if (card) return { find: () => actionsOf(card), button: `[formaction="${pressed.getAttribute("formaction")}"]` };
  const action = pressed.closest("form")?.getAttribute("action");
  if (!action) return NOWHERE;
  return { find: () => document.querySelector(`form[action="${action}"]`), button: "[type=radio], button[id]" };
}

/** True when the server took it back; the notice stays, to try again, when it did not.
    Its answer is the buttons as they stand now, or nothing: then the card comes back, or the page is loaded. */
async function undo(url, card, place) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
  }).catch(() => null);
  if (!answer?.ok) {
    toast({ message: region.dataset.errorLabel });
    return false;
  }
  const buttons = await answer.text();
  const standing = place.find();
  if (buttons && standing) {
    htmx.swap(standing, buttons, { swapStyle: "outerHTML" });
  } else if (!card || answer.headers.get("HX-Refresh")) {
    location.reload(); // the buttons of this page are out of date
    return true;
  } else {
    putBack(card);
  }
  announce(region.dataset.undoneLabel);
  return true;
}

function undoButton(url, { card, place }, message, close) {
  const button = document.createElement("button");
  const what = document.createElement("span");
  button.type = "button";
  button.textContent = region.dataset.undoLabel;
  what.className = "visually-hidden";
  what.textContent = `: ${message}`; // several stand together, each says what it takes back
  button.append(what);
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    const done = await undo(url, card, place);
    button.ariaDisabled = null;
    if (done) close(card?.querySelector(".card__link") ?? place.find()?.querySelector(place.button));
  });
  return button;
}

/** The oldest go first; one that somebody is at stays. */
function makeRoom() {
  const idle = [...region.children].filter((box) => !box.matches(":hover, :focus-within"));
  idle.slice(0, Math.max(0, region.childElementCount - MOST_SHOWN)).forEach((box) => box.remove());
}

/** Shows a line for 8 s; with undo_url it carries a button, and waits while that is hovered or focused.
    It replaces the line before it on the same thing. from: the card that leaves, and the place of the buttons. */
export function toast({ message, undo_url: undoUrl, about }, from = { card: null, place: NOWHERE }) {
  const box = document.createElement("div");
  if (about) region.querySelector(`[data-about="${about}"]`)?.remove();
  if (about) box.dataset.about = about;
  let timer = 0;
  box.className = "toast";
  const text = document.createElement("span");
  text.textContent = message;
  box.append(text);
  const close = (next) => {
    clearTimeout(timer);
    const inside = box.contains(document.activeElement);
    const near = box.nextElementSibling ?? box.previousElementSibling;
    box.remove();
    if (inside) (next ?? near?.querySelector("button") ?? document.getElementById("main")).focus();
  };
  const wait = (time) => {
    clearTimeout(timer);
    timer = setTimeout(() => (box.matches(":hover, :focus-within") ? wait(time) : close()), time);
  };
  if (undoUrl) box.append(undoButton(undoUrl, from, message, close));
  region.append(box);
  makeRoom();
  announce(message);
  wait(SHOWN_MS);
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, () => wait(SHOWN_MS / 2));
}

const changed = (card) =>
  card.parentElement?.dispatchEvent(new CustomEvent("cards-changed", { bubbles: true }));

function stays(card, side) {
  let near = card[side];
  while (near?.classList.contains("is-leaving")) near = near[side];
  return near;
}

function sendAway(card) {
  const inside = card.contains(document.activeElement);
  const next = stays(card, "nextElementSibling") ?? stays(card, "previousElementSibling");
  card.style.width = `${card.offsetWidth}px`;
  void card.offsetWidth; // the width must be set before it can shrink
  card.classList.add("is-leaving");
  setTimeout(() => {
    if (!card.classList.contains("is-leaving")) return; // taken back meanwhile
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

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches("[data-hide]") || !event.detail.successful) return;
  const card = cardOf(event.target);
  closeSheet();
  if (card) sendAway(card);
});

// the event comes from the button that was pressed, while its card still stands
document.body.addEventListener("toast", (event) => {
  const card = event.target.matches("[data-hide]") ? cardOf(event.target) : null;
  toast(event.detail, { card, place: placeOf(event.target) });
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(name, (event) => {
    const quiet = event.target.matches("[data-bell-body], [hx-trigger^='every'], [hx-trigger=load], input[type=search]");
    if (quiet) return;
    event.target.closest("form")?.reset(); // what was not kept must not look kept
    const answer = event.detail.xhr;
    if (answer?.getResponseHeader("HX-Trigger")?.includes("toast")) return; // it says itself why
    toast({ message: answer?.status === 404 ? region.dataset.goneLabel : region.dataset.errorLabel });
  });
}
