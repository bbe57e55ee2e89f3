"""Rule sets at random against every endpoint that lists titles: none is ever broken."""

import random

import pytest
from django.core.cache import cache

from recommendations import rulebook
from recommendations.models import Rule
from tests.platform.recommendations.random_askers import LIMIT, Asker, make_catalog
from tests.platform.recommendations.random_rules import (
    Facts,
    breaks_a_cap,
    is_kept,
    misses_a_pin,
    misses_its_share,
    random_rules,
)

A_FEW, MANY = 60, 2_500


@pytest.fixture
def catalog(titles, live) -> list[Facts]:
    return make_catalog(titles)


def check(rules: list[Rule], asker: Asker, lists: dict[str, list[Facts]]) -> None:
    everything = [title for listed in lists.values() for title in listed]
    assert len(set(everything)) == len(everything), "a title twice"
    for key, listed in lists.items():
        shelf = key.partition("-")[0]
        assert {title.pk for title in listed} <= asker.may, "not visible to them"
        if shelf != "similar":
            assert not {title.pk for title in listed} & asker.seen, "seen already"
        assert all(is_kept(rules, shelf, title) for title in listed), "left out by a rule"
        assert not breaks_a_cap(rules, shelf, listed), "more than a cap allows"
        if shelf == "list":
            check_full(rules, asker, listed)


def check_full(rules: list[Rule], asker: Asker, listed: list[Facts]) -> None:
    may = {pk for pk in asker.may - asker.seen if is_kept(rules, "list", asker.facts[pk])}
    left = [asker.facts[pk] for pk in may - {title.pk for title in listed}]
    if len(listed) < LIMIT:
        more = [t for t in left if not breaks_a_cap(rules, "list", [*listed, t])]
        assert not more, f"only {len(listed)}, and room for {more}"
    assert not misses_its_share(rules, "list", listed, left), "less than a quota's share"
    assert not misses_a_pin(rules, "list", listed, may), "a pin not at its place"


@pytest.mark.parametrize(
    ("part", "n_sets"),
    [
        pytest.param(0, A_FEW, marks=pytest.mark.slow),
        *(pytest.param(n, MANY, marks=[pytest.mark.long, pytest.mark.slow]) for n in range(1, 5)),
    ],
)
def test_no_set_of_rules_is_ever_broken(part, n_sets, catalog):
    liked = [title.pk for title in catalog[:3]]
    askers = [
        Asker(catalog, age_limit=99, seen=liked),
        Asker(catalog, age_limit=12, seen=[catalog[20].pk] if catalog[20].age <= 12 else []),
        Asker(catalog, age_limit=None, seen=[]),
    ]
    for number in range(n_sets):
        rng = random.Random(f"{part}/{number}")
        rules = random_rules(rng, catalog)
        Rule.objects.all().delete()
        Rule.objects.bulk_create(rules)
        rulebook.forget_rules()
        if number % 100 == 0:
            cache.clear()  # what they asked before counts for no limit
        asker = rng.choice(askers)
        try:
            check(rules, asker, asker.lists(rng))
        except AssertionError as error:
            told = "\n".join(str(rule.kept_settings()) for rule in rules)
            raise AssertionError(f"set {part}/{number}: {error}\n{told}") from error
