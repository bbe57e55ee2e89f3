"""What the evaluation page shows: one report, taken apart."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recommendations.gate import CHECK_NAMES
from recommendations.models import Artifact, Evaluation, Promotion
from recommendations.reports import (
    Report,
    leads,
    model_name,
)
from recommendations.services import folder_of, has_files

MOST_CHOICES = 12  # of artifacts, and of measurements, to choose from
NO_SOURCES = {"fade"}  # numbers of a blend that are no weight of a source
SOURCE_NAMES = {
    "tower": gettext_lazy("Sequence model"),
    "neighbours": gettext_lazy("Liked by the same people"),
    "followers": gettext_lazy("What follows what"),
    "popular": gettext_lazy("Popularity"),
    "content": gettext_lazy("Likeness of content"),
    "fade": gettext_lazy("Fade, from a title to the one before"),
}
SPLIT_WORDS = {
    "temporal": gettext_lazy("Everybody's newest rows are held back, from one moment on."),
    "member-time": gettext_lazy("The last fifth of what each member chose is held back."),
    "leave-one-out": gettext_lazy(
        "The last title of each member is held back; what others did later is known."
    ),
}


@dataclass(frozen=True)
class Subject:
    """An artifact's report or a measurement's; key is how the page's address names it."""

    key: str
    name: str
    report: Report
    made_at: datetime
    blend: dict[str, Any]
    is_live: bool = False


def subject_of(key: str, live: Promotion | None) -> Subject | None:
    """What the address asks for; without one the live artifact, else the newest; None = no such."""
    kind, _dash, number = key.partition("-")
    if key and not number.isdigit():
        return None
    if kind == "measurement":
        found = Evaluation.objects.filter(pk=number).first()
        return _of_measurement(found) if found else None
    if key and kind != "artifact":
        return None
    if key:
        artifact = Artifact.objects.filter(pk=number).first()
    else:
        artifact = live.artifact if live else Artifact.objects.first()
    return _of_artifact(artifact, live) if artifact else None


def _of_artifact(artifact: Artifact, live: Promotion | None) -> Subject:
    return Subject(
        f"artifact-{artifact.pk}",
        artifact.name,
        artifact.report,
        artifact.created_at,
        blend_of(artifact),
        is_live=live is not None and live.artifact_id == artifact.pk,
    )


def _of_measurement(found: Evaluation) -> Subject:
    name = _("The model of measurement %(number)d") % {"number": found.pk}
    blend = found.report.get("blend", {})
    return Subject(f"measurement-{found.pk}", name, found.report, found.created_at, blend)


def blend_of(artifact: Artifact) -> dict[str, Any]:
    """What its manifest says of the blend; nothing when its files are gone."""
    if not has_files(artifact):
        return {}
    try:
        manifest = json.loads((folder_of(artifact) / "manifest.json").read_text())
        return dict(manifest["choices"]["blend"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def choices(live: Promotion | None) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Groups of (key, name) to choose from; the live artifact first."""
    artifacts = list(Artifact.objects.values_list("pk", "name")[:MOST_CHOICES])
    named = [(f"artifact-{pk}", name) for pk, name in artifacts]
    if live is not None:
        key = f"artifact-{live.artifact_id}"
        others = [pair for pair in named if pair[0] != key]
        named = [(key, _("%(name)s (live)") % {"name": live.artifact.name}), *others]
    done = Evaluation.objects.exclude(report={}).values_list("pk", "split", "created_at")
    measured = [
        (f"measurement-{pk}", f"{pk}: {split}, {made_at:%Y-%m-%d}")
        for pk, split, made_at in done[:MOST_CHOICES]
    ]
    groups = [(_("Artifacts"), named), (_("Measurements"), measured)]
    return [(label, found) for label, found in groups if found]


# ── Headline and split ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Headline:
    tone: Literal["good", "warn", "bad"]
    title: str

    @property
    def icon(self) -> str:
        return "check" if self.tone == "good" else "circle-alert"


def headline(subject: Subject) -> Headline:
    found, name = leads(subject.report), subject.name
    facts = {
        "name": name,
        "all": len(found),
        "sure": sum(lead.is_sure for lead in found),
        "behind": sum(lead.is_behind for lead in found),
    }
    if not found:
        return Headline("warn", _("%(name)s was compared with nothing.") % facts)
    if facts["behind"]:
        words = ngettext(
            "%(name)s is behind %(behind)d of %(all)d baseline for sure.",
            "%(name)s is behind %(behind)d of %(all)d baselines for sure.",
            len(found),
        )
        return Headline("bad", words % facts)
    if facts["sure"] == facts["all"]:
        return Headline("good", _("%(name)s is ahead of every baseline for sure.") % facts)
    words = _("%(name)s is ahead of %(sure)d of %(all)d baselines for sure and behind none.")
    is_popular_unsure = any("popularity" in lead.over and not lead.is_sure for lead in found)
    return Headline("warn" if is_popular_unsure else "good", words % facts)


def split_words(report: Report) -> str:
    """Why this split, or what it is in reports that do not say why."""
    return str(report.get("split_why") or SPLIT_WORDS.get(report.get("split", ""), ""))


def is_leaky(report: Report) -> bool:
    return bool(report.get("leaky", report.get("split") == "leave-one-out"))


# ── What the blend is made of ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Ingredient:
    """width: 0..100, of the bar; a source of weight 0 is switched off."""

    name: str
    weight: float
    width: float
    is_source: bool


def ingredients(blend: dict[str, Any]) -> list[Ingredient]:
    """Sources by weight, then what is no source."""
    numbers = {
        key: float(value)
        for key, value in blend.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    total = sum(abs(value) for key, value in numbers.items() if key not in NO_SOURCES) or 1.0
    found = [
        Ingredient(
            str(SOURCE_NAMES.get(key, key.replace("_", " ").capitalize())),
            value,
            round(100 * abs(value) / total, 1),
            key not in NO_SOURCES,
        )
        for key, value in numbers.items()
    ]
    return sorted(found, key=lambda one: (not one.is_source, -abs(one.weight)))


# ── Checks ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Check:
    """One check of every model; failures: (model, what was found)."""

    name: str
    n_passed: int
    failures: list[tuple[str, str]]


def checks(report: Report) -> list[Check]:
    """In the report's order, failed ones first."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for check in report.get("checks") or []:
        by_name.setdefault(str(check.get("name")), []).append(check)
    found = []
    for name, of_models in by_name.items():
        failed = [check for check in of_models if not check.get("passed", True)]
        failures = [
            (model_name(check.get("model") or ""), str(check.get("detail", ""))) for check in failed
        ]
        title = str(CHECK_NAMES.get(name, name))
        found.append(Check(title, len(of_models) - len(failed), failures))
    return sorted(found, key=lambda check: not check.failures)
