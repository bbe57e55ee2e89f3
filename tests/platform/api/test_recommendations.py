import json

import numpy as np
import pytest

from catalog.models import Title
from events.services import refresh_statistics
from recommendations import grounds, loading
from recsys.serving import Scored
from tests.factories import make_event, make_genre, make_titles, make_user
from tests.platform.api.test_pagination import walk


class NextDoor:
    """Recommends the titles whose ids follow those of the history, newest first."""

    def knows(self, item_id):
        return True

    def is_cold(self, item_id):
        return False

    @property
    def item_ids(self):
        return list(Title.objects.order_by("pk").values_list("pk", flat=True))

    @property
    def item_numbers(self):
        return np.array(self.item_ids, dtype=np.int64)

    def read(self, history):
        return history

    def recommend(self, history, k, allowed, seen, fatigue):
        newest = history[-1].item_id
        open_ = np.array(self.item_ids)[allowed].tolist()
        near = sorted(open_, key=lambda pk: (abs(pk - newest), pk))[:k]
        return [Scored(pk, 1 / (1 + abs(pk - newest)), "personal") for pk in near]

    def similar(self, item_id, k, allowed, by="taste"):
        open_ = np.array(self.item_ids)[allowed].tolist()
        near = sorted(open_, key=lambda pk: abs(pk - item_id))[:k]
        return [Scored(pk, 1.0, "similar") for pk in near]

    def attributions(self, history, item_ids, at_most=20):
        return {}


@pytest.fixture
def model(monkeypatch):
    recommender = NextDoor()
    live = loading.Live(1, "next-door", 0, recommender)
    monkeypatch.setattr(grounds, "current", lambda asked: live)


@pytest.fixture
def titles(db):
    return make_titles(each=[{"kind": "film" if number % 5 else "game"} for number in range(45)])


def test_a_visitor_gets_the_popular_list_in_the_promised_form(anonymous, titles):
    make_event(make_user(), titles[7])
    refresh_statistics()

    told = anonymous.get("recommendations/", limit=3).json()

    assert list(told) == ["results", "next", "rung", "artifact", "list_id"]
    assert (told["rung"], told["artifact"]) == ("popular", None)
    first = told["results"][0]
    assert list(first) == ["title", "score", "why"]
    assert first["title"]["id"] == titles[7].pk
    assert list(first["title"]) == ["id", "title", "year", "kind", "genres"]
    assert list(first["why"]) == ["text", "sources"]
    assert first["why"]["text"]
    assert first["why"]["sources"] == ["popular"]


def test_one_more_event_changes_the_next_answer(owner, titles, model):
    owner.post("events/", {"title": titles[3].pk, "kind": "finish", "key": "one"})
    before = owner.get("recommendations/").json()

    owner.post("events/", {"title": titles[30].pk, "kind": "finish", "key": "two"})
    after = owner.get("recommendations/").json()

    assert (before["rung"], before["artifact"]) == ("personal", "next-door")
    assert before["results"][0]["title"]["id"] in {titles[2].pk, titles[4].pk}
    assert after["results"][0]["title"]["id"] in {titles[29].pk, titles[31].pk}
    assert titles[30].pk not in {row["title"]["id"] for row in after["results"]}


def test_undoing_the_event_brings_the_answer_back(owner, titles, model):
    owner.post("events/", {"title": titles[3].pk, "kind": "finish", "key": "one"})
    before = owner.ids("recommendations/")
    second = owner.post("events/", {"title": titles[30].pk, "kind": "finish", "key": "two"}).json()
    owner.delete(f"events/{second['id']}/")

    assert owner.ids("recommendations/") == before


@pytest.mark.parametrize("who", ["anonymous", "owner"])
def test_pages_of_a_list_are_complete_and_repeat_nothing(who, titles, model, request):
    api = request.getfixturevalue(who)
    if who == "owner":
        make_event(api.user, titles[0])

    ids = [row["title"]["id"] for row in walk(api, "recommendations/", limit=7)]

    assert len(ids) == len(set(ids)) == (44 if who == "owner" else 45)


def test_a_list_stays_one_list_while_it_is_paged_through(owner, titles, model):
    make_event(owner.user, titles[0])
    first = owner.get("recommendations/", limit=10).json()
    make_event(owner.user, titles[40])

    second = owner.get(first["next"]).json()

    assert second["list_id"] == first["list_id"]
    ids = [row["title"]["id"] for row in first["results"] + second["results"]]
    assert len(set(ids)) == 20


def test_a_cursor_of_somebody_else_is_refused(owner, stranger, titles):
    page = owner.get("recommendations/", limit=5).json()

    assert stranger.get(page["next"]).status_code == 400


def test_a_kind_narrows_the_list(anonymous, titles):
    results = anonymous.get("recommendations/", kind="game").json()["results"]

    assert {row["title"]["kind"] for row in results} == {"game"}
    assert len(results) == 9


def test_similar_titles_leave_the_title_itself_out(anonymous, titles, model):
    told = anonymous.get(f"titles/{titles[9].pk}/similar/", limit=2, by="content").json()

    assert {row["title"]["id"] for row in told["results"]} == {titles[8].pk, titles[10].pk}
    assert (told["rung"], told["next"]) == ("similar", None)
    assert anonymous.get(f"titles/{titles[9].pk}/similar/", by="magic").status_code == 400


def test_home_has_shelves_and_no_title_twice(owner, anonymous, titles, model):
    make_event(owner.user, titles[0])
    for api in (owner, anonymous):
        shelves = api.get("home/").json()["shelves"]
        ids = [row["title"]["id"] for shelf in shelves for row in shelf["results"]]
        assert len(ids) == len(set(ids)) > 0
        assert all({"key", "heading", "rung", "results"} <= shelf.keys() for shelf in shelves)
    assert "picked" in [shelf["key"] for shelf in owner.get("home/").json()["shelves"]]


def test_scores_are_numbers_that_json_knows(owner, titles, model):
    make_event(owner.user, titles[0])

    def refuse(name):
        raise AssertionError(name)

    page = json.loads(owner.get("recommendations/").content, parse_constant=refuse)
    assert all(isinstance(row["score"], float) for row in page["results"])


def test_home_tells_the_genres_of_its_titles_without_a_query_for_each(
    owner, titles, django_assert_max_num_queries
):
    drama, war = make_genre("Drama"), make_genre("War")
    for title in titles:
        title.genres.set([war, drama])

    with django_assert_max_num_queries(25):
        shelves = owner.get("home/").json()["shelves"]

    told = [row["title"]["genres"] for shelf in shelves for row in shelf["results"]]
    assert len(told) >= 40
    assert all(genres == ["Drama", "War"] for genres in told)
