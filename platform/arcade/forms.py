"""What members send to the arcade, checked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arcade.opponents import opponents_of
from arcade.services import BIGGEST, Wish
from recommendations.staff_forms import new_key

SIDES = [("0", _("I begin")), ("1", _("The agent begins")), ("any", _("By chance"))]
CLOCKS = [("", _("No clock")), ("3", _("3 min")), ("10", _("10 min")), ("30", _("30 min"))]
LONGEST_MOVE = 20  # letters of a typed one
NO_LEVEL = dict.fromkeys(("required", "invalid_choice"), _("Choose a level that there is."))


class StartForm(forms.Form):
    """A new match of one game; the key makes a double click start one."""

    opponent = forms.ChoiceField(label=_("Level"), error_messages=NO_LEVEL)
    side = forms.ChoiceField(
        label=_("Who begins"),
        choices=SIDES,
        required=False,
        error_messages={"invalid_choice": _("Choose who begins.")},
    )
    clock = forms.ChoiceField(
        label=_("Clock, for each side"),
        choices=CLOCKS,
        required=False,
        error_messages={"invalid_choice": _("Choose one of these clocks, or none.")},
    )

    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=40, required=False)

    def __init__(self, *args: Any, game: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.game = game
        keys = [level.value for each in opponents_of(game) for level in each.levels]
        self.fields["opponent"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        given = self.cleaned_data
        agent, level = given["opponent"].rsplit("/", 1)
        side = None if given["side"] == "any" else int(given["side"] or 0)
        clock = int(given["clock"]) if given["clock"] else None
        return Wish(self.game, agent, level, side, clock)


class MoveForm(forms.Form):
    """A move by its number or as one types it; ply: what the page had shown."""

    ply = forms.IntegerField(min_value=0, max_value=BIGGEST)
    action = forms.IntegerField(min_value=0, max_value=BIGGEST, required=False)
    typed = forms.CharField(max_length=LONGEST_MOVE, required=False)


class PlyForm(forms.Form):
    ply = forms.IntegerField(min_value=0, max_value=BIGGEST)
