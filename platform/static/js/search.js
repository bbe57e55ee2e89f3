// Search in the top bar: "/" is in shortcuts.js; here the panel, its arrows, and recent searches of this browser.
import { announce } from "./toast.js";

const KEY = "recent-searches";
const KEPT = 6;
const form = document.querySelector("[data-search]");
const input = form.querySelector("input[type=search]");
const panel = form.querySelector("#search-panel");

function recent() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((text) => typeof text === "string");
  } catch {
    return [];
  }
}

function remember(text) {
  const query = text.trim();
  if (!query) return;
  const list = [query, ...recent().filter((old) => old.toLowerCase() !== query.toLowerCase())];
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, KEPT)));
  } catch {
    // storage is off: nothing is remembered
  }
}

function icon(name) {
  const svg = document.querySelector(".search .icon").cloneNode(true);
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return svg;
}

function recentLink(text) {
  const link = document.createElement("a");
  link.className = "menu__item";
  link.href = `${form.action}?q=${encodeURIComponent(text)}`;
  link.append(icon("history"), text);
  return link;
}

function showRecent() {
  const list = recent();
  panel.replaceChildren();
  if (!list.length) return;
  const heading = document.createElement("h2");
  heading.textContent = panel.dataset.recentLabel;
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "menu__item";
  clear.append(icon("x"), panel.dataset.clearLabel);
  clear.addEventListener("click", () => {
    localStorage.removeItem(KEY);
    panel.replaceChildren();
    input.focus();
  });
  panel.append(heading, ...list.map(recentLink), clear);
}

function open() {
  if (!input.value.trim()) showRecent();
  panel.hidden = panel.childElementCount === 0;
}

const close = () => {
  panel.hidden = true;
};

input.addEventListener("focus", open);
input.addEventListener("input", () => {
  if (!input.value.trim()) open();
});
// an empty box shows recent searches, so nothing is asked of the server
input.addEventListener("htmx:beforeRequest", (event) => {
  if (!input.value.trim()) event.preventDefault();
});
panel.addEventListener("htmx:afterSwap", () => {
  panel.hidden = document.activeElement !== input || panel.childElementCount === 0;
  const status = panel.querySelector("[data-status]");
  if (status) announce(status.textContent);
});
form.addEventListener("submit", () => remember(input.value));
panel.addEventListener("click", (event) => {
  if (event.target.closest("a.result")) remember(input.value);
});
form.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target)) close();
});

form.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (panel.hidden) input.blur();
    else input.focus();
    close();
    event.stopPropagation();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (panel.hidden) open();
  const stops = [input, ...panel.querySelectorAll("a, button")];
  const at = stops.indexOf(document.activeElement);
  const to = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!to) return;
  event.preventDefault();
  to.focus();
});
