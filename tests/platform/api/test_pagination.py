from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Title
from events.models import Rating
from tests.factories import make_title, make_titles


def walk(api, path: str, link: str = "next", **query) -> list[dict]:
    """Every row, following a link from page to page."""
    page = api.get(path, **query).json()
    rows = list(page["results"])
    while page[link]:
        page = api.get(page[link]).json()
        rows += page["results"]
    return rows


@pytest.fixture
def titles(db) -> list[Title]:
    """45 titles of which many share a name."""
    return make_titles(each=[{"name": f"Twin {number % 4}"} for number in range(45)])


@pytest.mark.parametrize("limit", [1, 7, 20, 45, 100])
def test_pages_are_complete_and_repeat_nothing(anonymous, titles, limit):
    ids = [row["id"] for row in walk(anonymous, "titles/", limit=limit)]

    assert ids == list(Title.objects.order_by("sort_name", "id").values_list("pk", flat=True))


def test_pages_keep_their_filters(anonymous, titles):
    game = make_title("Chess", kind="game")
    make_title("Go", kind="game")

    page = anonymous.get("titles/", kind="game", limit=1).json()

    assert page["results"][0]["id"] == game.pk
    assert [row["kind"] for row in anonymous.get(page["next"]).json()["results"]] == ["game"]


def test_one_can_go_back(anonymous, titles):
    first = anonymous.get("titles/", limit=10).json()
    second = anonymous.get(first["next"]).json()
    third = anonymous.get(second["next"]).json()

    assert first["previous"] is None
    back = anonymous.get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert anonymous.get(back["previous"]).json()["results"] == first["results"]
    assert anonymous.get(back["previous"]).json()["previous"] is None


def test_a_title_that_comes_meanwhile_moves_nothing(anonymous, titles):
    page = anonymous.get("titles/", limit=20).json()
    make_title("Aaa, before all others")

    rows = page["results"] + walk(anonymous, page["next"])

    assert len({row["id"] for row in rows}) == len(rows) == 45


def test_a_cursor_of_another_list_is_refused(owner, titles):
    cursor = owner.get("titles/", limit=1).json()["next"].split("cursor=")[1].split("&")[0]

    assert owner.get("people/", cursor=cursor).status_code == 400


def test_ratings_of_the_same_second_are_complete(owner, titles):
    now = timezone.now()
    for number, title in enumerate(titles):
        at = now - timedelta(seconds=number // 20)
        Rating.objects.create(user=owner.user, title=title, stars=4, rated_at=at)

    rows = walk(owner, "ratings/", limit=6)

    assert len({row["title"]["id"] for row in rows}) == len(rows) == 45
    assert [row["rated_at"] for row in rows] == sorted(
        (row["rated_at"] for row in rows), reverse=True
    )


def test_an_empty_list_is_a_page(anonymous):
    assert anonymous.get("titles/").json() == {"results": [], "next": None, "previous": None}


def test_a_page_costs_the_same_for_two_titles_and_for_twenty(
    anonymous, titles, django_assert_max_num_queries
):
    for limit in (2, 20):
        with django_assert_max_num_queries(2):
            anonymous.get("titles/", limit=limit)
