"""What staff send to start a tournament, checked."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from arcade.opponents import Opponent, opponents_of
from arcade.tournament_services import LONGEST_OPENING, MOST, MOST_GAMES, Wish
from recommendations.staff_forms import BIGGEST_SEED, new_key


class TournamentForm(forms.Form):
    """Of one game; the key makes a double click start one."""

    contenders = forms.MultipleChoiceField(
        label=_("Levels"),
        error_messages={
            "required": _("Choose the levels that are to play."),
            "invalid_choice": _("Choose levels that there are."),
        },
    )
    games = forms.IntegerField(
        label=_("Games of each pair"),
        initial=20,
        validators=[MinValueValidator(2), MaxValueValidator(MOST_GAMES)],
        widget=forms.NumberInput(attrs={"min": 2, "max": MOST_GAMES, "step": 2}),
        help_text=_("An even number: each opening is played from both sides."),
    )
    opening = forms.IntegerField(
        label=_("Random moves before"),
        initial=2,
        validators=[MinValueValidator(0), MaxValueValidator(LONGEST_OPENING)],
        widget=forms.NumberInput(attrs={"min": 0, "max": LONGEST_OPENING}),
        help_text=_("Without them, levels that leave nothing to chance play one game again."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=BIGGEST_SEED,
        initial=0,
        help_text=_("The same seed gives the same openings."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=40, required=False)

    def __init__(self, *args: Any, game: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.game, self.opponents = game, opponents_of(game)
        keys = [level.value for each in self.opponents for level in each.levels]
        self.fields["contenders"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            for name, words in self.wish().wrong.items():
                self.add_error(name, words)
        return given

    def wish(self) -> Wish:
        given = {name: value for name, value in self.cleaned_data.items() if name != "key"}
        return Wish(self.game, **given)

    @property
    def chosen(self) -> list[str]:
        """What is marked: as it was sent, else the site's own agent."""
        if self.is_bound:
            return list(self["contenders"].value() or [])
        first: Opponent = self.opponents[0]
        return [level.value for level in first.levels][:MOST]
