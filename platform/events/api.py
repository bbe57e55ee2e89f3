"""Events, and the states that follow from them, as JSON."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import exceptions, generics, permissions, serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import MemberApiRequest
from catalog.api import TitleBrief
from catalog.models import Hidden, Title
from config.refusals import Conflict
from events.actors import Actor, Member, TooManyVisitors, actor_of
from events.models import Event, Rating, Saved
from events.services import EventRefused, clear

BIGGEST_ID = models.BigIntegerField.MAX_BIGINT
LAST_POSITION = 32_767
LONGEST_OFFLINE, CLOCKS_DIFFER = timedelta(days=366), timedelta(minutes=5)  # back, and ahead
HIDING_NEEDS_AN_ACCOUNT = _(
    "Hiding a title needs an account: log in, or send `dislike`, which recommends it no more."
)


@extend_schema_field({"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5})
class Stars(serializers.Field):
    """Half a star to five, in halves; numbers only."""

    default_error_messages = {"invalid": _("A rating takes 0.5 to 5 stars in halves.")}

    def to_internal_value(self, data: Any) -> float:
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number or not 0.5 <= data <= 5 or data * 2 != int(data * 2):
            self.fail("invalid")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


class EventIn(serializers.Serializer):
    title = serializers.IntegerField(
        min_value=1, max_value=BIGGEST_ID, help_text="Id of a title that you may see."
    )
    kind = serializers.ChoiceField(Event.Kind.choices)
    value = Stars(required=False, allow_null=True, help_text="Stars; for `rate`, and only there.")
    shelf = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="Where it was shown."
    )
    position = serializers.IntegerField(
        min_value=0, max_value=LAST_POSITION, required=False, allow_null=True
    )
    list_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Of the list that showed it."
    )
    key = serializers.CharField(
        max_length=64, help_text="Your own name for this event: sent twice, it counts once."
    )
    happened_at = serializers.DateTimeField(
        required=False, help_text="For apps that were offline: 366 days ago at most. Else now."
    )

    def validate_happened_at(self, happened_at: datetime) -> datetime:
        """Never later than now."""
        now = timezone.now()
        if not now - LONGEST_OFFLINE <= happened_at <= now + CLOCKS_DIFFER:
            raise serializers.ValidationError(_("Send a moment of the last 366 days."))
        return min(happened_at, now)

    def validate(self, event: dict[str, Any]) -> dict[str, Any]:
        is_rating = event["kind"] == Event.Kind.RATE
        if is_rating and event.get("value") is None:
            raise serializers.ValidationError(
                {"value": _("A rating takes 0.5 to 5 stars in halves.")}
            )
        if not is_rating and event.get("value") is not None:
            raise serializers.ValidationError({"value": _("Only a rating takes a value.")})
        return event


class EventOut(serializers.ModelSerializer):
    title = serializers.IntegerField(source="title_id", read_only=True)

    class Meta:
        model = Event
        fields = (
            "id",
            "title",
            "kind",
            "value",
            "shelf",
            "position",
            "list_id",
            "key",
            "happened_at",
        )
        read_only_fields = fields


def actor_behind(request: Request) -> Actor:
    """The member, or the visitor whose browser sent this from the site; a program needs a token."""
    if request.user.is_authenticated:
        return Member(request.user)
    if settings.CSRF_COOKIE_NAME not in request.COOKIES:
        raise exceptions.NotAuthenticated
    SessionAuthentication().enforce_csrf(request)
    return actor_of(request._request)


def check_account(actor: Actor, kind: str) -> None:
    """Stars and hiding are for members; the error names what a visitor can do instead."""
    if isinstance(actor, Member):
        return
    if kind == Event.Kind.RATE:
        raise exceptions.NotAuthenticated
    if kind == Event.Kind.HIDE:
        raise exceptions.NotAuthenticated(HIDING_NEEDS_AN_ACCOUNT)


class EventCreate(APIView):
    """Write down what happened to a title. The very next list takes it into account.

    Visitors of the site may do so from its pages, for anything but stars and hiding: it is kept for
    their browser session, and becomes their account's when they log in.
    """

    permission_classes = [permissions.AllowAny]

    @extend_schema(
        operation_id="events_create",
        request=EventIn,
        responses={
            201: EventOut,
            200: OpenApiResponse(EventOut, description="What this key stands for already."),
            409: OpenApiResponse(description="This key stands for another event."),
        },
    )
    def post(self, request: Request) -> Response:
        actor = actor_behind(request)
        form = EventIn(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        # first of all: what the first one changed (a hidden title) must not refuse the second
        earlier = actor.earlier(given["key"])
        if earlier:
            if (earlier.title_id, earlier.kind) != (given["title"], given["kind"]):
                raise Conflict(_("This key stands for another event of yours: take a new one."))
            return Response(EventOut(earlier).data)
        check_account(actor, given["kind"])
        happened_at = given.pop("happened_at", None)
        title = Title.objects.visible_to(request.user).filter(pk=given.pop("title")).first()
        if title is None:
            raise serializers.ValidationError(
                {"title": _("There is no such title that you may see.")}
            )
        try:
            event, is_new = actor.record(title=title, now=happened_at, **given)
        except EventRefused as error:
            raise serializers.ValidationError({"value": str(error)}) from error
        except TooManyVisitors as error:
            raise exceptions.Throttled from error
        return Response(
            EventOut(event).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class EventUndo(APIView):
    """Take one of your events back: what stood before it stands again. Twice is once."""

    permission_classes = [permissions.AllowAny]
    queryset = Event.objects.none()

    @extend_schema(operation_id="events_undo", request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        if actor_behind(request).undo(pk) is None:
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


# ── The states that stand ─────────────────────────────────────────────────────────────────────────


class RatingOut(serializers.ModelSerializer):
    title = TitleBrief(read_only=True)

    class Meta:
        model = Rating
        fields = ("title", "stars", "rated_at")
        read_only_fields = fields


class SavedOut(serializers.ModelSerializer):
    title = TitleBrief(read_only=True)
    saved_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = Saved
        fields = ("title", "saved_at")
        read_only_fields = fields


class HiddenOut(serializers.ModelSerializer):
    title = TitleBrief(read_only=True)
    hidden_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = Hidden
        fields = ("title", "hidden_at")
        read_only_fields = fields


class OwnList(generics.ListAPIView):
    """Rows of the person who asks, newest first, about titles that they may see."""

    permission_classes = [permissions.IsAuthenticated]
    queryset: QuerySet[Any]
    ordering: tuple[str, ...] = ("-id",)

    def titles(self) -> QuerySet[Title]:
        return Title.objects.visible_to(self.request.user)

    def get_queryset(self) -> QuerySet:
        mine = self.queryset.model.objects.filter(
            user=self.request.user, title__in=self.titles().order_by().values("pk")
        )
        return mine.select_related("title").prefetch_related("title__genres")


class RatingList(OwnList):
    """Your stars, latest first."""

    serializer_class = RatingOut
    queryset = Rating.objects.none()
    ordering = ("-rated_at", "-id")


class SavedList(OwnList):
    """Your list, latest first."""

    serializer_class = SavedOut
    queryset = Saved.objects.none()


class HiddenList(OwnList):
    """What you hid, latest first."""

    serializer_class = HiddenOut
    queryset = Hidden.objects.none()

    def titles(self) -> QuerySet[Title]:
        return Title.objects.allowed_to(self.request.user)


class OwnClear(APIView):
    """Take back one's own state of a title, whatever has become of the title since."""

    permission_classes = [permissions.IsAuthenticated]
    state: type[Rating] | type[Saved] | type[Hidden]
    kind: Event.Kind
    nothing: Any  # what there is not, in words

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: MemberApiRequest, title: int) -> Response:
        own: Any = self.state.objects.select_related("title")
        row = own.filter(user=request.user, title=title).first()
        if row is None:
            raise exceptions.NotFound(self.nothing % {"title": title})
        clear(user=request.user, title=row.title, kind=self.kind)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RatingClear(OwnClear):
    """Take your stars for a title back."""

    state, kind = Rating, Event.Kind.RATE
    nothing = _("You have not rated title %(title)s.")


class SavedClear(OwnClear):
    """Remove a title from your list."""

    state, kind = Saved, Event.Kind.SAVE
    nothing = _("Title %(title)s is not in your list.")


class HiddenClear(OwnClear):
    """Let a title be shown again."""

    state, kind = Hidden, Event.Kind.HIDE
    nothing = _("You have not hidden title %(title)s.")
