"""Why-not names the step that really dropped a title; of a listed one the place that is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from django.db import transaction

from catalog.models import Title
from recommendations import lists
from recommendations.home import home
from recommendations.inspecting import inspect
from tests.factories import make_event, make_title
from tests.platform.recommendations.why_not_cases import CAUSES, WHOLE, Case, forget, tight

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@contextmanager
def nothing_stays() -> Iterator[None]:
    with transaction.atomic():
        forget()
        yield
        transaction.set_rollback(True)


def judge(seed: int, titles: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    cause = CAUSES[seed % len(CAUSES)]
    case = Case(Random(seed), list(Title.objects.filter(pk__in=[title.pk for title in titles])))
    with nothing_stays():
        monkeypatch.setattr(lists, "LONGEST_LIST", WHOLE)
        cause(case)
        monkeypatch.setattr(lists, "LONGEST_LIST", case.limit)
        with tight(case.n_candidates):
            ids = case.served()
            target = Title.objects.get(pk=case.target.pk)
            found = inspect(case.user, target, case.shelf, kind=case.kind)
        named = found.verdict.name if found.verdict else ""
        assert named == case.step, f"case {seed}, {cause.__name__}: {found.steps}"
        if case.rule is not None:
            assert [rule.pk for rule in found.verdict.rules] == [case.rule.pk], f"case {seed}"
        if case.shelf == "list":
            place = ids.index(target.pk) + 1 if target.pk in ids else None
            assert found.place == place, f"case {seed}"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_the_step_that_dropped_it_is_named(cause, live, titles, monkeypatch):
    judge(CAUSES.index(cause), titles, monkeypatch)


def test_places_on_the_home_page_are_those_shown(live, titles, member):
    for title in titles[:3]:
        make_event(member, title)
    for number in range(12):
        make_title(f"Made today {number}", genres=("Horror",))
    shelves = {shelf.key: shelf for shelf in home(member)}
    for key in ("picked", "popular"):
        shown = [card.title for card in shelves[key].cards]
        found = [inspect(member, title, key) for title in shown]
        assert [each.place for each in found] == list(range(1, len(shown) + 1))
        assert {each.length for each in found} == {len(shown)}


def test_why_not_names_the_true_step_in_sixty_cases(live, titles, monkeypatch):
    for seed in range(60):
        judge(seed, titles, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("hundred", range(10))
def test_why_not_names_the_true_step_in_a_thousand_cases(hundred, live, titles, monkeypatch):
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        judge(seed, titles, monkeypatch)
