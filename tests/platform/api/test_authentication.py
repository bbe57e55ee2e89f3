from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken
from api import throttles
from api.throttles import AnonymousThrottle, MemberThrottle
from tests.factories import make_title, make_user

ME = "/api/v1/me/"


def bearer(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def token(member) -> tuple[AccessToken, str]:
    return AccessToken.issue(owner=member, name="tests")


def test_a_token_speaks_for_its_owner(token, member):
    assert bearer(token[1]).get(ME).json()["email"] == member.email


def test_the_scheme_is_read_in_any_case(token):
    assert Client(headers={"authorization": f"bEARER {token[1]}"}).get(ME).status_code == 200


def test_a_revoked_token_is_refused(token):
    token[0].revoke(now=timezone.now())

    answer = bearer(token[1]).get("/api/v1/titles/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_of_a_closed_account_is_refused(token, member):
    member.is_active = False
    member.save()

    assert bearer(token[1]).get(ME).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer mq_wrong", "Bearer a b", "Bearer \xe9"]
)
def test_a_token_that_is_none_is_refused(db, header):
    assert Client(headers={"authorization": header}).get("/api/v1/titles/").status_code == 401


def test_only_the_hash_of_a_token_opens_nothing(token):
    assert bearer(token[0].digest).get(ME).status_code == 401


def test_the_last_use_is_written_at_most_once_a_minute(token):
    client = bearer(token[1])
    client.get(ME)
    first = AccessToken.objects.get().last_used_at
    client.get(ME)
    assert first is not None
    assert AccessToken.objects.get().last_used_at == first

    AccessToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get(ME)

    assert AccessToken.objects.get().last_used_at >= first


def test_a_session_of_the_site_works_too(member, member_client):
    assert member_client.get(ME).json()["email"] == member.email


def test_a_session_writes_only_with_a_csrf_token(member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    body = {"title": make_title().pk, "kind": "save", "key": "a"}

    refused = client.post("/api/v1/events/", body, content_type="application/json")

    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"


def test_a_token_needs_no_csrf_token(token):
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {token[1]}"})
    body = {"title": make_title().pk, "kind": "save", "key": "a"}

    assert client.post("/api/v1/events/", body, content_type="application/json").status_code == 201


def test_too_many_requests_are_told_when_to_come_back(db, settings, monkeypatch):
    rates = {"anon": "2/min", "user": "3/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    clock = iter([6000.0, 6010.0, 6020.5, 6059.0, 6060.0])
    monkeypatch.setattr(AnonymousThrottle, "timer", lambda self: next(clock))
    monkeypatch.setattr(MemberThrottle, "get_cache_key", lambda *_: None)

    answers = [Client().get("/api/v1/genres/") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 200]
    assert [int(answer["Retry-After"]) for answer in answers[2:4]] == [40, 1]
    assert answers[2].json()["status"] == 429


def test_a_member_is_counted_whichever_token_they_use(db, settings):
    rates = {"anon": "2/min", "user": "3/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    user = make_user()
    secrets = [AccessToken.issue(owner=user, name=name)[1] for name in "abcd"]
    assert [bearer(secret).get(ME).status_code for secret in secrets] == [200, 200, 200, 429]


def test_a_sixtieth_of_a_large_limit_is_counted_at_once(db, settings, monkeypatch):
    rates = {"anon": "180/min", "user": "180/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    take, asked = caches["default"].take, []

    def counted(*question, **how):
        asked.append(question)
        return take(*question, **how)

    monkeypatch.setattr(caches["default"], "take", counted)
    secret = AccessToken.issue(owner=make_user(), name="tests")[1]

    codes = [bearer(secret).get(ME).status_code for _ in range(181)]
    assert (len(asked), set(codes)) == (61, {200, 429})
    assert codes.index(429) == 180
    throttles.forget_taken()  # as another process of the site
    assert bearer(secret).get(ME).status_code == 429


def test_a_site_may_set_no_limit(db, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"anon": None, "user": None}
    }
    assert Client().get("/api/v1/genres/").status_code == 200


def test_an_invented_forwarded_address_does_not_get_round_the_throttle(db, settings):
    rates = {"anon": "2/min", "user": "3/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}

    codes = [
        Client(headers={"x-forwarded-for": f"10.0.0.{n}"}).get("/api/v1/genres/").status_code
        for n in range(3)
    ]

    assert codes == [200, 200, 429]
