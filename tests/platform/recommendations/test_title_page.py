"""The page of a title: facts, reasons, similar titles, and nothing for eyes it is not meant for."""

from django.test import Client

from catalog.models import Title
from events.models import Event
from tests.factories import make_event, make_title, make_user


def test_it_shows_the_person_s_own_stars_and_why(member, member_client, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=4.5)
    page = member_client.get(titles[1].get_absolute_url())
    assert page.context["why"].contributions[0].title == titles[0]
    own = member_client.get(titles[0].get_absolute_url())
    assert own.context["title"].stars == 4.5


def test_a_hidden_unpublished_or_too_old_title_is_not_found(member, member_client, titles):
    make_event(member, titles[0], Event.Kind.HIDE)
    Title.objects.filter(pk=titles[1].pk).update(published=False)
    child = make_user(age_limit=8)
    Title.objects.filter(pk=titles[2].pk).update(minimum_age=17)
    child_client = Client()
    child_client.force_login(child)
    assert member_client.get(titles[0].get_absolute_url()).status_code == 404
    assert member_client.get(titles[1].get_absolute_url()).status_code == 404
    assert child_client.get(titles[2].get_absolute_url()).status_code == 404
    assert Client().get(titles[2].get_absolute_url()).status_code == 200


def test_queries_stay_the_same_with_many_titles(
    member, member_client, live, titles, django_assert_max_num_queries
):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    member_client.get(titles[1].get_absolute_url())
    with django_assert_max_num_queries(15):
        member_client.get(titles[1].get_absolute_url())
    for _ in range(100):
        make_title()
    with django_assert_max_num_queries(15):
        member_client.get(titles[1].get_absolute_url())


def test_opening_counts_once_in_half_an_hour(member, member_client, titles):
    for _ in range(3):
        assert member_client.post(f"/titles/{titles[0].pk}/click/").status_code == 204
    assert Event.objects.filter(user=member, kind=Event.Kind.CLICK).count() == 1


def test_similar_by_content_answers_htmx_with_the_shelf_alone(client, live, titles):
    page = client.get(f"/titles/{titles[0].pk}/similar/?by=content", headers={"HX-Request": "true"})
    assert b"<html" not in page.content
    assert b"shelf" in page.content


def test_the_histogram_has_ten_bars_and_follows_the_ratings(client, member, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=4)
    bars = client.get(titles[0].get_absolute_url()).context["histogram"]
    assert len(bars) == 10
    assert max(bars, key=lambda bar: bar["height"])["stars"] == 4
