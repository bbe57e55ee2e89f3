"""For staff the rules that lists obey, as JSON."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, permissions, serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Title
from recommendations.rule_conditions import Condition
from recommendations.rule_models import Rule, RuleEntry, ShelfKind
from recommendations.rule_services import (
    RuleRefused,
    change_rule,
    create_rule,
    remove_rule,
    switch_rule,
)
from recommendations.rule_settings import (
    LAST_YEAR,
    LONGEST_STRETCH,
    MOST_DAYS,
    MOST_TITLES,
    RuleSettings,
)
from recommendations.rule_words import Names, said, state_of
from recommendations.run_api import FORBIDDEN

BIGGEST_ID = 2**63 - 1


def ids_field(**more: Any) -> serializers.ListField:
    child = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    return serializers.ListField(child=child, required=False, **more)


def number_field(low: int, high: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=low, max_value=high, required=False, allow_null=True)


class StrictSerializer(serializers.Serializer):
    """Takes no other fields: a misspelt one would widen a rule without anybody's noticing."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError(
                {name: [_("There is no such field.")] for name in unknown}
            )
        return super().to_internal_value(data)


class ConditionJson(StrictSerializer):
    """Which titles: all that is said must hold; of several genres and so on, one."""

    kinds = serializers.ListField(child=serializers.ChoiceField(Title.Kind.choices), required=False)
    genres = ids_field()
    people = ids_field()
    franchises = serializers.ListField(child=serializers.CharField(max_length=120), required=False)
    titles = ids_field(max_length=MOST_TITLES)
    year_min = number_field(0, LAST_YEAR)
    year_max = number_field(0, LAST_YEAR)
    added_days = number_field(1, MOST_DAYS)


class RuleIn(StrictSerializer):
    """Which titles, what is done to them, and where and when."""

    name = serializers.CharField(max_length=80)
    effect = serializers.ChoiceField(Rule.Effect.choices)
    condition = ConditionJson(required=False)
    amount = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="boost: -3 to 3; pin: the place, 1 = first; cap: how many; explore and "
        "variety: 0 to 1.",
    )
    group = serializers.ChoiceField(
        Rule.Group.choices, required=False, allow_blank=True, help_text="Of a cap."
    )
    within = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_STRETCH,
        required=False,
        allow_null=True,
        help_text="Of a cap: in any so many titles in a row; null: in the whole list.",
    )
    shelves = serializers.ListField(
        child=serializers.ChoiceField(ShelfKind.choices),
        required=False,
        help_text="Where it holds; []: everywhere.",
    )
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    is_on = serializers.BooleanField(required=False)


class RuleEntryOut(serializers.ModelSerializer):
    by = serializers.CharField(source="by.email", default=None, read_only=True, allow_null=True)
    settings = serializers.DictField(read_only=True)

    class Meta:
        model = RuleEntry
        fields = ("action", "by", "at", "settings")
        read_only_fields = fields


class RuleOut(serializers.ModelSerializer):
    condition = serializers.DictField(read_only=True)
    group = serializers.CharField(read_only=True, help_text="Of a cap; else empty.")
    shelves = serializers.ListField(child=serializers.CharField(), read_only=True)
    said = serializers.SerializerMethodField(help_text="What it does, in a sentence.")
    state = serializers.SerializerMethodField(help_text="on, off, waiting for its start, or over.")
    titles = serializers.SerializerMethodField(
        help_text="Published titles that the condition speaks of now; null when it says nothing."
    )

    class Meta:
        model = Rule
        fields: tuple[str, ...] = (
            "id",
            "name",
            "effect",
            "condition",
            "amount",
            "group",
            "within",
            "shelves",
            "starts_at",
            "ends_at",
            "is_on",
            "state",
            "said",
            "titles",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "string"})
    def get_said(self, rule: Rule) -> str:
        return said(rule, self.context["names"])

    @extend_schema_field({"type": "string"})
    def get_state(self, rule: Rule) -> str:
        return state_of(rule, timezone.now()).key

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_titles(self, rule: Rule) -> int | None:
        return self.context["names"].counts.get(rule.pk)


class RuleDetailOut(RuleOut):
    entries = RuleEntryOut(many=True, read_only=True)

    class Meta(RuleOut.Meta):
        fields = (*RuleOut.Meta.fields, "entries")
        read_only_fields = fields


class StaffRules(generics.GenericAPIView):
    permission_classes = [permissions.IsAdminUser]
    queryset = Rule.objects.kept()


class RuleList(StaffRules):
    """The rules that lists obey, newest first."""

    serializer_class = RuleOut
    ordering = ("-id",)

    @extend_schema(operation_id="rules_list", responses={200: RuleOut(many=True), 403: FORBIDDEN})
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {"names": Names.of(page, timezone.now())}
        return self.get_paginated_response(RuleOut(page, many=True, context=context).data)

    @extend_schema(request=RuleIn, responses={201: RuleDetailOut, 403: FORBIDDEN})
    def post(self, request: Request) -> Response:
        """Write a rule down; lists obey it within a second."""
        form = RuleIn(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        is_on, now = given.pop("is_on", True), timezone.now()
        with refusing():
            rule = create_rule(settings=settings_of(given), is_on=is_on, by=request.user, now=now)
        return Response(detail_of(rule), status=status.HTTP_201_CREATED)


class RuleDetail(StaffRules):
    """One rule, with its trail."""

    queryset = Rule.objects.kept()

    def get_queryset(self) -> QuerySet[Rule]:
        return super().get_queryset().prefetch_related("entries__by")

    @extend_schema(responses={200: RuleDetailOut, 403: FORBIDDEN})
    def get(self, request: Request, pk: int) -> Response:
        return Response(detail_of(self.get_object()))

    @extend_schema(request=RuleIn, responses={200: RuleDetailOut, 403: FORBIDDEN})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is sent; `condition` as a whole."""
        rule = self.get_object()
        form = RuleIn(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        is_on = given.pop("is_on", None)
        with refusing():
            change(rule, given, is_on=is_on, by=request.user)
        return Response(detail_of(self.get_object()))

    @extend_schema(responses={204: None, 403: FORBIDDEN})
    def delete(self, request: Request, pk: int) -> Response:
        """Lists obey it no more; its trail is kept."""
        with refusing():
            remove_rule(rule=self.get_object(), by=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


@transaction.atomic
def change(rule: Rule, given: dict[str, Any], *, is_on: bool | None, by: Any) -> None:
    """All of it or nothing. Raises RuleRefused."""
    now = timezone.now()
    if given:
        settings = settings_of(given, before=RuleSettings.of(rule))
        change_rule(rule=rule, settings=settings, by=by, now=now)
    if is_on is not None:
        switch_rule(rule=rule, is_on=is_on, by=by, now=now)


def settings_of(given: dict[str, Any], *, before: RuleSettings | None = None) -> RuleSettings:
    """From what was sent, on top of the rule as it stands."""
    asked = dict(given)
    if "condition" in asked:
        asked["condition"] = Condition.read(
            {
                name: list(dict.fromkeys(value)) if isinstance(value, list) else value
                for name, value in asked["condition"].items()
            }
        )
    if "shelves" in asked:
        asked["shelves"] = tuple(dict.fromkeys(asked["shelves"]))
    return replace(before, **asked) if before else RuleSettings(**asked)


@contextmanager
def refusing() -> Iterator[None]:
    """A refusal becomes a 400 that names the fields; of a rule just removed, a 404."""
    try:
        yield
    except RuleRefused as error:
        if "rule" in error.refusals:
            raise NotFound(str(error)) from error
        refusals = {name: [sentence] for name, sentence in error.refusals.items()}
        raise serializers.ValidationError(refusals) from error


def detail_of(rule: Rule) -> dict[str, Any]:
    context = {"names": Names.of([rule], timezone.now())}
    return dict(RuleDetailOut(rule, context=context).data)
