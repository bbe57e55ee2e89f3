"""The home page: true headings, nothing twice, nothing seen, and the next request knows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Hidden, Title
from events.models import Event
from recommendations import rulebook
from recommendations.cold import encode_new_titles
from recommendations.dataset import MAX_HISTORY
from recommendations.home import FARTHEST_MOVE, apart, crowding, home
from recommendations.models import Rule
from tests.factories import make_event, make_title, make_titles, make_user
from tests.platform.recommendations.many import make_many, queries_of
from tests.recsys.toy import PER_GENRE


def shown(user) -> list[Title]:
    return [card.title for shelf in home(user) for card in shelf.cards]


@pytest.fixture
def short_shelves(monkeypatch):
    """So that a small catalog fills more than the first."""
    monkeypatch.setattr("recommendations.home.SHELF_LENGTH", 5)


@pytest.mark.parametrize(
    ("looks", "order"),
    [
        ("abcdef", "abcdef"),
        ("aabcd", "acbad"),
        ("abacde", "abdcae"),
        ("aaaa", "aaaa"),
        ("", ""),
    ],
)
def test_look_alike_posters_are_moved_apart_where_small_moves_allow(looks, order):
    assert "".join(looks[place] for place in apart(looks)) == order


@given(st.text("abcdef", max_size=20))
def test_moving_posters_apart_loses_nothing_moves_little_and_makes_nothing_worse(looks):
    order = apart(looks)
    assert sorted(order) == list(range(len(looks)))
    assert order[:1] == [0][: len(looks)]
    assert all(abs(place - at) <= FARTHEST_MOVE for at, place in enumerate(order))
    assert crowding([looks[place] for place in order]) <= crowding(looks)


def test_a_shelf_that_promises_its_order_keeps_it(member, short_shelves, monkeypatch):
    monkeypatch.setattr("recommendations.home.apart", lambda looks: list(range(len(looks)))[::-1])
    make_many(30)
    for number in range(8):
        make_title(f"Drama {number}", popularity=number / 10)
    for number in range(8):
        make_title(f"Other {number}", genres=(), popularity=10 + number)
    shelves = {shelf.key.partition("-")[0]: shelf for shelf in home(member)}
    years = [card.title.year for card in shelves["new"].cards]
    assert years == sorted(years, reverse=True)
    for key, swapped in (("popular", True), ("genre", False)):
        scores = [card.score for card in shelves[key].cards]
        assert scores == sorted(scores, reverse=not swapped), key


def test_a_visitor_sees_popular_and_new(client, titles, short_shelves):
    page = client.get("/")
    keys = [shelf.key for shelf in page.context["shelves"]]
    assert keys[:2] == ["popular", "new"]
    assert all(key.startswith("genre-") for key in keys[2:])
    assert page.context["featured"] is None


def kinds_in_new(user) -> list[str]:
    shelf = next(shelf for shelf in home(user) if shelf.key == "new")
    return [card.title.kind for card in shelf.cards]


def test_kinds_take_turns_among_what_was_added_on_one_day(member, short_shelves):
    popular = make_titles(each=[{"year": 1950}] * 5)
    Title.objects.filter(pk__in=[title.pk for title in popular]).update(popularity=9)
    for year in range(2000, 2008):
        make_title(f"Film of {year}", year=year)
    for _ in range(8):
        make_title("Game", kind="game", year=2020)
    make_title("Song", kind="music", year=None)
    shelf = next(shelf for shelf in home(member) if shelf.key == "new")
    told = [(card.title.kind, card.title.year) for card in shelf.cards]
    turns = [("game", 2020), ("film", 2007), ("music", None), ("game", 2020), ("film", 2006)]
    assert told == turns
    assert [card.title for card in shelf.cards] == [
        card.title for shelf in home(member) if shelf.key == "new" for card in shelf.cards
    ]


def test_what_was_added_later_comes_first_of_whatever_kind(member, short_shelves):
    for _ in range(6):
        make_title(kind="game", year=2020, popularity=9)
    late = make_titles(each=[{"kind": "film", "year": 1930 + number} for number in range(4)])
    make_title(kind="music", year=2020)
    Title.objects.exclude(pk__in=[title.pk for title in late]).update(
        added_at=timezone.now() - timedelta(days=3)
    )
    assert kinds_in_new(member)[:4] == ["film"] * 4


def test_one_liked_film_is_enough_for_a_personal_shelf(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    shelves = home(member)
    assert (shelves[0].key, shelves[0].rung) == ("picked", "personal")
    top = [card.title.pk for card in shelves[0].cards[: PER_GENRE // 2]]
    horror = {title.pk for title in titles[:PER_GENRE]}
    assert len(horror & set(top)) > len(top) / 2


def test_no_title_twice_and_nothing_seen_or_hidden(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    make_event(member, titles[1], Event.Kind.FINISH)
    make_event(member, titles[2], Event.Kind.HIDE)
    make_event(member, titles[3], Event.Kind.SAVE)
    names = [title.pk for title in shown(member)]
    assert len(names) == len(set(names)) > 0
    assert not {title.pk for title in titles[:4]} & set(names)


def test_the_next_request_knows_the_last_event(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    before = [title.pk for title in shown(member)][:5]
    event = make_event(member, titles[PER_GENRE], Event.Kind.FINISH)
    after = [title.pk for title in shown(member)][:5]
    assert after != before
    from events.services import undo_event

    undo_event(event=event, now=timezone.now())
    assert [title.pk for title in shown(member)][:5] == before


def test_because_names_the_newest_liked_title_and_lists_its_neighbours(
    member, live, titles, short_shelves
):
    make_event(member, titles[PER_GENRE], Event.Kind.RATE, value=5)
    make_event(member, titles[0], Event.Kind.RATE, value=4)
    make_event(member, titles[1], Event.Kind.RATE, value=3.5)
    shelf = next(shelf for shelf in home(member) if shelf.key == "because")
    assert shelf.heading == f"Because you liked {titles[0].name}"
    assert shelf.evidence == "Nearest by the taste of people here"
    assert {card.title for card in shelf.cards} <= set(titles[:PER_GENRE])


@pytest.mark.parametrize(
    "change", [{"published": False}, {"minimum_age": 18}, {"minimum_age": None}, "hide"]
)
def test_because_is_said_of_the_newest_liked_title_that_the_person_may_see(
    change, live, titles, short_shelves
):
    teen = make_user(age_limit=13)
    make_event(teen, titles[PER_GENRE], Event.Kind.RATE, value=5)
    make_event(teen, titles[0], Event.Kind.RATE, value=5)
    if change == "hide":
        make_event(teen, titles[0], Event.Kind.HIDE)
    else:
        Title.objects.filter(pk=titles[0].pk).update(**change)
    shelf = next(shelf for shelf in home(teen) if shelf.key == "because")
    assert shelf.heading == f"Because you liked {titles[PER_GENRE].name}"
    assert {card.title for card in shelf.cards} <= set(titles[PER_GENRE:])


@pytest.mark.parametrize("kind", [Event.Kind.SAVE, Event.Kind.PLAY, Event.Kind.CLICK])
def test_what_was_only_saved_played_or_opened_is_not_called_liked(
    kind, member, live, titles, short_shelves
):
    make_event(member, titles[0], kind)
    shelves = home(member)
    assert shelves[0].rung == "personal"
    assert "because" not in [shelf.key for shelf in shelves]
    assert not [card.why for shelf in shelves for card in shelf.cards if "liked" in card.why]


def test_a_shelf_near_a_title_nobody_had_says_that_it_goes_by_content(
    member, live, titles, short_shelves
):
    cold = make_title("Horror night thirteen", genres=("Horror",))
    encode_new_titles()
    make_event(member, cold, Event.Kind.RATE, value=5)
    shelf = next(shelf for shelf in home(member) if shelf.key == "because")
    assert shelf.evidence == "By genre, people and words"


def test_opening_a_page_takes_no_title_from_the_shelves(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    first = shown(member)[0]
    make_event(member, first, Event.Kind.CLICK)
    assert first in shown(member)


def test_what_was_seen_long_ago_never_returns(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    more = make_many(MAX_HISTORY)
    Event.objects.bulk_create(
        [Event(user=member, title=title, kind=Event.Kind.FINISH) for title in more]
    )
    found = {title.pk for title in shown(member)}
    assert found
    assert not found & {titles[0].pk, *(title.pk for title in more)}


def test_a_reason_names_a_title_the_person_really_liked(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    make_event(member, titles[PER_GENRE], Event.Kind.RATE, value=1)
    reasons = {card.why for card in home(member)[0].cards}
    assert f"Because you liked {titles[0].name}" in reasons
    assert not any(titles[PER_GENRE].name in reason for reason in reasons)


def test_without_an_artifact_the_page_is_popular_and_not_broken(member_client, member, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    page = member_client.get("/")
    assert page.status_code == 200
    assert {shelf.rung for shelf in page.context["shelves"]} == {"popular"}


def test_an_empty_catalog_says_what_to_do(client, db):
    assert b"The catalog is empty" in client.get("/").content


def test_a_child_sees_no_unknown_or_older_title(live, titles):
    child = make_user(age_limit=8)
    Title.objects.filter(pk__in=[title.pk for title in titles[:8]]).update(minimum_age=17)
    Title.objects.filter(pk=titles[9].pk).update(minimum_age=None)
    make_event(child, titles[10], Event.Kind.RATE, value=5)
    ages = [title.minimum_age for title in shown(child)]
    assert ages
    assert all(age is not None and age <= 8 for age in ages)


def test_queries_stay_the_same_at_20_and_2000_titles(
    member, member_client, live, titles, monkeypatch
):
    monkeypatch.setattr(rulebook, "POLL_SECONDS", 60.0)  # asked once a second, not once a page
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    few = queries_of(member_client, "/")
    make_many(2000)
    many = queries_of(member_client, "/")
    assert few == many <= 12


def test_hiding_from_the_page_removes_the_title_at_once(member_client, member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    first = shown(member)[0]
    member_client.post(f"/titles/{first.pk}/hide/", headers={"HX-Request": "true"})
    assert Hidden.objects.filter(user=member, title=first).exists()
    assert first not in shown(member)


def test_a_raise_leaves_the_order_of_new_titles_as_it_is(titles, monkeypatch):
    years = [1990 + number for number in (3, 0, 4, 1, 2)]
    for title, year in zip(titles[:5], years, strict=True):
        Title.objects.filter(pk=title.pk).update(year=year, added_at=timezone.now())
    before = [card.title.pk for card in new_here().cards]
    Rule.objects.create(name="Up", effect="boost", condition={"titles": [titles[1].pk]}, amount=2.0)
    after = new_here()
    assert [card.title.pk for card in after.cards] == before
    assert "set by this site" not in after.evidence


def new_here():
    return next(shelf for shelf in home(AnonymousUser()) if shelf.key == "new")
