from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from recommendations.rule_models import ShelfKind


class PreviewForm(forms.Form):
    """Whose list is shown, which one, and what it is held against."""

    member = forms.CharField(
        label=_("Member"),
        required=False,
        max_length=254,
        help_text=_("E-mail address or number; empty: a visitor."),
    )
    shelf = forms.ChoiceField(label=_("List"), choices=ShelfKind.choices)
    against = forms.ChoiceField(label=_("Beside the list of now"))

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["against"].choices = choices  # type: ignore[attr-defined]

    def clean_member(self) -> User | AnonymousUser:
        said = self.cleaned_data["member"].strip()
        if not said:
            return AnonymousUser()
        number = said.isascii() and said.isdigit() and len(said) < 18
        asked = Q(pk=int(said)) if number else Q(email__iexact=said)
        found = User.objects.filter(asked).first()
        if found is None:
            raise forms.ValidationError(_t("There is no member %(who)s.") % {"who": said})
        return found
