"""What the training page of the dashboard shows: one headline, tiles, models beside baselines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Count, Q
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from catalog.models import Title
from events.models import Event
from jobs.models import Job
from recommendations.dataset import KINDS
from recommendations.models import Artifact, Promotion, Run
from recommendations.reports import MODEL_NAMES, Lead, difference, lead_over, leads, score_of
from recommendations.services import NIGHTLY, has_files

WEEK = timedelta(days=7)
UNATTENDED = timedelta(seconds=60)  # a waiting job that no worker has taken for so long
DEFAULT_HOUR = 3

Tone = Literal["good", "warn", "bad"]
Direction = Literal["up", "down", "same", ""]


@dataclass(frozen=True)
class Headline:
    """The answer to "is it well?"."""

    tone: Tone
    title: str
    text: str

    @property
    def icon(self) -> str:
        return "check" if self.tone == "good" else "circle-alert"


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    note: str
    direction: Direction = ""
    change: str = ""


@dataclass(frozen=True)
class Nightly:
    enabled: bool
    hour: int
    last_run_at: datetime | None


# ── Is it well? ───────────────────────────────────────────────────────────────────────────────────


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
        title %= {"sure": len(found) - len(unsure), "all": len(found)}
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


# ── Tiles ─────────────────────────────────────────────────────────────────────────────────────────


def tiles(live: Promotion | None, *, now: datetime) -> list[Tile]:
    found = [quality_tile(live), news_tile(live), shown_tile(now)]
    return [tile for tile in found if tile is not None]


def quality_tile(live: Promotion | None) -> Tile | None:
    """The live model's NDCG@10 and its lead over the best baseline."""
    score = score_of(live.artifact.report) if live else None
    if live is None or score is None:
        return None
    report = live.artifact.report
    label = _("NDCG@10 of the live model, %(n)d people") % {"n": report.get("n_users", 0)}
    value = f"{score.value:.3f} ± {score.half:.3f}"
    rivals = sorted(leads(report), key=lambda lead: lead.ratio)
    if not rivals:
        return Tile(label, value, _("no baseline in its report"))
    closest = rivals[0]
    note = _("on the best baseline (%(name)s), %(low)+.0f to %(high)+.0f %%") % {
        "name": str(MODEL_NAMES.get(closest.over, closest.over)).lower(),
        "low": closest.percent_low,
        "high": closest.percent_high,
    }
    direction: Direction = "up" if closest.is_sure else "down" if closest.is_behind else "same"
    return Tile(label, value, note, direction, f"{closest.percent:+.1f} %".replace("-", "−"))


def news_tile(live: Promotion | None) -> Tile | None:
    """What the live artifact has not seen yet."""
    run = Run.objects.filter(artifact=live.artifact).select_related("job").first() if live else None
    if run is None:
        return None
    since = run.job.started_at or run.created_at
    news = (
        Event.objects.standing()
        .filter(kind__in=KINDS, happened_at__gt=since)
        .aggregate(events=Count("id"), members=Count("user", distinct=True))
    )
    members = ngettext("from %(n)d member", "from %(n)d members", news["members"]) % {
        "n": news["members"]
    }
    known = _("it learned from %(n)s interactions") % {"n": f"{run.interactions or 0:,}"}
    return Tile(
        _("New events since the live model's training"),
        f"{news['events']:,}",
        f"{members}; {known}",
    )


def shown_tile(now: datetime) -> Tile:
    """Share of the published catalog that somebody was shown in a list."""
    published = Q(kind=Event.Kind.IMPRESSION, title__published=True)
    this_week, last_week = Q(happened_at__gt=now - WEEK), Q(happened_at__lte=now - WEEK)
    shown = Event.objects.filter(published, happened_at__gt=now - 2 * WEEK).aggregate(
        now=Count("title", distinct=True, filter=this_week),
        before=Count("title", distinct=True, filter=last_week),
    )
    total = Title.objects.filter(published=True).count()
    label = _("Catalog shown at least once, last 7 days")
    note = _("%(shown)s of %(total)s titles") % {
        "shown": f"{shown['now']:,}",
        "total": f"{total:,}",
    }
    share = 100 * shown["now"] / total if total else 0.0
    if not shown["before"]:
        return Tile(label, f"{share:.1f} %", note)
    change = share - 100 * shown["before"] / total
    direction: Direction = "up" if change > 0 else "down" if change < 0 else "same"
    words = _("%(n)+.1f points") % {"n": change}
    return Tile(
        label,
        f"{share:.1f} %",
        _("on the week before; ") + note,
        direction,
        words.replace("-", "−"),
    )


# ── Runs ──────────────────────────────────────────────────────────────────────────────────────────


def active_runs() -> list[Run]:
    unfinished = Job.objects.unfinished().values("pk")
    runs = Run.objects.filter(job__in=unfinished).select_related("job__owner", "artifact")
    return sorted(runs, key=lambda run: (run.job.state != Job.State.RUNNING, run.pk))


def curve_chart(run: Run, live: Promotion | None) -> dict[str, Any] | None:
    """Data of the learning curve; the reference is the best of the live artifact's own run."""
    measure = "ndcg" if any("ndcg" in point for point in run.curve) else "loss"
    points = [point for point in run.curve if measure in point]
    if not points:
        return None
    label = "NDCG@10" if measure == "ndcg" else _("Loss")
    chart: dict[str, Any] = {
        "x": [point["epoch"] for point in points],
        "series": [{"label": label, "y": [point[measure] for point in points]}],
    }
    best = best_of_live(live) if measure == "ndcg" else None
    if best is not None and live is not None and live.artifact_id != run.artifact_id:
        chart["reference"] = {"label": _("best of the live run"), "value": best}
    return chart


def best_of_live(live: Promotion | None) -> float | None:
    run = Run.objects.filter(artifact=live.artifact).only("curve").first() if live else None
    return best_ndcg(run) if run else None


def best_ndcg(run: Run) -> float | None:
    return max((point["ndcg"] for point in run.curve if "ndcg" in point), default=None)


def nightly() -> Nightly:
    task = PeriodicTask.objects.filter(name=NIGHTLY).select_related("crontab").first()
    if task is None or task.crontab is None:
        return Nightly(enabled=False, hour=DEFAULT_HOUR, last_run_at=None)
    return Nightly(task.enabled, int(task.crontab.hour), task.last_run_at)


def verdict(candidate: Artifact, live: Artifact | None) -> list[str]:
    """How sure one can be that promoting is right, in sentences."""
    lines = []
    new = score_of(candidate.report)
    if new is None:
        return [_("Its report is empty: nothing is known about how good it is.")]
    lead = lead_over(candidate.report, "popularity")
    if lead is not None:
        words = _(
            "Against popular titles, on the same people: %(low)+.0f to %(high)+.0f %% NDCG@10."
        )
        lines.append(words % {"low": lead.percent_low, "high": lead.percent_high})
    old = score_of(live.report) if live else None
    if live is None or old is None:
        return [*lines, _("There is no live model to compare it with.")]
    gap = difference(new, old)
    if gap.low > 0:
        judged = _("It is better than the live one for sure.")
    elif gap.high < 0:
        judged = _("It is worse than the live one for sure.")
    else:
        judged = _("It cannot be told apart from the live one.")
    words = _(
        "Against the live model: %(value)+.3f, "
        "between %(low)+.3f and %(high)+.3f NDCG@10. %(judged)s"
    )
    lines.append(words % {"value": gap.value, "low": gap.low, "high": gap.high, "judged": judged})
    if candidate.data_sha256 != live.data_sha256:
        lines.append(
            _("The two were measured on different data, each on what its own training held back.")
        )
    return lines
