// The buttons of cards belong to the plain form around their list; here they are sent without leaving the page.
import { cardOf } from "./sheet.js";

/** In the sheet a button is outside of the form that it would send. */
const formOf = (button) => button.form ?? cardOf(button).closest("form");

async function send(button) {
  const card = cardOf(button);
  const path = button.getAttribute("formaction");
  const held = document.activeElement === button;
  await htmx
    .ajax("POST", path, {
      source: button,
      target: button.closest(".card__actions"),
      swap: "hide" in button.dataset ? "none" : "outerHTML",
      values: {
        ...Object.fromEntries(new FormData(formOf(button))),
        position: card.dataset.position,
        [button.name]: button.value,
      },
    })
    .catch(() => {}); // toast.js says that it did not arrive
  if (!held || button.isConnected) return;
  document.querySelector(`.card__actions [formaction="${path}"]`)?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".card__actions button");
  if (!button) return;
  event.preventDefault();
  send(button);
});
