from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.models import Title

STAFF_DECIDES = ("published", "minimum_age")


@admin.register(Title)
class TitleAdmin(admin.ModelAdmin):
    """Who sees a title: whether it is published, and from which age. Imports bring the rest."""

    list_display = ["name", "year", "kind", "source", *STAFF_DECIDES]
    list_editable = STAFF_DECIDES
    list_filter = ["published", "kind", ("minimum_age", admin.EmptyFieldListFilter), "source"]
    list_per_page = 50
    search_fields = ["name", "search_name", "=source_id"]
    show_full_result_count = False
    actions = ["publish", "unpublish"]
    fields = (
        *STAFF_DECIDES,
        *("kind", "name", "year", "released_on", "minutes", "country", "franchise", "description"),
        *("genre_names", "people_names", "addresses", "source", "source_id", "added_at"),
    )
    readonly_fields = fields[len(STAFF_DECIDES) :]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Title]:
        return super().get_queryset(request).defer("search", "description")

    def save_model(self, request: HttpRequest, obj: Title, form: ModelForm, change: bool) -> None:
        obj.save(update_fields=form.changed_data)  # the counts may have been refreshed meanwhile

    @admin.display(description=_("genres"))
    def genre_names(self, title: Title) -> str:
        return ", ".join(genre.name for genre in title.genres.all())

    @admin.display(description=_("people"))
    def people_names(self, title: Title) -> str:
        credits = title.credits.select_related("person")
        return ", ".join(f"{credit.person} ({credit.get_role_display()})" for credit in credits)

    @admin.display(description=_("links"))
    def addresses(self, title: Title) -> str:
        return "\n".join(link.url for link in title.links.all())

    @admin.action(description=_("Publish the selected titles"), permissions=["change"])
    def publish(self, request: HttpRequest, titles: QuerySet[Title]) -> None:
        self._set_published(request, titles, True)

    @admin.action(description=_("Take the selected titles down"), permissions=["change"])
    def unpublish(self, request: HttpRequest, titles: QuerySet[Title]) -> None:
        self._set_published(request, titles, False)

    def _set_published(
        self, request: HttpRequest, titles: QuerySet[Title], published: bool
    ) -> None:
        count = titles.update(published=published)
        text = ngettext("%(n)d title changed.", "%(n)d titles changed.", count) % {"n": count}
        self.message_user(request, text, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what people did with it would go too: it is taken down
