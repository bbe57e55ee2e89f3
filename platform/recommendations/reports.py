"""Reads an evaluation report: scores with intervals, and leads over others."""

from dataclasses import dataclass
from math import copysign, inf
from typing import Any

from django.utils.translation import gettext_lazy as _

Report = dict[str, Any]

OURS = ("blend", "two-tower")  # the first that a report has is what serving uses
LIVE = "live"  # the recipe of the artifact that serves, fitted on the same rows as ours
MAIN_METRIC = "ndcg"
MODEL_NAMES = {
    LIVE: _("The live recipe, fitted anew"),
    "blend": _("All sources together"),
    "two-tower": _("Sequence model alone"),
    "popularity": _("Most chosen of all time"),
    "recent-popularity": _("Most chosen lately"),
    "item-knn": _("Nearest items"),
    "ease": _("Linear item to item"),
    "als": _("Matrix factors"),
    "sequential-rules": _("What follows what"),
    "gru4rec": _("Recurrent network"),
}


@dataclass(frozen=True)
class Metric:
    key: str
    label: Any
    explanation: Any
    decimals: int = 3
    more_is_better: bool = True


METRICS = (
    Metric("ndcg", "NDCG@10", _("how high in ten titles the ones people chose next are")),
    Metric("recall", "Recall@10", _("share of what people chose next that is in ten titles")),
    Metric("hit_rate", _("Hit rate@10"), _("share of people with at least one hit in ten titles")),
    Metric("mrr", "MRR", _("one over the place of the first hit")),
    Metric("coverage", _("Coverage"), _("share of the catalog that is in somebody's ten titles")),
    Metric(
        "novelty", _("Novelty"), _("how seldom chosen the listed titles are, in bits"), decimals=2
    ),
    Metric(
        "popularity_percentile",
        _("Popularity"),
        _("share of the catalog that is at most as popular as the listed titles, in percent"),
        decimals=1,
        more_is_better=False,
    ),
    Metric(
        "genre_diversity", _("Variety"), _("how little the genres of listed titles overlap, 0 to 1")
    ),
    Metric(
        "calibration",
        _("Calibration"),
        _("how far the genres of a list are from those of the person's history; 0 is the same"),
        more_is_better=False,
    ),
)


@dataclass(frozen=True)
class Score:
    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half the width of the 95 % interval; 0 for a figure that has none."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Lead:
    """Our score over another model's, on the same people: 1.2 is a fifth better.

    gap: ours minus theirs, which judges; None in reports of before it was measured.
    """

    over: str
    ratio: float
    low: float
    high: float
    gap: Score | None = None

    @property
    def is_sure(self) -> bool:
        return self.gap.low > 0 if self.gap else self.low > 1

    @property
    def is_behind(self) -> bool:
        return self.gap.high < 0 if self.gap else self.high < 1

    @property
    def percent(self) -> float:
        return 100 * (self.ratio - 1)

    @property
    def percent_low(self) -> float:
        return 100 * (self.low - 1)

    @property
    def percent_high(self) -> float:
        return 100 * (self.high - 1)


def model_name(key: str) -> str:
    return str(MODEL_NAMES.get(key, key))


def metric_of(key: str) -> Metric:
    """The metric with this key; the main one for any other."""
    return next((metric for metric in METRICS if metric.key == key), METRICS[0])


def metrics_in(report: Report) -> list[Metric]:
    served = report.get("models", {}).get(served_model(report), {})
    return [metric for metric in METRICS if metric.key in served]


def served_model(report: Report) -> str:
    """Which of the report's models the artifact serves; "" for an empty report."""
    return next((name for name in OURS if name in report.get("models", {})), "")


def score_of(report: Report, metric: str = MAIN_METRIC, model: str = "") -> Score | None:
    found = report.get("models", {}).get(model or served_model(report), {}).get(metric)
    return Score(found["value"], found["low"], found["high"]) if found else None


def baselines_in(report: Report) -> list[str]:
    return [name for name in report.get("models", {}) if name not in (*OURS, LIVE)]


def leads(report: Report, metric: str = MAIN_METRIC) -> list[Lead]:
    """The served model against every baseline, from the report's paired intervals."""
    baselines = baselines_in(report)
    return [lead for lead in paired_leads(report, metric) if lead.over in baselines]


def paired_leads(report: Report, metric: str = MAIN_METRIC) -> list[Lead]:
    """The served model against whatever was measured on the same people, the live recipe too."""
    served = served_model(report)
    found = [
        _lead(pair, score_of(report, metric, pair["b"]))
        for pair in report.get("paired", [])
        if pair["a"] == served and pair["metric"] == metric
    ]
    return [lead for lead in found if lead is not None]


def _lead(pair: dict[str, Any], theirs: Score | None) -> Lead | None:
    """One paired entry. A ratio that was not measurable (theirs may be 0) comes from the gap."""
    gap = None
    if pair.get("difference") is not None:
        gap = Score(pair["difference"], pair["difference_low"], pair["difference_high"])
    if pair["ratio"] is not None:
        return Lead(pair["b"], pair["ratio"], pair["low"], pair["high"], gap)
    if gap is None:
        return None
    base = theirs.value if theirs else 0.0
    ratio, low, high = (_over(part, base) for part in (gap.value, gap.low, gap.high))
    return Lead(pair["b"], ratio, low, high, gap)


def _over(gap: float, base: float) -> float:
    """(base + gap) / base; infinite where base is 0 and the gap is not."""
    if base:
        return 1 + gap / base
    return 1 + copysign(inf, gap) if gap else 1.0


def lead_over(report: Report, model: str, metric: str = MAIN_METRIC) -> Lead | None:
    return next((lead for lead in paired_leads(report, metric) if lead.over == model), None)


def without_live(report: Report) -> Report:
    """The report as if no live model had been measured beside ours."""
    paired = [pair for pair in report.get("paired", []) if LIVE not in (pair["a"], pair["b"])]
    models = {name: found for name, found in report.get("models", {}).items() if name != LIVE}
    return {**report, "models": models, "paired": paired}


def difference(a: Score, b: Score) -> Score:
    """a - b with the interval of two independent measurements: wider than a paired one would be."""
    value = a.value - b.value
    half = (a.half**2 + b.half**2) ** 0.5
    return Score(value, value - half, value + half)
