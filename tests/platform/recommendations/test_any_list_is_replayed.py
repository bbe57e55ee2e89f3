"""Lists under rule sets at random, while everything changes, all come out as they were served."""

import random
from collections.abc import Callable

import pytest
from django.core.cache import cache

from catalog.models import Title
from events.models import Event
from events.services import undo_event
from recommendations import experiments, rulebook
from recommendations.cold import encode_new_titles
from recommendations.models import Artifact, Experiment, LoggedList, LoggedPast, Rule
from recommendations.replaying import replay
from tests.factories import make_event, make_experiment
from tests.platform.recommendations.random_askers import Asker, make_catalog
from tests.platform.recommendations.random_rules import Facts, random_rules

MANY_LISTS = ("list", "home", "home", "home", "similar")
DONE = (Event.Kind.CLICK, Event.Kind.IMPRESSION, Event.Kind.IMPRESSION, Event.Kind.RATE)


@pytest.fixture
def catalog(titles, live) -> list[Facts]:
    return make_catalog(titles)


@pytest.fixture
def askers(catalog) -> list[Asker]:
    """Two members, a visitor of whom nothing is known and one who has saved something."""
    liked = [title.pk for title in catalog[:3]]
    known = Asker(catalog, age_limit=None, seen=[])
    known.client.post(f"/titles/{catalog[1].pk}/save/", {"saved": "1"})
    return [
        Asker(catalog, age_limit=99, seen=liked),
        Asker(catalog, age_limit=12, seen=[t.pk for t in catalog if t.age == 0][:2]),
        Asker(catalog, age_limit=None, seen=[]),
        known,
    ]


class World:
    """What changes between two lists, at random."""

    def __init__(self, catalog: list[Facts], go_live: Callable[[str], Artifact]) -> None:
        self.catalog, self.go_live = catalog, go_live

    def turn(self, rng: random.Random, number: int) -> None:
        """A step; the great changes come at their numbers."""
        if number % 100 == 10:
            encode_new_titles()
        if number % 200 == 15:
            self.go_live(f"made-{number}")
        if number % 20 == 5:
            self._experiment(rng)
        if number % 30 == 0:
            cache.clear()  # what they asked before counts for no limit
        if rng.random() < 0.2:
            title = Title.objects.filter(pk=rng.choice(self.catalog).pk)
            title.update(popularity=rng.choice([0.0, 0.1, rng.random()]))
        if rng.random() < 0.3:
            self._event(rng)

    def _experiment(self, rng: random.Random) -> None:
        Experiment.objects.filter(state=Experiment.State.RUNNING).update(state="stopped")
        if rng.random() < 0.6:
            oldest = Artifact.objects.earliest("pk").name
            arms = [{"variety": rng.random()}, {"artifact": oldest, "variety": rng.random()}, {}]
            a, b = rng.sample(arms, 2)
            make_experiment(state=Experiment.State.RUNNING, arm_a=a, arm_b=b)
        experiments.forget()

    def _event(self, rng: random.Random) -> None:
        """Something done by a member; before long it is undone, so that titles are left to list."""
        done = Event.objects.standing().exclude(kind=Event.Kind.HIDE).order_by("pk")
        member = done.first().user
        if done.count() > 12:
            undo_event(event=done.last())
            return
        title = Title.objects.get(pk=rng.choice(self.catalog).pk)
        kind = rng.choice(DONE)
        if (title.minimum_age or 0) <= 12:
            value = float(rng.randint(1, 5)) if kind == Event.Kind.RATE else None
            make_event(member, title, kind, value=value)


@pytest.mark.parametrize(
    "n_lists",
    [
        pytest.param(300, marks=pytest.mark.slow),
        pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.slow]),
    ],
)
def test_every_list_comes_out_as_it_was_served(n_lists, catalog, askers, go_live, monkeypatch):
    monkeypatch.setattr(experiments, "_kept", None)
    world, number = World(catalog, go_live), 0
    while number % 20 or LoggedList.objects.count() < n_lists:
        rng = random.Random(number)
        world.turn(rng, number)
        Rule.objects.all().delete()
        if rng.random() < 0.8:
            Rule.objects.bulk_create(random_rules(rng, catalog))
        rulebook.forget_rules()
        for asker in rng.sample(askers, 3):
            asker.lists(rng, MANY_LISTS)
        number += 1
    Rule.objects.all().delete()
    Title.objects.update(popularity=0.5, kind="film")
    found = [replay(logged) for logged in LoggedList.objects.iterator(chunk_size=200)]
    assert [each.difference for each in found if not each.is_exact] == []
    assert {each.logged.rung for each in found} == {"personal", "session", "similar", "popular"}
    assert LoggedPast.objects.count() < len(found)
