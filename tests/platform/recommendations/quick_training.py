"""A training that takes no time: it leaves a copy of an artifact trained before."""

import shutil
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from catalog.models import Title
from events.models import Event
from recsys.artifacts import read_manifest
from recsys.train import TrainingResult
from tests.factories import make_user


class QuickTraining:
    """Stands in for recsys' train; what each call wrote is in `outs`."""

    def __init__(self, trained: Path) -> None:
        self.trained = trained
        self.outs: list[str] = []

    def __call__(
        self, interactions: Path, items: Path, out: Path, **more: object
    ) -> TrainingResult:
        self.outs.append(out.name)
        shutil.copytree(self.trained, out)
        return TrainingResult(out, read_manifest(out)["report"], [], 1.0)


def make_finishes(titles: list[Title], *, members: int) -> int:
    """Each member finishes all of these titles; how many rows that teaches."""
    at = timezone.now() - timedelta(days=1)
    rows = [
        Event(user=user, title=title, kind=Event.Kind.FINISH, happened_at=at)
        for user in [make_user() for _ in range(members)]
        for title in titles
    ]
    return len(Event.objects.bulk_create(rows))
