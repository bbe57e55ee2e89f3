"""Artifacts with reports, and runs: what the dashboard and promotions are tested with."""

import json
from typing import Any

from jobs.models import Job
from recommendations.models import Artifact, Run
from recommendations.services import folder_of
from recsys.artifacts import FORMAT
from tests.factories import make_job


def make_report(
    ndcg: float = 0.17, *, popularity: float = 0.08, half: float = 0.004
) -> dict[str, Any]:
    def score(value: float) -> dict[str, float]:
        return {"value": value, "low": value - half, "high": value + half}

    ratio = ndcg / popularity
    return {
        "n_users": 671,
        "models": {
            "blend": {"ndcg": score(ndcg), "coverage": score(0.3)},
            "popularity": {"ndcg": score(popularity), "coverage": score(0.01)},
        },
        "paired": [
            {
                "a": "blend",
                "b": "popularity",
                "metric": "ndcg",
                "ratio": ratio,
                "low": ratio * 0.9,
                "high": ratio * 1.1,
            }
        ],
    }


def add_pair(
    report: dict[str, Any], rival: str, low: float, high: float, *, metric: str = "ndcg"
) -> dict[str, Any]:
    """The report with a rival measured on the same people, ours minus theirs between the two."""
    ours, gap = report["models"]["blend"], (low + high) / 2
    theirs = {
        key: {end: value - gap for end, value in found.items()} for key, found in ours.items()
    }
    base = theirs["ndcg"]["value"]
    pair = {
        "a": "blend",
        "b": rival,
        "metric": metric,
        **dict(
            zip(("ratio", "low", "high"), (1 + d / base for d in (gap, low, high)), strict=True)
        ),
        "difference": gap,
        "difference_low": low,
        "difference_high": high,
    }
    models = report["models"] | {rival: theirs}
    return report | {"models": models, "paired": [*report["paired"], pair]}


def make_whole_report(*, live: tuple[float, float] = (-0.002, 0.006)) -> dict[str, Any]:
    """With the live recipe, recent popularity, slices, checks: all that a new report has."""
    report = add_pair(make_report(), "recent-popularity", 0.05, 0.1)
    report = add_pair(report, "live", *live)
    of_part = {name: {"ndcg": found["ndcg"]} for name, found in report["models"].items()}
    parts = [
        {"key": "low", "label": "up to 9 in the history", "n_users": 12, "models": of_part},
        {"key": "high", "label": "more than 9", "n_users": 400, "models": of_part},
    ]
    shares = {"exposure": dict.fromkeys(of_part, 0.125), "liked_exposure": 0.2}
    ends = {"value": 0.05, "low": 0.02, "high": 0.08, "most": "up to 9", "least": "more"}
    return report | {
        "format": 2,
        "split": "member-time",
        "split_why": "Each member's newest fifth: one moment would leave 3 members.",
        "leaky": False,
        "k": 10,
        "n_eligible": 700,
        "slices": {"activity": parts, "age_group": [part | shares for part in parts]},
        "gaps": {"age_group": {"blend": {"accuracy": ends, "exposure": ends}}},
        "checks": [
            {"name": name, "model": model, "passed": True, "detail": "fine"}
            for model in report["models"]
            for name in ("lists", "canaries")
        ],
    }


def make_tradeoff(
    ndcg: float = 0.17, *, costs: tuple[float, ...] = (0.0, -0.002, 0.03)
) -> list[dict[str, Any]]:
    """Places of the slider, evenly from 0 to 1; costs: what each takes from the NDCG."""
    points = []
    for place, cost in enumerate(costs):
        slider = place / max(1, len(costs) - 1)
        values = {
            "ndcg": ndcg - cost,
            "intra_list_diversity": 0.4 + 0.2 * slider,
            "genre_diversity": 0.77 + 0.05 * slider,
            "coverage": 0.17 + 0.1 * slider,
            "novelty": 10.4 + slider,
            "calibration": 0.8 - 0.4 * slider,
        }
        half = 0.005 if place else 0.0
        points.append(
            {
                "slider": slider,
                "amounts": dict.fromkeys(("calibration", "diversity", "novelty"), slider / 4),
                "metrics": {
                    key: {"value": value, "low": value - 0.01, "high": value + 0.01}
                    for key, value in values.items()
                },
                "paired": {
                    "ratio": 1 - cost / ndcg,
                    "low": 1 - (cost + half) / ndcg,
                    "high": 1 - (cost - half) / ndcg,
                    "difference": -cost,
                    "difference_low": -cost - half,
                    "difference_high": -cost + half,
                },
            }
        )
    return points


def make_artifact(name: str, *, report: dict[str, Any] | None = None, **changes: Any) -> Artifact:
    artifact = Artifact.objects.create(
        name=name,
        format=FORMAT,
        data_sha256=name,
        bytes=1000,
        report=make_report() if report is None else report,
        **changes,
    )
    folder_of(artifact).mkdir(parents=True)
    (folder_of(artifact) / "manifest.json").write_text(json.dumps({"format": FORMAT, "files": {}}))
    return artifact


def make_run(**changes: Any) -> Run:
    job = changes.pop("job", None) or make_job(
        task="recommendations.tasks.train", queue=Job.Queue.HEAVY
    )
    return Run.objects.create(job=job, **changes)
