"""The page that says why a title is on a shelf of somebody, or not."""

import pytest
from django.test import Client

from catalog.models import Title
from recommendations import lists, rankers
from recommendations.inspect_views import WHY_NOT
from recommendations.inspection_steps import LABELS
from recommendations.models import Rule
from tests.factories import make_event, make_title, make_user
from tests.platform.recommendations.asking import recommend

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGE = "/dashboard/inspect/"


@pytest.fixture
def fan(live, titles):
    """Fond of horror."""
    user = make_user(email="fan@example.org")
    for title in titles[:3]:
        make_event(user, title)
    return user


def asked(client, **query):
    return client.get(PAGE, query)


def test_staff_come_in_members_find_nothing_and_visitors_log_in(staff_client, member_client):
    assert staff_client.get(PAGE).status_code == 200
    assert member_client.get(PAGE).status_code == 404
    anonymous = Client().get(PAGE)
    assert anonymous.status_code == 302
    assert "login" in anonymous["Location"]


def test_a_listed_title_has_its_place_parts_sources_and_carriers(staff_client, fan, titles):
    listed = recommend(fan, limit=20).picks
    target = next(pick.title for pick in listed if pick.title.pk in {t.pk for t in titles[3:12]})
    place = [pick.title.pk for pick in listed].index(target.pk) + 1
    page = asked(staff_client, title=target.name, member="fan@example.org", shelf="list")
    text = page.content.decode()
    assert page.status_code == 200
    assert f"{target.name} is at place {place} of 21." in text
    for words in ["What the member is told", "Step by step", "Parts of the score", "Sources",
                  "What of their past speaks for it", "Taste, by the sequence model"]:  # fmt: skip
        assert words in text, words
    assert any(title.name in text for title in titles[:3])
    assert "Horror" in text


def test_the_headline_names_the_step_that_dropped_it(staff_client, fan, titles):
    page = asked(staff_client, title=titles[0].pk, member=fan.pk, shelf="list").content.decode()
    assert f"{titles[0].name} is not there: they know it already." in page
    assert "Seen on" in page
    assert "Parts of the score" not in page


@pytest.mark.parametrize(
    ("place", "step", "words"),
    [(3, "ranked", "others score higher"), (1, "listed", "it is below the end")],
)
def test_a_step_that_drops_the_title_is_the_last_and_the_only_one_not_passed(
    place, step, words, staff_client, fan, monkeypatch
):
    """Three titles by popularity: the list holds one, and the best two are looked at."""
    made = [make_title(f"Known {n}") for n in range(4)]
    for n, title in enumerate(made):
        Title.objects.filter(pk=title.pk).update(popularity=1000 - n)
    monkeypatch.setattr(lists, "LONGEST_LIST", 1)
    monkeypatch.setattr(rankers.Ranker, "pool", 2)
    page = asked(staff_client, title=made[place].pk, shelf="list")
    steps = page.context["found"].steps
    assert steps[-1].name == step
    assert [each.outcome for each in steps] == ["passed"] * (len(steps) - 1) + ["dropped"]
    assert f"Known {place} is not there: {words}." in page.content.decode()
    assert f"it would stand at place {place + 1}." in steps[-1].text
    assert page.content.decode().count("check--bad") == 1


def test_a_rule_that_had_a_say_leads_to_its_page(staff_client, fan, titles):
    rule = Rule.objects.create(
        name="No nights", effect="leave_out", condition={"titles": [titles[5].pk]}
    )
    page = asked(staff_client, title=titles[5].pk, member=fan.pk, shelf="list").content.decode()
    assert "Left out by “No nights”." in page
    assert rule.get_absolute_url() in page


@pytest.mark.parametrize("said", ["name", "number", "address"])
def test_a_title_is_found_by_name_number_and_address(said, staff_client, titles):
    target = titles[4]
    words = {"name": "horror night 4", "number": str(target.pk)}
    words["address"] = f"http://localhost{target.get_absolute_url()}"
    page = asked(staff_client, title=words[said], shelf="list").content.decode()
    assert target.name in page
    assert "a new visitor" in page


def test_unpublished_titles_can_be_asked_for(staff_client):
    make_title("Kept back", published=False)
    page = asked(staff_client, title="Kept back", shelf="list").content.decode()
    assert "Kept back is not there: it is not published." in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"title": "No such thing", "shelf": "list"}, "No title has this name"),
        ({"title": "", "shelf": "list"}, "This field is required"),
        ({"title": "Known", "member": "nobody@example.org", "shelf": "list"}, "There is no member"),
        ({"title": "Known", "shelf": "genre"}, "cannot be inspected"),
        ({"title": "Known", "shelf": "attic"}, "Select a valid choice"),
        ({"title": "9" * 40, "shelf": "list"}, "No title has this name"),
        ({"title": "Known", "member": "9" * 18, "shelf": "list"}, "There is no member"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(query, words, staff_client):
    make_title("Known")
    page = asked(staff_client, **query)
    assert page.status_code == 422
    assert words in page.content.decode()


def test_before_there_is_a_model_popularity_is_the_answer(staff_client, member):
    target = make_title("Lonely")
    page = asked(staff_client, title=target.pk, member=member.pk, shelf="popular")
    assert "Not shown: 1 titles are left, and a shelf has at least 4." in page.content.decode()


def test_every_step_that_can_drop_a_title_has_words_for_the_headline():
    never_drop = {"scored", "posters"}
    assert WHY_NOT.keys() == LABELS.keys() - never_drop


def test_staff_get_there_from_a_title_and_members_do_not(staff_client, member_client):
    target = make_title()
    address = f"{PAGE}?title={target.pk}"
    assert address in staff_client.get(target.get_absolute_url()).content.decode()
    assert PAGE not in member_client.get(target.get_absolute_url()).content.decode()
