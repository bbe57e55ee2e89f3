"""Writing rules down, changing, switching and removing them; each leaves a line in the trail."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from recommendations.rule_models import Rule, RuleEntry
from recommendations.rule_settings import RuleSettings, second_pin
from recommendations.rulebook import forget_rules

Action = RuleEntry.Action


class RuleRefused(ValueError):
    """A rule that makes no sense; `refusals` has a sentence for each field, by its name."""

    def __init__(self, refusals: dict[str, str]) -> None:
        super().__init__(" ".join(refusals.values()))
        self.refusals = refusals


@transaction.atomic
def create_rule(*, settings: RuleSettings, is_on: bool = True, by: Any, now: datetime) -> Rule:
    """Raises RuleRefused."""
    _check(settings)
    if is_on:
        _refuse_second_pin(settings)
    rule = Rule.objects.create(**settings.fields(), is_on=is_on)
    _write(rule, Action.CREATED, by=by, now=now)
    return rule


@transaction.atomic
def change_rule(*, rule: Rule, settings: RuleSettings, by: Any, now: datetime) -> Rule:
    """The rule as it stands then; what changes nothing is not written down. Raises RuleRefused."""
    _check(settings)
    held = _held(rule)
    before = held.kept_settings()
    for name, value in settings.fields().items():
        setattr(held, name, value)
    if held.kept_settings() != before:
        if held.is_on:
            _refuse_second_pin(settings, besides=held)
        held.save()
        _write(held, Action.CHANGED, by=by, now=now)
    return held


@transaction.atomic
def switch_rule(*, rule: Rule, is_on: bool, by: Any, now: datetime) -> Rule:
    """Raises RuleRefused."""
    held = _held(rule)
    if held.is_on != is_on:
        if is_on:
            _refuse_second_pin(RuleSettings.of(held), besides=held)
        held.is_on = is_on
        held.save(update_fields=["is_on"])
        _write(held, Action.SWITCHED_ON if is_on else Action.SWITCHED_OFF, by=by, now=now)
    return held


@transaction.atomic
def remove_rule(*, rule: Rule, by: Any, now: datetime) -> None:
    """It holds nowhere from now on; its row stays for the lists that obeyed it.

    Raises RuleRefused.
    """
    held = _held(rule)
    held.removed_at = now
    held.save(update_fields=["removed_at"])
    _write(held, Action.REMOVED, by=by, now=now)


def _check(settings: RuleSettings) -> None:
    refusals = settings.refusals()
    if refusals:
        raise RuleRefused(refusals)


def _refuse_second_pin(settings: RuleSettings, besides: Rule | None = None) -> None:
    sentence = second_pin(settings, besides=besides)
    if sentence:
        raise RuleRefused({"amount": sentence})


def _held(rule: Rule) -> Rule:
    held = Rule.objects.select_for_update().get(pk=rule.pk)
    if held.removed_at is not None:
        raise RuleRefused({"rule": _("%(name)s has been removed.") % {"name": held.name}})
    return held


def _write(rule: Rule, action: Action, *, by: Any, now: datetime) -> None:
    RuleEntry.objects.create(rule=rule, action=action, by=by, settings=rule.kept_settings(), at=now)
    transaction.on_commit(forget_rules)
