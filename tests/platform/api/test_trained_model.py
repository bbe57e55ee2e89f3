"""With a model that was really trained: what one does changes what one gets."""

import random

import pytest
from django.conf import settings

from catalog.models import Title
from events.models import Event
from events.services import refresh_statistics
from recommendations.dataset import snapshot
from recommendations.models import Artifact, Promotion
from recsys.artifacts import FORMAT
from tests.factories import make_event, make_titles, make_user

SIDES = ("Western", "Comedy")


@pytest.fixture
def titles(db) -> dict[str, list]:
    """Two sorts of titles; every member of the site likes one sort only."""
    return {
        genre: make_titles(
            each=[{"name": f"{genre} {number}"} for number in range(24)], genres=(genre,)
        )
        for genre in SIDES
    }


@pytest.fixture
def artifact(titles, tmp_path) -> Artifact:
    from recsys.train import train

    chance = random.Random(7)
    for number in range(24):
        user = make_user(is_demo=True)
        for title in chance.sample(titles[SIDES[number % 2]], 12):
            make_event(user, title, Event.Kind.FINISH)
    refresh_statistics()
    snapshot(tmp_path / "data")
    result = train(
        tmp_path / "data" / "interactions.parquet",
        tmp_path / "data" / "items.parquet",
        settings.ARTIFACTS_DIR / "toy",
        preset="tiny",
        seed=1,
    )
    artifact = Artifact.objects.create(
        name="toy",
        format=FORMAT,
        data_sha256=result.report["data_sha256"],
        bytes=1,
    )
    Promotion.objects.create(artifact=artifact)
    return artifact


@pytest.mark.slow
def test_lists_follow_the_last_event_and_keep_to_the_age_limit(
    owner, anonymous, child, titles, artifact
):
    """One test, because the model is trained for it."""
    assert_next_answer_follows_last_event(owner, titles["Western"])
    assert anonymous.get("recommendations/").json()["rung"] == "popular"
    for by in ("taste", "content"):
        path = f"titles/{titles['Comedy'][0].pk}/similar/"
        answer = anonymous.get(path, by=by, limit=10).json()
        assert answer["artifact"] == "toy"
        assert genres_of(answer).count("Comedy") >= 8, by

    allowed = [title.pk for title in titles["Western"][:8]]
    Title.objects.exclude(pk__in=allowed).update(minimum_age=17)
    make_event(child.user, titles["Western"][0])
    for path in ("recommendations/", f"titles/{allowed[0]}/similar/"):
        assert set(child.ids(path)) == set(allowed[1:])


def assert_next_answer_follows_last_event(api, westerns):
    assert api.get("recommendations/").json()["rung"] == "popular"
    answers = []
    for title in westerns[:2]:
        body = {"title": title.pk, "kind": "finish", "key": str(title.pk)}
        assert api.post("events/", body).status_code == 201
        answers.append(api.get("recommendations/", limit=10).json())

    assert [answer["rung"] for answer in answers] == ["personal", "personal"]
    assert [answer["artifact"] for answer in answers] == ["toy", "toy"]
    first, second = ([row["title"]["id"] for row in answer["results"]] for answer in answers)
    assert first != second
    assert genres_of(answers[1]).count("Western") >= 8


def genres_of(answer):
    return [row["title"]["genres"][0] for row in answer["results"]]
