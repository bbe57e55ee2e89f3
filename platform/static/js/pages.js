// Small page behaviours, each found by its data attribute; without scripts every one of them has a plain way.
function countPicks(form) {
  const chosen = form.querySelectorAll("input[name=title]:checked").length;
  for (const slot of form.querySelectorAll("[data-picked-count]")) slot.textContent = String(chosen);
  return chosen;
}

for (const form of document.querySelectorAll("[data-picks]")) {
  const note = form.querySelector("[data-pick-first]");
  form.addEventListener("change", () => {
    countPicks(form);
    note.hidden = true;
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "skip" || countPicks(form)) return;
    event.preventDefault(); // the page says it too, but from its top
    note.hidden = false;
    note.querySelector("span").textContent = note.dataset.pickFirst;
  });
  countPicks(form);
}

// filters apply at once; their button stays for those without scripts
document.addEventListener("change", (event) => {
  const form = event.target.form; // a control may stand outside its form
  if (form?.matches("[data-auto-submit]")) form.requestSubmit();
});

// after "Show more" the focus goes to the first new card, not to the top
document.addEventListener("htmx:afterSwap", (event) => {
  const link = event.detail.requestConfig?.elt;
  if (!link?.matches?.("[data-more]")) return;
  const before = Number(link.dataset.before ?? 0);
  link.closest(".more")?.remove();
  event.target.querySelectorAll(".card__link")[before]?.focus();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.matches("[data-more]")) return;
  event.target.dataset.before = event.detail.target.querySelectorAll(".card__link").length;
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const copied = document.querySelector(button.dataset.copy);
    if (!navigator.clipboard) {
      getSelection().selectAllChildren(copied); // over plain http: one copies it oneself
      return;
    }
    await navigator.clipboard.writeText(copied.textContent.trim());
    button.textContent = button.dataset.copied ?? button.textContent;
  });
}

// dangerous actions are confirmed by typing: the button wakes when the words match
for (const field of document.querySelectorAll("[data-confirm-text]")) {
  const button = field.form.querySelector("[data-confirm-submit]");
  const update = () => {
    button.disabled = field.value.trim() !== field.dataset.confirmText;
  };
  field.addEventListener("input", update);
  update();
}

// browsers whose style sheets cannot hold a details element open beside the list
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 1000px)").matches) {
  for (const fold of document.querySelectorAll("[data-open-when-wide]")) fold.open = true;
}

// on a phone the dashboard's pages are one line that scrolls: the current one is in view
document
  .querySelector(".side-nav [aria-current]")
  ?.scrollIntoView({ inline: "center", block: "nearest" });
