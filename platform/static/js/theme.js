// Loaded before the first paint: sets the remembered theme without a flash.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // storage is off: the system's theme stands
  }
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
})();
