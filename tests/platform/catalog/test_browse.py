"""The browse page: filters, counts, order, pages, with and without scripts."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import views
from catalog.models import Title
from tests.factories import make_title

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HTMX = {"HX-Request": "true"}


def found(query: str = "") -> list[str]:
    return [card.title.name for card in Client().get(f"/browse/{query}").context["cards"]]


@pytest.fixture
def five():
    make_title("Alpha", genres=("Comedy", "Romance"), year=1994, minimum_age=0)
    make_title("Beta", genres=("Comedy",), year=1999, minimum_age=13)
    make_title("Gamma", genres=("Romance",), year=2003, minimum_age=17, franchise="Cat & Dog")
    make_title("Delta", genres=(), year=None, minimum_age=None)
    make_title("Game", genres=("Puzzle",), year=2003, minimum_age=8, kind="game")
    for number, name in enumerate(("Alpha", "Beta", "Gamma", "Delta", "Game")):
        Title.objects.filter(name=name).update(popularity=10 - number)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Alpha", "Beta", "Gamma", "Delta", "Game"]),
        ("?kind=game", ["Game"]),
        ("?genre=comedy", ["Alpha", "Beta"]),
        ("?genre=comedy&genre=romance", ["Alpha"]),
        ("?decade=1990", ["Alpha", "Beta"]),
        ("?decade=1990&decade=2000", ["Alpha", "Beta", "Gamma", "Game"]),
        ("?year_min=1999&year_max=2003", ["Beta", "Gamma", "Game"]),
        ("?age=8", ["Alpha", "Game"]),
        ("?age=13&kind=film", ["Alpha", "Beta"]),
        ("?genre=western", []),
        ("?franchise=Cat+%26+Dog", ["Gamma"]),
        ("?franchise=Dog", []),
        ("?sort=name", ["Alpha", "Beta", "Delta", "Game", "Gamma"]),
        ("?sort=newest", ["Gamma", "Game", "Beta", "Alpha", "Delta"]),
    ],
)
def test_each_filter_narrows_and_each_order_orders(five, query, names):
    assert found(query) == names


def test_best_rated_needs_more_than_one_lucky_vote(five):
    Title.objects.filter(name="Beta").update(rating_mean=5.0, rating_count=1)
    Title.objects.filter(name="Gamma").update(rating_mean=4.5, rating_count=300)
    assert found("?sort=rating")[:2] == ["Gamma", "Beta"]


@pytest.mark.parametrize(
    "query",
    [
        "?kind=book",
        "?age=abc",
        "?age=99",
        "?year_min=x",
        "?decade=1995",
        "?sort=odd",
        "?page=zzz",
        "?page=-1",
        "?genre=%00",
        "?franchise=%00",
        f"?franchise={'a' * 121}",
    ],
)
def test_an_address_that_makes_no_sense_is_the_plain_page(five, query):
    assert len(found(query)) == 5


@pytest.mark.parametrize("given", ["kind=book", "age=99", "decade=1995", "year_min=x", "sort=odd"])
def test_a_filter_that_there_is_not_is_said_on_the_page(five, given):
    page = Client().get(f"/browse/?{given}").content.decode()
    assert f"There is no filter “{given}”; it was left out." in page


@pytest.mark.parametrize(
    "given", ["", "sort=popular", "sort=&kind=", "kind=game&age=8&decade=1990&year_max=2000"]
)
def test_a_filter_that_there_is_needs_no_notice(five, given):
    assert "There is no filter" not in Client().get(f"/browse/?{given}").content.decode()


def test_chips_say_how_many_titles_they_leave(five):
    context = Client().get("/browse/?genre=comedy").context
    assert {choice.value: choice.count for choice in context["genres"]} == {
        "comedy": 2,
        "romance": 1,
    }
    assert {choice.value: choice.count for choice in context["kinds"]} == {"film": 2, "game": 0}
    assert {choice.value: choice.count for choice in context["decades"]} == {"1990": 2}
    assert {choice.value: choice.count for choice in context["ages"]} == {
        "0": 1,
        "8": 1,
        "13": 2,
        "17": 2,
    }


def test_a_franchise_has_a_chip_that_keeps_it_when_another_filter_is_chosen(five):
    page = Client().get("/browse/?franchise=Cat+%26+Dog&sort=name")
    chip = '<input type="checkbox" id="franchise" name="franchise" value="Cat &amp; Dog" checked>'
    assert chip in page.content.decode()
    assert page.context["first_url"] == "/browse/?franchise=Cat+%26+Dog&sort=name"
    assert 'name="franchise"' not in Client().get("/browse/").content.decode()


def test_kinds_without_titles_have_no_chip(five):
    page = Client().get("/browse/").content.decode()
    assert 'value="game"' in page
    assert 'value="music"' not in page
    Title.objects.filter(kind="game").delete()
    assert 'name="kind"' not in Client().get("/browse/").content.decode()


def test_a_script_gets_the_results_alone_with_fresh_chips_and_the_short_address(five):
    response = Client().get("/browse/?genre=comedy&kind=&age=", headers=HTMX)
    page = response.content.decode()
    assert "<html" not in page
    assert 'id="results"' in page
    assert 'hx-swap-oob="true"' in page
    assert response.headers["HX-Push-Url"] == "/browse/?genre=comedy"
    assert "HX-Request" in response.headers["Vary"]


def test_without_scripts_the_form_and_show_more_are_plain_links(five, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    page = Client().get("/browse/?genre=comedy&genre=romance").content.decode()
    assert 'action="/browse/" method="get"' in page
    assert "Apply the filters" in page
    assert "checked" in page
    page = Client().get("/browse/").content.decode()
    assert 'href="/browse/?page=2"' in page


def test_show_more_adds_the_next_page_and_its_address_brings_both_back(five, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    added = Client().get("/browse/?page=2", headers=HTMX)
    assert [card.title.name for card in added.context["cards"]] == ["Gamma", "Delta"]
    assert [card.position for card in added.context["cards"]] == [2, 3]
    assert 'href="/browse/?page=3"' in added.content.decode()
    assert found("?page=2") == ["Alpha", "Beta", "Gamma", "Delta"]
    last = Client().get("/browse/?page=3", headers=HTMX).content.decode()
    assert "data-more" not in last


def test_nothing_found_says_what_to_do(five):
    page = Client().get("/browse/?genre=western").content.decode()
    assert "Nothing fits all of that" in page
    assert "Clear the filters" in page


def test_the_number_of_queries_is_the_same_at_2_and_20_titles():
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            Client().get("/browse/")
        return len(captured)

    for _ in range(2):
        make_title(director="Iris Vane")
    few = queries()
    for number in range(18):
        make_title(director=f"Iris {number}", genres=("Drama", f"Genre {number}"))
    assert queries() == few
    assert few <= 12
