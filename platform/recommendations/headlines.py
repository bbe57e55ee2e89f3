"""The headline of the training page: the answer to "is it well?"."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Job
from recommendations.models import Promotion, Run
from recommendations.reports import MODEL_NAMES, Lead, baselines_in, leads
from recommendations.services import has_files

UNATTENDED = timedelta(seconds=60)  # a waiting job that no worker has taken for so long

Tone = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Headline:
    """The answer to "is it well?"."""

    tone: Tone
    title: str
    text: str

    @property
    def icon(self) -> str:
        return "check" if self.tone == "good" else "circle-alert"


def headline(live: Promotion | None, *, now: datetime) -> Headline:
    """The worst thing that is true now; all is well when none is."""
    unattended = unattended_job(now)
    if live is not None and not has_files(live.artifact):
        return Headline(
            "bad",
            _("The files of the live model are missing."),
            _("%(name)s cannot be loaded, so people get popular titles. Roll back or train again.")
            % {"name": live.artifact.name},
        )
    if unattended is not None:
        return Headline(
            "bad",
            _("No worker takes jobs."),
            _(
                "%(label)s has waited for %(time)s. Lists are still served; "
                "start a worker for the %(queue)s queue."
            )
            % {
                "label": unattended.label,
                "time": timesince(unattended.created_at, now),
                "queue": unattended.queue,
            },
        )
    if live is None:
        return Headline(
            "warn",
            _("No model is live yet."),
            _(
                "People see popular titles until the first training is done; "
                "it goes live by itself."
            ),
        )
    return _headline_of_live(live, now)


def _headline_of_live(live: Promotion, now: datetime) -> Headline:
    served = served_sentence(live, now)
    failed = Job.objects.filter(
        state=Job.State.FAILED, finished_at__gte=now - timedelta(days=1)
    ).count()
    found = leads(live.artifact.report)
    behind = [lead for lead in found if lead.is_behind]
    unsure = [lead for lead in found if not lead.is_sure and not lead.is_behind]
    if behind:
        title = _("The live model is behind a baseline.")
        return Headline("bad", title, f"{_names(behind)}: {_('ahead for sure')}. {served}")
    if any(lead.over == "popularity" for lead in unsure):
        title = _("The live model may be no better than a list of popular titles.")
        return Headline("warn", title, served)
    if failed:
        title = ngettext(
            "%(n)d job failed in the last day.", "%(n)d jobs failed in the last day.", failed
        ) % {"n": failed}
        return Headline("warn", title, served)
    if not found:
        title = _("The live model serves, but its report compares it with nothing.")
        return Headline("warn", title, served)
    if unsure:
        title = _("All is well. The live model leads %(sure)d of %(all)d baselines for sure.")
        text = _("Too close to call: %(names)s.") % {"names": _names(unsure)}
        title %= {"sure": len(found) - len(unsure), "all": len(baselines_in(live.artifact.report))}
        return Headline("good", title, f"{text} {served}")
    return Headline(
        "good", _("All is well. The live model holds its lead over every baseline."), served
    )


def _names(found: list[Lead]) -> str:
    return ", ".join(str(MODEL_NAMES.get(lead.over, lead.over)).lower() for lead in found)


def served_sentence(live: Promotion, now: datetime) -> str:
    words = _("%(name)s has served for %(time)s.") % {
        "name": live.artifact.name,
        "time": timesince(live.promoted_at, now).split(",")[0],
    }
    running = Run.objects.filter(job__state=Job.State.RUNNING).count()
    if running:
        words += " " + ngettext("%(n)d run is under way.", "%(n)d runs are under way.", running) % {
            "n": running
        }
    return words


def unattended_job(now: datetime) -> Job | None:
    """The oldest waiting job of a queue in which nothing runs though work waits."""
    busy = Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=now).values("queue")
    waiting = Job.objects.filter(state=Job.State.QUEUED, created_at__lt=now - UNATTENDED)
    return waiting.exclude(queue__in=busy).order_by("created_at").first()
