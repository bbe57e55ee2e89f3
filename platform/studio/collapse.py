"""Whether a training lost variety that it had: told from what its snapshots were measured as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SHARE_OF_BEST = 0.5
# measure → its name, and the least best value that a fall from means something
WATCHED = {
    "recall": (gettext_lazy("recall"), 0.1),
    "coverage": (gettext_lazy("coverage"), 0.1),
    "smallest_share": (gettext_lazy("the share of the rarest class"), 0.02),
}


@dataclass(frozen=True)
class Collapse:
    """A measure fell under half of the best that it had been before."""

    measure: str
    step: int
    value: float
    best_step: int
    best: float

    @property
    def sentence(self) -> str:
        return _(
            "By step %(step)d %(what)s had fallen to %(value).2f, under half of its best: "
            "step %(best_step)d had %(best).2f. Publish that step instead."
        ) % {
            "what": WATCHED[self.measure][0],
            "step": self.step,
            "value": self.value,
            "best_step": self.best_step,
            "best": self.best,
        }


def collapse_of(points: Sequence[Mapping[str, float]]) -> Collapse | None:
    """The deepest fall, or None. points: in the order of their steps, each with WATCHED."""
    falls = [fall for measure in WATCHED if (fall := _fall_of(points, measure))]
    return min(falls, key=lambda fall: fall.value / fall.best, default=None)


def _fall_of(points: Sequence[Mapping[str, float]], measure: str) -> Collapse | None:
    if not points:
        return None
    best, found = points[0], None
    for point in points:
        if point[measure] > best[measure]:
            best = point
        if best[measure] < WATCHED[measure][1] or point[measure] >= SHARE_OF_BEST * best[measure]:
            continue
        if found is None or point[measure] / best[measure] < found.value / found.best:
            found = Collapse(
                measure,
                step=int(point["step"]),
                value=point[measure],
                best_step=int(best["step"]),
                best=best[measure],
            )
    return found
