"""What pages show of a training's curve and of the games that rated its levels."""

from typing import Any

from django.utils.translation import gettext as _

from arcade.serving import LoadedAgent

Chart = dict[str, Any]
Curve = list[dict[str, float]]
RIVAL = "rollouts:"  # before the levels of OpenSpiel's search in a report


def charts_of(curve: Curve) -> dict[str, Chart | None]:
    """By name; None where there is nothing to draw yet."""
    return {
        "speed": _lines(curve, {"games_a_second": _("Games a second")}),
        "losses": _lines(
            curve, {"policy_loss": _("Loss of the moves"), "value_loss": _("Loss of the value")}
        ),
    } | progress_charts(curve)


def progress_charts(curve: Curve) -> dict[str, Chart | None]:
    """Does it get better: against those it came from, and against the truth."""
    return {
        "rating": _lines(curve, {"rating": _("Elo above the first network")}),
        "kept": _lines(
            curve, {"value_kept_64": _("After 64 looks ahead"), "value_kept_1": _("At a glance")}
        ),
    }


def _lines(curve: Curve, lines: dict[str, str]) -> Chart | None:
    points = [point for point in curve if all(name in point for name in lines)]
    if not points:
        return None
    return {
        "x": [int(point["round"]) for point in points],
        "counted": True,  # there is no half round
        "series": [
            {"label": label, "y": [point[name] for point in points]}
            for name, label in lines.items()
        ],
    }


def table_of(report: dict[str, Any], agent: LoadedAgent | None) -> list[dict[str, Any]]:
    """Who played to rate a run's levels, the best first; [] before the report."""
    names = {level.key: level.name for level in agent.levels} if agent else {}
    return [
        {
            **row,
            "is_own": not row["name"].startswith(RIVAL),
            "name": names.get(row["name"]) or _rival(row["name"]),
            "percent": 100 * row["score"],
        }
        for row in report.get("contenders", [])
    ]


def _rival(name: str) -> str:
    level = name.removeprefix(RIVAL)
    return _("OpenSpiel's search, %(level)s") % {"level": level} if level != name else name
