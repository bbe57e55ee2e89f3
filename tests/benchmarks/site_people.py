"""Rows of the measured site: members who are signed in, newcomers, titles, artifacts.

Runs as a process of the site's own: python -m tests.benchmarks.site_people COMMAND [N].
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config import services  # noqa: E402

services.export()

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import AccessToken, User  # noqa: E402
from catalog.models import Genre, Title  # noqa: E402
from catalog.names import search_form, sort_form  # noqa: E402
from events.models import Event, Rating  # noqa: E402
from events.services import refresh_statistics  # noqa: E402
from jobs.models import Job  # noqa: E402
from recommendations.dataset import interaction_rows  # noqa: E402
from recommendations.models import Artifact, Promotion, Run  # noqa: E402
from recommendations.services import folder_of  # noqa: E402

PRESET = "tiny"


def signed_in(user: User) -> dict[str, Any]:
    """A Person."""
    client = Client()
    client.force_login(user)
    secret = AccessToken.issue(owner=user, name="measuring")[1]
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"id": user.pk, "token": secret, "session": session}


def members(count: str) -> list[dict[str, Any]]:
    """Of the demo data, spread evenly over all lengths of history."""
    by_length = User.objects.filter(is_demo=True).annotate(n=Count("events")).order_by("-n", "pk")
    found = list(by_length)
    step = max(1.0, len(found) / int(count))
    chosen = [found[int(place * step)] for place in range(min(int(count), len(found)))]
    return [signed_in(user) for user in chosen]


def newcomers(count: str) -> list[dict[str, Any]]:
    """Members since now, without an event."""
    emails = [f"newcomer-{uuid4()}@example.org" for _ in range(int(count))]
    return [signed_in(User.objects.create_user(email=email)) for email in emails]


def staff() -> dict[str, Any]:
    return signed_in(User.objects.filter(is_staff=True).order_by("pk")[0])


def titles() -> list[int]:
    return list(Title.objects.filter(published=True).order_by("pk").values_list("pk", flat=True))


def pages() -> list[tuple[int, str]]:
    """Titles, and where the page of each is."""
    shown = Title.objects.filter(published=True).order_by("pk")
    return [(title.pk, title.get_absolute_url()) for title in shown.only("pk", "name")]


def publish(genre: str) -> dict[str, Any]:
    """A title of a kind that the catalog has none of, so that it is alone in its lists."""
    name = f"Premiere {uuid4()}"
    title = Title.objects.create(
        kind=Title.Kind.SERIES,
        name=name,
        sort_name=sort_form(name),
        search_name=search_form(name),
        source="measuring",
        source_id=name,
        year=2016,
    )
    title.genres.set([Genre.objects.get(name=genre)])
    return {"id": title.pk, "at": time.time()}


def admirer(genre: str) -> dict[str, Any]:
    """The member who has rated most titles of a genre."""
    rated = User.objects.filter(is_demo=True, ratings__title__genres__name=genre)
    return signed_in(rated.annotate(n=Count("ratings")).order_by("-n", "pk")[0])


def artifacts() -> list[int]:
    """Runs whose artifacts can serve: the live one, and a copy of it by another name."""
    live = Promotion.objects.live()
    assert live is not None
    artifact = live.artifact
    copied, _ = Artifact.objects.get_or_create(
        name=f"{artifact.name}-copy",
        defaults={"format": artifact.format, "data_sha256": artifact.data_sha256,
                  "bytes": artifact.bytes, "report": artifact.report},
    )  # fmt: skip
    shutil.copytree(folder_of(artifact), folder_of(copied), dirs_exist_ok=True)
    if not Run.objects.filter(artifact=copied).exists():
        job = Job.objects.create(label="A copy", task="none", state=Job.State.DONE)
        Run.objects.create(job=job, preset=PRESET, artifact=copied)
    found = Run.objects.filter(artifact__in=[artifact, copied]).order_by("pk")
    return list(found.values_list("pk", flat=True))


def without_members() -> dict[str, int]:
    """All films of MovieLens, their title by its id there; the demo members and models are gone."""
    for rows in (Promotion, Run, Artifact, Job):
        rows.objects.all().delete()
    for said in (Event, Rating):  # here, because with their members each would be read first
        said.objects.filter(user__is_demo=True).delete()
    User.objects.filter(is_demo=True).delete()
    refresh_statistics()
    films = Title.objects.filter(source="movielens", published=True)
    return dict(films.values_list("source_id", "pk"))


def keep_counting(seconds: str) -> None:
    """Counts of titles anew every so often, without end: where time goes by faster than it does."""
    while True:
        refresh_statistics()
        time.sleep(float(seconds))


def histories(path: str) -> dict[str, Any]:
    """Everybody's rows as JSON lines of (member, title, time, weight, kind); the artifact."""
    with Path(path).open("w") as file:
        for row in interaction_rows():
            file.write(json.dumps(row) + "\n")
    live = Promotion.objects.live()
    assert live is not None
    return {"artifact": str(folder_of(live.artifact))}


COMMANDS = {
    each.__name__: each
    for each in (members, newcomers, staff, titles, pages, publish, admirer, artifacts,
                 without_members, keep_counting, histories)
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
