"""What the pages of a search show: its history as a chart, its best trials as a table."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recommendations.models import Tuning

TABLE_LENGTH = 10
INKS = {"dot": "t1", "cross": "t3", "ring": "warn"}  # of the stylesheet
PARAMETERS = {  # as people call them
    "learning_rate": gettext_lazy("Learning rate"),
    "dim": gettext_lazy("Width"),
    "blocks": gettext_lazy("Depth"),
    "dropout": gettext_lazy("Dropout"),
    "weight_decay": gettext_lazy("Weight decay"),
    "temperature": gettext_lazy("Temperature"),
    "negatives": gettext_lazy("Negatives"),
}


@dataclass(frozen=True)
class Standing:
    """What a search has found, beside the preset that it began with."""

    best: float
    number: int  # of the best trial
    preset: float | None  # None when the preset's own trial did not end
    trials: int
    pruned: int

    @property
    def gain_percent(self) -> float | None:
        return 100 * (self.best / self.preset - 1) if self.preset else None


@dataclass(frozen=True)
class Line:
    """A trial in the table."""

    number: int
    is_preset: bool
    is_best: bool
    ndcg: float
    epochs: int
    seconds: float
    values: list[tuple[str, str]]  # parameter's name and value, in the order of PARAMETERS


def standing(tuning: Tuning) -> Standing | None:
    """None before the first result."""
    best = best_row(tuning)
    if best is None:
        return None
    states = [row["state"] for row in tuning.history]
    own = preset_row(tuning)
    return Standing(
        best["ndcg"],
        best["number"],
        own["ndcg"] if own else None,
        len(states),
        states.count("pruned"),
    )


def best_row(tuning: Tuning) -> dict[str, Any] | None:
    judged = [row for row in tuning.history if row["state"] == "complete"]
    return max(judged, key=lambda row: row["ndcg"], default=None)


def preset_row(tuning: Tuning) -> dict[str, Any] | None:
    """The trial of the preset itself: the first, or, were it interrupted, the same once more."""
    own = tuning.history[0]["params"] if tuning.history else {}
    same = (row for row in tuning.history if row["params"] == own and row["state"] == "complete")
    return next(same, None)


def history_chart(tuning: Tuning) -> dict[str, Any] | None:
    """A dot per trial by how it ended, the best so far as steps; None before the first figure."""
    rows = tuning.history
    figures = [row["ndcg"] for row in rows if row["ndcg"] is not None]
    if not figures:
        return None
    own = preset_row(tuning)
    chart: dict[str, Any] = {
        "x": [row["number"] for row in rows],
        "series": [
            {"label": _("Best so far"), "kind": "step", "y": [row["best_so_far"] for row in rows]},
            dots(_("Judged in full"), "dot", rows, "complete", min(figures)),
            dots(_("Given up early"), "cross", rows, "pruned", min(figures)),
            dots(_("Interrupted"), "ring", rows, "failed", min(figures)),
        ],
        "notes": [notes_on(row) for row in rows],
    }
    if own is not None:
        chart["reference"] = {"label": _("the preset"), "value": own["ndcg"]}
    return chart


def dots(
    label: str, mark: str, rows: list[dict[str, Any]], state: str, floor: float
) -> dict[str, Any]:
    """A trial without a figure stands at the floor."""
    heights = [floor if row["ndcg"] is None else row["ndcg"] for row in rows]
    shown = [
        height if row["state"] == state else None for row, height in zip(rows, heights, strict=True)
    ]
    return {"label": label, "kind": "dots", "mark": mark, "ink": INKS[mark], "y": shown}


def notes_on(row: dict[str, Any]) -> list[str]:
    """What is read of a trial beside the crosshair."""
    epochs = ngettext("after %(n)d epoch", "after %(n)d epochs", row["epochs"])
    ended = {
        "complete": _("judged in full"),
        "pruned": _("given up early"),
        "failed": _("interrupted"),
    }[row["state"]]
    figure = _("no figure") if row["ndcg"] is None else f"{row['ndcg']:.4f}"
    lines = [figure, f"{ended}, {epochs % {'n': row['epochs']}}"]
    if row["best_so_far"] is not None:
        lines.append(_("best so far %(value).4f") % {"value": row["best_so_far"]})
    return lines


def best_lines(tuning: Tuning) -> list[Line]:
    """The best trials judged in full, best first; the preset's own is among them or added."""
    judged = [row for row in tuning.history if row["state"] == "complete"]
    judged.sort(key=lambda row: -row["ndcg"])
    own, best = preset_row(tuning), best_row(tuning)
    shown = judged[:TABLE_LENGTH]
    if own is not None and own not in shown:
        shown.append(own)
    return [
        Line(
            row["number"], row is own, row is best, row["ndcg"], row["epochs"], row["seconds"],
            [(str(label), written(row["params"][name])) for name, label in PARAMETERS.items()],
        )
        for row in shown
    ]  # fmt: skip


def written(value: float) -> str:
    """Three figures are enough to compare: 0.00562, 48, 0.05."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
