"""Stars in words, and times that name their zone."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from events.templatetags.stars import in_stars
from tests.factories import make_event, make_title


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, "half a star"),
        ("1.0", "1 star"),
        (1.5, "1½ stars"),
        (2, "2 stars"),
        ("4.5", "4½ stars"),
        (5.0, "5 stars"),
    ],
)
def test_stars_are_said_as_people_say_them(value, words):
    assert in_stars(value) == words


@pytest.mark.django_db
def test_every_star_is_labelled_in_words(rf):
    context = {"title": make_title(), "value": 1.5}
    page = render_to_string("_stars.html", context, request=rf.get("/"))
    assert ">half a star</span>" in page
    assert ">1 star</span>" in page
    assert ">1½ stars</span>" in page


@pytest.mark.django_db
def test_the_history_names_the_zone_of_its_times(member, member_client):
    make_event(user=member, title=make_title(), kind="rate", value=1)
    page = member_client.get(reverse("history")).content.decode()
    assert "1 star ·" in page
    assert "m. UTC</time>" in page
