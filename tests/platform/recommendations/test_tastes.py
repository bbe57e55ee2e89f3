"""The taste picker: a start in under a minute, and skipping is fine."""

from catalog.models import Title
from events.models import Rating
from recommendations.forms import TASTES_OFFERED
from recommendations.home import home
from tests.factories import make_event, make_titles


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


def test_showing_a_list_of_no_picks_says_what_to_do(member, member_client, titles):
    answer = member_client.post("/tastes/")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<span>Pick at least one title, or skip. </span>" in page
    assert all(f'value="{title.pk}"' in page for title in titles[:3])
    member.refresh_from_db()
    assert not member.tastes_asked


def test_picks_that_are_refused_stay_picked(member_client, titles):
    answer = member_client.post("/tastes/", {"title": [titles[0].pk, titles[1].pk, "999999"]})
    assert answer.status_code == 422
    assert answer.content.decode().count(" checked>") == 2


def test_picks_stay_when_the_offer_has_moved_on(member, member_client, titles):
    make_event(member, titles[0], "rate", value=2)  # rated: no longer offered
    assert titles[0] not in member_client.get("/tastes/").context["offered"]
    answer = member_client.post("/tastes/", {"title": [titles[0].pk, titles[1].pk]})
    assert answer.status_code == 302
    assert list(Rating.objects.filter(user=member).values_list("stars", flat=True)) == [4.0] * 2


def test_a_title_one_may_not_see_is_refused_with_all_other_picks(member, member_client, titles):
    Title.objects.filter(pk=titles[0].pk).update(published=False)
    answer = member_client.post("/tastes/", {"title": [titles[0].pk, titles[1].pk]})
    assert answer.status_code == 422
    assert not Rating.objects.filter(user=member).exists()


def test_more_picks_than_were_offered_are_refused(member, member_client, titles):
    more = [title.pk for title in make_titles(TASTES_OFFERED)]
    answer = member_client.post("/tastes/", {"title": [titles[0].pk, *more]})
    assert answer.status_code == 422
    assert not Rating.objects.filter(user=member).exists()


def test_a_title_that_does_not_exist_is_refused(member, member_client, titles):
    page = member_client.post("/tastes/", {"title": "999999"})
    assert page.status_code == 422
    assert page.context["form"].errors
    assert not Rating.objects.filter(user=member).exists()


def test_visitors_are_asked_to_log_in(client, titles):
    assert "/login/" in client.get("/tastes/").headers["Location"]
