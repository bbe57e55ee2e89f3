from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from events.models import Event


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """To look only: events are written and undone by the people they are of."""

    list_display = ["id", "user", "kind", "title", "value", "happened_at", "undone_at"]
    list_select_related = ["user", "title"]
    list_filter = ["kind"]
    search_fields = ["=user__email", "=title__name"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
