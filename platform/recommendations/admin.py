"""What is kept for good, to be read: the trail of the rules, of removed ones too."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from recommendations.models import RuleEntry


@admin.register(RuleEntry)
class RuleEntryAdmin(admin.ModelAdmin):
    list_display = ("at", "rule", "action", "by")
    list_filter = ("action",)
    search_fields = ("rule__name", "by__email")
    list_select_related = ("rule", "by")
    fields = ("at", "rule", "action", "by", "settings")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
