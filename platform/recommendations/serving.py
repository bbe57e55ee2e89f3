"""Finding titles for one person with the live artifact.

Never fails for want of one: the answer says which rung served it: personal → similar → popular.
"""

import logging
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import numpy as np
from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from catalog.models import Title
from events.weights import LIKED
from recommendations.dataset import NO_PAST, past_of
from recommendations.models import ColdVector, Promotion
from recsys import serving as recsys_serving
from recsys.artifacts import read_manifest
from recsys.errors import RecsysError
from recsys.serving import HistoryEntry, Recommender, read_item_ids

log = logging.getLogger(__name__)

Rung = Literal["personal", "similar", "popular"]
Closeness = Literal["taste", "content"]
Source = Literal["personal", "similar", "popular", "cold", "new"]
EXPLAINING_TITLES = 3
PROMOTIONS_TRIED = 10
REFUSED_SECONDS = 60.0


# ── The artifact this process serves from ─────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Live:
    """A loaded artifact with the cold titles encoded for it so far."""

    artifact_id: int
    name: str
    newest_cold: int
    base: Recommender
    recommender: Recommender


_live: Live | None = None
_refused: dict[int, float] = {}  # artifacts that could not be loaded → when that was (monotonic)
_loading = threading.Lock()


def current() -> Live | None:
    """What the newest promotion names, swapped in at the first request after it; one query.

    An artifact that cannot be loaded is refused for a while, and the one before it keeps serving.
    """
    global _live
    newest_cold = ColdVector.objects.filter(artifact=OuterRef("artifact")).order_by("-id")
    rows = (
        Promotion.objects.newest_first()
        .annotate(newest_cold=Subquery(newest_cold.values("id")[:1]))
        .values_list("artifact_id", "artifact__name", "newest_cold")[:PROMOTIONS_TRIED]
    )
    for artifact_id, name, newest in rows:
        wanted = (artifact_id, newest or 0)
        if _is_refused(artifact_id):
            continue
        if (live := _live) and (live.artifact_id, live.newest_cold) == wanted:
            return live
        with _loading:
            if (live := _live) and (live.artifact_id, live.newest_cold) == wanted:
                return live  # another thread has loaded it meanwhile
            if _is_refused(artifact_id):
                continue
            loaded = _load_live(artifact_id, name, newest or 0)
            if loaded:
                _live = loaded
                return loaded
            _refused[artifact_id] = monotonic()
    return None


def _is_refused(artifact_id: int) -> bool:
    """For a minute: said once then, not at every request, and a mended folder serves again."""
    return monotonic() - _refused.get(artifact_id, -inf) < REFUSED_SECONDS


def _load_live(artifact_id: int, name: str, newest_cold: int) -> Live | None:
    same = _live if _live and _live.artifact_id == artifact_id else None
    base = same.base if same else load(Path(settings.ARTIFACTS_DIR) / name)
    if base is None:
        return None
    return Live(artifact_id, name, newest_cold, base, _with_cold_titles(base, artifact_id))


def load(folder: Path) -> Recommender | None:
    """The artifact in a folder; None, and one line in the log, when it is missing or corrupt."""
    try:
        return Recommender.load(folder)
    except RecsysError as error:
        log.error("artifact %s refused: %s", folder.name, error)
        return None


def is_whole(folder: Path) -> bool:
    """Every file of this artifact is there and is what was written."""
    try:
        read_manifest(folder)
    except RecsysError as error:
        log.error("artifact %s is damaged: %s", folder.name, error)
        return False
    return True


def item_ids(folder: Path) -> set[int]:
    """Titles that the artifact in this folder knows, without loading it; none if unreadable."""
    try:
        return set(map(int, read_item_ids(folder)))
    except RecsysError:
        return set()


def _with_cold_titles(base: Recommender, artifact_id: int) -> Recommender:
    rows = ColdVector.objects.filter(artifact=artifact_id).values_list("title_id", "vector")
    cold = [(title_id, vector) for title_id, vector in rows if not base.knows(title_id)]
    if not cold:
        return base
    vectors = np.stack([np.frombuffer(vector, dtype="<f4") for _, vector in cold])
    return base.with_cold_items([title_id for title_id, _ in cold], vectors)


# ── Finding ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Scored:
    """The id of a title, how well it fits, and the retrieval that found it."""

    item_id: int
    score: float
    source: Source


@dataclass(frozen=True)
class Taste:
    """What one request knows of its person: history, and the titles that may be shown to them."""

    history: list[HistoryEntry]
    seen: frozenset[int]  # titles that are not recommended again
    titles: QuerySet[Title]  # visible to them, unordered
    visible: set[int]  # their ids
    live: Live | None

    @property
    def liked(self) -> list[int]:
        """Titles they clearly liked, newest first."""
        return [int(entry.item_id) for entry in reversed(self.history) if entry.weight >= LIKED]

    @property
    def artifact(self) -> str | None:
        return self.live.name if self.live else None

    @property
    def recommender(self) -> Recommender | None:
        return self.live.recommender if self.live else None


def taste_of(user: Any, *, kind: str | None = None) -> Taste:
    """Three queries: the live artifact, the history, the visible titles (of one kind, if given)."""
    titles = Title.objects.visible_to(user).order_by()
    if kind:
        titles = titles.filter(kind=kind)
    past = past_of(user) if user.is_authenticated else NO_PAST
    return Taste(
        history=past.history,
        seen=past.seen,
        titles=titles,
        visible=set(titles.values_list("pk", flat=True)),
        live=current(),
    )


def retrieve(
    taste: Taste, *, limit: int, exclude: Collection[int] = frozenset()
) -> tuple[Rung, list[Scored]]:
    """The best `limit` visible titles for this taste, none seen, and the rung that found them."""
    allowed = taste.visible - taste.seen - set(exclude)
    recommender = taste.recommender
    positive = [entry for entry in taste.history if entry.weight > 0]
    if recommender and any(recommender.knows(entry.item_id) for entry in positive):
        found = recommender.recommend(taste.history, k=limit, allowed=allowed, seen=())
        if found:
            return "personal", _of_titles(found)
    if recommender and positive:
        alike = _like_the_newest(recommender, positive, allowed=allowed, limit=limit)
        if alike:
            return "similar", alike
    return "popular", popular(taste.titles.exclude(pk__in=taste.seen | set(exclude)), limit=limit)


def _like_the_newest(
    recommender: Recommender, positive: list[HistoryEntry], *, allowed: set[int], limit: int
) -> list[Scored]:
    """Neighbours by content of the newest title of the history that has a vector."""
    for entry in reversed(positive):
        found = recommender.similar(entry.item_id, k=limit, allowed=allowed, by="content")
        if found:
            return _of_titles(found)
    return []


def _of_titles(found: Iterable[recsys_serving.Scored]) -> list[Scored]:
    """What recsys found; its item ids may be texts, ours are integers."""
    return [Scored(int(scored.item_id), scored.score, scored.source) for scored in found]


def popular(titles: QuerySet[Title], *, limit: int) -> list[Scored]:
    """By the decayed count of what everybody did; needs no artifact."""
    rows = titles.order_by("-popularity", "pk").values_list("pk", "popularity")[:limit]
    return [Scored(item_id=pk, score=float(score), source="popular") for pk, score in rows]


def neighbours(
    taste: Taste, title_id: int, *, limit: int, allowed: set[int], by: Closeness = "taste"
) -> list[Scored]:
    """The artifact's titles nearest to one; none without an artifact."""
    if taste.recommender is None:
        return []
    return _of_titles(taste.recommender.similar(title_id, k=limit, allowed=allowed, by=by))


def closeness_of(taste: Taste, title_id: int, by: Closeness = "taste") -> Closeness:
    """What nearness to this title is really measured by: nobody's taste tells of a cold one."""
    if taste.recommender is None or taste.recommender.is_cold(title_id):
        return "content"
    return by


def near(
    taste: Taste, title: Title, *, limit: int, by: Closeness = "taste"
) -> tuple[Rung, list[Scored]]:
    found = neighbours(taste, title.pk, limit=limit, allowed=taste.visible - {title.pk}, by=by)
    if found:
        return "similar", found
    kin = Title.genres.through.objects.filter(genre__in=title.genres.all()).values("title")
    return "popular", popular(taste.titles.filter(pk__in=kin).exclude(pk=title.pk), limit=limit)


def attributions(taste: Taste, title: Title) -> list[tuple[int, float]]:
    """(past title, fall of this title's score without it) of the liked ones that count most."""
    if taste.recommender is None:
        return []
    liked = set(taste.liked) - {title.pk}
    drops = taste.recommender.attributions(taste.history, [title.pk]).get(title.pk, [])
    return [(int(pk), drop) for pk, drop in drops if pk in liked][:EXPLAINING_TITLES]


def carriers_of(taste: Taste, found: list[Scored]) -> dict[int, int]:
    """For each personal pick, the liked title of the history whose absence would cost it most."""
    personal = [scored.item_id for scored in found if scored.source == "personal"]
    if not personal or taste.recommender is None:
        return {}
    liked = set(taste.liked)
    drops = taste.recommender.attributions(taste.history, personal)
    strongest = {
        pk: next((by for by, _ in pairs if by in liked), None) for pk, pairs in drops.items()
    }
    return {int(pk): int(by) for pk, by in strongest.items() if by is not None}
