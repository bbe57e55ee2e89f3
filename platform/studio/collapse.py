"""Whether a training ended without variety that it had: told from what was measured over it."""

from collections.abc import Collection, Mapping, Sequence
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
    """At the end a measure is under half of the best that it had been before."""

    measure: str
    step: int
    value: float
    best_step: int
    best: float
    is_kept: bool  # the best step can be published

    @property
    def sentence(self) -> str:
        told = _(
            "By step %(step)d %(what)s had fallen to %(value).2f, under half of its best: "
            "step %(best_step)d had %(best).2f."
        ) % {
            "what": WATCHED[self.measure][0],
            "step": self.step,
            "value": self.value,
            "best_step": self.best_step,
            "best": self.best,
        }
        return told + " " + _("Publish that step instead.") if self.is_kept else told


def collapse_of(
    points: Sequence[Mapping[str, float]], kept: Collection[int] = ()
) -> Collapse | None:
    """The deepest fall that the training did not get up from, or None.

    points: in the order of their steps, each with WATCHED. kept: steps that can be published.
    """
    falls = [fall for measure in WATCHED if (fall := _fall_of(points, measure, kept))]
    return min(falls, key=lambda fall: fall.value / fall.best, default=None)


def _fall_of(
    points: Sequence[Mapping[str, float]], measure: str, kept: Collection[int]
) -> Collapse | None:
    if len(points) < 2:
        return None
    last = points[-1]
    best = max(points[:-1], key=lambda point: point[measure])
    if best[measure] < WATCHED[measure][1] or last[measure] >= SHARE_OF_BEST * best[measure]:
        return None
    step = int(best["step"])
    return Collapse(
        measure, int(last["step"]), last[measure], step, best[measure], is_kept=step in kept
    )
