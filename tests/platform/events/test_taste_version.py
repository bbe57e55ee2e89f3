"""A member's number moves with everything that changes what their events say, and only then."""

import pytest

from accounts.models import User
from events.models import Event, TasteVersion
from events.services import record_impressions, restore_event, undo_event
from events.taste_version import taste_version
from recommendations.dataset import past_of
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db


def test_somebody_who_did_nothing_has_none(member):
    assert taste_version(member.pk) == 0


def test_it_moves_with_every_event_with_undo_and_with_what_is_restored(member):
    event = make_event(member, make_title(), Event.Kind.SAVE)
    versions = [taste_version(member.pk)]
    undo_event(event=event)
    versions.append(taste_version(member.pk))
    restore_event(event=event)
    versions.append(taste_version(member.pk))
    Event.objects.filter(user=member).delete()
    versions.append(taste_version(member.pk))
    assert versions == sorted(set(versions))


def test_it_moves_for_all_whose_events_are_written_at_once(member):
    other, stranger, title = make_user(), make_user(), make_title()
    Event.objects.bulk_create(
        [Event(user=user, title=title, kind="finish") for user in (member, other, member)]
    )
    assert [taste_version(user.pk) for user in (member, other, stranger)] == [1, 1, 0]


def test_being_shown_titles_does_not_move_it(member):
    shown = {"title": make_title().pk, "shelf": "popular", "position": 0, "list_id": None}
    record_impressions(user=member, shown=[shown])
    assert taste_version(member.pk) == 0


def test_it_goes_with_the_account(member):
    make_event(member, make_title())
    User.objects.get(pk=member.pk).delete()
    assert not TasteVersion.objects.exists()


def test_a_past_is_read_once_until_something_is_done(member, django_assert_num_queries):
    first, second = make_title(), make_title()
    make_event(member, first)
    past_of(member)
    with django_assert_num_queries(2):  # the number, and fatigue, which tests do not keep
        assert past_of(member).seen == {first.pk}
    make_event(member, second)
    assert past_of(member).seen == {first.pk, second.pk}
