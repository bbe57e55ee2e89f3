"""The page of a title: facts, reasons, similar titles, and nothing for eyes it is not meant for."""

import pytest
from django.test import Client

from catalog.models import Title
from events.models import Event
from recommendations.cold import encode_new_titles
from recommendations.reasons import Contribution, explanation
from tests.factories import make_event, make_title, make_user
from tests.platform.recommendations.many import make_many, queries_of

pytestmark = pytest.mark.slow


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


def test_its_franchise_leads_to_the_others_of_it(client, titles):
    title = make_title("Cats", franchise="Cat & Dog")
    page = client.get(title.get_absolute_url()).content.decode()
    link = '<a class="quiet-link" href="/browse/?franchise=Cat%20%26%20Dog">Cat &amp; Dog</a>'
    assert f"Part of {link}" in page
    assert "Part of" not in client.get(titles[0].get_absolute_url()).content.decode()


def test_queries_stay_the_same_at_20_and_2000_titles(member, member_client, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    few = queries_of(member_client, titles[1].get_absolute_url())
    make_many(2000)
    many = queries_of(member_client, titles[1].get_absolute_url())
    assert few == many <= 15


def test_a_wrong_slug_leads_to_the_right_address(client, titles):
    right = titles[0].get_absolute_url()
    answer = client.get(right.replace("horror", "honor"))
    assert (answer.status_code, answer.headers["Location"]) == (301, right)


def test_a_number_alone_leads_to_the_whole_address_of_what_one_may_see(client, titles):
    answer = client.get(f"/title/{titles[0].pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (301, titles[0].get_absolute_url())
    Title.objects.filter(pk=titles[0].pk).update(published=False)
    assert client.get(f"/title/{titles[0].pk}/").status_code == 404
    assert client.get("/title/999999/").status_code == 404


def test_the_evidence_says_what_nearness_was_measured_by(client, live, titles):
    cold = make_title("Horror night thirteen", genres=("Horror",))
    encode_new_titles()
    warm_page, cold_page = (
        client.get(title.get_absolute_url()).context["shelf"] for title in (titles[0], cold)
    )
    assert (warm_page.rung, cold_page.rung) == ("similar", "similar")
    assert warm_page.evidence == "People who rate this high also rate these high"
    assert cold_page.evidence == "By genre, people and words"


def test_nobody_is_said_to_tend_to_a_title_that_nobody_had(db):
    liked, shown = Title(pk=1, name="Heat"), Title(pk=2, name="Nothing in common")
    contributions = [Contribution(liked, 100, "rate")]
    said = {
        by: explanation(shown, contributions, by=by, artifact="a").sentence
        for by in ("taste", "content")
    }
    assert "people who like the one tend to" in said["taste"]
    assert "people" not in said["content"]


def test_opening_counts_once_in_half_an_hour(member, member_client, titles):
    for _ in range(3):
        assert member_client.post(f"/titles/{titles[0].pk}/click/").status_code == 204
    assert Event.objects.filter(user=member, kind=Event.Kind.CLICK).count() == 1


def test_similar_by_content_answers_htmx_with_the_shelf_alone(client, live, titles):
    page = client.get(f"/titles/{titles[0].pk}/similar/?by=content", headers={"HX-Request": "true"})
    assert b"<html" not in page.content
    assert b"shelf" in page.content


def test_a_visitor_takes_back_what_the_page_says_they_did(client, titles, live):
    title, address = titles[0], titles[0].get_absolute_url()
    client.post(f"/titles/{title.pk}/dislike/")
    client.post(f"/titles/{title.pk}/finish/")
    shown = client.get(address).context["title"]
    assert shown.is_disliked
    assert Client().get(address).context["title"].is_disliked is False
    assert Client().get(address).context["title"].finished is None
    undone = client.post(f"/events/{shown.finished}/undo/", {"next": address})
    assert (undone.status_code, undone.url) == (302, address)
    client.post(f"/titles/{title.pk}/dislike/", {"disliked": "0"})
    again = client.get(address).context["title"]
    assert (again.is_disliked, again.finished) == (False, None)


def test_the_histogram_has_ten_bars_and_follows_the_ratings(client, member, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=4)
    bars = client.get(titles[0].get_absolute_url()).context["histogram"]
    assert len(bars) == 10
    assert max(bars, key=lambda bar: bar["height"])["stars"] == 4
