"""Rule sets at random, and a plain reading of what each of them says."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from recommendations.models import Rule
from recommendations.rule_models import ShelfKind

KINDS = ("film", "game", "series")
FRANCHISES = ("Alpha", "Beta", "Gamma")
EFFECTS = ("only", "leave_out", "boost", "pin", "cap", "explore", "variety")
GROUPS = {"genre": "genres", "person": "people", "franchise": "franchises"}


@dataclass(frozen=True)
class Facts:
    """What a rule can ask of a title."""

    pk: int
    kind: str
    year: int
    age: int
    days: int  # since it was added
    genres: frozenset[int]
    people: frozenset[int]
    franchises: frozenset[str]  # one at most


def random_rules(rng: random.Random, catalog: Sequence[Facts]) -> list[Rule]:
    return [random_rule(rng, catalog) for _ in range(rng.randint(1, 4))]


def random_rule(rng: random.Random, catalog: Sequence[Facts]) -> Rule:
    effect = rng.choice(EFFECTS)
    rule = Rule(name=effect, effect=effect, shelves=random_shelves(rng), is_on=rng.random() < 0.9)
    now = timezone.now()
    if rng.random() < 0.2:  # over, or not begun
        rule.ends_at, rule.starts_at = rng.choice(
            [(now - timedelta(hours=1), None), (None, now + timedelta(hours=1))]
        )
    elif rng.random() < 0.2:
        rule.starts_at, rule.ends_at = now - timedelta(hours=1), now + timedelta(hours=1)
    if effect == "pin":
        rule.condition = {"titles": [rng.choice(catalog).pk]}
    elif effect not in ("cap", "variety"):
        rule.condition = random_condition(rng, catalog)
    if effect == "cap":
        rule.group, rule.within = rng.choice(list(GROUPS)), rng.choice([3, 10, 20, None])
    amounts = {
        "boost": rng.choice([-2.0, -0.5, 0.5, 2.0]),
        "pin": rng.randint(1, 12),
        "cap": rng.randint(1, 4),
        "explore": rng.choice([0.1, 0.25, 0.5]),
        "variety": rng.random(),
    }
    rule.amount = amounts.get(effect)
    return rule


def random_shelves(rng: random.Random) -> list[str]:
    return [] if rng.random() < 0.6 else rng.sample(ShelfKind.values, rng.randint(1, 3))


def random_condition(rng: random.Random, catalog: Sequence[Facts]) -> dict[str, Any]:
    some = rng.choice(catalog)
    parts: list[dict[str, Any]] = [
        {"kinds": rng.sample(KINDS, rng.randint(1, 2))},
        {"genres": sorted(some.genres)},
        {"people": sorted(some.people)},
        {"franchises": rng.sample(FRANCHISES, 2)},
        {"titles": [each.pk for each in rng.sample(list(catalog), 15)]},
        {"year_min": some.year},
        {"year_max": some.year},
        {"added_days": rng.choice([10, 30])},
    ]
    chosen = [part for part in rng.sample(parts, rng.randint(1, 2)) if any(part.values())]
    return {name: value for part in chosen for name, value in part.items()} or parts[0]


def in_force(rules: Sequence[Rule], shelf: str, *effects: str) -> list[Rule]:
    now = timezone.now()
    return [
        rule
        for rule in rules
        if rule.is_on
        and rule.effect in effects
        and (not rule.shelves or shelf in rule.shelves)
        and (rule.starts_at is None or rule.starts_at <= now)
        and (rule.ends_at is None or rule.ends_at > now)
    ]


def speaks_of(rule: Rule, title: Facts) -> bool:
    said = rule.condition
    return (
        (not said.get("kinds") or title.kind in said["kinds"])
        and (not said.get("genres") or bool(title.genres & set(said["genres"])))
        and (not said.get("people") or bool(title.people & set(said["people"])))
        and (not said.get("franchises") or bool(title.franchises & set(said["franchises"])))
        and (not said.get("titles") or title.pk in said["titles"])
        and ("year_min" not in said or title.year >= said["year_min"])
        and ("year_max" not in said or title.year <= said["year_max"])
        and ("added_days" not in said or title.days < said["added_days"])
    )


def is_kept(rules: Sequence[Rule], shelf: str, title: Facts) -> bool:
    """No rule leaves it out."""
    return all(speaks_of(rule, title) for rule in in_force(rules, shelf, "only")) and not any(
        speaks_of(rule, title) for rule in in_force(rules, shelf, "leave_out")
    )


def breaks_a_cap(rules: Sequence[Rule], shelf: str, listed: Sequence[Facts]) -> bool:
    for rule in in_force(rules, shelf, "cap"):
        stretch = rule.within or len(listed)
        for start in range(len(listed)):
            held = [
                group
                for title in listed[start : start + stretch]
                for group in getattr(title, GROUPS[rule.group])
            ]
            if any(held.count(group) > int(rule.amount or 1) for group in set(held)):
                return True
    return False


def misses_its_share(
    rules: Sequence[Rule], shelf: str, listed: Sequence[Facts], left: Sequence[Facts]
) -> bool:
    """Of one quota, with no cap in its way: a beginning of the list holds too few of its titles.

    left: titles that could be listed and are not.
    """
    quotas = in_force(rules, shelf, "explore")
    if len(quotas) != 1 or in_force(rules, shelf, "cap"):
        return False
    if not any(speaks_of(quotas[0], title) for title in left):
        return False
    pinned = {pk for rule in in_force(rules, shelf, "pin") for pk in rule.condition["titles"]}
    held = n_free = 0
    for title in listed:
        held += speaks_of(quotas[0], title)
        n_free += title.pk not in pinned
        if held < int((quotas[0].amount or 0) * n_free + 1e-9):
            return True
    return False


def misses_a_pin(rules: Sequence[Rule], shelf: str, listed: Sequence[Facts], may: set[int]) -> bool:
    """Of one pin, with no cap in its way: its title may be listed and is not at its place."""
    pins = in_force(rules, shelf, "pin")
    if len(pins) != 1 or in_force(rules, shelf, "cap"):
        return False
    title_id, place = pins[0].condition["titles"][0], int(pins[0].amount or 1) - 1
    if title_id not in may:
        return False
    at = next((n for n, title in enumerate(listed) if title.pk == title_id), None)
    if place < len(listed):
        return at != place
    return at is None and len(listed) <= place  # a list that ends before: it moves up
