"""Counts, means and popularity of titles, as cards and orders use them."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Title
from events.services import POPULARITY_HALF_LIFE_DAYS, refresh_statistics
from events.weights import event_weight
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2016, 10, 16, tzinfo=UTC)


def popularity(title: Title) -> float:
    return Title.objects.get(pk=title.pk).popularity


def test_an_event_one_half_life_of_busy_days_ago_counts_half():
    old, crowd = make_title(), make_title()
    user = make_user()
    for day in range(POPULARITY_HALF_LIFE_DAYS + 1):
        title = crowd if day else old
        make_event(user, title, "play", now=NOW + timedelta(days=day))
    newest = make_title()
    make_event(user, newest, "play", now=NOW + timedelta(days=POPULARITY_HALF_LIFE_DAYS))
    refresh_statistics()
    assert popularity(old) == pytest.approx(popularity(newest) / 2)


def test_one_event_after_years_of_silence_does_not_top_the_list():
    loved, single = make_title(), make_title()
    for _ in range(3):
        make_event(make_user(), loved, "finish", now=NOW)
    make_event(make_user(), single, "finish", now=NOW + timedelta(days=3650))
    refresh_statistics()
    assert popularity(loved) > popularity(single)


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


def test_a_title_gains_nothing_when_one_person_repeats_an_event():
    pushed, saved, user = make_title(), make_title(), make_user()
    for kind in ("click", "save", "save", "finish", "finish"):
        make_event(user, pushed, kind, now=NOW)
    make_event(user, saved, "finish", now=NOW)
    refresh_statistics()
    assert popularity(pushed) == pytest.approx(popularity(saved))


def test_only_the_last_stars_of_a_person_count():
    fallen, loved, user = make_title(), make_title(), make_user()
    make_event(user, fallen, "rate", value=5, now=NOW)
    make_event(user, fallen, "rate", value=1, now=NOW)
    make_event(user, loved, "rate", value=5, now=NOW)
    refresh_statistics()
    assert popularity(fallen) == 0 < popularity(loved)


def test_two_people_count_twice_as_much_as_one():
    one, two = make_title(), make_title()
    first, second = make_user(), make_user()
    for user, title in ((first, one), (first, two), (second, two)):
        make_event(user, title, "play", now=NOW)
    refresh_statistics()
    assert popularity(two) == pytest.approx(2 * popularity(one))


@pytest.mark.parametrize("kind", ["finish", "play", "save", "click"])
def test_popularity_weighs_events_as_tastes_do(kind):
    title, other, user = make_title(), make_title(), make_user()
    make_event(user, title, kind, now=NOW)
    make_event(user, other, "rate", value=4, now=NOW)
    refresh_statistics()
    ratio = event_weight(kind, None) / event_weight("rate", 4)
    assert popularity(title) == pytest.approx(ratio * popularity(other))
