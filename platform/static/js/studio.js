// The studio's sliders, its seed, and the walk from one image to another.
const MOST = 1_000_000; // seeds short enough to be told to somebody
const FRAME_MS = 80;

function show(input) {
  for (const slot of document.querySelectorAll(`[data-value-of="${input.id}"]`)) slot.textContent = input.value;
}

function paint(input) {
  const share = (input.value - input.min) / (input.max - input.min || 1);
  input.style.setProperty("--share", `${100 * share}%`);
}

function stand(input) {
  show(input);
  paint(input);
  if (input.matches("[data-walk-slider]")) step(Number(input.value));
}

/** The strip holds all frames side by side; the frame shows one of them. */
function step(place) {
  const frame = document.querySelector("[data-walk]");
  frame?.querySelector("img").style.setProperty("translate", `${(-100 * place) / frame.dataset.frames}%`);
}

function lay() {
  const frame = document.querySelector("[data-walk]");
  frame?.querySelector("img").style.setProperty("width", `${100 * frame.dataset.frames}%`);
  for (const input of document.querySelectorAll("input[type=range]")) stand(input);
}

let timer = 0;

function play(button) {
  const slider = document.querySelector("[data-walk-slider]");
  const on = button.ariaPressed !== "true";
  button.ariaPressed = String(on);
  clearInterval(timer);
  if (!on) return;
  let way = 1;
  timer = setInterval(() => {
    if (!slider.isConnected) return clearInterval(timer);
    if (Number(slider.value) >= Number(slider.max)) way = -1;
    if (Number(slider.value) <= 0) way = 1;
    slider.value = Number(slider.value) + way;
    stand(slider);
  }, FRAME_MS);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("input[type=range]")) stand(event.target);
});

document.addEventListener("click", (event) => {
  const fresh = event.target.closest("[data-new-seed]");
  if (fresh) document.querySelector(fresh.dataset.newSeed).value = Math.floor(Math.random() * MOST);
  const button = event.target.closest("[data-walk-play]");
  if (button) play(button);
});

document.addEventListener("htmx:afterSettle", lay);
lay();
