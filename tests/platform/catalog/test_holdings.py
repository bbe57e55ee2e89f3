"""What the catalog holds by arrival and genre: as the database says, and no later than a census."""

from datetime import timedelta

import numpy as np
import pytest
from django.db.models import F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog import holdings
from catalog.census import current_census
from catalog.holdings import holdings_of
from catalog.models import Genre, Title
from tests.factories import make_title, make_titles

pytestmark = pytest.mark.django_db
KINDS = st.sampled_from(["film", "game", "music"])
ADDED = st.tuples(st.integers(0, 2), KINDS, st.none() | st.integers(1990, 1993))


def by_the_database(pks: list[int]) -> list[int]:
    """Those of the visible titles, each kind numbered within its day."""
    day, year = TruncDate("added_at"), F("year").desc(nulls_last=True)
    turn = Window(RowNumber(), partition_by=[day, F("kind")], order_by=[year, "-pk"])
    titles = Title.objects.filter(pk__in=pks)
    return list(titles.order_by(day.desc(), turn, year, "-pk").values_list("pk", flat=True))


@pytest.mark.slow
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ADDED, max_size=12), st.data())
def test_new_titles_stand_in_the_order_of_the_database(db, added, data):
    Title.objects.all().delete()
    for days, kind, year in added:
        title = make_title(kind=kind, year=year)
        Title.objects.filter(pk=title.pk).update(added_at=timezone.now() - timedelta(days=days))
    census = current_census()
    masks = st.lists(st.booleans(), min_size=len(census), max_size=len(census))
    among = np.array(data.draw(masks), dtype=bool)
    usable = among & np.array(data.draw(masks), dtype=bool)
    k = data.draw(st.integers(1, 13))
    expected = [
        pk
        for pk in by_the_database(census.ids[among].tolist())
        if usable[np.searchsorted(census.ids, pk)]
    ]
    rows = holdings_of(census).newest(among, usable, k)
    assert census.ids[rows].tolist() == expected[:k]


def test_genres_hold_their_published_titles():
    horror = make_title(genres=("Horror", "Drama"))
    make_title(genres=("Empty",), published=False)
    census = current_census()
    held = holdings_of(census).genres
    assert {genre.name: census.ids[rows].tolist() for genre, rows in held.items()} == {
        "Drama": [horror.pk],
        "Horror": [horror.pk],
    }


def test_a_change_of_the_catalog_is_read_and_nothing_else_is(django_assert_num_queries):
    title = make_title(genres=("Horror",))
    census = current_census()
    holdings_of(census)
    with django_assert_num_queries(0):
        holdings_of(census)
    title.genres.set([Genre.objects.create(name="Western", slug="western")])
    assert [genre.name for genre in holdings_of(current_census()).genres] == ["Western"]


def test_what_was_read_for_one_census_serves_another_until_it_is_read_again(db, monkeypatch):
    kept = make_titles(each=[{"year": 1990 + number} for number in range(3)])
    before = current_census()
    holdings_of(before)
    monkeypatch.setattr(holdings, "REREAD_SECONDS", 1000.0)
    kept[1].delete()
    make_title(year=2020)
    after = current_census()
    everything = np.ones(len(after), dtype=bool)
    rows = holdings_of(after).newest(everything, everything, 10)
    assert after.ids[rows].tolist() == [kept[2].pk, kept[0].pk]
    older = holdings_of(before).newest(*[np.ones(len(before), dtype=bool)] * 2, 10)
    assert len(older) == 3
