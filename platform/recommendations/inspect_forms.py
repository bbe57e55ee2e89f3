"""What staff type to ask for one title and one person."""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.models import Title
from catalog.names import search_form
from recommendations.inspecting import INSPECTED
from recommendations.rule_models import ShelfKind

ADDRESS = re.compile(r"/titles?/(\d+)")
LONGEST_ID = 18  # digits


class InspectForm(forms.Form):
    """Gives a user (or a visitor), a title and a shelf."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=300,
        help_text=gettext_lazy("Its name, its number, or the address of its page."),
    )
    member = forms.CharField(
        label=gettext_lazy("Member"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("E-mail address or number; empty: a new visitor."),
    )
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

    def clean_title(self) -> Title:
        said = self.cleaned_data["title"]
        title = _by_number(said) or _by_name(said)
        if title is None:
            raise ValidationError(_("No title has this name, number or address."))
        return title

    def clean_member(self) -> Any:
        said = self.cleaned_data["member"]
        if not said:
            return AnonymousUser()
        members = User.objects.all()
        is_number = said.isascii() and said.isdigit() and len(said) <= LONGEST_ID
        found = members.filter(pk=said) if is_number else members.filter(email__iexact=said)
        user = found.first()
        if user is None:
            raise ValidationError(_("No member has this address or number."))
        return user

    def clean_shelf(self) -> str:
        shelf: str = self.cleaned_data["shelf"]
        if shelf not in INSPECTED:
            label = ShelfKind(shelf).label
            text = _("“%(shelf)s” cannot be inspected; the first two and “Popular now” can.")
            raise ValidationError(text % {"shelf": label})
        return shelf


def _by_number(said: str) -> Title | None:
    found = ADDRESS.search(said)
    number = found[1] if found else said
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_ID):
        return None
    return Title.objects.filter(pk=number).first()


def _by_name(said: str) -> Title | None:
    """Also of titles that nobody may see; of several the most popular."""
    named = Title.objects.order_by("-popularity", "pk")
    words = search_form(said)
    return (
        named.filter(search_name=words).first()
        or named.filter(search_name__startswith=words).first()
    )
