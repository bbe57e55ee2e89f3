from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import Title

TASTES_OFFERED = 36


class TastesForm(forms.Form):
    """At most as many titles as are offered, of those this person may see; none only to skip.

    Not of the offer itself: it moves with popularity while somebody is choosing.
    """

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = Title.objects.visible_to(user)
        self.fields["title"] = forms.ModelMultipleChoiceField(queryset=visible, required=False)

    def clean_title(self) -> QuerySet[Title]:
        picked = self.cleaned_data["title"]
        if not picked and "skip" not in self.data:
            raise ValidationError(_("Pick at least one title, or skip."))
        if len(picked) > TASTES_OFFERED:
            raise ValidationError(_("Pick at most %(count)d titles.") % {"count": TASTES_OFFERED})
        return picked
