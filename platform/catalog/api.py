"""The catalog as JSON: titles, search, people, genres. Everything starts at visible_to."""

from typing import Any, TypeVar

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Credit, Genre, Link, Person, Title
from catalog.names import search_form
from catalog.search import MAX_WORDS, matching_titles, search

MAX_YEAR = 9999
MAX_FOUND = 50
Query = TypeVar("Query", bound=serializers.Serializer)


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


class TitleBrief(serializers.ModelSerializer):
    """What a list says of a title."""

    title = serializers.CharField(source="name", read_only=True)
    genres: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True
    )

    class Meta:
        model = Title
        fields: tuple[str, ...] = ("id", "title", "year", "kind", "genres")
        read_only_fields = fields


class CreditOut(serializers.ModelSerializer):
    id = serializers.IntegerField(source="person_id", read_only=True)
    name = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Credit
        fields = ("id", "name", "role")
        read_only_fields = fields


class LinkOut(serializers.ModelSerializer):
    class Meta:
        model = Link
        fields = ("label", "url")
        read_only_fields = fields


class TitleOut(TitleBrief):
    people = CreditOut(source="credits", many=True, read_only=True)
    links = LinkOut(many=True, read_only=True)
    url = serializers.SerializerMethodField()
    poster = serializers.SerializerMethodField()

    class Meta(TitleBrief.Meta):
        fields = (
            *TitleBrief.Meta.fields,
            "minutes",
            "minimum_age",
            "country",
            "franchise",
            "released_on",
            "description",
            "people",
            "links",
            "url",
            "poster",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, title: Title) -> str:
        return self.context["request"].build_absolute_uri(title.get_absolute_url())

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_poster(self, title: Title) -> str:
        return self.context["request"].build_absolute_uri(title.poster_url)


class PersonBrief(serializers.ModelSerializer):
    class Meta:
        model = Person
        fields: tuple[str, ...] = ("id", "name")
        read_only_fields = fields


class PersonTitle(serializers.ModelSerializer):
    title = TitleBrief(read_only=True)

    class Meta:
        model = Credit
        fields = ("role", "title")
        read_only_fields = fields


class PersonOut(PersonBrief):
    titles = PersonTitle(source="visible_credits", many=True, read_only=True)

    class Meta(PersonBrief.Meta):
        fields = (*PersonBrief.Meta.fields, "titles")
        read_only_fields = fields


class Found(serializers.Serializer):
    results = TitleBrief(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    corrected = serializers.CharField(
        required=False,
        help_text="What was searched for instead, when nothing fits the words as typed.",
    )


class GenreOut(serializers.ModelSerializer):
    titles = serializers.IntegerField(
        source="visible_titles", read_only=True, help_text="How many you may see."
    )

    class Meta:
        model = Genre
        fields = ("id", "name", "slug", "titles")
        read_only_fields = fields


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


class TitleFilters(serializers.Serializer):
    kind = serializers.ChoiceField(Title.Kind.choices, required=False)
    genre = serializers.CharField(
        max_length=60, required=False, help_text="Name or slug of a genre."
    )
    year_min = serializers.IntegerField(min_value=0, max_value=MAX_YEAR, required=False)
    year_max = serializers.IntegerField(min_value=0, max_value=MAX_YEAR, required=False)
    franchise = serializers.CharField(
        max_length=120, required=False, help_text="As a title tells it: Star Wars."
    )

    def validate_genre(self, given: str) -> Genre:
        genre = Genre.objects.filter(Q(slug=given) | Q(name__iexact=given)).first()
        if genre is None:
            raise serializers.ValidationError(
                _("There is no genre “%(name)s”; genres/ lists those there are.") % {"name": given}
            )
        return genre

    def matching(self, titles: QuerySet[Title]) -> QuerySet[Title]:
        """Titles that pass every filter given."""
        given = self.validated_data
        if "kind" in given:
            titles = titles.filter(kind=given["kind"])
        if "genre" in given:
            titles = titles.filter(genres=given["genre"])
        if "year_min" in given:
            titles = titles.filter(year__gte=given["year_min"])
        if "year_max" in given:
            titles = titles.filter(year__lte=given["year_max"])
        if "franchise" in given:
            titles = titles.filter(franchise=given["franchise"])
        return titles


class SearchQuery(TitleFilters):
    q = serializers.CharField(
        max_length=200,
        help_text="Words of the name, or how they begin; typing errors are forgiven.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MAX_FOUND, default=20)


class PersonQuery(serializers.Serializer):
    q = serializers.CharField(max_length=120, required=False, help_text="Part of the name.")


def read_query(kind: type[Query], request: Request) -> Query:
    """The query string, checked; raises ValidationError."""
    query = kind(data=request.query_params)
    query.is_valid(raise_exception=True)
    return query


def find(user: Any, text: str) -> tuple[QuerySet[Title], str]:
    """What the search page finds, best first, and what a typo was mended to, or ""."""
    corrected = search(user, text, titles=0, people=0).corrected
    words = search_form(corrected or text).split()[:MAX_WORDS]
    return (matching_titles(user, words) if words else Title.objects.none()), corrected


# ── Views ─────────────────────────────────────────────────────────────────────────────────────────


@extend_schema(parameters=[TitleFilters])
class TitleList(generics.ListAPIView):
    """Titles by name."""

    serializer_class = TitleBrief
    queryset = Title.objects.none()
    ordering = ("sort_name", "id")

    def get_queryset(self) -> QuerySet[Title]:
        titles = Title.objects.visible_to(self.request.user).prefetch_related("genres")
        return read_query(TitleFilters, self.request).matching(titles)


class TitleDetail(generics.RetrieveAPIView):
    """Everything about one title."""

    serializer_class = TitleOut
    queryset = Title.objects.none()

    def get_queryset(self) -> QuerySet[Title]:
        return Title.objects.visible_to(self.request.user).for_cards().prefetch_related("links")


class Search(APIView):
    """Titles by what they are called, best first. One page: to find more, ask more exactly."""

    queryset = Title.objects.none()

    @extend_schema(
        operation_id="search_list", parameters=[SearchQuery], responses=Found, filters=False
    )
    def get(self, request: Request) -> Response:
        query = read_query(SearchQuery, request)
        fitting, corrected = find(request.user, query.validated_data["q"])
        found = query.matching(fitting).prefetch_related("genres")
        results = TitleBrief(found[: query.validated_data["limit"]], many=True).data
        answer = {"results": results, "next": None, "previous": None}
        return Response(answer | ({"corrected": corrected} if corrected else {}))


@extend_schema(parameters=[PersonQuery])
class PersonList(generics.ListAPIView):
    """People of titles that you may see."""

    serializer_class = PersonBrief
    queryset = Person.objects.none()
    ordering = ("name", "id")

    def get_queryset(self) -> QuerySet[Person]:
        people = Person.objects.visible_to(self.request.user)
        wanted = read_query(PersonQuery, self.request).validated_data.get("q")
        if wanted is None:
            return people
        part = search_form(wanted)  # signs alone, such as "%", are part of no name
        return people.filter(search_name__contains=part) if part else people.none()


class PersonDetail(generics.RetrieveAPIView):
    """A person and their titles."""

    serializer_class = PersonOut
    queryset = Person.objects.none()

    def get_queryset(self) -> QuerySet[Person]:
        visible = Title.objects.visible_to(self.request.user)
        shown = (
            Credit.objects.filter(title__in=visible.order_by().values("pk"))
            .select_related("title")
            .prefetch_related("title__genres")
            .order_by("-title__year", "pk")
        )
        return Person.objects.visible_to(self.request.user).prefetch_related(
            Prefetch("credits", queryset=shown, to_attr="visible_credits")
        )


class GenreList(generics.ListAPIView):
    """Genres of titles that you may see."""

    serializer_class = GenreOut
    queryset = Genre.objects.none()
    ordering = ("name", "id")
    page_size = 100

    def get_queryset(self) -> QuerySet[Genre]:
        visible = Title.objects.visible_to(self.request.user).order_by().values("pk")
        counted = Count("titles", filter=Q(titles__in=visible))
        return Genre.objects.annotate(visible_titles=counted).filter(visible_titles__gt=0)
