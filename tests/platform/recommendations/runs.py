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
