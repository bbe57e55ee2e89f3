"""What staff type to name a member or a title."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.models import Title
from catalog.names import search_form
from recommendations.rule_lines import MOST_DIGITS, titles_in


class MemberField(forms.CharField):
    """Gives a user; AnonymousUser when nothing is typed."""

    def __init__(self, **options: Any) -> None:
        help_text = gettext_lazy("E-mail address or number; empty: a visitor.")
        labels = {"label": gettext_lazy("Member"), "help_text": help_text}
        super().__init__(required=False, max_length=254, **labels | options)

    def clean(self, value: Any) -> User | AnonymousUser:
        said = super().clean(value)
        if not said:
            return AnonymousUser()
        is_number = said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS
        asked = Q(pk=int(said)) if is_number else Q(email__iexact=said)
        found = User.objects.filter(asked).first()
        if found is None:
            raise ValidationError(_("There is no member %(who)s.") % {"who": said})
        return found


class TitleField(forms.CharField):
    """Gives a title, also one that nobody may see; of several of one name the most popular."""

    def __init__(self, **options: Any) -> None:
        help_text = gettext_lazy("Its name, with or without its year, its number, or its page.")
        labels = {"label": gettext_lazy("Title"), "help_text": help_text}
        super().__init__(max_length=300, **labels | options)

    def clean(self, value: Any) -> Title:
        said = super().clean(value)
        exact, words = titles_in(said).found, search_form(said)
        titles = Title.objects.order_by("-popularity", "pk")
        found = (
            titles.filter(pk__in=exact).first()
            or titles.filter(search_name=words).first()
            or titles.filter(search_name__startswith=words).first()
        )
        if found is None:
            raise ValidationError(_("No title has this name, number or address."))
        return found
