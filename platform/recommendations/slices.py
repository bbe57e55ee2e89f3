"""The parts of a report that are about some people or titles only: who is served less well."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.gate import POPULAR
from recommendations.intervals import Interval, Scale
from recommendations.reports import (
    LIVE,
    MAIN_METRIC,
    Report,
    Score,
    model_name,
    served_model,
)

FEWEST = 30  # people from whom on a slice says something
KNOWN = {  # key of the report: heading, what is meant
    "activity": (
        gettext_lazy("By activity"),
        gettext_lazy("how much people had chosen before"),
    ),
    "title_age": (
        gettext_lazy("By year of the titles"),
        gettext_lazy("when what people chose next came out"),
    ),
    "popularity": (
        gettext_lazy("By popularity of the titles"),
        gettext_lazy("how often others had chosen what people chose next"),
    ),
}


@dataclass(frozen=True)
class Line:
    """One model in one slice."""

    name: str
    modifier: str  # of its drawing: "ours", "live" or "other"
    score: Score
    interval: Interval


@dataclass(frozen=True)
class Slice:
    label: str
    n_users: int
    lines: list[Line]
    exposure: list[tuple[str, float]]  # by model: percent of list places for the long tail
    liked_exposure: float | None  # percent of the long tail in what these people liked

    @property
    def is_small(self) -> bool:
        return self.n_users < FEWEST

    @property
    def ours(self) -> Score | None:
        return self.lines[0].score if self.lines and self.lines[0].modifier == "ours" else None


@dataclass(frozen=True)
class Dimension:
    """One way to slice; gaps: sentences on the widest ones, where people declared groups."""

    key: str
    heading: Any
    meaning: Any
    slices: list[Slice]
    legend: list[tuple[str, str]]  # name, modifier
    gaps: list[str]

    @property
    def has_exposure(self) -> bool:
        return any(part.exposure for part in self.slices)


def dimensions(report: Report) -> list[Dimension]:
    """The known ways first, then the groups that members have declared; empty ones left out."""
    found: dict[str, list[dict[str, Any]]] = report.get("slices") or {}
    keys = [*(key for key in KNOWN if key in found), *(key for key in found if key not in KNOWN)]
    gaps = report.get("gaps") or {}
    served = served_model(report)
    return [
        _dimension(key, found[key], shown_models(report), gaps.get(key, {}).get(served, {}))
        for key in keys
        if found[key]
    ]


def shown_models(report: Report) -> dict[str, str]:
    """Model → how it is drawn: ours, the live recipe, and popularity of late."""
    models = report.get("models", {})
    popular = next((name for name in POPULAR if name in models), "")
    shown = {served_model(report): "ours", LIVE: "live", popular: "other"}
    return {name: modifier for name, modifier in shown.items() if name in models}


def _dimension(
    key: str, parts: list[dict[str, Any]], shown: dict[str, str], gaps: dict[str, Any]
) -> Dimension:
    scores = [found for part in parts for name in shown if (found := _score(part, name))]
    scale = Scale(0.0, max((score.high for score in scores), default=1.0))
    slices = [_slice(part, shown, scale) for part in parts]
    drawn = {line.modifier for part in slices for line in part.lines}
    heading, meaning = KNOWN.get(key, (_group_heading(key), _("a group that people declared")))
    return Dimension(
        key,
        heading,
        meaning,
        slices,
        [(model_name(name), modifier) for name, modifier in shown.items() if modifier in drawn],
        gap_sentences(gaps),
    )


def _group_heading(key: str) -> str:
    return _("By %(group)s") % {"group": key.replace("_", " ")}


def _score(part: dict[str, Any], name: str) -> Score | None:
    found = part.get("models", {}).get(name, {}).get(MAIN_METRIC)
    return Score(found["value"], found["low"], found["high"]) if found else None


def _slice(part: dict[str, Any], shown: dict[str, str], scale: Scale) -> Slice:
    lines = [
        Line(model_name(name), modifier, score, scale.interval(score))
        for name, modifier in shown.items()
        if (score := _score(part, name)) is not None
    ]
    exposure, liked = part.get("exposure") or {}, part.get("liked_exposure")
    return Slice(
        str(part.get("label") or part.get("key")),
        part.get("n_users", 0),
        lines,
        [(model_name(name), 100 * exposure[name]) for name in shown if name in exposure],
        None if liked is None else 100 * liked,
    )


def gap_sentences(gaps: dict[str, Any]) -> list[str]:
    """The widest gap between two declared groups in accuracy, and in exposure of the long tail."""
    sentences = []
    if accuracy := gaps.get("accuracy"):
        words = _(
            "Accuracy: “%(least)s” are %(value).3f NDCG@10 below “%(most)s” "
            "(between %(low).3f and %(high).3f)."
        )
        sentences.append(words % accuracy)
    if exposure := gaps.get("exposure"):
        percent = {key: 100 * exposure[key] for key in ("value", "low", "high")}
        words = _(
            "Exposure, beyond what each group likes: “%(most)s” get %(value).1f points more of the "
            "long tail than “%(least)s” (between %(low).1f and %(high).1f)."
        )
        sentences.append(words % {**exposure, **percent})
    return sentences
