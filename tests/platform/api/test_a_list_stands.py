"""Who asks again while nothing has changed gets the same list; whatever changes makes a new one."""

import gc
import weakref
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import briefs, census
from catalog.models import Title
from events.models import Event
from recommendations import dataset, experiments, grounds, kept_pages, lists, loading, served_log
from recommendations.models import LoggedList, Rule
from tests.factories import make_event, make_experiment, make_title, make_titles
from tests.platform.api.test_recommendations import NextDoor


class AnyOrder(NextDoor):
    def vary(self, history, found, variety):
        return list(found)


@pytest.fixture
def titles(db):
    return make_titles(12)


@pytest.fixture
def live(monkeypatch):
    """What serves, as one mutable entry."""
    serving = {"now": loading.Live(1, "next-door", 0, AnyOrder())}
    monkeypatch.setattr(grounds, "current", lambda asked: serving["now"])
    return serving


@pytest.fixture
def asked(owner, titles, live):
    make_event(owner.user, titles[0])
    return owner.get("recommendations/", limit=5).json()


def again(owner, **query):
    return owner.get("recommendations/", **({"limit": 5} | query)).json()


def test_the_same_list_is_written_down_once(owner, asked):
    assert again(owner) == asked
    assert again(owner) == asked
    assert LoggedList.objects.count() == 1


def test_it_can_be_paged_through_whichever_time_it_was_asked_for(owner, asked):
    more = owner.get(again(owner)["next"]).json()
    assert more["list_id"] == asked["list_id"]
    assert len(more["results"]) == 5


@pytest.mark.parametrize("query", [{"limit": 6}, {"kind": "film"}])
def test_what_is_asked_otherwise_is_another_list(owner, asked, query):
    assert again(owner, **query)["list_id"] != asked["list_id"]
    assert again(owner)["list_id"] == asked["list_id"]


def undo(owner, titles, live):
    Event.objects.filter(user=owner.user).update(undone_at=timezone.now())


def lower_the_age(owner, titles, live):
    owner.user.age_limit = 13
    owner.user.save()


def promote(owner, titles, live):
    live["now"] = loading.Live(2, "next-door-2", 0, AnyOrder())


def hold_an_experiment(owner, titles, live):
    make_experiment(arm_b={"variety": 0.5}, state="running", started_at=timezone.now())
    experiments.forget()


CHANGES = {
    "an event": lambda owner, titles, live: make_event(owner.user, titles[5]),
    "an event taken back": undo,
    "a title hidden": lambda owner, titles, live: make_event(owner.user, titles[3], "hide"),
    "a lower age": lower_the_age,
    "another artifact": promote,
    "an experiment": hold_an_experiment,
    "a title gone": lambda owner, titles, live: Title.objects.filter(pk=titles[4].pk).delete(),
    "a title withdrawn": lambda owner, titles, live: Title.objects.filter(
        pk=titles[4].pk
    ).update(published=False),
    "a new title": lambda owner, titles, live: make_title(),
    "a rule": lambda owner, titles, live: Rule.objects.create(
        name="Not this", effect="leave_out", condition={"titles": [titles[4].pk]}
    ),
    "a rule begun": lambda owner, titles, live: Rule.objects.create(
        name="Now", effect="leave_out", condition={"titles": [titles[4].pk]},
        starts_at=timezone.now() - timedelta(minutes=1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_another_list(owner, titles, live, asked, change):
    CHANGES[change](owner, titles, live)
    assert again(owner)["list_id"] != asked["list_id"]


def test_a_kept_list_keeps_no_artifact_in_memory_that_serves_no_more(owner, titles, live, asked):
    before = weakref.ref(live["now"])
    promote(owner, titles, live)
    gc.collect()
    assert before() is None
    assert again(owner)["list_id"] != asked["list_id"]


def test_what_they_did_comes_with_what_stands_and_what_changed_with_the_log(
    owner, titles, asked, monkeypatch
):
    for module in (briefs, census):
        monkeypatch.setattr(module, "POLL_SECONDS", 1000.0)
    make_event(owner.user, titles[5])
    with CaptureQueriesContext(connection) as asked_for:
        again(owner)
    for table, times in (("events_event", 1), ("catalog_titlechange", 2)):
        assert sum(table in query["sql"] for query in asked_for) == times


def test_what_they_did_is_not_read_again_for_a_list_that_is_kept(owner, titles, asked):
    dataset.kept_pasts.clear()  # as when many others asked
    assert grounds.Grounds.of(owner.user).said is None
    assert again(owner) == asked
    make_event(owner.user, titles[5])
    said = grounds.Grounds.of(owner.user).said
    assert [title for title, *_ in said] == [titles[0].pk, titles[5].pk]


def test_what_was_withdrawn_is_in_no_list_even_before_the_census_is_read_again(
    owner, titles, asked, monkeypatch
):
    monkeypatch.setattr(census, "POLL_SECONDS", 1000.0)
    shown = asked["results"][0]["title"]["id"]
    Title.objects.filter(pk=shown).update(published=False)

    told = again(owner)

    assert told["list_id"] != asked["list_id"]
    assert shown not in [row["title"]["id"] for row in told["results"]]


def test_what_is_withdrawn_while_a_list_is_made_is_not_in_it(owner, titles, live, monkeypatch):
    monkeypatch.setattr(census, "POLL_SECONDS", 1000.0)
    monkeypatch.setattr(briefs, "POLL_SECONDS", 1000.0)
    make_event(owner.user, titles[0])
    again(owner)
    ranked_for = lists.ranked_for

    def meanwhile(taste, **how):
        found = ranked_for(taste, **how)
        Title.objects.filter(pk=found[1].served[0].item_id).update(minimum_age=18)
        return found

    monkeypatch.setattr(lists, "ranked_for", meanwhile)
    owner.user.age_limit = 13
    owner.user.save()

    told = again(owner)

    withdrawn = set(Title.objects.filter(minimum_age=18).values_list("pk", flat=True))
    assert withdrawn
    assert withdrawn.isdisjoint(row["title"]["id"] for row in told["results"])


def test_what_could_not_be_written_down_is_made_anew(owner, titles, live, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(served_log, "INSERT", "nonsense")
        first = again(owner)
    assert first["next"] is None
    assert again(owner)["list_id"] != first["list_id"]


def test_a_visitor_gets_a_new_one_each_time(anonymous, titles):
    first, second = again(anonymous), again(anonymous)
    assert first["list_id"] != second["list_id"]


def test_nobody_gets_the_list_of_somebody_else(owner, stranger, titles, live, asked):
    assert again(stranger)["list_id"] != asked["list_id"]


def test_it_is_made_anew_in_time(owner, asked, monkeypatch):
    """What was shown in vain tires somebody, which no number tells of."""
    assert 0 < kept_pages._pages.ttl <= 60
    monkeypatch.setattr(kept_pages, "_pages", type(kept_pages._pages)(10, 0.0))
    assert again(owner)["list_id"] != asked["list_id"]
