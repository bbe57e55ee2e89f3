"""Lists for who has no account, from what their visit says; and for who has seen enough."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from catalog.models import Title
from events.models import Event
from recommendations import lists, snapshots
from recommendations.home import home
from recommendations.kept_pages import forget_pages
from recommendations.models import LoggedList
from tests.factories import make_event
from tests.platform.recommendations.asking import recommend
from tests.platform.recommendations.conftest import PER_GENRE

VISITOR = AnonymousUser()


def press(client, name, title):
    assert client.post(reverse(name, args=[title.pk])).status_code < 400


def ids(served):
    return [pick.title.pk for pick in served.picks]


def page(session, **how):
    how = {"limit": 5, "kind": None, "cursor": None} | how
    return lists.recommendation_page(VISITOR, session=session, **how)


def test_a_visitor_gets_a_list_from_what_they_did_in_this_visit(client, live, titles):
    press(client, "finish", titles[PER_GENRE])
    served, _ = page(client.session)
    assert served.rung == "session"
    assert set(ids(served)) <= {title.pk for title in titles[PER_GENRE + 1 :]}
    (picked,) = [shelf for shelf in home(VISITOR, client.session) if shelf.key == "picked"]
    assert picked.rung == "session"
    assert picked.evidence == "From what you opened and saw in this visit"
    page_of_it = client.get("/").content.decode()
    assert "Sign up to keep your lists" in page_of_it
    assert "Save to my list" not in page_of_it


def test_another_browser_gets_the_popular_list(client, live, titles):
    press(client, "finish", titles[PER_GENRE])
    assert page(None)[0].rung == "popular"


def test_what_a_visitor_put_away_is_on_no_shelf(client, live, titles):
    press(client, "finish", titles[0])
    away = ids(page(client.session)[0])[0]
    press(client, "dislike", next(title for title in titles if title.pk == away))
    found = {card.title.pk for shelf in home(VISITOR, client.session) for card in shelf.cards}
    assert found
    assert away not in found | set(ids(page(client.session, limit=50)[0]))


def test_a_list_of_a_visit_is_paged_by_its_visitor_alone(client, live, titles):
    press(client, "finish", titles[0])
    first, cursor = page(client.session)
    second, _ = page(client.session, cursor=cursor)
    assert not set(ids(first)) & set(ids(second))
    with pytest.raises(snapshots.CursorRefused):
        page(None, cursor=cursor)


def test_what_was_shown_in_vain_falls_and_comes_back_when_it_is_opened(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)

    def scores():
        forget_pages()
        return {pick.title.pk: pick.score for pick in recommend(member, limit=50).picks}

    before = scores()
    tired = max(before, key=lambda title: before[title])
    shown = Title.objects.get(pk=tired)
    for _ in range(12):
        make_event(member, shown, Event.Kind.IMPRESSION, position=0, list_id=uuid4())
    after = scores()
    assert after.pop(tired) < before[tired] - 0.5
    assert after == {title: score for title, score in before.items() if title != tired}
    make_event(member, shown, Event.Kind.CLICK)
    assert scores()[tired] > before[tired] - 0.1


def test_every_list_that_is_served_is_written_down_as_it_was_shown(member_client, live, titles):
    member_client.get("/")
    shown = member_client.get("/api/v1/recommendations/?limit=3").json()
    row = LoggedList.objects.get(list_id=shown["list_id"])
    assert row.title_ids[:3] == [pick["title"]["id"] for pick in shown["results"]]
    assert (row.surface, row.rung, row.artifact or None) == (
        "list",
        shown["rung"],
        shown["artifact"],
    )
    assert set(LoggedList.objects.values_list("surface", flat=True)) == {"home", "list"}
    member_client.get(titles[0].get_absolute_url())
    assert LoggedList.objects.filter(surface="similar", shelf="similar").count() == 1
