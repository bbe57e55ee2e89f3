"""The taste picker: a start in under a minute, and skipping is fine."""

from events.models import Rating
from recommendations.home import home


def test_picks_become_four_stars_and_the_first_personal_list(member, member_client, live, titles):
    page = member_client.get("/tastes/")
    offered = page.context["offered"]
    answer = member_client.post("/tastes/", {"title": [title.pk for title in offered[:3]]})
    assert answer.headers["Location"] == "/"
    assert list(Rating.objects.filter(user=member).values_list("stars", flat=True)) == [4.0] * 3
    assert home(member)[0].rung == "personal"


def test_skipping_leaves_no_rating(member, member_client, titles):
    member_client.post("/tastes/", {"skip": "1"})
    member.refresh_from_db()
    assert member.tastes_asked
    assert not Rating.objects.filter(user=member).exists()


def test_a_title_that_was_not_offered_is_refused(member, member_client, titles):
    page = member_client.post("/tastes/", {"title": "999999"})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Rating.objects.filter(user=member).exists()


def test_visitors_are_asked_to_log_in(client, titles):
    assert "/login/" in client.get("/tastes/").headers["Location"]
