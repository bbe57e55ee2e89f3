// The board of a match: arrows, keys, the switch for the agent's thinking, clocks, what is read out.
const STORE = "arcade-thinking";
const TICK = 250;
const live = document.getElementById("live");
const match = () => document.getElementById("match");
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select");

function stored() {
  try {
    return localStorage.getItem(STORE);
  } catch {
    return null; // storage is off: it is shown on every page
  }
}

function setThinking(on) {
  const box = document.querySelector("[data-thinking]");
  if (box) box.checked = on;
}

/** One square takes the tabulator; arrows reach the others. */
function rove() {
  const squares = [...document.querySelectorAll("[data-board] .square__hit")];
  if (!squares.length) return;
  const entry = squares.find((one) => one === document.activeElement) ?? squares.find((one) => "entry" in one.dataset);
  for (const one of squares) one.tabIndex = one === entry ? 0 : -1;
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function walk(event, square) {
  const rows = [...square.closest("[data-board]").querySelectorAll("[role=row]")].map((row) => [...row.querySelectorAll(".square__hit")]);
  const row = rows.findIndex((line) => line.includes(square));
  const column = rows[row].indexOf(square);
  let next = null;
  if (event.key in STEPS) {
    const [down, right] = STEPS[event.key];
    next = rows[row + down]?.[column + right];
  } else if (event.key === "Home") next = (event.ctrlKey ? rows[0] : rows[row])[0];
  else if (event.key === "End") next = (event.ctrlKey ? rows.at(-1) : rows[row]).at(-1);
  else return false;
  event.preventDefault();
  if (next) {
    square.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  return true;
}

function press(selector) {
  const found = match()?.querySelector(selector);
  if (!found || found.ariaDisabled === "true") return false;
  found.click();
  return true;
}

function shortcut(key) {
  if (/^[1-9]$/.test(key)) return press(`[data-kind=drop] .square--hint [data-typed="${key}"]`);
  if (key === "t") {
    const box = document.querySelector("[data-thinking]");
    box?.click();
    return Boolean(box);
  }
  if (key === "u" || key === "f") return press(`[data-key="${key}"]`);
  const replay = { arrowleft: "back", arrowright: "next", home: "first", end: "last" }[key];
  return replay ? press(`[data-replay=${replay}]`) : false;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const square = event.target.closest(".square__hit");
  if (square && walk(event, square)) return;
  if (square && event.key === " " && square.matches("a")) {
    event.preventDefault();
    square.click();
    return;
  }
  if (square && event.key === "Escape") press(".square--chosen .square__hit");
  if (event.ctrlKey || typing(event.target) || event.target.closest("[data-moves], details[open][data-menu]")) return;
  if (event.shiftKey) return;
  if (shortcut(event.key.toLowerCase())) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-thinking]")) return;
  try {
    localStorage.setItem(STORE, event.target.checked ? "on" : "off");
  } catch {
    // storage is off: the choice lasts for this page
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  const link = document.getElementById(button.dataset.copyLink);
  if (!navigator.clipboard) {
    link.select(); // over plain http: one copies it oneself
    return;
  }
  await navigator.clipboard.writeText(link.value);
  button.querySelector("span").textContent = button.dataset.copied;
});

/** Clocks run on the page; the server knows what time it really is, and is asked at zero. */
let ends = 0;

function wind() {
  const clock = match()?.querySelector("[data-runs]");
  ends = clock ? Date.now() + Number(clock.dataset.clock) : 0;
}

function tick() {
  const clock = match()?.querySelector("[data-runs]");
  if (!clock || !ends) return;
  const left = Math.max(0, ends - Date.now());
  const seconds = Math.ceil(left / 1000);
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (left > 0) return;
  ends = 0;
  setTimeout(() => window.htmx.ajax("GET", clock.dataset.href, { target: "#match", swap: "outerHTML" }), TICK);
}

function settle() {
  setThinking(stored() !== "off");
  rove();
  wind();
  const moves = document.querySelector("[data-moves]");
  const shown = moves?.querySelector(".is-shown");
  if (shown) moves.scrollTop = shown.offsetTop - moves.clientHeight / 2;
}

let said = match()?.dataset.announce;

document.addEventListener("htmx:afterSettle", () => {
  settle();
  const words = match()?.dataset.announce;
  if (words && words !== said) live.textContent = words;
  said = words;
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches(".square__hit")) rove();
});

setInterval(tick, TICK);
settle();
