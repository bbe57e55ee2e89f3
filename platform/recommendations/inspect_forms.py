"""What staff type to ask for one title and one person."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.inspecting import INSPECTED
from recommendations.rule_models import ShelfKind
from recommendations.staff_fields import MemberField, TitleField


class InspectForm(forms.Form):
    """Gives a user (or a visitor), a title and a shelf."""

    title = TitleField()
    member = MemberField()
    shelf = forms.ChoiceField(
        label=gettext_lazy("Shelf"),
        choices=ShelfKind.choices,
        initial=ShelfKind.LIST,
        help_text=gettext_lazy("The list, “Picked for you” or “Popular now”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shelves = self.fields["shelf"].widget
        shelves.choices = [(shelf, shelf.label) for shelf in INSPECTED]  # type: ignore[attr-defined]

    def clean_shelf(self) -> str:
        shelf: str = self.cleaned_data["shelf"]
        if shelf not in INSPECTED:
            label = ShelfKind(shelf).label
            text = _("“%(shelf)s” cannot be inspected; the first two and “Popular now” can.")
            raise ValidationError(text % {"shelf": label})
        return shelf
