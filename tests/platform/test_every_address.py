"""Every address of the site has a rule here, and it holds. A new one without a rule fails."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import User
from events.models import Event
from recommendations.models import Artifact, Promotion, Run
from tests.factories import client_of, make_event, make_job, make_person, make_title, make_user
from tests.platform.address_rules import (
    MEMBER,
    OWN_OF_TITLE,
    OWNED,
    PUBLIC,
    STAFF,
    TAKES_A_BODY,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
METHODS = ["get", "post", "put", "patch", "delete"]
REFUSED = {401, 403, 404}


def addresses(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name with namespace, names of its arguments) of everything in the URLconf."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner)
        elif not namespace.startswith("admin:") or pattern.name:
            yield f"{namespace}{pattern.name}", tuple(pattern.pattern.regex.groupindex)


ADDRESSES = dict(addresses(get_resolver().url_patterns))
ADMIN = sorted(name for name in ADDRESSES if name.startswith("admin:"))
ADMIN_OPEN = {"admin:login", "admin:logout", "admin:jsi18n"}


def address(name: str, pk: int) -> str:
    values = {"pk": pk, "title": pk, "slug": "x", "digest": "x", "key": "x-y", "uidb36": "1"}
    values |= {"number": 0, "code": f"code{pk}", "game": "othello"}
    values |= {
        "kind": "png",
        "step": 0,
        "list_id": UUID(int=pk),
        "id": pk,
        "object_id": pk,
        "app_label": "accounts",
        "url": "x/",
        "content_type_id": 1,
    }
    return reverse(name, kwargs={argument: values[argument] for argument in ADDRESSES[name]})


def is_refused(answer: Any) -> bool:
    to_login = answer.status_code == 302 and "/login/" in answer.url
    return to_login or answer.status_code in REFUSED


def answers(client: Client, url: str) -> dict[str, Any]:
    """What each method that exists there answers."""
    found = {method: getattr(client, method)(url) for method in METHODS}
    return {method: answer for method, answer in found.items() if answer.status_code != 405}


def test_every_address_has_a_rule():
    ruled = PUBLIC | MEMBER | STAFF | set(OWNED) | set(OWN_OF_TITLE) | set(ADMIN)
    assert set(ADDRESSES) - ruled == set(), "say above who may use it"
    assert ruled - set(ADDRESSES) == set(), "these are gone"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_address_fails_for_nobody(name):
    title = make_title()
    pk = make_person().pk if "person" in name else title.pk
    for user in (None, make_user()):
        for answer in answers(client_of(user), address(name, pk)).values():
            assert answer.status_code < 500 or name == "readyz"


@pytest.mark.parametrize("name", sorted(MEMBER))
def test_a_visitor_is_refused_where_one_must_be_somebody(name):
    title = make_title()
    found = answers(client_of(None), address(name, title.pk))
    assert found
    assert all(is_refused(answer) for answer in found.values()), found
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", sorted(OWNED))
@pytest.mark.parametrize("who", ["stranger", "visitor"])
def test_what_belongs_to_somebody_is_refused_to_others(name, who):
    owner = make_user()
    thing = OWNED[name](owner)
    before = type(thing).objects.filter(pk=thing.pk).values().get()
    found = answers(client_of(make_user() if who == "stranger" else None), address(name, thing.pk))
    assert found
    assert all(is_refused(answer) for answer in found.values()), found
    assert type(thing).objects.filter(pk=thing.pk).values().get() == before


@pytest.mark.parametrize("name", sorted(OWNED.keys() - TAKES_A_BODY))
def test_what_belongs_to_somebody_works_for_them(name):
    owner = make_user()
    thing = OWNED[name](owner)
    found = answers(client_of(owner), address(name, thing.pk))
    assert any(answer.status_code < 400 and not is_refused(answer) for answer in found.values()), (
        found
    )


@pytest.mark.parametrize("name", sorted(OWN_OF_TITLE))
def test_one_s_row_of_a_title_is_out_of_reach_for_others(name):
    owner, title = make_user(), make_title()
    for kind, value in [("rate", 4), ("save", None), ("hide", None)]:
        make_event(owner, title, kind, value=value)
    before = OWN_OF_TITLE[name].objects.filter(user=owner).values().get()
    assert all(
        is_refused(answer) for answer in answers(client_of(None), address(name, title.pk)).values()
    )
    for answer in answers(client_of(make_user()), address(name, title.pk)).values():
        assert answer.status_code < 500
    assert OWN_OF_TITLE[name].objects.filter(user=owner).values().get() == before


@pytest.mark.parametrize("name", sorted(STAFF))
@pytest.mark.parametrize("who", ["member", "visitor"])
def test_staff_addresses_are_refused_to_others(name, who):
    owner = make_user()
    run = Run.objects.create(job=make_job(owner=owner))
    run.artifact = Artifact.objects.create(name="a", format=1, data_sha256="0" * 64, bytes=1)
    run.save()
    pk = run.artifact.pk if name.startswith("artifact") else run.pk
    found = answers(client_of(owner if who == "member" else None), address(name, pk))
    assert found
    assert all(is_refused(answer) for answer in found.values()), found
    assert not Promotion.objects.exists()
    assert Run.objects.count() == 1


@pytest.mark.parametrize("name", [name for name in ADMIN if name not in ADMIN_OPEN])
@pytest.mark.parametrize("who", ["member", "visitor"])
def test_the_admin_is_refused_to_others(name, who):
    user = make_user()
    found = answers(client_of(user if who == "member" else None), address(name, user.pk))
    assert all(is_refused(answer) for answer in found.values()), found
    assert User.objects.filter(pk=user.pk).exists()
