"""What came into view is noted once a list."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from events.models import Event
from events.services import record_impressions
from tests.factories import make_title

pytestmark = pytest.mark.django_db


def send(client, body):
    body = body if isinstance(body, str) else json.dumps(body)
    return client.post(reverse("impressions"), body, content_type="application/json")


def shown(title, **changes):
    return {"title": title.pk, "shelf": "popular", "position": 0, "list_id": str(uuid4())} | changes


def test_each_title_counts_once_a_list(member_client):
    item = shown(make_title())
    for _ in range(2):
        assert send(member_client, [item, item]).status_code == 204
    event = Event.objects.get()
    assert (event.kind, event.shelf, event.position) == ("impression", "popular", 0)


def test_titles_that_are_not_for_this_person_are_left_out(member_client):
    seen = make_title()
    send(member_client, [shown(make_title(published=False)), shown(seen), {"title": 10**12}])
    assert Event.objects.get().title == seen


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        {"title": 1},
        [1],
        [{}],
        [{"title": "x"}],
        [{"title": 1, "position": -1}],
        [{"title": 1, "list_id": "x"}],
    ],
)
def test_a_wrong_body_is_a_400(member_client, body):
    assert send(member_client, body).status_code == 400


def test_a_long_list_is_refused(member_client):
    assert send(member_client, [shown(make_title())] * 101).status_code == 400


def test_a_batch_is_one_query(member, django_assert_num_queries):
    items = [shown(make_title()) for _ in range(3)]
    with django_assert_num_queries(1):
        record_impressions(user=member, shown=items)
    assert Event.objects.count() == 3
