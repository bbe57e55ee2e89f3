from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recommendations.rule_models import ShelfKind
from recommendations.staff_fields import MemberField


class PreviewForm(forms.Form):
    """Whose list is shown, which one, and what it is held against."""

    member = MemberField()
    shelf = forms.ChoiceField(label=_("List"), choices=ShelfKind.choices)
    against = forms.ChoiceField(label=_("Beside the list of now"))

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["against"].choices = choices  # type: ignore[attr-defined]
