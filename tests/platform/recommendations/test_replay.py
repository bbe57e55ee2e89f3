"""A logged list comes out of what was written down as it was served, scores and all."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog.models import Credit, Title
from events.models import Event, VisitorEvent
from events.services import undo_event
from events.visitors import undo_visit
from privacy.services import erase_user
from recommendations import experiments, lists, rulebook, served_log
from recommendations.cold import encode_new_titles
from recommendations.logged_pasts import fatigue_of, history_of, past_row
from recommendations.models import Artifact, Experiment, LoggedList, LoggedPast, Rule
from recommendations.partitions import keep_up
from recommendations.replaying import replay
from recsys.entries import HistoryEntry
from tests.factories import (
    make_event,
    make_experiment,
    make_person,
    make_title,
    make_titles,
    make_user,
)

pytestmark = pytest.mark.slow

RULES = {
    "boost": {"effect": "boost", "amount": -1.5, "condition": {"genres": []}},
    "pin": {"effect": "pin", "amount": 3},
    "cap": {"effect": "cap", "amount": 2, "group": "genre", "within": 3},
    "cap-people": {"effect": "cap", "amount": 1, "group": "person"},
    "explore": {"effect": "explore", "amount": 0.4, "condition": {"kinds": ["game"]}},
    "variety": {"effect": "variety", "amount": 0.8},
    "leave_out": {"effect": "leave_out", "condition": {"kinds": ["game"]}},
}


@pytest.fixture
def catalog(titles, live) -> list[Title]:
    """The toy's titles, some of them games by one person, and some that no model knows."""
    person = make_person()
    made = [
        *titles,
        *make_titles(20, genres=("Horror",)),
        *make_titles(20, genres=("Drama",)),
    ]
    for place, title in enumerate(made[::3]):
        Title.objects.filter(pk=title.pk).update(kind="game", popularity=place / 7)
        Credit.objects.create(title=title, person=person, role=Credit.Role.ACTOR)
    return made


@pytest.fixture
def fan(catalog) -> Client:
    """Somebody with a past that says yes and no, who was shown some titles in vain."""
    user, client = make_user(), Client()
    client.force_login(user)
    for place, value in [(0, 5.0), (1, 4.5), (2, 4.0), (14, 1.0)]:
        make_event(user, catalog[place], Event.Kind.RATE, value=value)
    for place in (5, 6):
        make_event(user, catalog[place], Event.Kind.IMPRESSION, position=1)
    return client


def ask_everything(client: Client, title: Title) -> int:
    """Every surface that lists titles; how many lists that made."""
    before = LoggedList.objects.count()
    for path in (
        "/api/v1/recommendations/",
        "/api/v1/home/",
        f"/api/v1/titles/{title.pk}/similar/",
        f"/api/v1/titles/{title.pk}/similar/?by=content",
        title.get_absolute_url(),
        "/",
    ):
        assert client.get(path).status_code == 200
    return LoggedList.objects.count() - before


def differing() -> list[str]:
    return [found.difference for found in map(replay, LoggedList.objects.all()) if found.difference]


def make_rule(name: str, title: Title) -> Rule:
    said = dict(RULES[name])
    if name == "pin":
        said["condition"] = {"titles": [title.pk]}
    if name == "boost":
        said["condition"] = {"genres": [title.genres.get().pk]}
    rule = Rule.objects.create(name=name, **said)
    rulebook.forget_rules()
    return rule


def test_every_list_of_a_member_comes_out_as_it_was_served(fan, catalog):
    assert ask_everything(fan, catalog[4]) >= 10
    rungs = set(LoggedList.objects.values_list("rung", flat=True))
    assert rungs == {"personal", "similar", "popular"}
    assert differing() == []


def test_every_list_of_a_visitor_comes_out_as_it_was_served(client, catalog):
    client.get("/")
    for path in (catalog[0].get_absolute_url(), catalog[1].get_absolute_url()):
        client.get(path)
    client.post(f"/titles/{catalog[0].pk}/save/", {"saved": "1"})
    assert ask_everything(client, catalog[4]) >= 8
    assert differing() == []


@pytest.mark.parametrize("name", RULES)
def test_a_list_that_obeys_a_rule_comes_out_as_it_was_served(name, fan, client, catalog):
    make_rule(name, catalog[8])
    ask_everything(fan, catalog[4])
    ask_everything(client, catalog[4])
    moved = [row for row in LoggedList.objects.all() if "ranked" in (row.recipe or {})]
    assert moved or name == "leave_out"
    Rule.objects.all().delete()
    assert differing() == []


def test_it_comes_out_the_same_when_another_artifact_serves(fan, catalog, go_live):
    ask_everything(fan, catalog[4])
    go_live("second")
    assert set(LoggedList.objects.values_list("artifact", flat=True)) == {"toy"}
    assert differing() == []
    ask_everything(fan, catalog[4])
    assert differing() == []


def test_it_comes_out_the_same_after_events_were_undone_and_added(fan, catalog):
    ask_everything(fan, catalog[4])
    user = LoggedList.objects.first().user
    undo_event(event=Event.objects.filter(user=user, kind="rate").first())
    make_event(user, catalog[9], Event.Kind.FINISH)
    ask_everything(fan, catalog[4])
    assert LoggedPast.objects.filter(user=user).count() == 2
    assert differing() == []


def test_it_comes_out_the_same_after_titles_changed(fan, catalog):
    make_rule("cap", catalog[8])
    make_rule("explore", catalog[8])
    ask_everything(fan, catalog[4])
    Title.objects.update(popularity=1.0, kind="film", name="Another name", published=False)
    Credit.objects.all().delete()
    catalog[40].delete()
    assert differing() == []


def test_an_experiment_s_arm_comes_out_as_it_was_served(fan, catalog, go_live, monkeypatch):
    go_live("second")
    monkeypatch.setattr(experiments, "_kept", None)
    arm = {"artifact": "toy", "variety": 0.7}
    make_experiment(state=Experiment.State.RUNNING, arm_a=arm, arm_b=arm)
    ask_everything(fan, catalog[4])
    assert LoggedList.objects.exclude(arm="").count() == LoggedList.objects.count() > 0
    Experiment.objects.all().delete()
    assert differing() == []


def test_titles_encoded_later_do_not_change_what_was_served(fan, catalog):
    user = User.objects.get(pk=fan.session["_auth_user_id"])
    make_event(user, catalog[30], Event.Kind.FINISH)  # which no model knows yet
    ask_everything(fan, catalog[4])
    assert encode_new_titles() > 0
    ask_everything(fan, catalog[4])
    make_title("One more", genres=("Horror",))
    assert encode_new_titles() == 1
    sources = {source for row in LoggedList.objects.all() for source in row.sources}
    assert {"personal", "cold", "popular"} <= sources
    assert differing() == []


def test_what_is_not_there_any_more_is_told(fan, catalog, live):
    encode_new_titles()
    lists.recommendation_page(
        User.objects.get(pk=fan.session["_auth_user_id"]), limit=5, kind=None, cursor=None
    )
    logged = LoggedList.objects.get()
    recipe, past = logged.recipe, logged.past
    for changes, words in [
        ({"recipe": None}, "was not written down"),
        ({"recipe": recipe | {"format": 99}}, "format 99"),
        ({"past": None}, "is forgotten"),
        ({"past": uuid4()}, "is forgotten"),
        ({"artifact": "never-made"}, "no longer kept"),
        ({"recipe": recipe | {"cold": 0}}, "no longer knows title"),
    ]:
        LoggedList.objects.update(**{"recipe": recipe, "past": past, "artifact": "toy"} | changes)
        found = replay(LoggedList.objects.get())
        assert not found.is_exact
        assert words in found.difference
    LoggedList.objects.update(recipe=recipe, past=past, artifact="toy")
    assert differing() == []
    Artifact.objects.update(pruned_at=timezone.now())
    LoggedList.objects.update(recipe=recipe | {"cold": 1})
    assert "no longer kept" in replay(LoggedList.objects.get()).difference


def test_a_list_that_was_tampered_with_is_told(fan, catalog):
    user = User.objects.get(pk=fan.session["_auth_user_id"])
    lists.recommendation_page(user, limit=5, kind=None, cursor=None)
    logged = LoggedList.objects.get()
    ids, scores = logged.title_ids, logged.scores
    swapped = [ids[1], ids[0], *ids[2:]]
    LoggedList.objects.update(title_ids=swapped)
    assert f"title {ids[0]} comes out" in replay(LoggedList.objects.get()).difference
    LoggedList.objects.update(title_ids=ids, scores=[scores[0] + 1e-5, *scores[1:]])
    assert f"Title {ids[0]} comes out with" in replay(LoggedList.objects.get()).difference
    past = LoggedPast.objects.get()
    past.entries["weights"][0] = 0.1
    past.save()
    LoggedList.objects.update(scores=scores)
    assert replay(LoggedList.objects.get()).difference


def test_a_past_is_written_once_for_all_lists_made_from_it(fan, catalog):
    for _ in range(2):
        ask_everything(fan, catalog[4])
    past = LoggedPast.objects.get()
    assert LoggedList.objects.filter(past=past.pk).count() >= 4
    assert not LoggedList.objects.filter(past=None, recipe__by="personal").exists()
    assert not LoggedList.objects.exclude(past=None).exclude(recipe__by="personal").exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_sends_a_member_s_past_once_and_a_visitor_s_every_time(member):
    served_log.kept_pasts.clear()
    row = make_personal_row()
    for user, visitor, times in [(member, "", 1), (AnonymousUser(), "hash", 2)]:
        past = past_row(user.pk, visitor, [HistoryEntry(1, 1.0, 5, "rate")], {7: 0.25})
        with CaptureQueriesContext(connection) as seen:
            for _ in range(2):
                row = replace(row, list_id=uuid4())
                assert served_log.log_lists(user=user, visitor=visitor, lists=[row], past=past)
        assert sum("loggedpast" in query["sql"] for query in seen.captured_queries) == times
        kept = LoggedPast.objects.get(pk=past.digest)
        assert history_of(kept.entries) == [HistoryEntry(1, 1.0, 5, "rate")]
        assert fatigue_of(kept.entries) == {7: 0.25}
    assert LoggedList.objects.exclude(past=None).count() == 4


def test_a_past_goes_with_the_account(fan, catalog):
    ask_everything(fan, catalog[4])
    user = User.objects.get(pk=fan.session["_auth_user_id"])
    assert LoggedPast.objects.exists()
    erase_user(user)
    assert not LoggedPast.objects.exists()


def test_a_visitor_s_past_goes_with_any_of_the_events_that_it_came_from(client, catalog):
    client.post(f"/titles/{catalog[0].pk}/save/", {"saved": "1"})
    client.get("/")
    past = LoggedPast.objects.get()
    assert past.visitor
    undo_visit(visitor=past.visitor, pk=VisitorEvent.objects.get().pk)
    assert not LoggedPast.objects.exists()
    assert any("is forgotten" in words for words in differing())


def test_pasts_are_forgotten_with_the_lists(fan, client, catalog, settings):
    client.post(f"/titles/{catalog[0].pk}/save/", {"saved": "1"})
    ask_everything(fan, catalog[4])
    ask_everything(client, catalog[4])
    now = timezone.now()
    keep_up(now=now + timedelta(days=29))
    assert LoggedPast.objects.count() == 2
    keep_up(now=now + timedelta(days=31))
    assert LoggedPast.objects.get().user
    assert not LoggedList.objects.filter(user=None).exclude(past=None).exists()
    keep_up(now=now + settings.SERVED_LISTS_KEPT)
    assert LoggedPast.objects.exists()
    keep_up(now=now + settings.SERVED_LISTS_KEPT + timedelta(days=10))
    assert not LoggedPast.objects.exists()


def make_personal_row() -> served_log.ServedRow:
    recipe = {"format": 1, "by": "personal", "limit": 1}
    return served_log.ServedRow(
        uuid4(), "list", "", "personal", "toy", [1], [0.5], ["personal"], recipe=recipe
    )
