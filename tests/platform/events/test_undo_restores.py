"""Rate, save, hide, clear, undo, restore in any order: what stands is what a plain stack says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.models import Hidden
from events.models import Event, Rating, Saved
from events.services import clear, record_event, restore_event, undo_event
from tests.factories import make_title, make_user

START = datetime(2026, 1, 1, tzinfo=UTC)
halves = st.integers(1, 10).map(lambda half: half / 2)
where = st.integers(0, 1)
steps = st.one_of(
    st.tuples(st.just("rate"), where, halves),
    st.tuples(st.sampled_from(["save", "hide"]), where, st.none()),
    st.tuples(st.sampled_from(["undo", "restore"]), st.integers(0, 30), st.none()),
    st.tuples(st.just("clear"), where, st.sampled_from(["rate", "save", "hide"])),
)


def model_state(log: list[dict]) -> tuple[dict, set, set]:
    """Stars, saved and hidden by title, from the entries that stand: the last one counts."""
    stars = {
        entry["title"]: entry["value"]
        for entry in log
        if entry["undone"] is None and entry["kind"] == "rate"
    }
    saved, hidden = (
        {entry["title"] for entry in log if entry["undone"] is None and entry["kind"] == kind}
        for kind in ("save", "hide")
    )
    return stars, saved, hidden


def restore(log: list[dict], chosen: dict) -> None:
    """Everything of the same kind and title that was taken back at the same moment."""
    moment = chosen["undone"]
    for entry in log:
        alike = all(entry[name] == chosen[name] for name in ("kind", "title"))
        if alike and entry["undone"] == moment:
            entry["undone"] = None


class UndoRestores(TestCase):
    @pytest.mark.slow
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.lists(steps, max_size=12), st.booleans())
    def test_the_database_agrees_with_the_model_after_every_step(self, sequence, same_moment):
        user, bystander = make_user(), make_user()
        titles = [make_title(), make_title()]
        record_event(user=bystander, title=titles[0], kind="rate", value=1.5)
        log: list[dict] = []
        for number, (what, at, value) in enumerate(sequence):
            now = START if same_moment else START + timedelta(seconds=number)
            if what in {"undo", "restore"}:
                if not log:
                    continue
                entry = log[at % len(log)]
                event = Event.objects.get(pk=entry["pk"])
                if what == "undo":
                    undo_event(event=event, now=now)
                    entry["undone"] = entry["undone"] or now
                else:
                    restore_event(event=event)
                    restore(log, entry)
            elif what == "clear":
                clear(user=user, title=titles[at], kind=value, now=now)
                for entry in log:
                    if entry["title"] == titles[at].pk and entry["kind"] == value:
                        entry["undone"] = entry["undone"] or now
            else:
                event, _ = record_event(
                    user=user, title=titles[at], kind=what, value=value, now=now
                )
                log.append(
                    {
                        "pk": event.pk,
                        "title": titles[at].pk,
                        "kind": what,
                        "value": value,
                        "undone": None,
                    }
                )
            self.assert_agrees(user, log)
        assert Rating.objects.get(user=bystander).stars == 1.5

    def assert_agrees(self, user, log) -> None:
        stars, saved, hidden = model_state(log)
        assert dict(Rating.objects.filter(user=user).values_list("title", "stars")) == stars
        assert set(Saved.objects.filter(user=user).values_list("title", flat=True)) == saved
        assert set(Hidden.objects.filter(user=user).values_list("title", flat=True)) == hidden
