"""Search: prefixes, accents, ranking, typos, marked letters."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from catalog.models import Credit, Title
from catalog.search import mark, search
from tests.factories import make_person, make_title, make_titles, make_user

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    return [title.name for title in search(AnonymousUser(), text).titles]


@pytest.mark.parametrize("text", ["amelie", "AMÉLIE", "Amél", "am", "  amelie  "])
def test_accents_case_and_missing_letters_at_the_end_do_not_matter(text):
    make_title("Amélie")
    assert names(text) == ["Amélie"]


def test_the_words_may_come_in_any_order_and_article():
    make_title("The Matrix Reloaded")
    assert names("reloaded mat") == ["The Matrix Reloaded"]
    assert names("the matrix") == ["The Matrix Reloaded"]


def test_the_exact_name_comes_first_then_names_that_begin_so_then_popular_then_descriptions():
    make_title("Something Else", description="A heat wave in a city.")
    popular = make_title("Dead Heat")
    make_title("Red Heat")
    make_title("Heatwave")
    make_title("Heat")
    Title.objects.filter(pk=popular.pk).update(popularity=50)
    assert names("heat") == ["Heat", "Heatwave", "Dead Heat", "Red Heat", "Something Else"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("godfahter", "godfather"),
        ("the godfater", "the godfather"),
        ("star wras", "star wars"),
        ("pyscho", "psycho"),
        ("bladerunner", "blade runner"),
        ("lrod of teh rings", "lord of the rings"),
    ],
)
def test_a_typo_is_mended_and_said(typed, meant):
    for name in (
        "The Godfather",
        "Star Wars",
        "Psycho",
        "Blade Runner",
        "The Runner",
        "The Lord of the Rings",
    ):
        make_title(name)
    found = search(AnonymousUser(), typed)
    assert found.corrected == meant
    assert found.titles
    page = Client().get("/search/", {"q": typed}).content.decode()
    assert f"Showing results for <b>{meant}</b>" in page


def test_a_misspelt_person_is_found():
    make_title("Jaws", director="Steven Spielberg")
    found = search(AnonymousUser(), "spielburg")
    assert [person.name for person in found.people] == ["Steven Spielberg"]


@pytest.mark.parametrize("typed", ["terminators", "termniator", "terminater"])
def test_a_description_that_shares_a_stem_does_not_hide_a_name_that_is_meant(typed):
    make_title("KNetWalk", description="Connect all the terminals to the server.")
    make_title("The Terminator")
    found = search(AnonymousUser(), typed)
    assert (found.corrected, found.titles[0].name) == ("terminator", "The Terminator")


@pytest.mark.parametrize("typed", ["heist", "heists", "servers"])
def test_a_word_of_a_description_is_no_typo_of_a_name_that_looks_like_it(typed):
    make_title("Heat")
    make_title("Swerve")
    make_title("Inside Man", description="The heist of a bank with servers.")
    assert names(typed) == ["Inside Man"]
    assert search(AnonymousUser(), typed).corrected == ""


def test_names_come_before_descriptions_when_a_typo_is_mended():
    make_title("Robots", description="A terminator among us.")
    make_title("The Terminator")
    Title.objects.filter(name="Robots").update(popularity=50)
    assert names("termniator") == ["The Terminator", "Robots"]


def test_nothing_is_mended_when_the_words_fit():
    make_title("Heart")
    make_title("Heat")
    assert search(AnonymousUser(), "heat").corrected == ""
    assert names("heat") == ["Heat"]


@pytest.mark.parametrize(
    "text",
    ["'", "':*", "a & b | !c", "\\", "%", "_", "()", "<script>", "\x00", "🎬", "x" * 5000, "", " "],
)
def test_no_text_breaks_the_search(text):
    make_title("Heat")
    assert Client().get("/search/", {"q": text}).status_code == 200
    assert Client().get("/search/panel/", {"q": text}).status_code == 200


def test_matched_letters_are_marked_in_the_name_as_written():
    assert mark("Amélie & Co", ["amel", "c"]) == "<mark>Amél</mark>ie &amp; <mark>C</mark>o"
    assert mark("L.A. Story", ["l", "a", "story"]) == (
        "<mark>L</mark>.<mark>A</mark>. <mark>Story</mark>"
    )
    assert mark("Panama", ["ama"]) == "Panama"


def test_markup_in_a_name_or_a_query_stays_text():
    make_title("<img src=x onerror=alert(1)>")
    page = Client().get("/search/", {"q": "img"}).content.decode()
    assert "<img src=x" not in page
    assert "&lt;<mark>img</mark> src=x" in page
    page = Client().get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page


def test_the_panel_groups_titles_and_people():
    make_title("Carol", director="Carol Reed")
    page = Client().get("/search/panel/", {"q": "carol"}).content.decode()
    assert page.count("<mark>Carol</mark>") == 2
    assert "2 results" in page


def test_results_can_be_narrowed_by_kind_with_counts():
    make_title("Chess Story")
    make_title("Chess", kind="game")
    response = Client().get("/search/", {"q": "chess", "kind": "game"})
    assert [title.name for title in response.context["results"].titles] == ["Chess"]
    assert {choice.value: choice.count for choice in response.context["kinds"]} == {
        "film": 1,
        "game": 1,
    }


def test_the_number_of_queries_does_not_grow_with_the_results(django_assert_max_num_queries):
    for _ in range(2):
        make_title("Lantern", director="Iris Vane")
    with django_assert_max_num_queries(8):
        Client().get("/search/panel/", {"q": "lantern"})
    for number in range(18):
        make_title("Lantern", director=f"Iris {number}")
    with django_assert_max_num_queries(8):
        Client().get("/search/panel/", {"q": "lantern"})
    with django_assert_max_num_queries(8):
        Client().get("/search/", {"q": "lantern"})


def as_actor(name: str, *titles: Title) -> None:
    for title in titles:
        Credit.objects.create(title=title, person=make_person(name), role=Credit.Role.ACTOR)


def test_a_person_comes_first_and_then_their_titles_the_most_popular_first():
    big, splash = make_title("Big", popularity=3), make_title("Splash", popularity=5)
    told = make_title("Cast of One", description="Tom Hanks alone on an island.", popularity=9)
    make_title("A Portrait", description="About Tom Hanks.")
    as_actor("Tom Hanks", big, splash, told, make_title("Unseen", published=False))
    found = search(AnonymousUser(), "tom hanks")
    assert [title.name for title in found.lead_titles] == ["Cast of One", "Splash", "Big"]
    assert [title.name for title in found.titles] == ["A Portrait"]
    assert (found.title_total, found.total) == (1, 5)
    for path in ("/search/", "/search/panel/"):
        page = Client().get(path, {"q": "tom hanks"}).content.decode()
        parts = ["-people", "With Tom Hanks", "Splash", "-titles", "A Portrait"]
        places = [page.index(part) for part in parts]
        assert places == sorted(places)
        assert page.count(splash.get_absolute_url()) == 1
        assert "Unseen" not in page


def test_a_word_of_a_description_does_not_keep_the_person_from_the_first_place():
    make_title("A Life", description="The life and times of Hank.")
    as_actor("Tom Hanks", make_title("Big"))
    found = search(AnonymousUser(), "hanks")
    assert found.lead is not None
    assert [title.name for title in found.titles] == ["A Life"]


def test_the_titles_of_somebody_who_only_directs_are_by_them():
    make_title("Jaws", director="Steven Spielberg")
    page = Client().get("/search/", {"q": "spielberg"}).content.decode()
    assert "By Steven Spielberg" in page
    assert "With Steven Spielberg" not in page


def test_a_title_of_that_name_goes_before_people():
    carol = make_title("Carol", director="Carol Reed")
    make_title("The Third Man", director="Carol Reed")
    found = search(AnonymousUser(), "carol")
    assert (found.titles, found.lead, found.lead_titles) == ([carol], None, [])


def test_a_child_sees_of_a_person_what_a_child_may_see():
    as_actor("Tom Hanks", make_title("Big"), make_title("Cast Away", minimum_age=13))
    found = search(make_user(age_limit=8), "tom hanks")
    assert [title.name for title in found.lead_titles] == ["Big"]


def test_the_number_of_queries_does_not_grow_with_the_titles_of_a_person(
    django_assert_max_num_queries,
):
    as_actor(
        "Iris Vane", *make_titles(each=[{"name": f"Lantern {number}"} for number in range(20)])
    )
    for path in ("/search/", "/search/panel/"):
        with django_assert_max_num_queries(8):
            Client().get(path, {"q": "iris vane"})


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("godfather", "Father"),
        ("godfather", "Heather"),
        ("matrix", "Patrice"),
        ("scarface", "Scarpa"),
        ("shawshank", "Shawn"),
    ],
)
def test_a_word_that_only_resembles_is_not_what_was_meant(typed, near):
    make_title(f"{near} of Somebody")
    make_title("The Godfather", minimum_age=17)
    found = search(make_user(age_limit=8), typed)
    assert (found.titles, found.corrected) == ([], "")
