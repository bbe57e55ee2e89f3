// Tells the title page which list the card was on that led to it, so that the list gets the credit.
const keyOf = (title) => `opened:${title}`;

document.addEventListener("click", (event) => {
  const card = event.target.closest?.(".card__link")?.closest("[data-card]");
  if (!card?.dataset.list) return;
  const { title, shelf, position, list } = card.dataset;
  sessionStorage.setItem(keyOf(title), JSON.stringify({ shelf, position, list_id: list }));
});

document.addEventListener("htmx:configRequest", (event) => {
  const { opened } = event.detail.elt.dataset;
  const kept = opened && sessionStorage.getItem(keyOf(opened));
  if (!kept) return;
  sessionStorage.removeItem(keyOf(opened)); // a reload is no second visit from that list
  for (const [name, value] of Object.entries(JSON.parse(kept))) {
    event.detail.parameters[name] = value;
  }
});
