"""Lists of titles as people get them: what serving found, with titles read and reasons said."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.translation import get_language

from catalog.briefs import Brief, briefs_of
from catalog.models import Title
from recommendations.kept_pages import kept_page
from recommendations.logged_pasts import PastRow, past_row
from recommendations.obeying import RuledList
from recommendations.rankers import Closeness, Rung, Scored, Source
from recommendations.reasons import Contribution, Explanation, explanation, reason
from recommendations.recipes import recipe_of
from recommendations.rule_models import ShelfKind
from recommendations.served_log import ServedRow, Surface, log_lists
from recommendations.serving import attributions, carriers_of, closeness_of, near, ranked_for
from recommendations.snapshots import cursor_to, snapshot_at
from recommendations.taste import Taste, taste_of

LONGEST_LIST = 200  # ten pages of twenty
Listed = Title | Brief
Page = tuple["ServedList", str | None]  # and the cursor of the next
Reader = Callable[[Any, Collection[int]], Mapping[int, Listed]]  # user, ids → the visible


@dataclass(frozen=True)
class Pick:
    """One title of a list, with where it came from and one honest sentence."""

    title: Listed
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


def cards_of(user: Any, ids: Collection[int]) -> Mapping[int, Title]:
    """Visible titles by id, with what a card shows."""
    return Title.objects.visible_to(user).for_cards().in_bulk(ids)


def recommendation_page(
    user: Any,
    *,
    session: SessionBase | None = None,
    limit: int,
    kind: str | None,
    cursor: str | None,
) -> Page:
    """One page of a list that stays as it was while it is paged through; (page, next cursor).

    A member who asks again while nothing has changed gets the same list. Raises CursorRefused.
    """
    if cursor is not None:
        return _later_page(taste_of(user, session=session, kind=kind), user, limit, cursor)
    if not user.is_authenticated:
        return _first_page(taste_of(user, session=session, kind=kind), user, limit)[0]
    return kept_page(
        user,
        (get_language(), limit, kind),
        lambda grounds: _first_page(taste_of(user, kind=kind, grounds=grounds), user, limit),
    )


def _first_page(taste: Taste, user: Any, limit: int) -> tuple[Page, bool]:
    """Of a new list, which is written down whole for those after it; was it?"""
    ranker, ruled = ranked_for(taste, shelf=ShelfKind.LIST, limit=LONGEST_LIST)
    found, list_id, served_at = ruled.served, uuid4(), timezone.now()
    recipe = recipe_of(ruled, found, {})
    rows = [served_row(list_id, "list", ranker.rung, taste, found, recipe=recipe)]
    past = past_behind(user, taste, rows)
    written = log_lists(
        user=user,
        visitor=taste.visitor,
        lists=rows,
        past=past,
        now=served_at,
        since=taste.census.until,
    )
    is_current = written.notes == taste.census.notes if written else None
    listed = _picked(taste, user, found[:limit], is_current=is_current)
    served = ServedList(list_id, ranker.rung, taste.artifact, listed)
    more = cursor_to(list_id, served_at, limit) if written and limit < len(found) else None
    return (served, more), written is not None


def _later_page(taste: Taste, user: Any, limit: int, cursor: str) -> Page:
    """From the log of what was served."""
    kept, found, start = snapshot_at(cursor, user, taste.visitor)
    end = start + limit
    listed = _picked(taste, user, found[start:end])
    more = cursor_to(kept.list_id, kept.served_at, end) if end < len(found) else None
    return ServedList(kept.list_id, cast(Rung, kept.rung), kept.artifact or None, listed), more


def _picked(
    taste: Taste, user: Any, found: list[Scored], *, is_current: bool | None = None
) -> list[Pick]:
    """is_current: taste's census, if that was just asked."""
    visible = taste.may_see([scored.item_id for scored in found])
    still = [scored for scored in found if scored.item_id in visible]
    return picks(user, taste, still, read=partial(briefs_for, taste, is_current=is_current))


def served_row(
    list_id: UUID,
    surface: Surface,
    rung: str,
    taste: Taste,
    found: Sequence[Scored],
    *,
    shelf: str = "",
    recipe: dict[str, Any] | None,
) -> ServedRow:
    """A list as the log writes it down. recipe: of `recipe_of`."""
    return ServedRow(
        list_id,
        surface,
        shelf,
        rung,
        taste.artifact,
        [scored.item_id for scored in found],
        [scored.score for scored in found],
        [scored.source for scored in found],
        experiment_id=taste.arm.experiment_id if taste.arm else None,
        arm=taste.arm.name if taste.arm else "",
        recipe=recipe,
    )


def past_behind(user: Any, taste: Taste, rows: Sequence[ServedRow]) -> PastRow | None:
    """What the lists of a page were made from; None when no model read it."""
    if any(row.recipe and row.recipe["by"] == "personal" for row in rows):
        return past_row(user.pk, taste.visitor, taste.history, taste.fatigue)
    return None


def similar_titles(
    user: Any,
    title: Title,
    *,
    session: SessionBase | None = None,
    limit: int,
    by: Closeness = "taste",
    brief: bool = False,
) -> ServedList:
    """Titles near this one. Without an artifact: popular ones that share a genre.

    brief: titles as `catalog.briefs` has them, not with all that a card shows.
    """
    taste = taste_of(user, session=session)
    read: Reader = partial(briefs_for, taste) if brief else cards_of
    rung, ruled = near(taste, title, limit=limit, by=by)
    found = ruled.served
    listed = picks(user, taste, found, close_to=title, read=read)
    return _logged_similar(user, taste, rung, ruled, listed, closeness_of(taste, title.pk, by))


def _logged_similar(
    user: Any,
    taste: Taste,
    rung: Rung,
    ruled: RuledList,
    listed: list[Pick],
    by: Closeness,
) -> ServedList:
    served = ServedList(uuid4(), rung, taste.artifact, listed, by)
    source: Source = "popular" if rung == "popular" else "similar"
    shown = [Scored(pick.title.pk, pick.score, source) for pick in listed]
    recipe = recipe_of(ruled, shown, {})
    row = served_row(served.list_id, "similar", rung, taste, shown, shelf="similar", recipe=recipe)
    log_page(user, taste, [row])
    return served


def log_page(user: Any, taste: Taste, rows: Sequence[ServedRow]) -> None:
    """Write down the lists of a page; not those for nobody, as a crawler's are."""
    if taste.is_member or taste.visitor:
        past = past_behind(user, taste, rows)
        log_lists(user=user, visitor=taste.visitor, lists=rows, past=past)


def title_page(
    user: Any, title: Title, *, session: SessionBase | None = None, limit: int
) -> tuple[ServedList, Explanation | None]:
    """Similar titles and what speaks for this one; all titles of both are read together."""
    taste = taste_of(user, session=session)
    rung, ruled = near(taste, title, limit=limit)
    found = ruled.served
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
    served = _logged_similar(user, taste, rung, ruled, listed, by)
    return served, explained(taste, title, drops, titles)


def explained(
    taste: Taste,
    title: Title,
    drops: Sequence[tuple[int, float]],
    titles: Mapping[int, Title],
) -> Explanation | None:
    """What speaks for a title; None without a model or a past.

    drops: of `attributions`; titles: by id, those of the past that are visible.
    """
    if taste.live is None or not taste.history:
        return None
    contributions = [
        Contribution(titles[pk], 100 * drop / drops[0][1], taste.did[pk])
        for pk, drop in drops
        if pk in titles
    ]
    pair = [title.pk, *(row.title.pk for row in contributions[:1])]
    is_cold = "content" in [closeness_of(taste, pk) for pk in pair]
    by: Closeness = "content" if is_cold else "taste"
    return explanation(title, contributions, by=by, artifact=taste.live.name)


def briefs_for(
    taste: Taste, user: Any, ids: Collection[int], *, is_current: bool | None = None
) -> Mapping[int, Brief]:
    """Visible titles in a line each, by id. The census knows who may see them, if it is current.

    is_current: whether it is, if that was just asked.
    """
    if taste.census.is_current() if is_current is None else is_current:
        return briefs_of(taste.may_read_of(ids))
    visible = Title.objects.visible_to(user).filter(pk__in=ids).order_by()
    return briefs_of(list(visible.values_list("pk", flat=True)))


def picks(
    user: Any,
    taste: Taste,
    found: Iterable[Scored],
    *,
    close_to: Title | None = None,
    read: Reader = cards_of,
) -> list[Pick]:
    """Titles and reasons for scored ids, in their order; what is no longer visible is left out."""
    found = list(found)
    carriers, did = carriers_of(taste, found), taste.did
    wanted = {scored.item_id for scored in found} | set(carriers.values())
    titles = read(user, wanted)
    return [
        Pick(
            title=titles[scored.item_id],
            score=scored.score,
            why=reason(scored.source, titles.get(carrier), did.get(carrier, ""), close_to=close_to),
            sources=(scored.source,),
        )
        for scored in found
        if scored.item_id in titles
        for carrier in [carriers.get(scored.item_id, 0)]
    ]
