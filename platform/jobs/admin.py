from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """To look at: jobs change through their services only."""

    list_display = ("label", "state", "queue", "owner", "attempt", "created_at", "finished_at")
    list_filter = ("state", "queue")
    list_select_related = ("owner",)
    search_fields = ("label", "error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
