"""The form of a rule."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from catalog.models import Genre, Title
from recommendations.rule_conditions import Condition
from recommendations.rule_fields import amount_field, lines_field, moment_field, number_field
from recommendations.rule_lines import (
    Lines,
    franchises_in,
    lines_of_people,
    lines_of_titles,
    people_in,
    titles_in,
)
from recommendations.rule_models import Rule, ShelfKind
from recommendations.rule_settings import (
    FEW_NAMES,
    MOST_TITLES,
    WITHOUT_CONDITION,
    RuleSettings,
    first_of,
    second_pin,
)

Effect = Rule.Effect
SHARE_DIGITS = 6
CONDITION_FIELDS = (
    "kinds", "genres", "people", "franchises", "titles", "year_min", "year_max", "added_days",
)  # fmt: skip
AMOUNT_FIELDS = {  # where the amount of each effect is written; what else belongs to the effect
    Effect.BOOST: ("boost",),
    Effect.PIN: ("place",),
    Effect.CAP: ("most", "group", "within"),
    Effect.EXPLORE: ("share",),
    Effect.VARIETY: ("variety",),
}
IN_PERCENT = (Effect.EXPLORE, Effect.VARIETY)
MEANINGS = {
    Effect.ONLY: _("Nothing else is listed."),
    Effect.LEAVE_OUT: _("They are in no list."),
    Effect.BOOST: _("Their score goes up or down; taste still counts."),
    Effect.PIN: _("It stands there for everybody who may see it and has not seen it."),
    Effect.CAP: _("Others take the places above the limit."),
    Effect.EXPLORE: _("The best of them for each person get their share of the places."),
    Effect.VARIETY: _("Titles that are too much alike make room for others."),
}


class RuleForm(forms.Form):
    """One rule of any effect; fields that belong to another effect are not looked at."""

    use_required_attribute = False  # a field that is not shown could not be filled in

    name = forms.CharField(label=_("Name"), max_length=80)
    effect = forms.ChoiceField(
        label=_("Effect"),
        choices=Effect.choices,
        initial=Effect.LEAVE_OUT,
        widget=forms.RadioSelect,
    )
    boost = amount_field(
        Effect.BOOST,
        _("Raise by"),
        _("-3 to 3 spreads of the score; below 0 lowers. 1 is clear, 3 nearly certain."),
        min=-3,
        max=3,
    )
    place = amount_field(Effect.PIN, _("Place"), _("1 is the first."), whole=True, min=1)
    most = amount_field(
        Effect.CAP, _("At most"), _("So many titles of one group."), whole=True, min=1
    )
    group = forms.ChoiceField(
        label=_("Of one"), required=False, choices=[("", _("Choose …")), *Rule.Group.choices]
    )
    within = number_field(
        _("In any so many titles in a row"), _("Empty: in the whole list."), min=1
    )
    share = amount_field(
        Effect.EXPLORE,
        _("Share of the places, in percent"),
        _("10 keeps one place in ten, wherever they would not come by themselves."),
        min=0,
        max=100,
    )
    variety = amount_field(
        Effect.VARIETY,
        _("Variety, in percent"),
        _("0: the best by score; 100: the most unlike each other."),
        whole=True,
        type="range",
        min=0,
        max=100,
        step=5,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"),
        required=False,
        choices=Title.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    genres = forms.ModelMultipleChoiceField(
        Genre.objects.all(),
        label=_("Genres"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people = lines_field(_("People"), _("Names, one a line or between commas."))
    franchises = lines_field(_("Franchises"), _("One a line."))
    titles = lines_field(
        _("Titles"),
        _("One a line: name, number or address of its page. Of several of one name: Heat (1995)."),
        rows=4,
    )
    year_min = number_field(_("From year"))
    year_max = number_field(_("To year"))
    added_days = number_field(_("Added in the last days"), min=1)
    shelves = forms.MultipleChoiceField(
        label=_("Lists"),
        required=False,
        choices=ShelfKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    starts_at = moment_field(_("From"))
    ends_at = moment_field(_("Until"))
    is_on = forms.BooleanField(label=_("Switch it on at once"), required=False, initial=True)

    def __init__(
        self, *args: Any, rule: Rule | None = None, needs_name: bool = True, **kwargs: Any
    ) -> None:
        shown = initial_of(RuleSettings.of(rule)) if rule else {}
        kwargs["initial"] = {"boost": 1, "variety": 50} | shown
        super().__init__(*args, **kwargs)
        self.rule = rule
        self.fields["name"].required = needs_name
        if rule:
            del self.fields["is_on"]  # has a button of its own
        zone = timezone.get_current_timezone_name()
        for name in ("starts_at", "ends_at"):
            self.fields[name].help_text = _t("Time zone: %(zone)s.") % {"zone": zone}

    def effects(self) -> list[tuple[Any, Any]]:
        """The buttons of the effects with what each does."""
        return [(button, MEANINGS[Effect(button.data["value"])]) for button in self["effect"]]

    def clean_name(self) -> str:
        return self.cleaned_data["name"].strip() or _t("A rule without a name")

    def clean_people(self) -> tuple[int, ...]:
        return self._read("people", people_in)

    def clean_franchises(self) -> tuple[str, ...]:
        return self._read("franchises", franchises_in)

    def clean_titles(self) -> tuple[int, ...]:
        lines = self.cleaned_data["titles"].count("\n") + 1
        if lines > MOST_TITLES:
            raise forms.ValidationError(
                _t("These are %(n)d lines: a rule names at most 10,000 titles.") % {"n": lines}
            )
        return self._read("titles", titles_in)

    def _read(self, name: str, read: Callable[[str], Lines[Any]]) -> tuple[Any, ...]:
        lines = read(self.cleaned_data[name])
        refused = lines.unclear[:FEW_NAMES]
        if lines.unknown:
            refused = [_t("Not found: %(names)s.") % {"names": first_of(lines.unknown)}, *refused]
        if refused:
            raise forms.ValidationError(refused)
        return tuple(lines.found)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "effect" not in cleaned:
            return cleaned
        effect = Effect(cleaned["effect"])
        for name in not_of(effect):
            self.errors.pop(name, None)  # of a field that is not shown
            cleaned[name] = None
        for name, sentence in self.settings().refusals().items():
            field = self._field_of(name, effect)
            if not self._explains(field):
                self.add_error(field, sentence)
        will_hold = self.rule.is_on if self.rule else cleaned.get("is_on")
        if will_hold and not self.errors:
            sentence = second_pin(self.settings(), besides=self.rule)
            if sentence:
                self.add_error("place", sentence)
        return cleaned

    def _explains(self, field: str | None) -> bool:
        """What was typed there is refused already, so that nothing else can be said of it."""
        if field is None:
            return any(name in self.errors for name in CONDITION_FIELDS)
        return field in self.errors

    def _field_of(self, name: str, effect: Rule.Effect) -> str | None:
        """Where a refusal of the settings belongs; None: above the form."""
        if name == "amount":
            return AMOUNT_FIELDS[effect][0]
        field = name.removeprefix("condition.")
        return field if field in self.fields else None

    def settings(self) -> RuleSettings:
        given = self.cleaned_data
        effect = Effect(given["effect"])
        condition: dict[str, Any] = {name: given.get(name) for name in CONDITION_FIELDS}
        condition["genres"] = tuple(genre.pk for genre in condition["genres"] or ())
        lists = ("kinds", "people", "franchises", "titles")
        condition |= {name: tuple(condition[name] or ()) for name in lists}
        return RuleSettings(
            name=given.get("name", ""),
            effect=effect,
            condition=Condition(**condition),
            amount=self._amount(effect),
            group=given.get("group") or "",
            within=given.get("within"),
            shelves=tuple(given.get("shelves", ())),
            starts_at=given.get("starts_at"),
            ends_at=given.get("ends_at"),
        )

    def _amount(self, effect: Rule.Effect) -> float | None:
        if effect not in AMOUNT_FIELDS:
            return None
        amount = self.cleaned_data.get(AMOUNT_FIELDS[effect][0])
        if amount is None:
            return None
        return round(amount / 100, SHARE_DIGITS) if effect in IN_PERCENT else float(amount)


def not_of(effect: Rule.Effect) -> list[str]:
    """Fields that say nothing about a rule of this effect."""
    others = [name for each, names in AMOUNT_FIELDS.items() if each != effect for name in names]
    if effect in WITHOUT_CONDITION:
        return [*others, *CONDITION_FIELDS]
    if effect == Effect.PIN:
        return [*others, *(name for name in CONDITION_FIELDS if name != "titles")]
    return others


def initial_of(settings: RuleSettings) -> dict[str, Any]:
    """A rule as its form shows it."""
    condition, amount = settings.condition, settings.amount
    effect = Effect(settings.effect)
    shown = {
        "name": settings.name,
        "effect": settings.effect,
        "group": settings.group,
        "within": settings.within,
        "kinds": condition.kinds,
        "genres": condition.genres,
        "people": lines_of_people(condition.people),
        "franchises": "\n".join(condition.franchises),
        "titles": lines_of_titles(condition.titles),
        "year_min": condition.year_min,
        "year_max": condition.year_max,
        "added_days": condition.added_days,
        "shelves": settings.shelves,
        "starts_at": settings.starts_at,
        "ends_at": settings.ends_at,
    }
    if amount is not None and effect in AMOUNT_FIELDS:
        number = 100 * amount if effect in IN_PERCENT else amount
        shown[AMOUNT_FIELDS[effect][0]] = f"{number:.6g}"
    return shown
