"""Everything kept about a person, as JSON that is written while it is read."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import AccessToken, User
from arcade.models import Agent, AgentRun, Match
from arcade.models import Rating as ArcadeRating
from arcade.sight import told_to_member
from catalog.models import Hidden
from events.models import Event, Rating, Saved, TasteVersion
from jobs.models import Job
from recommendations.models import (
    Evaluation,
    ExperimentEntry,
    LoggedList,
    LoggedPast,
    Promotion,
    RuleEntry,
    Run,
    Tuning,
)
from studio.models import Dataset, Generator, GeneratorRun, Image, ImageJob, Report, Walk

FORMAT = 1
CHUNK_ROWS = 2000


@dataclass(frozen=True)
class Section:
    """The rows of one model that are about a person, and the columns of them that are told."""

    model: Any
    rows: Callable[[User], QuerySet[Any]]
    fields: tuple[str, ...]
    secret: tuple[str, ...] = ()  # never told: keys and hashes
    told: Callable[[dict[str, Any]], dict[str, Any]] = dict  # what of a row is told today

    def of(self, user: User) -> Iterator[dict[str, Any]]:
        renamed = {name.replace("__", "_"): F(name) for name in self.fields if "__" in name}
        plain = [name for name in self.fields if "__" not in name]
        rows = self.rows(user).order_by("pk").values(*plain, **renamed)
        yield from map(self.told, rows.iterator(chunk_size=CHUNK_ROWS))


WHAT = ("title_id", "title__name", "title__year")

SECTIONS = {
    "account": Section(
        User,
        lambda user: User.objects.filter(pk=user.pk),
        (
            "id",
            "email",
            "name",
            "first_name",
            "last_name",
            "age_limit",
            "tastes_asked",
            "avatar",
            "is_demo",
            "is_active",
        )
        + ("is_staff", "is_superuser", "date_joined", "last_login"),
        secret=("password",),
    ),
    "groups": Section(
        User.groups.through,
        lambda user: User.groups.through.objects.filter(user=user),
        ("group__name",),
    ),
    "permissions": Section(
        User.user_permissions.through,
        lambda user: User.user_permissions.through.objects.filter(user=user),
        ("permission__codename",),
    ),
    "email_addresses": Section(
        EmailAddress,
        lambda user: EmailAddress.objects.filter(user=user),
        ("email", "verified", "primary"),
    ),
    "sessions": Section(
        UserSession,
        lambda user: UserSession.objects.filter(user=user),
        ("created_at", "last_seen_at", "ip", "user_agent", "data"),
        secret=("session_key",),
    ),
    "tokens": Section(
        AccessToken,
        lambda user: AccessToken.objects.filter(owner=user),
        ("id", "name", "created_at", "last_used_at", "revoked_at"),
        secret=("digest",),
    ),
    "events": Section(
        Event,
        lambda user: Event.objects.filter(user=user),
        (
            "id",
            *WHAT,
            "kind",
            "value",
            "shelf",
            "position",
            "list_id",
            "key",
            "happened_at",
            "undone_at",
        ),
    ),
    "ratings": Section(
        Rating, lambda user: Rating.objects.filter(user=user), (*WHAT, "stars", "rated_at")
    ),
    "saved": Section(Saved, lambda user: Saved.objects.filter(user=user), (*WHAT, "created_at")),
    "hidden": Section(Hidden, lambda user: Hidden.objects.filter(user=user), (*WHAT, "created_at")),
    "served_lists": Section(
        LoggedList,
        lambda user: LoggedList.objects.filter(user=user),
        (
            "list_id",
            "served_at",
            "surface",
            "shelf",
            "rung",
            "artifact",
            "experiment_id",
            "arm",
            "title_ids",
            "scores",
            "sources",
            "past",
            "recipe",
        ),
        secret=("visitor",),
    ),
    "pasts_of_served_lists": Section(
        LoggedPast,
        lambda user: LoggedPast.objects.filter(user=user),
        ("digest", "entries", "last_served_at"),
        secret=("visitor",),
    ),
    "jobs": Section(
        Job,
        lambda user: Job.objects.filter(owner=user),
        (
            "id",
            "label",
            "task",
            "queue",
            "key",
            "params",
            "state",
            "progress",
            "message",
            "log",
            "error",
        )
        + ("result", "attempt", "created_at", "started_at", "finished_at"),
    ),
    "training_runs": Section(
        Run,
        lambda user: Run.objects.filter(job__owner=user),
        ("id", "job_id", "preset", "config", "note", "created_at"),
    ),
    "promotions": Section(
        Promotion,
        lambda user: Promotion.objects.filter(promoted_by=user),
        ("artifact__name", "reason", "override", "is_rollback", "promoted_at"),
    ),
    "measurements": Section(
        Evaluation,
        lambda user: Evaluation.objects.filter(job__owner=user),
        ("id", "job_id", "split", "preset", "seed", "created_at"),
    ),
    "searches": Section(
        Tuning,
        lambda user: Tuning.objects.filter(job__owner=user),
        ("id", "job_id", "preset", "minutes", "seed", "created_at"),
    ),
    "experiments": Section(
        ExperimentEntry,
        lambda user: ExperimentEntry.objects.filter(by=user),
        ("experiment_id", "action", "text", "at"),
    ),
    "taste_version": Section(
        TasteVersion, lambda user: TasteVersion.objects.filter(user=user), ("version",)
    ),
    "rules": Section(
        RuleEntry,
        lambda user: RuleEntry.objects.filter(by=user),
        ("rule_id", "action", "settings", "at"),
    ),
    "drawings": Section(
        ImageJob,
        lambda user: ImageJob.objects.filter(job__owner=user),
        ("id", "job_id", "generator__name", "label", "count", "seed", "truncation")
        + ("varied", "share"),
    ),
    "images": Section(
        Image,
        lambda user: Image.objects.filter(owner=user),
        ("id", "drawing_id", "number", "generator__name", "generator__sha256", "label", "seed")
        + ("steps", "truncation", "file", "sha256", "visibility", "hidden_because")
        + ("published_at", "created_at"),
    ),
    "walks": Section(
        Walk,
        lambda user: Walk.objects.filter(job__owner=user),
        ("id", "job_id", "generator__name", "label", "start", "end", "frames", "files"),
    ),
    "image_reports": Section(
        Report,
        lambda user: Report.objects.filter(by=user),
        ("image_id", "reason", "created_at", "settled_at"),
    ),
    "generators": Section(
        Generator,
        lambda user: Generator.objects.filter(published_by=user),
        ("name", "folder", "sha256", "data_sha256", "labels", "size", "metrics", "is_current")
        + ("published_at",),
    ),
    "image_data": Section(
        Dataset,
        lambda user: Dataset.objects.filter(added_by=user),
        ("id", "name", "job_id", "upload", "file", "sha256", "size", "channels", "counts")
        + ("held_out", "report", "is_removed", "created_at"),
    ),
    "generator_runs": Section(
        GeneratorRun,
        lambda user: GeneratorRun.objects.filter(job__owner=user),
        ("id", "job_id", "measuring_id", "dataset__name", "preset", "minutes", "note")
        + ("published__name", "created_at"),
    ),
    "agents": Section(
        Agent,
        lambda user: Agent.objects.filter(published_by=user),
        ("game", "name", "sha256", "facts", "state", "published_at"),
    ),
    "agent_runs": Section(
        AgentRun,
        lambda user: AgentRun.objects.filter(job__owner=user),
        ("id", "job_id", "rating_id", "game", "preset", "minutes", "note", "newest")
        + ("published__name", "created_at"),
    ),
    "matches": Section(
        Match,
        lambda user: Match.objects.owned_by(user),
        ("id", "code", "key", "game", "first_id", "second_id", "agent", "level")
        + ("actions", "decisions")
        + ("state", "outcome", "ended_by", "is_rated", "clock_minutes", "remaining", "moved_at")
        + ("thinking_id", "rematch_of_id", "tried_from_id", "tried_ply", "created_at")
        + ("updated_at",),
        told=told_to_member,
    ),
    "arcade_ratings": Section(
        ArcadeRating,
        lambda user: ArcadeRating.objects.filter(user=user),
        ("game", "agent", "level", "rating", "deviation", "matches", "measured_in_id")
        + ("updated_at",),
    ),
    "admin_log": Section(
        LogEntry,
        lambda user: LogEntry.objects.filter(user=user),
        ("action_time", "action_flag", "object_repr", "change_message"),
    ),
}


def export_user(user: User) -> Iterator[str]:
    """One JSON object in pieces: format, exported_at and a list for each section."""
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    yield f'{{"format": {FORMAT}, "exported_at": {json.dumps(timezone.now().isoformat())}'
    for name, section in SECTIONS.items():
        yield f',\n"{name}": ['
        for number, row in enumerate(section.of(user)):
            yield (",\n" if number else "\n") + encode(row)
        yield "]"
    yield "\n}\n"
