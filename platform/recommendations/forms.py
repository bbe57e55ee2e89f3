from collections.abc import Sequence
from typing import Any

from django import forms

from catalog.models import Title


class TastesForm(forms.Form):
    """Some of the offered titles; none is a skip."""

    def __init__(self, *args: Any, offered: Sequence[Title], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"] = forms.ModelMultipleChoiceField(
            queryset=Title.objects.filter(pk__in=[title.pk for title in offered]), required=False
        )
