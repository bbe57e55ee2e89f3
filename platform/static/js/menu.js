// Menus are <details data-menu>; this adds Esc, a click elsewhere, the theme switch and the bell's count.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

function setTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // storage is off: the choice lasts for this page
  }
  document.dispatchEvent(new CustomEvent("themechange"));
}

for (const switcher of document.querySelectorAll("[data-theme-switch]")) {
  const current = document.documentElement.dataset.theme ?? "system";
  const radio = switcher.querySelector(`input[value="${current}"]`);
  if (radio) radio.checked = true;
  switcher.addEventListener("change", (event) => setTheme(event.target.value));
}

function showRunning(body) {
  const count = Number(body.querySelector("[data-running]")?.dataset.running ?? 0);
  const bell = document.querySelector("[data-bell]");
  const dot = bell.querySelector("[data-bell-count]");
  dot.hidden = count === 0;
  dot.textContent = String(count);
  bell.setAttribute(
    "aria-label",
    count ? `${bell.dataset.labelSome} ${count}` : bell.dataset.labelNone,
  );
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches?.("[data-bell-body]")) showRunning(event.target);
});
