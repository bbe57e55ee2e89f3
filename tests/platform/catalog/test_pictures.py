"""Posters and glows: cached for ever under a digest, compressed, never stale."""

import gzip

import pytest
from django.test import Client

from catalog.models import Title
from tests.factories import make_title, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def title():
    return make_title("Heat", genres=("Crime",), director="Michael Mann")


@pytest.mark.parametrize("picture", ["poster_url", "glow_url"])
def test_a_picture_is_kept_for_a_year_and_checked_by_its_tag(title, picture):
    url = getattr(title, picture)
    response = Client().get(url)
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.content.startswith(b"<svg")
    again = Client().get(url, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("picture", ["poster_url", "glow_url"])
def test_no_cache_between_us_keeps_what_a_child_must_not_see(title, picture):
    Title.objects.filter(pk=title.pk).update(minimum_age=17)
    url, child = getattr(title, picture), Client()
    child.force_login(make_user(age_limit=8))
    seen = Client().get(url)
    again = Client().get(url, headers={"If-None-Match": seen.headers["ETag"]})
    for response in (seen, again):
        assert "private" in response.headers["Cache-Control"]
        assert "public" not in response.headers["Cache-Control"]
    assert child.get(url).status_code == 404


def test_it_comes_compressed_to_those_who_accept_that(title):
    plain = Client().get(title.poster_url)
    packed = Client().get(title.poster_url, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) <= 8192
    refused = Client().get(title.poster_url, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_the_address_changes_with_the_title_and_the_old_one_leads_to_the_new(title):
    old = title.poster_url
    Title.objects.filter(pk=title.pk).update(name="Cold")
    new = Title.objects.get(pk=title.pk).poster_url
    assert new != old
    response = Client().get(old)
    assert (response.status_code, response.headers["Location"]) == (302, new)
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_a_title_that_is_not_there_has_no_picture():
    assert Client().get("/posters/999999/0000000000000000.svg").status_code == 404
