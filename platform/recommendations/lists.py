"""Lists of titles as people get them: what serving found, with titles read and reasons said."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.core.cache import cache

from catalog.models import Title
from recommendations.reasons import Contribution, Explanation, explanation, reason
from recommendations.serving import (
    Closeness,
    Rung,
    Scored,
    Taste,
    attributions,
    carriers_of,
    closeness_of,
    near,
    retrieve,
    taste_of,
)

LONGEST_LIST = 400
SNAPSHOT_SECONDS = 1800
CURSOR_SALT = "recommendations.cursor"


class CursorRefused(ValueError):
    """This cursor is not ours, or its list is no longer kept: ask again without one."""


@dataclass(frozen=True)
class Pick:
    """One title of a list, with where it came from and one honest sentence."""

    title: Title
    score: float
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ServedList:
    list_id: UUID
    rung: Rung
    artifact: str | None
    picks: list[Pick]
    by: Closeness = "taste"  # what nearness was measured by, in a list of similar titles


def recommend(
    user: Any, *, limit: int, kind: str | None = None, exclude: Collection[int] = frozenset()
) -> ServedList:
    """A fresh list for this person (or for an anonymous visitor: the popular one)."""
    taste = taste_of(user, kind=kind)
    rung, found = retrieve(taste, limit=limit, exclude=exclude)
    return ServedList(uuid4(), rung, taste.artifact, picks(user, taste, found))


def recommendation_page(
    user: Any, *, limit: int, kind: str | None, cursor: str | None
) -> tuple[ServedList, str | None]:
    """One page of a list that stays as it was while it is paged through; (page, next cursor).

    Raises CursorRefused.
    """
    taste = taste_of(user, kind=kind)
    if cursor is None:
        rung, found = retrieve(taste, limit=LONGEST_LIST)
        artifact, list_id, offset = taste.artifact, uuid4(), 0
        if len(found) > limit:
            rows = [(scored.item_id, scored.score, scored.source) for scored in found]
            snapshot = (rung, artifact, rows)
            cache.set(_snapshot_key(user, list_id), snapshot, timeout=SNAPSHOT_SECONDS)
    else:
        list_id, offset = _read_cursor(cursor)
        kept = cache.get(_snapshot_key(user, list_id))
        if kept is None:
            raise CursorRefused("this list is no longer kept: ask again without a cursor")
        rung, artifact, rows = kept
        found = [Scored(item_id, score, source) for item_id, score, source in rows]
    end = offset + limit
    page = [scored for scored in found[offset:end] if scored.item_id in taste.visible]
    served = ServedList(list_id, rung, artifact, picks(user, taste, page))
    more = signing.dumps([str(list_id), end], salt=CURSOR_SALT) if end < len(found) else None
    return served, more


def _read_cursor(cursor: str) -> tuple[UUID, int]:
    try:
        list_id, offset = signing.loads(cursor, salt=CURSOR_SALT)
    except (signing.BadSignature, UnicodeError) as error:
        raise CursorRefused("this cursor was not made by this site") from error
    return UUID(list_id), offset


def _snapshot_key(user: Any, list_id: UUID) -> str:
    return f"ranking:{user.pk or 0}:{list_id}"


def similar_titles(user: Any, title: Title, *, limit: int, by: Closeness = "taste") -> ServedList:
    """Titles near this one. Without an artifact: popular ones that share a genre."""
    taste = taste_of(user)
    rung, found = near(taste, title, limit=limit, by=by)
    listed = picks(user, taste, found, close_to=title)
    return ServedList(uuid4(), rung, taste.artifact, listed, closeness_of(taste, title.pk, by))


def title_page(user: Any, title: Title, *, limit: int) -> tuple[ServedList, Explanation | None]:
    """Similar titles and what speaks for this one; all titles of both are read together."""
    taste = taste_of(user)
    rung, found = near(taste, title, limit=limit)
    drops = attributions(taste, title) if taste.live and taste.history else []
    titles = cards_of(user, {scored.item_id for scored in found} | {pk for pk, _ in drops})
    listed = [
        Pick(
            titles[scored.item_id],
            scored.score,
            reason(scored.source, None, close_to=title),
            (rung,),
        )
        for scored in found
        if scored.item_id in titles
    ]
    by = closeness_of(taste, title.pk)
    served = ServedList(uuid4(), rung, taste.artifact, listed, by)
    if taste.live is None or not taste.history:
        return served, None
    contributions = [
        Contribution(titles[pk], share=100 * drop / drops[0][1])
        for pk, drop in drops
        if pk in titles
    ]
    pair = [title.pk, *(row.title.pk for row in contributions[:1])]
    if "content" in [closeness_of(taste, pk) for pk in pair]:
        by = "content"
    return served, explanation(title, contributions, by=by, artifact=taste.live.name)


def cards_of(user: Any, ids: Collection[int]) -> dict[int, Title]:
    """Visible titles by id, with what a card shows."""
    return Title.objects.visible_to(user).for_cards().in_bulk(ids)


def picks(
    user: Any, taste: Taste, found: Iterable[Scored], *, close_to: Title | None = None
) -> list[Pick]:
    """Titles and reasons for scored ids, in their order; what is no longer visible is left out."""
    found = list(found)
    carriers = carriers_of(taste, found)
    wanted = {scored.item_id for scored in found} | set(carriers.values())
    titles = cards_of(user, wanted)
    return [
        Pick(
            title=titles[scored.item_id],
            score=scored.score,
            why=reason(
                scored.source, titles.get(carriers.get(scored.item_id, 0)), close_to=close_to
            ),
            sources=(scored.source,),
        )
        for scored in found
        if scored.item_id in titles
    ]
