// "/" focuses the search, "?" lists the shortcuts; neither while somebody types.
const typing = (element) =>
  element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function focusSearch() {
  const fields = [...document.querySelectorAll("input[type=search]")];
  const visible = fields.filter((field) => field.checkVisibility());
  const field = visible.find((candidate) => candidate.closest("main")) ?? visible[0];
  if (field) {
    field.focus();
    field.select();
  } else {
    document.querySelector(".topbar__find")?.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    event.preventDefault();
    focusSearch();
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("shortcuts").showModal();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog).showModal();
  else if (event.target.matches("dialog")) event.target.close();
});
