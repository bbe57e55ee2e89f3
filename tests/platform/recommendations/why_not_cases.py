"""Cases of a title that is not on a list, each with the one true reason why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from django.test import Client

from catalog.census import forget_census
from catalog.models import Title
from recommendations import loading
from recommendations.home import home
from recommendations.models import Rule
from recommendations.rulebook import forget_rules
from recommendations.serving import ranked_for
from recommendations.taste import taste_of
from recsys import pipeline, sources
from tests.factories import make_event, make_title, make_user

WHOLE = 100  # longer than the catalog
KNOWN_BY = ("play", "finish", "rate", "save")


@dataclass
class Case:
    """A member, the titles, and one reason why a title is not on a list."""

    rng: Random
    titles: list[Title]
    user: Any = None
    target: Title | None = None
    step: str = ""  # the true one; "" = listed
    rule: Rule | None = None  # the true one
    limit: int = WHOLE
    kind: str | None = None
    shelf: str = "list"
    free: list[Title] = field(default_factory=list)  # that nothing is said of
    n_candidates: int | None = None  # of each source beyond the list; None = as it is

    def prepare(self, *, past: bool) -> None:
        """Somebody with a past (or none), and rules that do not decide."""
        self.user = make_user()
        shuffled = self.rng.sample(self.titles, len(self.titles))
        known = self.rng.randint(2, 6) if past else 0
        for title in shuffled[:known]:
            stars = self.rng.choice([None, 3.0, 4.5])
            kind = "rate" if stars else "finish"
            make_event(self.user, title, kind, **({"value": stars} if stars else {}))
        self.free = shuffled[known:]
        self.target = self.free[0]
        self.noise()

    def noise(self) -> None:
        other = self.free[-1]
        if self.rng.random() < 0.5:
            make_rule("boost", amount=self.rng.choice([-1.0, 0.5, 2.0]), titles=[other.pk])
        if self.rng.random() < 0.5:
            make_rule("leave_out", titles=[self.target.pk], is_on=False)
        if self.rng.random() < 0.3:
            make_rule("leave_out", titles=[self.target.pk], shelves=["similar", "new"])

    def served(self) -> list[int]:
        """Ids as the API serves them."""
        client = Client()
        client.force_login(self.user)
        asked = {"limit": WHOLE} | ({"kind": self.kind} if self.kind else {})
        forget()
        answer = client.get("/api/v1/recommendations/", asked)
        return [pick["title"]["id"] for pick in answer.json()["results"]]

    def candidates(self) -> set[int]:
        """Ids that any source of the model proposes."""
        taste = taste_of(self.user)
        live = taste.live
        allowed = live.allowed(taste.census, taste.usable(without=taste.seen))
        model = live.recommender
        with tight(self.n_candidates):
            rows = pipeline.retrieve(model._asked(taste.reading, allowed, self.limit, ()))
        return {int(model.item_ids[row]) for row in rows}


@contextmanager
def tight(n_candidates: int | None) -> Iterator[None]:
    """As few candidates of each source, and none because it is famous: as of a large catalog."""
    with pytest.MonkeyPatch.context() as patched:
        if n_candidates is not None:
            model = loading.current().recommender
            few = replace(model._tables, famous=model._tables.famous[:0])
            patched.setattr(sources, "LOOKED_THROUGH", 0)
            patched.setattr(pipeline, "SPARE_CANDIDATES", n_candidates)
            patched.setattr(model, "_tables", few)
        yield


def make_rule(effect: str, *, titles: list[int] | None = None, **changes: Any) -> Rule:
    condition = changes.pop("condition", {} if titles is None else {"titles": titles})
    return Rule.objects.create(name=f"A {effect}", effect=effect, condition=condition, **changes)


def listed(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.8)


def unpublished(case: Case) -> None:
    case.prepare(past=True)
    change(case.target, published=False)
    case.step = "published"


def above_the_age(case: Case) -> None:
    case.prepare(past=True)
    change(case.target, minimum_age=17)
    change(case.user, age_limit=13)
    case.step = "age"


def of_unknown_age(case: Case) -> None:
    case.prepare(past=False)
    change(case.target, minimum_age=None)
    change(case.user, age_limit=8)
    case.step = "age"


def hidden(case: Case) -> None:
    case.prepare(past=True)
    make_event(case.user, case.target, "hide")
    case.step = "hidden"


def of_another_kind(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.5)
    change(case.target, kind="game")
    case.kind, case.step = "film", "kind"


def known_already(case: Case) -> None:
    case.prepare(past=True)
    kind = case.rng.choice(KNOWN_BY)
    make_event(case.user, case.target, kind, **({"value": 2.0} if kind == "rate" else {}))
    case.step = "seen"


def not_interested(case: Case) -> None:
    case.prepare(past=True)
    make_event(case.user, case.target, "dislike")
    case.step = "not_interested"


def left_out(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.5)
    genre = case.target.genres.first()
    condition = case.rng.choice([{"titles": [case.target.pk]}, {"genres": [genre.pk]}])
    case.rule = make_rule("leave_out", condition=condition)
    case.step = "filters"


def not_among_the_only(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.5)
    case.rule = make_rule("only", titles=[title.pk for title in case.free[1:8]])
    case.step = "filters"


def capped(case: Case) -> None:
    """Of each genre the first only: every other title is over the cap."""
    case.prepare(past=case.rng.random() < 0.8)
    genres = {title.pk: title.genres.first().pk for title in case.free}
    first: dict[int, int] = {}
    for pk in case.served():
        first.setdefault(genres[pk], pk)
    rest = [title for title in case.free if title.pk not in first.values()]
    case.target = case.rng.choice(rest)
    case.rule = make_rule("cap", amount=1, group="genre")
    case.step = "arranged"


def pushed_by_a_pin(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.8)
    ids, case.limit = case.served(), case.rng.randint(4, 8)
    case.target = Title.objects.get(pk=ids[case.limit - 1])
    place = case.rng.randint(1, case.limit)
    case.rule = make_rule("pin", titles=[ids[case.limit + 2]], amount=place)
    case.step = "arranged"


def below_the_end(case: Case) -> None:
    case.prepare(past=case.rng.random() < 0.8)
    ids, case.limit = case.served(), case.rng.randint(1, 8)
    case.target = Title.objects.get(pk=case.rng.choice(ids[case.limit :]))
    ranker, _ruled = ranked_for(taste_of(case.user), shelf="list", limit=case.limit)
    case.step = "listed" if ranker.pool else "ranked"  # variety looks at all, else only the best


def unknown_to_the_model(case: Case) -> None:
    case.prepare(past=True)
    case.target = make_title("Made today", genres=("Horror",))
    case.limit, case.step = case.rng.randint(3, 10), "proposed"


def unknown_but_there_is_room(case: Case) -> None:
    case.prepare(past=True)
    case.target = make_title("Made today", genres=("Horror",))


def proposed_by_no_source(case: Case) -> None:
    """Each source proposes a few, and nobody is famous."""
    case.prepare(past=True)
    Rule.objects.all().delete()  # boosts ask among the titles of each level
    case.limit, case.n_candidates = case.rng.randint(1, 3), 0
    proposed = case.candidates()
    case.target = case.rng.choice([title for title in case.free if title.pk not in proposed])
    case.step = "proposed"


def sunk_by_variety(case: Case) -> None:
    """Some title that is among the best by score and no longer so for the variety of the list."""
    case.prepare(past=True)
    before = case.served()
    rule = make_rule("variety", amount=0.9)
    after = case.served()
    for case.limit in range(3, 12):
        sunk = set(before[: case.limit]) - set(after[: case.limit])
        if sunk:
            case.target, case.rule = Title.objects.get(pk=min(sunk)), rule
            case.step = "varied"
            return
    case.limit = WHOLE  # variety has changed nothing: then the title is listed


def without_picks(case: Case) -> None:
    case.prepare(past=False)
    case.shelf, case.step = "picked", "rung"


def on_a_shelf_above(case: Case) -> None:
    case.prepare(past=True)
    shown = next(shelf for shelf in home(case.user) if shelf.key == "picked")
    case.target = case.rng.choice(shown.cards).title
    case.shelf, case.step = "popular", "shelf_above"


CAUSES: list[Callable[[Case], None]] = [
    listed,
    unpublished,
    above_the_age,
    of_unknown_age,
    hidden,
    of_another_kind,
    known_already,
    not_interested,
    left_out,
    not_among_the_only,
    capped,
    pushed_by_a_pin,
    below_the_end,
    unknown_to_the_model,
    unknown_but_there_is_room,
    proposed_by_no_source,
    sunk_by_variety,
    without_picks,
    on_a_shelf_above,
]


def change(row: Any, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def forget() -> None:
    """What a process has in mind of titles and rules: what is rolled back, no feed tells."""
    forget_census()
    forget_rules()
    if loading._live is not None:
        loading._live._noted = None
