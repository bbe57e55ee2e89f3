"""The gallery as somebody has filtered it, page by page."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from studio.models import Image, Walk

PAGE_IMAGES = 40
SHOWN = ("all", "mine", "published")
FOR_STAFF = "judge"


@dataclass(frozen=True)
class Filters:
    """What of the gallery is shown."""

    show: str = "all"
    label: str = ""
    before: int | None = None  # id, of the last image of the page before

    @classmethod
    def of(cls, query: Any, user: Any) -> Self:
        """Of an address; what makes no sense in it is left out."""
        known = (*SHOWN, *([FOR_STAFF] if user.is_staff else []))
        show, before = query.get("show", ""), query.get("before", "")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        return cls(show if show in known else "all", query.get("of", "")[:60], number)

    def address(self, **changes: Any) -> str:
        """The query of these filters, changed; a changed filter begins at the first page."""
        values = {"show": self.show, "of": self.label, "before": None} | changes
        kept = {name: value for name, value in values.items() if value and value != "all"}
        return f"?{urlencode(kept)}"


@dataclass(frozen=True)
class Chip:
    """One choice of a filter."""

    name: str
    address: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True)
class Page:
    """A page of images with what stands around it."""

    images: list[Image]
    total: int
    filters: Filters
    shown: list[Chip]
    labels: list[Chip]
    has_walks: bool
    more: str  # the address of the next page; "" on the last

    @property
    def is_whole(self) -> bool:
        """Nothing is filtered away."""
        return self.filters.show == "all" and not self.filters.label


def gallery_page(user: Any, filters: Filters) -> Page:
    wanted = shown_to(user, filters.show)
    labels = _labels(wanted, filters)
    if filters.label:
        wanted = wanted.filter(label=filters.label)
    total = wanted.count()
    if filters.before:
        wanted = wanted.filter(pk__lt=filters.before)
    found = list(wanted.order_by("-pk").select_related("generator")[: PAGE_IMAGES + 1])
    images = found[:PAGE_IMAGES]
    more = filters.address(before=images[-1].pk) if len(found) > PAGE_IMAGES else ""
    walks = Walk.objects.filter(job__owner=user.pk).exclude(files={}).exists()
    return Page(images, total, filters, _shown(user, filters), labels, walks, more)


def shown_to(user: Any, show: str) -> QuerySet[Image]:
    if show == FOR_STAFF:
        return Image.objects.visible_to(user).to_judge()
    if show == "mine":
        return Image.objects.owned_by(user)
    if show == "published":
        return Image.objects.published()
    return Image.objects.in_gallery_of(user)


def _shown(user: Any, filters: Filters) -> list[Chip]:
    names = {"all": _("All"), "mine": _("Mine"), "published": _("Published")}
    chips = [
        Chip(name, filters.address(show=show), show == filters.show) for show, name in names.items()
    ]
    if user.is_staff:
        waiting = Image.objects.reported().count()
        address = filters.address(show=FOR_STAFF, of="")
        chips.append(Chip(_("To judge"), address, filters.show == FOR_STAFF, waiting))
    return chips


def _labels(images: QuerySet[Image], filters: Filters) -> list[Chip]:
    counted = images.order_by().values_list("label").annotate(count=Count("pk")).order_by("label")
    chips = [
        Chip(label, filters.address(of=label), label == filters.label, count)
        for label, count in counted
    ]
    if len(chips) < 2 and not filters.label:
        return []
    return [Chip(_("Every class"), filters.address(of=""), not filters.label), *chips]
