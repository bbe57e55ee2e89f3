"""Finding titles for one person with the live artifact, as the rules of the site want them.

Never fails for want of one: the answer says which rung served it: personal (of a visitor: session)
→ similar → popular.
"""

from collections.abc import Collection, Iterator

from catalog.census import Mask
from catalog.models import Title
from recommendations import rankers
from recommendations.obeying import NOTHING, RuledList, ruled_list
from recommendations.rankers import Closeness, Ranker, Rung, Scored, Source
from recommendations.rule_models import ShelfKind
from recommendations.taste import Taste

EXPLAINING_TITLES = 3
UNASKED: tuple[Source, ...] = ("pinned", "popular")  # no sign that a retrieval knew anything
REASONS_TRIED = 5  # past titles that may carry a pick of a list; a title's page asks more


def ranked_for(
    taste: Taste, *, shelf: str, limit: int, exclude: Collection[int] = frozenset()
) -> tuple[Ranker, RuledList]:
    """The best `limit` visible titles for this taste, none seen, and the retrieval that found them.

    shelf: a `ShelfKind`, whose rules are obeyed.
    """
    usable = taste.usable(without=taste.seen | set(exclude))
    orders = taste.orders(shelf)
    for ranker in _ladder(taste, shelf):
        found = ruled_list(ranker, usable, orders, limit, taste.census)
        if ranker.rung == "popular" or any(each.source not in UNASKED for each in found.ranked):
            break
    return ranker, found


def _ladder(taste: Taste, shelf: str) -> Iterator[Ranker]:
    """The retrievals to try, the best first; popularity is always the last."""
    liked = [entry.item_id for entry in taste.history if entry.weight > 0]
    if taste.live and liked:
        if any(taste.live.recommender.knows(title_id) for title_id in liked):
            yield rankers.personal(taste, taste.live, shelf)
        for title_id in reversed(liked):
            yield rankers.near(taste, taste.live, int(title_id), "content")
    yield rankers.popular(taste.census)


def neighbours(
    taste: Taste,
    title_id: int,
    *,
    shelf: str,
    limit: int,
    exclude: Collection[int] = frozenset(),
    by: Closeness = "taste",
) -> RuledList:
    """The artifact's titles nearest to one; none without an artifact."""
    if taste.live is None:
        return NOTHING
    ranker = rankers.near(taste, taste.live, title_id, by)
    usable = taste.usable(without={title_id, *exclude, *taste.unwanted})
    found = ruled_list(ranker, usable, taste.orders(shelf), limit, taste.census)
    return NOTHING if all(each.source == "pinned" for each in found.ranked) else found


def closeness_of(taste: Taste, title_id: int, by: Closeness = "taste") -> Closeness:
    """What nearness to this title is really measured by: nobody's taste tells of a cold one."""
    if taste.recommender is None or taste.recommender.is_cold(title_id):
        return "content"
    return by


def near(
    taste: Taste, title: Title, *, limit: int, by: Closeness = "taste"
) -> tuple[Rung, RuledList]:
    shelf = ShelfKind.SIMILAR
    found = neighbours(taste, title.pk, shelf=shelf, limit=limit, by=by)
    if found.served:
        return "similar", found
    kin = Title.genres.through.objects.filter(genre__in=title.genres.all())
    alike = taste.narrowed(list(kin.values_list("title", flat=True)))
    usable = alike.usable(without={title.pk, *taste.unwanted})
    return "popular", popular(taste, shelf=shelf, limit=limit, usable=usable)


def popular(taste: Taste, *, shelf: str, limit: int, usable: Mask) -> RuledList:
    """The most popular of these titles. usable: (N,) of taste's census."""
    ranker = rankers.popular(taste.census)
    return ruled_list(ranker, usable, taste.orders(shelf), limit, taste.census)


def newest(taste: Taste, *, limit: int, usable: Mask) -> RuledList:
    """Those of these titles that were added last."""
    orders = taste.orders(ShelfKind.NEW)
    return ruled_list(rankers.newest(taste), usable, orders, limit, taste.census)


def attributions(taste: Taste, title: Title) -> list[tuple[int, float]]:
    """(past title, fall of this title's score without it) of the liked ones that count most."""
    if taste.recommender is None or taste.reading is None:
        return []
    liked = set(taste.liked) - {title.pk}
    drops = taste.recommender.attributions(taste.reading, [title.pk]).get(title.pk, [])
    return [(int(pk), drop) for pk, drop in drops if pk in liked][:EXPLAINING_TITLES]


def carriers_of(taste: Taste, found: list[Scored]) -> dict[int, int]:
    """For each personal pick, the liked title of the history whose absence would cost it most."""
    personal = [scored.item_id for scored in found if scored.source == "personal"]
    if not personal or taste.recommender is None or taste.reading is None:
        return {}
    liked = set(taste.liked)
    drops = taste.recommender.attributions(taste.reading, personal, at_most=REASONS_TRIED)
    strongest = {
        pk: next((by for by, _ in pairs if by in liked), None) for pk, pairs in drops.items()
    }
    return {int(pk): int(by) for pk, by in strongest.items() if by is not None}
