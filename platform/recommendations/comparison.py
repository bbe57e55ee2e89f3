"""The table of models: artifacts and the live one's baselines in one metric, with intervals."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from recommendations.intervals import Interval, Scale
from recommendations.models import Artifact, Promotion
from recommendations.reports import (
    MODEL_NAMES,
    Lead,
    Metric,
    Score,
    baselines_in,
    difference,
    lead_over,
    metrics_in,
    score_of,
)
from recommendations.services import has_files, rollback_target

MOST_ARTIFACTS = 6
CONTENDER = 0.6  # share of the live score from which a model is inside the drawn scale

Standing = Literal["live", "candidate", "previous", "baseline"]


@dataclass(frozen=True)
class Delta:
    """Against the live model; same = the interval holds 0."""

    value: float
    low: float
    high: float
    direction: Literal["up", "down", "same"]
    is_paired: bool


@dataclass(frozen=True)
class Row:
    name: str
    detail: Any
    standing: Standing
    score: Score
    delta: Delta | None = None
    trained_at: datetime | None = None
    artifact: Artifact | None = None
    is_rollback_target: bool = False
    interval: Interval | None = None


def rows(live: Promotion | None, metric: Metric) -> list[Row]:
    """Best first. Baselines are the live artifact's, or the newest's when none is live."""
    artifacts = list(
        Artifact.objects.filter(pruned_at=None).select_related("run__job")[: MOST_ARTIFACTS + 1]
    )
    reference = live.artifact if live else (artifacts[0] if artifacts else None)
    if reference is None:
        return []
    if all(artifact.pk != reference.pk for artifact in artifacts):
        artifacts.append(reference)
    base = score_of(reference.report, metric.key)
    target = rollback_target() if live else None
    found = [
        row
        for artifact in artifacts
        if (row := _artifact_row(artifact, live, metric, base, target)) is not None
    ]
    found += [
        row
        for name in baselines_in(reference.report)
        if (row := _baseline_row(name, reference, metric, base)) is not None
    ]
    found.sort(key=lambda row: row.score.value, reverse=True)
    return _drawn(found, base)


def _artifact_row(
    artifact: Artifact,
    live: Promotion | None,
    metric: Metric,
    base: Score | None,
    target: Artifact | None,
) -> Row | None:
    score = score_of(artifact.report, metric.key)
    if score is None:
        return None
    is_live = live is not None and artifact.pk == live.artifact_id
    run = getattr(artifact, "run", None)
    detail = (
        " · ".join(part for part in (run.get_preset_display().split(":")[0], run.note) if part)
        if run
        else ""
    )
    is_newer = live is None or artifact.created_at > live.artifact.created_at
    delta = None
    if base is not None and live is not None and not is_live:
        gap = difference(score, base)
        delta = Delta(gap.value, gap.low, gap.high, _direction(gap.low, gap.high), is_paired=False)
    return Row(
        name=artifact.name,
        detail=detail,
        standing="live" if is_live else "candidate" if is_newer else "previous",
        score=score,
        delta=delta,
        trained_at=artifact.created_at,
        artifact=artifact if has_files(artifact) and not is_live else None,
        is_rollback_target=target is not None and artifact.pk == target.pk,
    )


def _baseline_row(name: str, reference: Artifact, metric: Metric, base: Score | None) -> Row | None:
    score = score_of(reference.report, metric.key, name)
    if score is None:
        return None
    delta = None
    if base is not None:
        lead = lead_over(reference.report, name, metric.key)
        paired = _turned_round(lead, score, base) if lead else None
        gap = paired or difference(score, base)
        direction = _direction(gap.low, gap.high)
        delta = Delta(gap.value, gap.low, gap.high, direction, paired is not None)
    return Row(
        name=str(MODEL_NAMES.get(name, name)),
        detail="",
        standing="baseline",
        score=score,
        delta=delta,
        trained_at=reference.created_at,
    )


def _turned_round(lead: Lead, score: Score, base: Score) -> Score | None:
    """Theirs minus ours on the same people; None when that was not measured."""
    if lead.gap:
        return Score(-lead.gap.value, -lead.gap.high, -lead.gap.low)
    if lead.low <= 0:  # ours may be 0: theirs over ours has no upper end
        return None
    low, high = base.value * (1 / lead.high - 1), base.value * (1 / lead.low - 1)
    return Score(score.value - base.value, low, high)


def _direction(low: float, high: float) -> Literal["up", "down", "same"]:
    return "up" if low > 0 else "down" if high < 0 else "same"


def _drawn(found: list[Row], base: Score | None) -> list[Row]:
    """Each with its interval on one scale, zoomed to those near the live score."""
    if not found:
        return []
    centre = base.value if base else found[0].score.value
    near = [row.score for row in found if row.score.value >= CONTENDER * centre] or [found[0].score]
    scale = Scale(min(score.low for score in near), max(score.high for score in near))
    live = base.value if base else None
    return [replace(row, interval=scale.interval(row.score, mark=live)) for row in found]


def report_table(report: dict[str, Any]) -> list[tuple[str, list[Score | None]]]:
    """Every model of one report in every metric: (name, scores in the order of metrics_in)."""
    keys = [metric.key for metric in metrics_in(report)]
    return [
        (str(MODEL_NAMES.get(name, name)), [score_of(report, key, name) for key in keys])
        for name in report.get("models", {})
    ]
