"""What variety costs, from a report: a curve of NDCG against diversity, and its points as rows."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.reports import Metric, Report, Score, metric_of

ACROSS = Metric(
    "intra_list_diversity",
    gettext_lazy("Intra-list diversity"),
    gettext_lazy("how unlike each other listed titles are to the model, 0 for one and the same"),
)
GENRES = Metric(
    "genre_diversity", gettext_lazy("Variety of genres"), metric_of("genre_diversity").explanation
)
UP = metric_of("ndcg")
SHOWN = (UP, ACROSS, GENRES, *map(metric_of, ("coverage", "novelty", "calibration")))
Point = dict[str, Any]  # of the report


@dataclass(frozen=True)
class Row:
    """One place of the slider. change: of the NDCG, in percent, against the slider at 0."""

    percent: int
    scores: list[tuple[Metric, Score | None]]
    change: str
    is_worse: bool  # for sure


@dataclass(frozen=True)
class Curve:
    chart: dict[str, Any]
    metrics: tuple[Metric, ...]
    rows: list[Row]
    verdict: str
    amounts: str  # of each kind at the end of the slider


def curve_of(report: Report) -> Curve | None:
    """None where the report has no figures of variety."""
    points = [point for point in report.get("tradeoff") or [] if _is_whole(point)]
    if not points:
        return None
    rows = [_row(point) for point in points]
    return Curve(
        _chart(points), SHOWN, rows, _verdict(rows), _amounts(points[-1].get("amounts", {}))
    )


def _is_whole(point: Point) -> bool:
    """With all that the curve and a row cannot do without."""
    return {UP.key, ACROSS.key} <= set(point.get("metrics", {})) and "paired" in point


def _score(point: Point, metric: Metric) -> Score | None:
    found = point["metrics"].get(metric.key)
    return Score(found["value"], found["low"], found["high"]) if found else None


def _row(point: Point) -> Row:
    return Row(
        percent=_percent(point),
        scores=[(metric, _score(point, metric)) for metric in SHOWN],
        change=_change(point["paired"]),
        is_worse=point["paired"]["difference_high"] < 0,
    )


def _percent(point: Point) -> int:
    return round(100 * point["slider"])


def _amounts(amounts: dict[str, float]) -> str:
    """ "" where nothing is on."""
    names = {
        "calibration": _("calibration %(amount)s"),
        "diversity": _("diversity %(amount)s"),
        "novelty": _("novelty %(amount)s"),
    }
    on = [
        words % {"amount": f"{amounts[key]:.2g}"}
        for key, words in names.items()
        if amounts.get(key)
    ]
    return ", ".join(on)


def _change(paired: dict[str, float | None]) -> str:
    """Its interval in percent; "" where the NDCG may be 0, so that nothing can be said."""
    low, high = paired["low"], paired["high"]
    if low is None or high is None:
        return ""
    words = _("%(low)+.1f to %(high)+.1f %%") % {"low": 100 * (low - 1), "high": 100 * (high - 1)}
    return words.replace("-", "−")


def _verdict(rows: list[Row]) -> str:
    """How far the slider goes before a loss of NDCG is certain, and what all of it costs."""
    worse = [row for row in rows if row.is_worse]
    if not worse:
        return _("No loss of NDCG@10 is certain anywhere on the slider.")
    first, last = worse[0], rows[-1]
    free = [row.percent for row in rows if 0 < row.percent < first.percent]
    said = (
        _("Up to %(free)d %% of the slider no loss of NDCG@10 is certain.") % {"free": free[-1]}
        if free
        else _("A loss of NDCG@10 is certain from %(first)d %% of the slider on.")
        % {"first": first.percent}
    )
    if last.change:
        all_of_it = _("At %(percent)d %% it changes by %(change)s.")
        said += " " + all_of_it % {"percent": last.percent, "change": last.change}
    return said


def _chart(points: list[Point]) -> dict[str, Any]:
    """NDCG over diversity; the band is the interval of its change, the same people at 0 and here.

    Dots are places of the slider, from left to right by diversity.
    """
    points = sorted(points, key=lambda point: point["metrics"][ACROSS.key]["value"])
    heights = [point["metrics"][UP.key]["value"] for point in points]
    changes = [point["paired"] for point in points]
    band = {
        end: [
            height + change[f"difference_{end}"] - change["difference"]
            for height, change in zip(heights, changes, strict=True)
        ]
        for end in ("low", "high")
    }
    return {
        "x": [point["metrics"][ACROSS.key]["value"] for point in points],
        "series": [
            {"label": "NDCG@10", "y": heights, **band},
            {"label": _("Slider"), "kind": "dots", "mark": "dot", "ink": "t1", "y": heights},
        ],
        "notes": [_notes(point) for point in points],
    }


def _notes(point: Point) -> list[str]:
    """What is read of a point beside the crosshair."""
    lines = [
        _("slider at %(percent)d %%") % {"percent": _percent(point)},
        f"NDCG@10 {point['metrics'][UP.key]['value']:.3f}",
    ]
    if change := _change(point["paired"]):
        lines.append(change)
    return lines
