"""Staff see a served list, what became of it, and that it comes out again: page, API, command."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from recommendations.models import LoggedList
from tests.factories import make_event, make_served, make_titles, make_user
from tests.platform.recommendations.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles():
    return make_titles(5)


@pytest.fixture
def logged(titles) -> LoggedList:
    """A list of popular titles, served to a member by the API."""
    client = Client()
    client.force_login(make_user(email="ada@example.org"))
    assert client.get("/api/v1/recommendations/").status_code == 200
    return LoggedList.objects.get()


def tamper(logged: LoggedList) -> None:
    """Popular titles stand by score: the last cannot have the highest."""
    LoggedList.objects.update(scores=[*logged.scores[:-1], 99.0])


def forget(logged: LoggedList) -> None:
    LoggedList.objects.update(recipe=None)


def command(**options) -> str:
    out = StringIO()
    call_command("replay", stdout=out, **options)
    return out.getvalue()


def test_the_page_says_that_the_list_comes_out_the_same(staff_client, logged, titles):
    for title, kinds in [(titles[0], ("impression", "click")), (titles[1], ("impression",))]:
        for kind in kinds:
            make_event(logged.user, title, kind, list_id=logged.list_id)
    page = text_of(staff_client, logged.get_absolute_url())
    assert "the same 5 titles in the same order" in page
    for words in ["ada@example.org", ">Opened<", ">Seen<", "Popularity of that day", ">List<"]:
        assert words in page, words
    assert all(title.get_absolute_url() in page for title in titles)


def test_the_page_says_what_differs_or_is_not_there(staff_client, logged, titles):
    tamper(logged)
    page = text_of(staff_client, logged.get_absolute_url())
    assert "comes out otherwise than served" in page
    assert f"title {logged.title_ids[-1]} comes out" in page
    forget(logged)
    titles[0].delete()
    page = text_of(staff_client, logged.get_absolute_url())
    assert "cannot be made again" in page
    assert f"title {logged.title_ids[titles.index(titles[0])]}, no longer in the catalog" in page


def test_what_others_did_from_it_is_not_its_story(staff_client, logged, titles):
    make_event(make_user(), titles[0], "click", list_id=logged.list_id)
    assert ">Opened<" not in text_of(staff_client, logged.get_absolute_url())


def test_the_newest_lists_lead_to_their_pages(staff_client, logged):
    assert logged.get_absolute_url() in text_of(staff_client, "/dashboard/served/")


def test_a_list_that_was_never_served_is_not_there(staff_client):
    for path in (f"/dashboard/served/{uuid4()}/", f"/api/v1/served/{uuid4()}/replay/"):
        assert staff_client.get(path).status_code == 404


def test_the_api_answers_with_both_lists(staff_client, logged, titles):
    told = staff_client.get(f"/api/v1/served/{logged.list_id}/replay/").json()
    assert (told["exact"], told["difference"]) == (True, None)
    assert told["served"] == told["made"]
    assert [place["title"] for place in told["made"]] == logged.title_ids
    forget(logged)
    told = staff_client.get(f"/api/v1/served/{logged.list_id}/replay/").json()
    assert (told["exact"], told["made"]) == (False, None)
    assert "not written down" in told["difference"]


def test_the_command_counts_what_comes_out(logged, titles):
    make_served(make_user(), titles, at=timezone.now() - timedelta(days=1))
    said = command()
    assert "1 of 2 lists come out exactly as served." in said
    assert "1 cannot be made again:\n  1 x How this list came about was not written down." in said
    assert command(lists=1) == "1 of 1 lists come out exactly as served.\n"


def test_the_command_fails_where_a_list_differs(logged):
    tamper(logged)
    with pytest.raises(CommandError, match="1 lists differ"):
        command()
    with pytest.raises(CommandError, match="1 or more"):
        command(lists=0)
