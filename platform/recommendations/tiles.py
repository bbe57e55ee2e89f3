"""The tiles of the training page: quality, news since the training, share of the catalog shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Title
from events.models import Event
from recommendations.dataset import KINDS
from recommendations.models import Promotion, Run
from recommendations.reports import MODEL_NAMES, leads, score_of

WEEK = timedelta(days=7)

Direction = Literal["up", "down", "same", ""]


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    note: str
    direction: Direction = ""
    change: str = ""
    interval: str = ""  # after the note, on one line


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
    note = _("on the best baseline (%(name)s),") % {
        "name": str(MODEL_NAMES.get(closest.over, closest.over)).lower()
    }
    interval = _("%(low)+.0f to %(high)+.0f %%") % {
        "low": closest.percent_low,
        "high": closest.percent_high,
    }
    direction: Direction = "up" if closest.is_sure else "down" if closest.is_behind else "same"
    change = f"{closest.percent:+.1f} %".replace("-", "−")
    return Tile(label, value, note, direction, change, interval.replace("-", "−"))


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
