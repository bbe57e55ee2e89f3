"""What became of served lists, and how sure the rates are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import beta

from catalog.models import Title
from events.models import Event
from events.services import undo_event
from events.visitors import merge_visitor, record_visit
from recommendations.models import LoggedList
from recommendations.outcomes import Dimension, Outcome, clustered_rate, outcomes
from tests.factories import make_event, make_experiment, make_served, make_titles, make_user

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def outcomes_by(dimension: Dimension) -> dict[str, Outcome]:
    found = outcomes(since=NOW - 7 * DAY, until=NOW + DAY)[dimension]
    return {outcome.name: outcome for outcome in found}


def whole() -> Outcome:
    return outcomes_by("all")[""]


def happen(served: LoggedList, place: int, kind: str, *, after: timedelta = MINUTE) -> Event:
    """An event of the list's own member with one of its titles, named by its place."""
    title = Title.objects.get(pk=served.title_ids[place])
    value = 4.0 if kind == "rate" else None
    return make_event(
        served.user, title, kind, value=value, list_id=served.list_id, now=served.served_at + after
    )


@pytest.fixture
def titles(db):
    return make_titles(4)


def test_seen_opened_and_finished_titles_are_counted_once_each(titles, member):
    served = make_served(member, titles, at=NOW)
    for place, kind in [(0, "impression"), (1, "impression"), (2, "impression"), (1, "click")]:
        happen(served, place, kind)
    happen(served, 1, "click", after=5 * MINUTE)
    happen(served, 2, "finish")
    found = whole()
    assert (found.lists, found.people, found.listed) == (1, 1, 4)
    assert (found.seen, found.opened, found.finished) == (3, 2, 1)
    assert found.open_rate.value == pytest.approx(2 / 3)
    assert found.finish_rate.value == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", ["click", "save", "rate", "finish"])
def test_what_somebody_did_something_with_was_seen(kind, titles, member):
    happen(make_served(member, titles, at=NOW), 0, kind)
    assert whole().seen == 1


@pytest.mark.parametrize(("after", "finished"), [(6 * DAY, 1), (8 * DAY, 0), (-DAY, 0)])
def test_a_title_opened_here_and_finished_within_a_week_is_finished(
    after, finished, titles, member
):
    served = make_served(member, titles, at=NOW)
    happen(served, 0, "click")
    make_event(member, titles[0], "finish", now=NOW + after)
    make_event(member, titles[1], "finish", now=NOW + DAY)  # not opened here
    assert whole().finished == finished


def test_undone_events_count_as_never_happened(titles, member):
    served = make_served(member, titles, at=NOW)
    undo_event(event=happen(served, 0, "click"))
    assert (whole().seen, whole().open_rate) == (0, None)


def test_events_of_others_and_of_titles_not_in_the_list_do_not_count(titles, member):
    served = make_served(member, titles[:2], at=NOW)
    make_event(make_user(), titles[0], "click", list_id=served.list_id)
    make_event(member, titles[3], "click", list_id=served.list_id)
    assert whole().seen == 0


def test_lists_are_told_apart_by_shelf_rung_artifact_and_arm(titles, member):
    experiment = make_experiment()
    of_b = {"experiment": experiment, "arm": "B", "artifact": "second"}
    picked = make_served(member, titles, at=NOW, **of_b)
    make_served(member, titles, at=NOW, shelf="new", rung="popular", artifact="")
    make_served(make_user(), titles, at=NOW, shelf="new", rung="popular", artifact="")
    happen(picked, 0, "click")
    assert {name: line.lists for name, line in outcomes_by("shelf").items()} == {
        "new": 2, "picked": 1,
    }  # fmt: skip
    assert outcomes_by("rung")["personal"].opened == 1
    assert outcomes_by("rung")["popular"].people == 2
    assert set(outcomes_by("artifact")) == {"second", ""}
    assert [(line.experiment_id, line.name) for line in outcomes_by("arm").values()] == [
        (experiment.pk, "B")
    ]


def test_only_lists_of_the_period_count(titles, member):
    for at in (NOW - 7 * DAY - MINUTE, NOW - 7 * DAY, NOW + DAY):
        make_served(member, titles, at=at)
    assert whole().lists == 1


def test_what_a_visitor_did_counts_before_and_after_they_log_in(titles, member):
    served = make_served(None, titles, at=NOW, visitor="f00d")
    for title, kind in [(titles[0], "click"), (titles[1], "impression")]:
        record_visit(visitor="f00d", title=title, kind=kind, list_id=served.list_id, now=NOW)
    record_visit(visitor="f00d", title=titles[0], kind="finish", now=NOW + MINUTE)
    record_visit(visitor="beef", title=titles[2], kind="click", list_id=served.list_id, now=NOW)
    before = whole()
    assert (before.people, before.seen, before.opened, before.finished) == (1, 2, 1, 1)
    merge_visitor(visitor="f00d", user=member)
    assert whole() == before


def test_lists_of_nobody_in_particular_are_served_and_in_no_rate(titles, member):
    served = make_served(None, titles, at=NOW)
    make_event(member, titles[0], "click", list_id=served.list_id)
    found = whole()
    assert (found.lists, found.people, found.listed, found.open_rate) == (1, 0, 4, None)


@pytest.mark.parametrize("count", [1, 12])
def test_it_is_one_query_however_much_was_served(count, titles, member, django_assert_num_queries):
    for _ in range(count):
        happen(make_served(member, titles, at=NOW), 0, "click")
    with django_assert_num_queries(1):
        outcomes(since=NOW - DAY, until=NOW + DAY)


def rate_of(hits: np.ndarray, of: np.ndarray):
    """hits, of: (U,) of each member."""
    return clustered_rate(
        int((of > 0).sum()), int(hits.sum()), int(of.sum()), hits2=float((hits**2).sum()),
        of2=float((of**2).sum()), both=float((hits * of).sum()),
    )  # fmt: skip


def test_an_interval_by_hand():
    """0, 4, 1 and 3 of 4: variance 4/3 x 10 / 16², so 4.8 trials, narrowed by t(15) over t(3)."""
    found = rate_of(np.array([0, 4, 1, 3]), np.full(4, 4))
    half = 4.8 * (2.131450 / 3.182446) ** 2 / 2
    assert found.value == 0.5
    assert found.low == pytest.approx(beta.ppf(0.025, half, half + 1), rel=1e-4)
    assert found.high == pytest.approx(beta.ppf(0.975, half + 1, half), rel=1e-4)


def test_nothing_opened_is_no_proof_that_nothing_ever_is():
    found = rate_of(np.zeros(50, int), np.full(50, 20))
    assert (found.value, found.low) == (0, 0)
    assert 0.02 < found.high < 0.09  # as if each of the 50 had been asked once


def test_one_member_proves_nothing():
    found = rate_of(np.array([3]), np.array([10]))
    assert (found.low, found.high) == (0, 1)


def test_a_member_who_acts_alike_all_the_time_is_one_observation():
    alike = rate_of(np.array([0, 100] * 10), np.full(20, 100))
    mixed = rate_of(np.full(20, 50) + np.array([-5, 5] * 10), np.full(20, 100))
    assert alike.half > 0.2
    assert mixed.half < 0.04


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "members"), [(0.05, 60), (0.2, 30), (0.01, 200)])
def test_nearly_all_intervals_hold_the_true_rate_where_those_over_titles_miss_it(mean, members):
    rng = np.random.default_rng(3)
    held, naive = 0, 0
    for _ in range(600):
        of = rng.integers(5, 200, members)
        own = rng.beta(mean * 4, (1 - mean) * 4, members)
        hits = rng.binomial(of, own)
        found = rate_of(hits, of)
        held += found.low <= mean <= found.high
        share = hits.sum() / of.sum()
        naive += abs(share - mean) < 1.96 * np.sqrt(share * (1 - share) / of.sum())
    assert held >= 0.91 * 600
    assert naive < 0.6 * 600
