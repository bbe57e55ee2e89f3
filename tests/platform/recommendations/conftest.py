"""A really trained tiny model, and a catalog with the same ids."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Title
from events.services import refresh_statistics
from jobs.models import Job
from recommendations import loading
from recommendations.models import Artifact
from recommendations.services import promote
from tests.factories import make_event, make_job, make_titles, make_user
from tests.platform.recommendations.runs import make_artifact, make_report, make_run
from tests.recsys.toy import FIRST_ID, GENRES, PER_GENRE, make_interactions, make_items
from tests.sharing import made_once


@pytest.fixture(scope="session")
def toy_artifact() -> Path:
    """Two camps of people, one fond of horror, one of romance; integer ids as in the catalog."""
    return made_once("site-toy", train_toy) / "toy"


def train_toy(folder: Path) -> None:
    import torch

    from recsys.train import train

    torch.set_num_threads(1)
    items = make_items(n_cold=0)
    items["item_id"] = items["item_id"].astype(int)
    interactions = make_interactions()
    interactions["item_id"] = interactions["item_id"].astype(int)
    items.to_parquet(folder / "items.parquet")
    interactions.to_parquet(folder / "interactions.parquet")
    train(
        folder / "interactions.parquet",
        folder / "items.parquet",
        folder / "toy",
        preset="tiny",
        seed=1,
    )


@pytest.fixture
def titles(db) -> list[Title]:
    """The toy's titles, first horror, then romance, as the catalog holds them."""
    genres = [GENRES[place // PER_GENRE] for place in range(2 * PER_GENRE)]
    made = make_titles(
        each=[
            {"name": f"{genre} night {place}", "pk": FIRST_ID + place, "genres": (genre,)}
            for place, genre in enumerate(genres)
        ]
    )
    with connection.cursor() as cursor:  # the sequence knows nothing of keys that were given
        cursor.execute("SELECT setval('catalog_title_id_seq', %s)", [FIRST_ID + len(made)])
    crowd = make_user()
    make_event(crowd, made[3])
    refresh_statistics()
    return made


@pytest.fixture
def go_live(toy_artifact: Path, settings, monkeypatch) -> Callable[..., Artifact]:
    """Promote a copy of the toy artifact under a name of its own."""
    monkeypatch.setattr(loading, "_live", None)
    monkeypatch.setattr(loading, "_refused", {})
    monkeypatch.setattr(loading, "_rivals", {})

    def copy(name: str = "toy") -> Artifact:
        shutil.copytree(toy_artifact, Path(settings.ARTIFACTS_DIR) / name)
        artifact = Artifact.objects.create(name=name, format=1, data_sha256="0" * 64, bytes=1)
        promote(artifact=artifact, reason="test")
        return artifact

    return copy


@pytest.fixture
def live(go_live, titles) -> Artifact:
    return go_live()


@pytest.fixture
def site() -> dict[str, int]:
    """A live artifact with its run, and a candidate."""
    live, candidate = make_artifact("first"), make_artifact("second", report=make_report(0.18))
    run = make_run(artifact=live, job=make_job(state=Job.State.DONE, started_at=timezone.now()))
    promote(artifact=live)
    return {"run": run.pk, "artifact": candidate.pk}
