"""People at random who ask every endpoint that lists titles."""

import random
from collections.abc import Sequence
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from catalog.models import Credit, Title
from events.models import Event
from tests.factories import make_event, make_person, make_titles, make_user
from tests.platform.recommendations.random_rules import FRANCHISES, KINDS, Facts

LIMIT = 30
ENDPOINTS = ("list", "list", "home", "similar")


def make_catalog(titles: list[Title]) -> list[Facts]:
    """The toy's titles and as many that no model knows, with facts of every sort."""
    rng = random.Random(7)
    people = [make_person(f"Person {number}").pk for number in range(8)]
    added = make_titles(each=[{"genres": (rng.choice(["Drama", "Crime"]),)} for _ in range(36)])
    now, credits, days = timezone.now(), [], {}
    for title in [*titles, *added]:
        title.kind, title.year = rng.choice(KINDS), rng.randint(1980, 1999)
        title.franchise = rng.choice([*FRANCHISES, "", "", ""])
        title.minimum_age = rng.choice([0, 0, 12, 18])
        title.popularity = rng.random()
        days[title.pk] = rng.randint(0, 60)
        title.added_at = now - timedelta(days=days[title.pk], hours=1)
        title.save()
        for person in rng.sample(people, rng.randint(0, 2)):
            credits.append(Credit(title=title, person_id=person, role=Credit.Role.ACTOR))
    Credit.objects.bulk_create(credits)
    return [facts_of(title, days[title.pk]) for title in [*titles, *added]]


def facts_of(title: Title, days: int) -> Facts:
    return Facts(
        title.pk,
        title.kind,
        title.year or 0,
        title.minimum_age or 0,
        days,
        frozenset(title.genres.values_list("pk", flat=True)),
        frozenset(title.credits.values_list("person_id", flat=True)),
        frozenset({title.franchise} - {""}),
    )


class Asker:
    """Somebody, what they may be shown, and what each endpoint lists for them."""

    def __init__(self, catalog: list[Facts], *, age_limit: int | None, seen: list[int]) -> None:
        self.client = Client()
        self.facts = {title.pk: title for title in catalog}
        self.seen, hidden = set(seen), set()
        if age_limit is not None:
            user = make_user(age_limit=age_limit)
            self.client.force_login(user)
            for pk in seen:
                make_event(user, Title.objects.get(pk=pk), Event.Kind.RATE, value=5)
            hidden = {next(pk for pk in self.facts if pk not in seen)}
            make_event(user, Title.objects.get(pk=min(hidden)), Event.Kind.HIDE)
        limit = 99 if age_limit is None else age_limit
        self.may = {t.pk for t in catalog if t.age <= limit and t.pk not in hidden}

    def lists(self, rng: random.Random, of: Sequence[str] = ENDPOINTS) -> dict[str, list[Facts]]:
        """Shelf → what one endpoint at random lists there."""
        which = rng.choice(of)
        if which == "list":
            results = self._get(f"recommendations/?limit={LIMIT}")["results"]
            return {"list": self._titles(results)}
        if which == "similar":
            near = rng.choice(sorted(self.may))
            results = self._get(f"titles/{near}/similar/?limit={LIMIT}")["results"]
            return {"similar": self._titles(results)}
        shelves = self._get("home/")["shelves"]
        return {each["key"]: self._titles(each["results"]) for each in shelves}

    def _get(self, path):
        response = self.client.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    def _titles(self, results) -> list[Facts]:
        return [self.facts[result["title"]["id"]] for result in results]
