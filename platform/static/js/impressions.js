// Tells the server which cards were really seen: half visible for one second, each once per list.
import { csrfToken } from "./toast.js";

const SEEN_MS = 1000;
const SEND_MS = 4000;
const BATCH = 50;
const url = document.body.dataset.impressions;
const sent = new Set();
const timers = new Map();
let waiting = [];
let sending = null;

const listOf = (card) => card.closest("[data-list]");
const number = (text) => (text === "" || text === undefined ? null : Number(text));

function note(card) {
  const { title, position } = card.dataset;
  const { shelf, list } = listOf(card).dataset;
  const key = `${list}|${shelf}|${title}`;
  if (sent.has(key)) return;
  sent.add(key);
  waiting.push({ title: Number(title), shelf, position: number(position), list_id: list });
  if (waiting.length >= BATCH) flush();
  else sending ??= setTimeout(flush, SEND_MS);
}

function flush() {
  clearTimeout(sending);
  sending = null;
  if (!waiting.length) return;
  const body = JSON.stringify(waiting);
  waiting = [];
  // keepalive outlives the page as a beacon does, and can carry the CSRF header
  fetch(url, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body,
  }).catch(() => {});
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        timers.set(target, setTimeout(() => note(target), SEEN_MS));
      } else {
        clearTimeout(timers.get(target));
        timers.delete(target);
      }
    }
  },
  { threshold: 0.5 },
);

const watch = (scope) =>
  scope.querySelectorAll?.(".card").forEach((card) => {
    if (listOf(card)?.dataset.list) observer.observe(card);
  });

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.detail.elt.parentNode ?? document));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") flush();
});
