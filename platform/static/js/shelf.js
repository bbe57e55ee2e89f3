// Shelves: one tab stop each, arrows move within, buttons scroll by a screen and keep the focus.
const links = (track) => [...track.querySelectorAll(".card:not(.is-leaving) .card__link")];

function setStop(track, current) {
  for (const link of links(track)) {
    const stop = link === current ? 0 : -1;
    link.tabIndex = stop;
    for (const button of link.closest(".card").querySelectorAll("button")) button.tabIndex = stop;
  }
}

function updateButtons(root, track) {
  const start = track.scrollLeft <= 4;
  const end = track.scrollLeft + track.clientWidth >= track.scrollWidth - 4;
  root.querySelector("[data-shelf-prev]").setAttribute("aria-disabled", String(start));
  root.querySelector("[data-shelf-next]").setAttribute("aria-disabled", String(end));
  root.querySelector(".shelf__nav").hidden = start && end;
}

function scrollByScreen(track, direction) {
  const card = track.querySelector(".card");
  if (!card) return;
  const gap = Number.parseFloat(getComputedStyle(track).columnGap) || 0;
  const step = card.offsetWidth + gap;
  const whole = Math.max(1, Math.floor((track.clientWidth - gap) / step) - 1);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  track.scrollBy({ left: direction * whole * step, behavior: calm ? "auto" : "smooth" });
}

function moveWithin(track, event) {
  const link = event.target.closest(".card__link");
  const all = links(track);
  const at = all.indexOf(link);
  if (at < 0) return;
  const rtl = document.dir === "rtl" ? -1 : 1;
  const to = { ArrowRight: at + rtl, ArrowLeft: at - rtl, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || !all[to]) return;
  event.preventDefault();
  setStop(track, all[to]);
  all[to].focus();
}

function enhance(root) {
  const track = root.querySelector("[data-shelf-track]");
  if (!track || root.dataset.ready) return;
  root.dataset.ready = "1";
  setStop(track, links(track)[0]);
  track.addEventListener("keydown", (event) => moveWithin(track, event));
  track.addEventListener("focusin", (event) => {
    const link = event.target.closest(".card__link");
    if (link) setStop(track, link);
  });
  for (const [name, direction] of [["prev", -1], ["next", 1]]) {
    const button = root.querySelector(`[data-shelf-${name}]`);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") scrollByScreen(track, direction);
    });
  }
  const update = () => updateButtons(root, track);
  track.addEventListener("scroll", () => requestAnimationFrame(update), { passive: true });
  new ResizeObserver(update).observe(track);
  track.addEventListener("cards-changed", () => {
    if (!links(track).some((link) => link.tabIndex === 0)) setStop(track, links(track)[0]);
    update();
  });
}

const enhanceAll = (scope) =>
  scope.querySelectorAll?.("[data-shelf-root]").forEach((root) => enhance(root));

enhanceAll(document);
document.addEventListener("htmx:load", (event) => enhanceAll(event.detail.elt.parentNode ?? document));
