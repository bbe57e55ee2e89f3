"""The demo catalog that a first start loads."""

import logging

from django.conf import settings

from accounts.models import User
from catalog.importing import Report
from catalog.models import Title
from catalog.sources import import_appstream, import_film_facts
from events.importing import SOURCE, import_movielens

log = logging.getLogger(__name__)


def load_demo(*, progress: bool = False) -> bool:
    """MovieLens, facts of its best-known films, free games; False when all of it was there already.

    Every part is all or nothing: what is there is whole, and an interrupted start goes on here.
    """
    folder = settings.ROOT / "fixtures"
    films = Title.objects.filter(source=SOURCE)
    parts = (
        (
            User.objects.filter(is_demo=True),
            lambda report: import_movielens(folder / "movielens", report),
        ),
        (
            films.exclude(description=""),
            lambda report: import_film_facts(folder / "films" / "films.csv", report),
        ),
        (
            Title.objects.filter(source="appstream"),
            lambda report: import_appstream(folder / "games" / "games.jsonl", report),
        ),
    )
    loaded = False
    for there, load in parts:
        if not there.exists():
            report = Report(progress=progress)
            load(report)
            log.info("demo data: %s", report.summary())
            loaded = True
    return loaded
