"""What lists say of titles is kept in memory and never older than the feed of changes."""

import pytest

from catalog import briefs, census
from catalog.briefs import BLOCK, briefs_of
from catalog.models import Credit, Genre, Person, Title
from tests.factories import make_genre, make_person, make_title

pytestmark = pytest.mark.django_db


def test_a_brief_says_name_year_kind_and_genres():
    title = make_title("Heat", year=1995, genres=("Thriller", "Crime"))
    brief = briefs_of([title.pk])[title.pk]
    assert (brief.pk, brief.name, brief.year) == (title.pk, "Heat", 1995)
    assert (brief.kind, brief.genre_names) == ("film", ("Crime", "Thriller"))


def test_a_title_without_genres_has_a_brief_too():
    title = make_title(genres=())
    assert briefs_of([title.pk])[title.pk].genre_names == ()


def test_a_second_time_nothing_is_asked(django_assert_num_queries, monkeypatch):
    title = make_title()
    briefs_of([title.pk])
    monkeypatch.setattr(briefs, "POLL_SECONDS", 60.0)
    with django_assert_num_queries(0):
        briefs_of([title.pk])


@pytest.mark.parametrize("field", ["name", "year", "kind"])
def test_a_changed_fact_is_seen(field):
    title = make_title()
    briefs_of([title.pk])
    value = {"name": "Ronin", "year": 1998, "kind": "series"}[field]
    Title.objects.filter(pk=title.pk).update(**{field: value})
    assert getattr(briefs_of([title.pk])[title.pk], field) == value


def test_a_changed_genre_is_seen():
    title = make_title(genres=("Drama",))
    briefs_of([title.pk])
    title.genres.add(make_genre("Crime"))
    assert briefs_of([title.pk])[title.pk].genre_names == ("Crime", "Drama")
    Genre.objects.filter(name="Crime").update(name="Noir")
    assert briefs_of([title.pk])[title.pk].genre_names == ("Drama", "Noir")


def test_it_names_the_first_who_made_the_title_and_sees_a_new_name():
    title, person = make_title(), make_person("Agnes Varda")
    actor = make_person("Anna Karina")
    Credit.objects.create(title=title, person=actor, role=Credit.Role.ACTOR)
    assert briefs_of([title.pk])[title.pk].maker == ""
    Credit.objects.create(title=title, person=person, role=Credit.Role.DIRECTOR)
    assert briefs_of([title.pk])[title.pk].maker == "Agnes Varda"
    Person.objects.filter(pk=person.pk).update(name="Agnès Varda")
    assert briefs_of([title.pk])[title.pk].maker == "Agnès Varda"


def test_what_is_taken_back_has_none():
    title, gone = make_title(), make_title()
    ids = [title.pk, gone.pk]
    assert set(briefs_of(ids)) == set(ids)
    Title.objects.filter(pk=title.pk).update(published=False)
    gone.delete()
    assert briefs_of(ids) == {}


def test_of_a_small_catalog_those_about_a_title_are_read_with_it(
    django_assert_num_queries, monkeypatch
):
    first = BLOCK * 1_000_000
    one, beside, last, next_block = (
        make_title(pk=pk).pk for pk in (first, first + 1, first + BLOCK - 1, first + BLOCK)
    )
    briefs_of([])
    for module in (briefs, census):
        monkeypatch.setattr(module, "POLL_SECONDS", 60.0)
    assert set(briefs_of([one])) == {one}
    with django_assert_num_queries(0):
        assert set(briefs_of([beside, last])) == {beside, last}
    with django_assert_num_queries(1):
        assert set(briefs_of([next_block])) == {next_block}


def test_no_more_are_kept_than_there_is_room_for(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(briefs, "MAX_BRIEFS", 2)
    first, second, third = (make_title().pk for _ in range(3))
    briefs_of([])
    monkeypatch.setattr(briefs, "POLL_SECONDS", 60.0)
    assert set(briefs_of([first, second])) == {first, second}
    assert set(briefs_of([third])) == {third}  # in place of the first
    assert len(briefs._briefs) == 2
    with django_assert_num_queries(0):
        assert set(briefs_of([second, third])) == {second, third}
