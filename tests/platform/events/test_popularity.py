"""Counts, means and popularity of titles, as cards and orders use them."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Title
from events.services import POPULARITY_HALF_LIFE_DAYS, refresh_statistics
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2016, 10, 16, tzinfo=UTC)


def popularity(title: Title) -> float:
    return Title.objects.get(pk=title.pk).popularity


def test_an_event_one_half_life_before_the_newest_counts_half():
    new, old = make_title(), make_title()
    user = make_user()
    make_event(user, new, now=NOW)
    make_event(user, old, now=NOW - timedelta(days=POPULARITY_HALF_LIFE_DAYS))
    refresh_statistics()
    assert popularity(old) == pytest.approx(popularity(new) / 2)


def test_only_titles_whose_figures_changed_are_written():
    one, _ = make_title(), make_title()
    make_event(make_user(), one, "rate", value=4.0, now=NOW)
    assert refresh_statistics() == 1
    assert refresh_statistics() == 0


def test_a_title_without_events_any_more_goes_back_to_nothing():
    title, user = make_title(), make_user()
    make_event(user, title, "rate", value=4.0, now=NOW)
    refresh_statistics()
    user.delete()
    refresh_statistics()
    title.refresh_from_db()
    assert (title.rating_count, title.rating_mean, title.popularity) == (0, None, 0)
