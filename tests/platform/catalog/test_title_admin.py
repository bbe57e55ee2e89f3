"""Staff decide in the admin whether a title is shown, and from which age."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Title
from catalog.search import search
from events.services import refresh_statistics
from tests.factories import make_event, make_title, make_titles, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/title/"


@pytest.fixture
def staff(client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def saved_list(*titles: Title, **changes: str) -> dict[str, str]:
    """The form of the list, as a browser would send it."""
    form = {
        "form-TOTAL_FORMS": str(len(titles)),
        "form-INITIAL_FORMS": str(len(titles)),
        "_save": "Save",
    }
    for number, title in enumerate(titles):
        form[f"form-{number}-id"] = str(title.pk)
        form[f"form-{number}-minimum_age"] = "" if title.minimum_age is None else "0"
        form[f"form-{number}-published"] = "on"
    return {key: value for key, value in (form | changes).items() if value != "off"}


def where_it_is_seen(client: Client, title: Title) -> set[str]:
    """The pages and calls of this person that tell of the title."""
    api = client.get(f"/api/v1/titles/{title.pk}/")
    pages = {
        "page": title.get_absolute_url(),
        "home": reverse("home"),
        "browse": reverse("browse"),
        "api search": "/api/v1/search/?q=lantern",
        "api home": "/api/v1/home/",
        "api recommendations": "/api/v1/recommendations/",
        "api titles": "/api/v1/titles/",
        "search": f"{reverse('search')}?q=lantern",
    }
    signs = (title.name.encode(), title.get_absolute_url().encode())
    answers = {name: client.get(address, follow=True) for name, address in pages.items()}
    seen = {
        name
        for name, answer in answers.items()
        if answer.status_code == 200 and any(sign in answer.content for sign in signs)
    }
    return seen | ({"api title"} if api.status_code == 200 else set())


def test_an_unpublished_title_is_gone_everywhere_at_the_next_request(staff, member, member_client):
    title, others = make_title("Lantern Hill"), make_titles(4)
    member.tastes_asked = True
    member.save()
    make_event(make_user(), title)
    refresh_statistics()
    assert len(where_it_is_seen(member_client, title)) == 9
    form = saved_list(title, **{"form-0-published": "off"})
    assert staff.post(f"{LIST}?q=lantern", form, follow=True).status_code == 200
    assert set(Title.objects.filter(published=True)) == set(others)
    assert where_it_is_seen(member_client, title) == set()
    assert title not in search(member, "lantern").titles


def test_the_actions_take_down_and_publish_many_at_once(staff):
    titles = make_titles(3)
    chosen = {"_selected_action": [title.pk for title in titles[:2]]}
    answer = staff.post(LIST, chosen | {"action": "unpublish"}, follow=True)
    assert "2 titles changed." in answer.content.decode()
    assert set(Title.objects.filter(published=True)) == {titles[2]}
    staff.post(LIST, chosen | {"action": "publish"})
    assert not Title.objects.filter(published=False).exists()


def test_a_new_minimum_age_hides_the_title_from_those_below_it(staff):
    title, child = make_title("Lantern Hill"), make_user(age_limit=8)
    assert title in Title.objects.visible_to(child)
    staff.post(f"{LIST}{title.pk}/change/", {"published": "on", "minimum_age": "13"})
    assert title not in Title.objects.visible_to(child)
    answer = staff.post(f"{LIST}{title.pk}/change/", {"published": "on", "minimum_age": "99"})
    assert answer.status_code == 200  # the form again, with what is wrong
    title.refresh_from_db()
    assert (title.minimum_age, title.name) == (13, "Lantern Hill")


def test_the_list_takes_as_many_queries_for_twenty_titles_as_for_two(staff):
    counts = []
    for more in (2, 18):
        for _ in range(more):
            make_title(director="Iris Vane")
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] < 12


@pytest.mark.parametrize(
    "query", ["?q=lantern", "?q=amelie", "?published__exact=1", "?kind__exact=film&source=test"]
)
def test_the_list_is_searched_and_filtered(staff, query):
    make_title("Lantern of Amélie")
    assert "Lantern of Amélie" in staff.get(LIST + query).content.decode()
    assert "Lantern" not in staff.get(LIST + "?q=nothing").content.decode()


def test_nobody_makes_or_deletes_a_title_here(staff):
    title = make_title()
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{title.pk}/delete/", {"post": "yes"}).status_code == 403


def test_members_are_sent_away(member_client):
    assert member_client.get(LIST).status_code == 302
