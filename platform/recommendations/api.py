"""Lists made for a person, as JSON."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from catalog.api import TitleBrief, read_query
from catalog.briefs import Brief
from catalog.models import Title
from recommendations import lists
from recommendations.home import Shelf, home
from recommendations.snapshots import CursorRefused

MAX_PAGE_SIZE = 100
MAX_QUERIES = 500  # that are not checked again


class RecommendationsQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=20)
    cursor = serializers.CharField(
        required=False, max_length=500, help_text="From `next` of another page."
    )
    kind = serializers.ChoiceField(Title.Kind.choices, required=False)


class SimilarQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=20)
    by = serializers.ChoiceField(
        [("taste", "taste"), ("content", "content")],
        default="taste",
        help_text="Liked by the same people, or alike in genre, people and words.",
    )


class Why(serializers.Serializer):
    text = serializers.CharField(source="why")
    sources = serializers.ListField(
        child=serializers.CharField(), help_text="Which part of the recommender found it."
    )


class Pick(serializers.Serializer):
    title = TitleBrief()
    score = serializers.FloatField(help_text="Comparable within one list only.")
    why = Why(source="*")


class RecommendationPage(serializers.Serializer):
    results = Pick(many=True, source="picks")
    next = serializers.URLField(allow_null=True)
    rung = serializers.ChoiceField(
        [(rung, rung) for rung in ("personal", "session", "similar", "popular")],
        help_text="What served the list: your history, that of a visit, one title, or popularity.",
    )
    artifact = serializers.CharField(
        allow_null=True, help_text="The model that served; null for none."
    )
    list_id = serializers.UUIDField(help_text="Send it with events that this list led to.")


@lru_cache(MAX_QUERIES)
def list_query(text: str) -> Mapping[str, Any]:
    """The query string of a list, checked once for all who ask the same; ValidationError."""
    query = RecommendationsQuery(data=QueryDict(text))
    query.is_valid(raise_exception=True)
    return MappingProxyType(query.validated_data)


def page_out(served: lists.ServedList, more: str | None) -> dict[str, Any]:
    """What RecommendationPage describes, by hand: a fifth of a serializer's time.

    Its titles are briefs.
    """
    return {
        "results": [
            pick_out(
                pick.title, cast(Brief, pick.title).genre_names, pick.score, pick.why, pick.sources
            )
            for pick in served.picks
        ],
        "next": more,
        "rung": served.rung,
        "artifact": served.artifact,
        "list_id": served.list_id,
    }


def shelf_out(shelf: Shelf) -> dict[str, Any]:
    """What ShelfOut describes; a poster knows the genres of its title."""
    return {
        "key": shelf.key,
        "heading": shelf.heading,
        "rung": shelf.rung,
        "list_id": shelf.list_id,
        "results": [
            pick_out(card.title, card.title.poster.genres, card.score, card.why, card.sources)
            for card in shelf.cards
        ],
    }


def pick_out(
    title: lists.Listed,
    genres: Sequence[str],
    score: float | None,
    why: str,
    sources: Sequence[str],
) -> dict[str, Any]:
    """What Pick describes."""
    return {
        "title": {
            "id": title.pk,
            "title": title.name,
            "year": title.year,
            "kind": title.kind,
            "genres": genres,
        },
        "score": score,
        "why": {"text": why, "sources": sources},
    }


class ShelfOut(serializers.Serializer):
    key = serializers.CharField()
    heading = serializers.CharField()
    rung = serializers.CharField()
    list_id = serializers.UUIDField()
    results = Pick(many=True, source="cards")


class HomeOut(serializers.Serializer):
    shelves = ShelfOut(many=True)


class Recommendations(APIView):
    """Titles for you, best first. A list stays as it was while you page through it."""

    @extend_schema(
        operation_id="recommendations_list",
        parameters=[RecommendationsQuery],
        responses=RecommendationPage,
        filters=False,
    )
    def get(self, request: Request) -> Response:
        query = list_query(request.META.get("QUERY_STRING", ""))
        try:
            served, more = lists.recommendation_page(
                request.user,
                session=request.session,
                limit=query["limit"],
                kind=query.get("kind"),
                cursor=query.get("cursor"),
            )
        except CursorRefused as error:
            raise serializers.ValidationError({"cursor": str(error)}) from error
        link = replace_query_param(request.build_absolute_uri(), "cursor", more) if more else None
        return Response(page_out(served, link))


class Similar(APIView):
    """Titles near a title, nearest first; one page."""

    queryset = Title.objects.none()

    @extend_schema(
        operation_id="titles_similar",
        parameters=[SimilarQuery],
        responses=RecommendationPage,
        filters=False,
    )
    def get(self, request: Request, pk: int) -> Response:
        query = read_query(SimilarQuery, request).validated_data
        title = get_object_or_404(Title.objects.visible_to(request.user), pk=pk)
        served = lists.similar_titles(
            request.user,
            title,
            session=request.session,
            limit=query["limit"],
            by=query["by"],
            brief=True,
        )
        return Response(page_out(served, None))


class Home(APIView):
    """The shelves of the home page; no title is on two of them."""

    @extend_schema(operation_id="home_retrieve", responses=HomeOut)
    def get(self, request: Request) -> Response:
        shelves = home(request.user, request.session)
        return Response({"shelves": [shelf_out(shelf) for shelf in shelves]})
