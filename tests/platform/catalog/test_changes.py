"""The feed of changes tells every title of which a fact changed, and no other."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from catalog.census import current_census
from catalog.changes import changes, now
from catalog.models import Credit, Genre, Person, Title
from tests.factories import make_genre, make_person, make_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def heat() -> Title:
    """One of two titles; nothing is noted of either yet."""
    make_title("Ronin", genres=("Drama",), director="John Frankenheimer")
    title = make_title("Heat", genres=("Drama",), director="Michael Mann")
    forget_what_was_noted()
    return title


def forget_what_was_noted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_titlechange")


def noted() -> set[int]:
    told = changes("0")
    assert not told.everything
    return set(told.title_ids)


@pytest.mark.parametrize(
    "fact",
    [
        {"year": 1995},
        {"year": None},
        {"franchise": "Heat"},
        {"added_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"minimum_age": 17},
        {"kind": "series"},
        {"published": False},
    ],
)
def test_a_changed_fact_is_noted(heat, fact):
    Title.objects.filter(pk=heat.pk).update(**fact)
    assert noted() == {heat.pk}


def test_what_stays_or_is_no_fact_of_a_rule_is_not_noted(heat):
    Title.objects.update(year=1994, franchise="", popularity=3.0, description="A film.")
    assert noted() == set()


def test_a_genre_that_comes_or_goes_is_noted(heat):
    heat.genres.add(make_genre("Crime"))
    assert noted() == {heat.pk}
    forget_what_was_noted()
    heat.genres.remove(make_genre("Crime"))
    assert noted() == {heat.pk}


def test_a_genre_that_is_deleted_is_noted_of_all_its_titles(heat):
    Genre.objects.get(name="Drama").delete()
    assert noted() == set(Title.objects.values_list("pk", flat=True))


def test_a_person_who_comes_changes_or_goes_is_noted(heat):
    actor = Credit.objects.create(title=heat, person=make_person("Al Pacino"), role="actor")
    assert noted() == {heat.pk}
    forget_what_was_noted()
    Credit.objects.filter(pk=actor.pk).update(person=make_person("Robert De Niro"))
    assert noted() == {heat.pk}
    forget_what_was_noted()
    Person.objects.get(name="Robert De Niro").delete()
    assert noted() == {heat.pk}


def test_a_relation_that_moves_is_noted_of_both_titles(heat):
    other = Title.objects.get(name="Ronin")
    Credit.objects.filter(title=heat).update(title=other)
    assert noted() == {heat.pk, other.pk}
    forget_what_was_noted()
    other.genres.clear()
    forget_what_was_noted()
    Title.genres.through.objects.filter(title=heat).update(title=other)
    assert noted() == {heat.pk, other.pk}


@pytest.mark.parametrize("table", ["catalog_title_genres", "catalog_credit"])
@pytest.mark.django_db(transaction=True)
def test_relations_that_were_emptied_mean_all_titles(table):
    since = now()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
    assert changes(since).everything


@pytest.mark.django_db(transaction=True)
def test_facts_that_say_nothing_of_who_sees_what_leave_the_census_its_number(heat):
    before = current_census()
    Title.objects.filter(pk=heat.pk).update(year=1995, franchise="Heat")
    heat.genres.add(make_genre("Crime"))
    Credit.objects.create(title=heat, person=make_person("Al Pacino"), role="actor")
    assert changes(before.until).title_ids == {heat.pk}
    after = current_census()
    assert (after.number, after.ids.tolist()) == (before.number, before.ids.tolist())
    assert after.facts != before.facts
