"""The tables of the evaluation page: every model in every metric, and leads on the same people."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from django.utils.translation import gettext as _

from recommendations.intervals import Interval, Scale
from recommendations.reports import (
    LIVE,
    Lead,
    Metric,
    Report,
    Score,
    metrics_in,
    model_name,
    paired_leads,
    score_of,
    served_model,
)


@dataclass(frozen=True)
class Column:
    metric: Metric
    sort: Literal["", "ascending", "descending"]
    query: str  # of the address that sorts by it, or turns the order round


@dataclass(frozen=True)
class ModelRow:
    name: str
    is_ours: bool
    is_live: bool
    scores: list[tuple[Metric, Score | None]]


@dataclass(frozen=True)
class Table:
    columns: list[Column]
    rows: list[ModelRow]


def table_of(report: Report, key: str, *, sort: str, is_reversed: bool) -> Table:
    """Best first in the metric asked for (else the first), or worst first; key: the subject's."""
    metrics = metrics_in(report)
    keys = [metric.key for metric in metrics]
    if not metrics:
        return Table([], [])
    by = metrics[keys.index(sort if sort in keys else keys[0])]
    descending = by.more_is_better != is_reversed
    columns = [
        Column(
            metric,
            ("descending" if descending else "ascending") if metric == by else "",
            f"of={key}&sort={metric.key}"
            + ("&reverse=1" if metric == by and not is_reversed else ""),
        )
        for metric in metrics
    ]
    names = sorted(
        report["models"],
        key=lambda name: _place(score_of(report, by.key, name), descending),
    )
    served = served_model(report)
    rows = [
        ModelRow(
            model_name(name),
            name == served,
            name == LIVE,
            [(metric, score_of(report, metric.key, name)) for metric in metrics],
        )
        for name in names
    ]
    return Table(columns, rows)


def _place(score: Score | None, descending: bool) -> tuple[bool, float]:
    """Models without a figure come last."""
    value = score.value if score else 0.0
    return score is None, -value if descending else value


# ── Leads over others ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LeadRow:
    name: str
    lead: Lead
    interval: Interval | None
    is_live: bool

    @property
    def percent(self) -> str:
        """ "" where theirs may be 0, so that nothing can be said in percent."""
        ends = (self.lead.percent_low, self.lead.percent_high)
        if not all(isfinite(end) for end in ends):
            return ""
        words = _("%(low)+.0f to %(high)+.0f %%") % {"low": ends[0], "high": ends[1]}
        return words.replace("-", "−")

    @property
    def standing(self) -> Literal["ahead", "behind", "even"]:
        return "ahead" if self.lead.is_sure else "behind" if self.lead.is_behind else "even"


def lead_rows(report: Report, metric: str) -> list[LeadRow]:
    """The live recipe first, then the closest rival first; drawn around no difference."""
    found = sorted(paired_leads(report, metric), key=lambda lead: (lead.over != LIVE, lead.ratio))
    gaps = [lead.gap for lead in found if lead.gap]
    ends = [0.0, *(gap.low for gap in gaps), *(gap.high for gap in gaps)]
    scale = Scale(min(ends), max(ends))
    return [
        LeadRow(
            model_name(lead.over),
            lead,
            scale.interval(lead.gap, mark=0.0) if lead.gap else None,
            lead.over == LIVE,
        )
        for lead in found
    ]


def paired_metrics(report: Report) -> list[Metric]:
    paired = {pair["metric"] for pair in report.get("paired", [])}
    return [metric for metric in metrics_in(report) if metric.key in paired]
