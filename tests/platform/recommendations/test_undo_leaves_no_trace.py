"""Any events, any of them undone in any order: the past is that of a person who never did them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from events.models import Event
from events.services import record_event, restore_event, undo_event
from recommendations.dataset import past_of
from tests.factories import make_titles, make_user

START = datetime(2026, 1, 1, tzinfo=UTC)
halves = st.integers(1, 10).map(lambda half: half / 2)
kinds = st.sampled_from([kind.value for kind in Event.Kind if kind != Event.Kind.RATE])
happenings = st.one_of(st.tuples(st.just("rate"), halves), st.tuples(kinds, st.none()))
steps = st.tuples(
    happenings,
    st.integers(0, 2),  # which title
    st.integers(0, 40),  # hours since the one before
    st.integers(0, 3),  # which list
    st.one_of(st.none(), st.integers(0, 9)),  # where in it
    st.booleans(),  # is it undone later
)


def happen(user, titles, sequence) -> list[Event]:
    events, now = [], START
    for (kind, value), title, hours, list_number, position, _undone in sequence:
        now += timedelta(hours=hours)
        where = {"shelf": "s", "position": position, "list_id": UUID(int=list_number)}
        event, _ = record_event(
            user=user, title=titles[title], kind=kind, value=value, now=now, **where
        )
        events.append(event)
    return events


def state_of(user):
    """Everything that recommendations, pages and API are made from."""
    return (
        past_of(user),
        set(user.ratings.values_list("title", "stars", "rated_at")),
        set(user.saved.values_list("title", flat=True)),
        set(user.hidden.values_list("title", flat=True)),
    )


@pytest.mark.slow
class UndoLeavesNoTrace(TestCase):
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.lists(steps, max_size=14), st.randoms(use_true_random=False))
    def test_undone_is_never_happened_and_restored_is_always_happened(self, sequence, chance):
        titles = make_titles(3)
        doer, other = make_user(), make_user()
        events = happen(doer, titles, sequence)
        happen(other, titles, kept_of(sequence))
        before = state_of(doer)
        undone = [event for event, step in zip(events, sequence, strict=True) if step[-1]]
        chance.shuffle(undone)
        for number, event in enumerate(undone):
            undo_event(event=event, now=START + timedelta(days=900, seconds=number))
        assert state_of(doer) == state_of(other)
        chance.shuffle(undone)
        for event in undone:
            restore_event(event=event)
        assert state_of(doer) == before


def kept_of(sequence):
    """The steps that are not undone, at the times they had."""
    kept, hours = [], 0
    for step in sequence:
        hours += step[2]
        if not step[-1]:
            kept.append((*step[:2], hours, *step[3:]))
            hours = 0
    return kept
