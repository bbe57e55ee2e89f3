"""Finding titles for one person with the live artifact.

Never fails for want of one: the answer says which rung served it: personal (of a visitor: session)
→ similar → popular.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet

from catalog.census import Census, Mask, current_census
from catalog.models import Title
from events.visitors import visitor_of
from events.weights import LIKED
from recommendations.dataset import NO_PAST, past_of, visitor_past_of
from recommendations.experiments import Arm, arm_of, running
from recommendations.loading import Live, current, forget_rivals, named
from recsys import serving as recsys_serving
from recsys.entries import HistoryEntry
from recsys.reranking import Variety
from recsys.serving import Recommender

Rung = Literal["personal", "session", "similar", "popular"]
Closeness = Literal["taste", "content"]
Source = Literal["personal", "similar", "popular", "cold", "new"]
EXPLAINING_TITLES = 3
REASONS_TRIED = 5  # past titles that may carry a pick of a list; a title's page asks more


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
    unwanted: frozenset[int]  # those of them that they are "not interested" in: near nothing either
    titles: QuerySet[Title]  # visible to them, unordered
    census: Census
    visible: Mask  # the same titles, over the rows of the census
    live: Live | None
    fatigue: dict[int, float]  # 0..1 of titles that were shown in vain
    is_member: bool
    visitor: str  # keyed hash of the session of somebody without an account, "" when nothing tells
    arm: Arm | None = None  # of the experiment that runs

    @property
    def variety(self) -> Variety:
        """What its lists give up score for."""
        return Variety.at((self.arm.variety if self.arm else None) or 0.0)

    @property
    def liked(self) -> list[int]:
        """Titles they clearly liked, newest first."""
        return [int(entry.item_id) for entry in reversed(self.history) if entry.weight >= LIKED]

    def may_see(self, ids: Collection[int]) -> set[int]:
        """Those of the titles that are visible to them."""
        places = self.census.places(ids)
        return set(self.census.ids[places[self.visible[places]]].tolist())

    def narrowed(self, ids: Collection[int], titles: QuerySet[Title]) -> "Taste":
        """As if only these titles could be shown. titles: the same, as a query."""
        among = np.zeros(len(self.census), dtype=bool)
        among[self.census.places(ids)] = True
        return replace(self, titles=titles, visible=self.visible & among)

    def allowed(self, live: Live, *, without: Collection[int]) -> Mask:
        """Visible and not among these, over the rows of the live recommender."""
        mask = self.visible.copy()
        mask[self.census.places(without)] = False
        return live.allowed(self.census, mask)

    @property
    def artifact(self) -> str | None:
        return self.live.name if self.live else None

    @property
    def recommender(self) -> Recommender | None:
        return self.live.recommender if self.live else None


def taste_of(user: Any, *, session: SessionBase | None = None, kind: str | None = None) -> Taste:
    """What they did, what they may see (of one kind, if given), and what serves.

    session: of the browser; it is all that is known of a visitor.
    """
    past, visitor = NO_PAST, ""
    if user.is_authenticated:
        past = past_of(user)
    elif session is not None:
        past, visitor = visitor_past_of(session), visitor_of(session) or ""
    titles = Title.objects.visible_to(user).order_by()
    if kind:
        titles = titles.filter(kind=kind)
    if past.hidden and not user.is_authenticated:
        titles = titles.exclude(pk__in=past.hidden)
    census = current_census()
    arm = arm_of(user if user.is_authenticated else visitor)
    live = named(arm.artifact) if arm and arm.artifact else current()
    if running() is None:
        forget_rivals()
    if arm and arm.artifact and (live is None or live.name != arm.artifact):
        arm = None  # it could not be served: this list says nothing about it
    return Taste(
        history=past.history,
        seen=past.seen,
        unwanted=past.disliked,
        titles=titles,
        census=census,
        visible=census.visible_to(user, hidden=past.hidden, kind=kind),
        live=live,
        fatigue=past.fatigue,
        is_member=user.is_authenticated,
        visitor=visitor,
        arm=arm,
    )


def retrieve(
    taste: Taste, *, limit: int, exclude: Collection[int] = frozenset()
) -> tuple[Rung, list[Scored]]:
    """The best `limit` visible titles for this taste, none seen, and the rung that found them."""
    without = taste.seen | set(exclude)
    positive = [entry for entry in taste.history if entry.weight > 0]
    if taste.live and positive:
        allowed = taste.allowed(taste.live, without=without)
        recommender = taste.live.recommender
        if any(recommender.knows(entry.item_id) for entry in positive):
            found = recommender.recommend(
                taste.history,
                k=limit,
                allowed=allowed,
                seen=(),
                fatigue=taste.fatigue.items(),
                variety=taste.variety,
            )
            if found:
                return "personal" if taste.is_member else "session", _of_titles(found)
        alike = _like_the_newest(recommender, positive, allowed=allowed, limit=limit)
        if alike:
            return "similar", alike
    return "popular", popular(taste.titles.exclude(pk__in=without), limit=limit)


def _like_the_newest(
    recommender: Recommender, positive: list[HistoryEntry], *, allowed: Mask, limit: int
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
    taste: Taste,
    title_id: int,
    *,
    limit: int,
    exclude: Collection[int] = frozenset(),
    by: Closeness = "taste",
) -> list[Scored]:
    """The artifact's titles nearest to one; none without an artifact."""
    if taste.live is None:
        return []
    allowed = taste.allowed(taste.live, without={title_id, *exclude, *taste.unwanted})
    return _of_titles(taste.live.recommender.similar(title_id, k=limit, allowed=allowed, by=by))


def closeness_of(taste: Taste, title_id: int, by: Closeness = "taste") -> Closeness:
    """What nearness to this title is really measured by: nobody's taste tells of a cold one."""
    if taste.recommender is None or taste.recommender.is_cold(title_id):
        return "content"
    return by


def near(
    taste: Taste, title: Title, *, limit: int, by: Closeness = "taste"
) -> tuple[Rung, list[Scored]]:
    found = neighbours(taste, title.pk, limit=limit, by=by)
    if found:
        return "similar", found
    kin = Title.genres.through.objects.filter(genre__in=title.genres.all()).values("title")
    others = taste.titles.filter(pk__in=kin).exclude(pk__in={title.pk, *taste.unwanted})
    return "popular", popular(others, limit=limit)


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
    drops = taste.recommender.attributions(taste.history, personal, at_most=REASONS_TRIED)
    strongest = {
        pk: next((by for by, _ in pairs if by in liked), None) for pk, pairs in drops.items()
    }
    return {int(pk): int(by) for pk, by in strongest.items() if by is not None}
