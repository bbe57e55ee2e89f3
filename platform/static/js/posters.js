// A poster that cannot be fetched shows the calm sheet of a missing one, not the browser's torn picture.
const POSTERS = ".poster, .result__poster, .entry__poster";

const isMissing = (image) => image.complete && image.naturalWidth === 0 && image.currentSrc !== "";

const mark = (image) => image.classList.add("is-missing");

document.addEventListener(
  "error",
  (event) => {
    if (event.target instanceof HTMLImageElement && event.target.matches(POSTERS)) mark(event.target);
  },
  true,
);
[...document.querySelectorAll(POSTERS)].filter(isMissing).forEach(mark);
