from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arcade.models import Match, Rating
from arcade.training_models import Agent, AgentRun


class ToBeRead(admin.ModelAdmin):
    """Changed by playing, and by what the dashboard does, only."""

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


@admin.register(Agent)
class AgentAdmin(ToBeRead):
    list_display = ["name", "game", "state", "published_at", "published_by"]
    list_filter = ["game", "state"]
    list_select_related = ["published_by"]


@admin.register(AgentRun)
class AgentRunAdmin(ToBeRead):
    list_display = ["pk", "game", "preset", "minutes", "seed", "note", "published", "created_at"]
    list_filter = ["game", "preset"]
    list_select_related = ["published"]
    exclude = ["curve"]
