"""Rules on the dashboard: written down, changed, switched and removed, each with a trail."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.census import current_census
from recommendations import rulebook
from recommendations.rule_models import Rule, RuleEntry
from recommendations.rule_services import RuleRefused, change_rule, remove_rule, switch_rule
from recommendations.rule_settings import RuleSettings
from recommendations.rule_words import Names, said, state_of
from recommendations.rulebook import current_rulebook
from tests.factories import make_genre, make_person, make_title, make_titles, make_user
from tests.platform.recommendations.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
RULES = "/dashboard/rules/"


def make_rule(**changes) -> Rule:
    fields = {"name": "No films", "effect": "leave_out", "condition": {"kinds": ["film"]}}
    return Rule.objects.create(**fields | changes)


def sentence_of(**changes) -> str:
    rule = make_rule(**changes)
    return said(rule, Names.of([rule], timezone.now()))


def test_a_rule_is_written_down_and_holds_at_once_where_it_was(
    staff_client, django_capture_on_commit_callbacks, monkeypatch
):
    make_title("Heat")
    monkeypatch.setattr(rulebook, "POLL_SECONDS", 1000.0)
    assert not current_rulebook(current_census()).compiled
    form = {"name": "No films", "effect": "leave_out", "kinds": ["film"], "is_on": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff_client.post(f"{RULES}new/", form, follow=True)
    rule = Rule.objects.get()
    assert (rule.condition, rule.is_on) == ({"kinds": ["film"]}, True)
    page = answer.content.decode()
    assert "No films is written down." in page
    assert "Films: left out. On every list. It speaks of 1 title now." in page
    assert [each.rule.pk for each in current_rulebook(current_census()).compiled] == [rule.pk]
    assert not Rule.objects.exclude(pk=rule.pk).exists()


def test_a_rule_may_be_written_down_switched_off(staff_client):
    staff_client.post(f"{RULES}new/", {"name": "Wide", "effect": "variety", "variety": "40"})
    assert not Rule.objects.get().is_on


def test_what_is_refused_keeps_what_was_typed(staff_client):
    form = {"name": "By her", "effect": "boost", "boost": "2", "people": "Nobody Atall"}
    answer = staff_client.post(f"{RULES}new/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Not found: Nobody Atall." in page
    assert 'value="By her"' in page
    assert "Nobody Atall</textarea>" in page
    assert not Rule.objects.exists()
    rule = make_rule()
    assert staff_client.post(rule.get_absolute_url(), form).status_code == 422
    rule.refresh_from_db()
    assert (rule.name, rule.entries.count()) == ("No films", 0)


def test_no_choice_of_titles_is_called_optional_for_a_rule_wants_one(staff_client):
    page = staff_client.get(f"{RULES}new/").content.decode()
    choice = page[page.index('id="which-title"') : page.index('id="where-title"')]
    assert 'name="titles"' in choice
    assert "optional" not in choice
    assert "(optional)" in page


@pytest.mark.parametrize(
    ("effect", "words"), [("leave_out", "lists stay as they are"), ("only", "its lists are empty")]
)
def test_a_rule_of_no_title_is_written_down_with_a_warning(effect, words, staff_client):
    form = {"name": "Music", "effect": effect, "kinds": ["music"]}
    page = staff_client.post(f"{RULES}new/", form, follow=True).content.decode()
    assert words in page
    assert Rule.objects.exists()


def test_all_that_happens_to_a_rule_is_in_its_trail(staff_client):
    form = {"name": "No films", "effect": "leave_out", "kinds": ["film"], "is_on": "on"}
    staff_client.post(f"{RULES}new/", form)
    rule = Rule.objects.get()
    address = rule.get_absolute_url()
    staff_client.post(address, form)  # changes nothing
    staff_client.post(address, form | {"kinds": ["game"]})
    staff_client.post(f"{address}switch/", {"on": "0"})
    staff_client.post(f"{address}switch/", {"on": "0"})  # twice is once
    staff_client.post(f"{address}switch/", {"on": "1"})
    page = text_of(staff_client, address)
    assert "Films: left out." in page  # as it was written down
    assert "Games: left out." in page
    staff_client.post(f"{address}remove/")
    entries = list(RuleEntry.objects.order_by("pk"))
    assert [entry.action for entry in entries] == ["created", "changed", "off", "on", "removed"]
    assert [entry.settings["is_on"] for entry in entries] == [True, True, False, True, True]
    assert entries[1].settings["condition"] == {"kinds": ["game"]}
    assert {entry.by.is_staff for entry in entries} == {True}


def test_a_removed_rule_holds_nowhere_and_its_row_stays(staff_client):
    rule = make_rule()
    page = staff_client.post(f"{rule.get_absolute_url()}remove/", follow=True).content.decode()
    assert "No films is removed." in page
    assert "No rules yet" in page
    assert Rule.objects.get().removed_at is not None
    assert not Rule.objects.in_force(timezone.now()).exists()
    assert staff_client.get(rule.get_absolute_url()).status_code == 404
    now = timezone.now()
    given = {"rule": rule, "by": None, "now": now}
    with pytest.raises(RuleRefused, match="has been removed"):
        remove_rule(**given)
    with pytest.raises(RuleRefused, match="has been removed"):
        switch_rule(**given, is_on=False)
    with pytest.raises(RuleRefused, match="has been removed"):
        change_rule(**given, settings=RuleSettings.of(rule))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Films: left out. On every list. It speaks of 2 titles now."),
        (
            {"effect": "explore", "amount": 0.1, "condition": {"genres": [7], "year_min": 1990}},
            "Drama from 1990 on: 1 place in 10. On every list. It speaks of 1 title now.",
        ),
        ({"effect": "explore", "amount": 0.3}, "Films: 30 % of the places."),
        ({"effect": "boost", "amount": 1.5}, "Films: raised by 1.5."),
        ({"effect": "boost", "amount": -1}, "Films: lowered by 1."),
        ({"effect": "only"}, "Films: nothing else is listed."),
        (
            {"effect": "pin", "amount": 2, "condition": {"titles": [41]}},
            "Heat (1995): at place 2. On every list.",
        ),
        (
            {"effect": "cap", "amount": 2, "group": "franchise", "within": 10, "condition": {}},
            "At most 2 of one franchise in any 10 titles in a row. On every list.",
        ),
        (
            {"effect": "cap", "amount": 2, "group": "person", "condition": {}},
            "At most 2 of one person in a list.",
        ),
        ({"effect": "variety", "amount": 0.4, "condition": {}}, "Variety at 40 %."),
        ({"shelves": ["picked", "new"]}, "On: Picked for you, New here."),
        (
            {"condition": {"people": [5], "franchises": ["Alien", "Rocky"], "added_days": 30}},
            "With Agnès Varda of Alien or Rocky added in the last 30 days: left out.",
        ),
        ({"condition": {"nonsense": 1}}, "This rule cannot be read"),
    ],
)
def test_a_rule_says_what_it_does_in_a_sentence(changes, words):
    genre, person = make_genre("Drama"), make_person("Agnès Varda")
    heat = make_title("Heat", year=1995)
    make_title("Old", year=1950)
    known = {7: genre.pk, 5: person.pk, 41: heat.pk}
    condition = {
        name: [known.get(one, one) for one in value] if isinstance(value, list) else value
        for name, value in changes.get("condition", {"kinds": ["film"]}).items()
    }
    assert words in sentence_of(**changes | {"condition": condition})


def test_a_long_list_of_titles_names_a_few_and_counts_the_others():
    titles = make_titles(each=[{"name": f"Number {n}", "year": 1990} for n in range(30)])
    words = "Number 0 (1990), Number 1 (1990), Number 2 (1990), Number 3 (1990) and 26 others"
    assert words in sentence_of(condition={"titles": [title.pk for title in titles]})


def test_a_rule_waits_holds_and_is_over():
    now, hour = timezone.now(), timedelta(hours=1)
    rule = Rule(is_on=True, starts_at=now, ends_at=now + hour)
    times = [now - hour, now, now + hour]
    assert [state_of(rule, at).key for at in times] == ["waiting", "on", "over"]
    rule.is_on = False
    assert state_of(rule, now).key == "off"


def test_without_rules_the_list_says_what_they_are_for(staff_client):
    page = text_of(staff_client, RULES)
    assert "No rules yet" in page
    assert f"{RULES}new/" in page


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_the_same_queries_for_any_number_of_rules(
    count, staff_client, django_assert_max_num_queries
):
    by = make_user(is_staff=True)
    for n in range(count):
        genre, person = make_genre(f"Genre {n}"), make_person(f"Person {n}")
        condition = {"genres": [genre.pk], "people": [person.pk], "titles": [make_title().pk]}
        rule = make_rule(name=f"Rule {n}", condition=condition)
        switch_rule(rule=rule, is_on=False, by=by, now=timezone.now())
    with django_assert_max_num_queries(13):
        page = text_of(staff_client, RULES)
    assert page.count(f"{by}, ") == count  # who changed it last


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "new/"), ("post", "new/"), ("get", "preview/"), ("post", "preview/"),
     ("get", "{pk}/"), ("post", "{pk}/"), ("post", "{pk}/switch/"), ("post", "{pk}/remove/")],
)  # fmt: skip
def test_staff_come_in_members_find_nothing_and_visitors_log_in(
    method, path, member_client, staff_client
):
    rule = make_rule()
    address = RULES + path.format(pk=rule.pk)
    assert getattr(member_client, method)(address).status_code == 404
    assert "login" in getattr(Client(), method)(address)["Location"]
    rule.refresh_from_db()
    assert (rule.is_on, rule.removed_at) == (True, None)
    assert getattr(staff_client, method)(address).status_code in {200, 302, 422}
    assert staff_client.get(f"{RULES}999999/").status_code == 404
    assert staff_client.get(f"{RULES}{rule.pk}/switch/").status_code == 405


def test_a_form_without_its_token_changes_nothing(staff_client):
    rule, client = make_rule(), Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True))
    assert client.post(f"{rule.get_absolute_url()}remove/").status_code == 403
    assert Rule.objects.kept().exists()


def test_a_change_from_another_tab_is_not_overwritten_unseen(staff_client):
    first = {"name": "No films", "effect": "leave_out", "kinds": ["film"]}
    staff_client.post(f"{RULES}new/", first)
    rule = Rule.objects.get()
    url = rule.get_absolute_url()
    opened = staff_client.get(url).context["newest_entry"]
    staff_client.post(url, first | {"name": "From one tab", "seen_entry": opened})
    answer = staff_client.post(url, first | {"name": "From the other", "seen_entry": opened})
    assert answer.status_code == 422
    assert "Somebody changed this rule" in answer.content.decode()
    rule.refresh_from_db()
    assert rule.name == "From one tab"
    seen = answer.context["newest_entry"]
    staff_client.post(url, first | {"name": "From the other", "seen_entry": seen})
    rule.refresh_from_db()
    assert rule.name == "From the other"


def test_the_trail_says_how_a_rule_was_called(staff_client):
    first = {"name": "No films", "effect": "leave_out", "kinds": ["film"]}
    staff_client.post(f"{RULES}new/", first)
    rule = Rule.objects.get()
    page = staff_client.post(rule.get_absolute_url(), first | {"name": "Silence"}, follow=True)
    assert "“No films”: Films: left out." in page.content.decode()
    assert "“Silence”: Films: left out." in page.content.decode()


def test_enter_in_a_field_shows_the_preview_and_saves_nothing(staff_client):
    make_title()
    form = {"name": "No films", "effect": "leave_out", "kinds": ["film"], "is_on": "on"}
    rule = make_rule()
    new, kept = f"{RULES}new/", rule.get_absolute_url()
    previews = f"{RULES}preview/", f"{RULES}preview/?rule={rule.pk}"
    pages = [staff_client.get(address) for address in (new, kept, previews[1])]
    pages += [staff_client.post(address, form) for address in previews]
    for page in pages:
        assert first_button(page.content.decode()) == f"{RULES}preview/"


def first_button(page: str) -> str | None:
    """Where the form of a rule goes when Enter presses its first button; None: to be saved."""
    inside = page[page.index('<form class="rule-form') :]
    found = re.search(r"<button(?![^>]*type=\"button\")[^>]*>", inside[: inside.index("</form>")])
    goes = re.search(r'formaction="([^"]*)"', found[0]) if found else None
    return goes[1] if goes else None


def test_a_preview_needs_no_name(staff_client):
    make_title()
    typed = {"name": "", "effect": "leave_out", "kinds": ["film"], "shelf": "list"}
    answer = staff_client.post(f"{RULES}preview/", typed | {"against": "form", "member": ""})
    assert answer.status_code == 200
