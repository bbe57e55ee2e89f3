import json

import pytest
from django.test import Client

from tests.factories import make_title

pytestmark = pytest.mark.slow

PROBLEM = "application/problem+json"
EVENTS = "/api/v1/events/"


def assert_problem(answer, status: int) -> dict:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == PROBLEM
    body = json.loads(answer.content)
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "path",
    ["nowhere/", "titles/999999/", "titles/abc/", "titles/99999999999999999999999/", "nowhere"],
)
def test_what_is_not_there_is_a_problem(anonymous, path):
    assert_problem(anonymous.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("get", "titles/999999/", "There is no title 999999."),
        ("get", "titles/999999/similar/", "There is no title 999999."),
        ("get", "people/999999/", "There is no person 999999."),
        ("get", "jobs/999999/", "There is no job 999999."),
        ("post", "jobs/999999/cancel/", "There is no job 999999."),
        ("delete", "events/999999/", "There is no event 999999."),
        ("delete", "ratings/999999/", "You have not rated title 999999."),
        ("delete", "saved/999999/", "Title 999999 is not in your list."),
        ("delete", "hidden/999999/", "You have not hidden title 999999."),
        ("get", "runs/999999/", "There is no run 999999."),
    ],
)
def test_what_is_not_there_is_named(staff, method, path, said):
    assert assert_problem(getattr(staff, method)(path), 404)["detail"] == said


def test_other_addresses_keep_their_html(client, db):
    answer = client.get("/nowhere-at-all/")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_too_many_parameters_are_a_bad_request_on_a_page_too(client, db):
    assert client.get("/browse/?" + "&".join(f"a{n}=1" for n in range(1001))).status_code == 400


def test_a_method_that_an_address_does_not_know(anonymous, owner):
    answer = owner.get("events/")
    assert_problem(answer, 405)
    assert "POST" in answer["Allow"]
    assert_problem(Client().options("/api/v1/titles/"), 405)


def test_a_format_that_is_not_spoken(db):
    assert_problem(Client(headers={"accept": "text/csv"}).get("/api/v1/titles/"), 406)


def test_a_body_that_is_not_json(owner):
    assert_problem(
        owner.client.post(EVENTS, "a=1", content_type="application/x-www-form-urlencoded"), 415
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"title": NaN}',
        b"[" * 200_000,
        b'{"title": ' + b"9" * 5000 + b"}",
        b"null",
        b"[]",
        b'"text"',
        b"12",
    ],
    ids=[
        "broken",
        "empty",
        "no utf-8",
        "nan",
        "nested",
        "long number",
        "null",
        "list",
        "text",
        "number",
    ],
)
def test_a_body_that_makes_no_sense(owner, body):
    assert_problem(owner.client.post(EVENTS, body, content_type="application/json"), 400)


@pytest.mark.parametrize("charset", ["hex", "zlib", "nonsense", "utf-16"])
def test_a_body_in_a_strange_encoding_is_read_as_utf8(owner, charset):
    title = make_title()
    body = json.dumps({"title": title.pk, "kind": "save", "key": charset}).encode()

    content_type = f"application/json; charset={charset}"
    answer = owner.client.generic("POST", EVENTS, body, content_type)

    assert answer.status_code == 201


def test_a_body_that_is_too_large(owner, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert_problem(owner.post("events/", {"key": "a" * 2000}), 413)


GOOD = {"kind": "save", "key": "a"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", None),
        ("title", "x"),
        ("title", 0),
        ("title", -1),
        ("title", 10**30),
        ("title", 1.5),
        ("title", True),
        ("title", [1]),
        ("title", {}),
        ("title", 987654321),
        ("kind", "dance"),
        ("kind", "\ud800"),
        ("kind", None),
        ("kind", {"a": 1}),
        ("key", ""),
        ("key", None),
        ("key", "k" * 65),
        ("key", "a\0b"),
        ("key", "\ud800"),
        ("key", ["a"]),
        ("value", 4),
        ("value", "4"),
        ("value", 10**400),
        ("shelf", "s" * 61),
        ("shelf", "\0"),
        ("shelf", "\udfff"),
        ("position", -1),
        ("position", 32768),
        ("position", 10**30),
        ("position", "first"),
        ("list_id", "no-uuid"),
        ("list_id", "\ud800"),
        ("list_id", {}),
    ],
)
def test_a_wrong_value_is_named(owner, field, value):
    body = {"title": make_title().pk} | GOOD | {field: value}

    problem = assert_problem(owner.post("events/", body), 400)

    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("stars", [None, 0, 5.5, 3.2, True, "5", -1, 10**400])
def test_a_rating_takes_half_to_five_stars(owner, stars):
    body = {"title": make_title().pk, "kind": "rate", "value": stars, "key": "a"}

    assert list(assert_problem(owner.post("events/", body), 400)["errors"]) == ["value"]


@pytest.mark.parametrize("raw", [b"1e999", b"-1e999", b"1e400"])
def test_a_number_beyond_all_floats_is_named(owner, raw):
    body = b'{"title": 1, "kind": "rate", "key": "a", "value": ' + raw + b"}"

    answer = owner.client.post(EVENTS, body, content_type="application/json")

    assert list(assert_problem(answer, 400)["errors"]) == ["value"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("titles/", {"kind": "opera"}),
        ("titles/", {"kind": "\0"}),
        ("titles/", {"genre": "a\0b"}),
        ("titles/", {"genre": "g" * 61}),
        ("titles/", {"year_min": "soon"}),
        ("titles/", {"year_max": "9" * 400}),
        ("titles/", {"limit": "0"}),
        ("titles/", {"limit": "101"}),
        ("titles/", {"limit": "²"}),
        ("titles/", {"cursor": "garbage"}),
        ("titles/", {"cursor": "\0"}),
        ("titles/", {"cursor": "é:é:é"}),
        ("search/", {}),
        ("search/", {"q": "\0"}),
        ("search/", {"q": "m", "limit": "1000"}),
        ("people/", {"q": "\0"}),
        ("recommendations/", {"cursor": "garbage"}),
        ("recommendations/", {"cursor": "\0"}),
        ("recommendations/", {"limit": "-1"}),
        ("recommendations/", {"kind": "opera"}),
    ],
)
def test_a_wrong_query_is_named(anonymous, path, query):
    problem = assert_problem(anonymous.get(path, **query), 400)

    assert list(problem["errors"]) == [list(query)[-1] if query else "q"]


def test_a_failure_of_the_site_is_a_problem_too(db, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("catalog.api.TitleFilters.matching", fail)
    answer = Client(raise_request_exception=False).get("/api/v1/titles/")

    assert "secret" not in assert_problem(answer, 500)["detail"]
