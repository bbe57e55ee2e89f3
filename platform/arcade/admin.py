from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arcade.models import Match, Rating


class ToBeRead(admin.ModelAdmin):
    """Changed by playing only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Match)
class MatchAdmin(ToBeRead):
    """Without its moves: cards stay hidden from staff who play."""

    list_display = ["code", "game", "agent", "level", "state", "outcome", "ended_by", "created_at"]
    list_filter = ["game", "state", "ended_by", "is_rated"]
    search_fields = ["code"]
    fields = (
        *("code", "game", "first", "second", "agent", "level", "state", "outcome", "ended_by"),
        *("is_rated", "clock_minutes", "thinking", "created_at", "updated_at"),
    )


@admin.register(Rating)
class RatingAdmin(ToBeRead):
    list_display = ["game", "name", "rating", "deviation", "matches", "updated_at"]
    list_filter = ["game"]
    list_select_related = ["user"]
    fields = ("game", "user", "agent", "level", "rating", "deviation", "matches", "updated_at")
