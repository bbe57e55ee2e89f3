"""The shelves of the home page: no title twice, nothing seen or hidden, every heading true."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID, uuid4

import numpy as np
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from catalog.briefs import briefs_of
from catalog.cards import Card
from catalog.holdings import holdings_of
from catalog.models import Genre, Title
from catalog.posters import composition_name
from events.models import Saved
from recommendations.lists import log_page, served_row
from recommendations.obeying import NOTHING, RuledList
from recommendations.rankers import Scored, Source
from recommendations.reasons import because, reason
from recommendations.recipes import recipe_of
from recommendations.rule_models import ShelfKind
from recommendations.served_log import ServedRow
from recommendations.serving import (
    carriers_of,
    closeness_of,
    neighbours,
    newest,
    popular,
    ranked_for,
)
from recommendations.taste import Taste, taste_of

SHELF_LENGTH = 20
SHORTEST_SHELF = 4  # fewer titles make no shelf
GENRE_SHELVES = 2
ALIKE_APART = 3  # posters of one composition so near to each other look like one drawn twice
FARTHEST_MOVE = 2  # places that a title may leave its own by, for the sake of its poster


@dataclass(frozen=True)
class Shelf:
    """A named ordered list on a page."""

    key: str
    heading: str
    evidence: str
    rung: str
    list_id: UUID
    cards: list[Card]


@dataclass
class Draft:
    """A shelf before its titles are read: all shelves' titles are fetched together."""

    key: str
    heading: str
    evidence: str
    rung: str
    found: list[Scored]
    close_to: int | None = None
    strict: bool = False  # its order is promised: anybody can check it, or rules have set it
    ruled: RuledList = NOTHING  # how it was found
    looks: dict[int, str] = field(default_factory=dict)  # of posters, by title, that it is laid by


def home(user: Any, session: SessionBase | None = None) -> list[Shelf]:
    """The shelves for this person, best first; a new visitor gets popular, new and common genres.

    They are written into the log of served lists.
    """
    taste = taste_of(user, session=session)
    drafts = drafts_of(taste)
    carriers = {pk: by for draft in drafts for pk, by in carriers_of(taste, draft.found).items()}
    did = taste.did
    wanted = {scored.item_id for draft in drafts for scored in draft.found}
    names = set(carriers.values()) | {draft.close_to for draft in drafts if draft.close_to}
    titles = _titles(user, wanted | names)
    shelves, rows = [], []
    for draft in drafts:
        close_to = titles.get(draft.close_to) if draft.close_to else None
        if draft.close_to and close_to is None:
            continue
        if close_to:
            draft.heading = because(close_to, did[close_to.pk])
        cards = [
            Card(
                title=titles[scored.item_id],
                why=reason(
                    scored.source, titles.get(carrier), did.get(carrier, ""), close_to=close_to
                ),
                position=position,
                saved=titles[scored.item_id].is_saved,
                score=scored.score,
                sources=(scored.source,),
            )
            for position, scored in enumerate(laid_out(draft, titles))
            for carrier in [carriers.get(scored.item_id, 0)]
        ]
        shelf = Shelf(draft.key, draft.heading, draft.evidence, draft.rung, uuid4(), cards)
        shelves.append(shelf)
        rows.append(shelf_row(shelf, draft, taste))
    log_page(user, taste, rows)
    return shelves


def shelf_row(shelf: Shelf, draft: Draft, taste: Taste) -> ServedRow:
    """A shelf as the log writes it down."""
    shown = shown_on(shelf)
    recipe = recipe_of(draft.ruled, shown, draft.looks)
    return served_row(
        shelf.list_id, "home", shelf.rung, taste, shown, shelf=shelf.key, recipe=recipe
    )


def shown_on(shelf: Shelf) -> list[Scored]:
    """What a shelf holds, as it was laid out."""
    return [
        Scored(card.title.pk, card.score or 0.0, cast(Source, card.sources[0]))
        for card in shelf.cards
    ]


def laid_out(draft: Draft, titles: dict[int, Any]) -> list[Scored]:
    """What is shown, in its order, but for look-alike posters where the order is no promise."""
    shown = [scored for scored in draft.found if scored.item_id in titles]
    if draft.strict:
        return shown
    looks = [composition_name(titles[scored.item_id].poster) for scored in shown]
    draft.looks = {scored.item_id: look for scored, look in zip(shown, looks, strict=True)}
    return [shown[place] for place in apart(looks)]


def apart(looks: Sequence[str]) -> list[int]:
    """An order with equal looks farther apart, where small moves allow; the first stays."""
    order = list(range(len(looks)))
    for at in range(1, len(order)):
        before = order[max(0, at - ALIKE_APART) : at]
        if looks[order[at]] not in {looks[place] for place in before}:
            continue
        tries = [order]
        for later in range(at + 1, min(at + FARTHEST_MOVE + 1, len(order))):
            if abs(order[later] - at) <= FARTHEST_MOVE >= abs(order[at] - later):
                swapped = order.copy()
                swapped[at], swapped[later] = order[later], order[at]
                tries.append(swapped)
        order = min(tries, key=lambda tried: crowding([looks[place] for place in tried]))
    return order


def crowding(looks: Sequence[str]) -> int:
    """How near equal looks stand: 3 for neighbours, 2 with one between them, 1 with two."""
    return sum(
        ALIKE_APART + 1 - gap
        for gap in range(1, ALIKE_APART + 1)
        for one, other in zip(looks, looks[gap:], strict=False)
        if one == other
    )


def _titles(user: Any, ids: Iterable[int]) -> dict[int, Any]:
    """Those visible, by id; what their posters are drawn from is in memory as a rule."""
    saved = Saved.objects.filter(user=user.pk, title=OuterRef("pk"))
    titles = Title.objects.visible_to(user).order_by().annotate(is_saved=Exists(saved))
    found: dict[int, Any] = titles.in_bulk(ids)
    for pk, brief in briefs_of(found).items():
        found[pk].poster = brief.poster
    return found


def drafts_of(taste: Taste) -> list[Draft]:
    """The shelves with the ids of their titles, as they stand above each other."""
    used = set(taste.seen)
    drafts = []
    for make in (_by_taste, _for_everybody, _by_genre):
        for draft in make(taste, used):
            if len(draft.found) >= SHORTEST_SHELF:
                drafts.append(draft)
                used.update(scored.item_id for scored in draft.found)
    return drafts


def _by_taste(taste: Taste, used: set[int]) -> Iterator[Draft]:
    """used: titles that stand on the shelves above; it grows while the next is asked for."""
    if not taste.history:
        return
    ranker, found = ranked_for(taste, shelf=ShelfKind.PICKED, limit=SHELF_LENGTH + 1)
    rung = ranker.rung
    if rung != "popular":
        yield _draft(taste, "picked", _("Picked for you"), _evidence(rung), rung, found)
    visible = taste.may_see(taste.liked)
    for liked in [pk for pk in taste.liked if pk in visible][:1]:
        near = neighbours(taste, liked, shelf=ShelfKind.BECAUSE, limit=SHELF_LENGTH, exclude=used)
        evidence = _("By genre, people and words")
        if closeness_of(taste, liked) == "taste":
            evidence = _("Nearest by the taste of people here")
        yield replace(_draft(taste, "because", "", evidence, "similar", near), close_to=liked)


def _for_everybody(taste: Taste, used: set[int]) -> Iterator[Draft]:
    rest = taste.usable(without=used)
    most = popular(taste, shelf=ShelfKind.POPULAR, limit=SHELF_LENGTH, usable=rest)
    evidence = _ruled(taste, ShelfKind.POPULAR, _("Most watched and rated lately"))
    yield _draft(taste, "popular", _("Popular now"), evidence, "popular", most)
    rest = taste.usable(without=used)
    latest = newest(taste, limit=SHELF_LENGTH, usable=rest)
    evidence = _("Added last, kinds in turn, newest release first")
    evidence = _ruled(taste, ShelfKind.NEW, evidence)
    yield replace(_draft(taste, "new", _("New here"), evidence, "popular", latest), strict=True)


def _by_genre(taste: Taste, used: set[int]) -> Iterator[Draft]:
    for genre, ids in favourite_genres(taste):
        narrowed = taste.narrowed(ids)
        if np.count_nonzero(narrowed.usable(without=used)) < SHORTEST_SHELF:
            continue
        ranker, found = ranked_for(
            narrowed, shelf=ShelfKind.GENRE, limit=SHELF_LENGTH, exclude=used
        )
        rung = ranker.rung
        evidence = _ruled(taste, ShelfKind.GENRE, _order(rung))
        draft = _draft(taste, f"genre-{genre.slug}", genre.name, evidence, rung, found)
        yield replace(draft, strict=draft.strict or rung == "popular")


def _draft(
    taste: Taste, key: str, heading: str, evidence: str, rung: str, ruled: RuledList
) -> Draft:
    """strict where rules have set the order."""
    strict = taste.orders(key.partition("-")[0]).rearranges
    return Draft(key, heading, evidence, rung, ruled.served, strict=strict, ruled=ruled)


def _ruled(taste: Taste, shelf: str, order: str) -> str:
    """What a shelf says of its order, true also where rules have changed it."""
    if not taste.orders(shelf).changes_order:
        return order
    return _("%(order)s; some places are set by this site") % {"order": order}


def _evidence(rung: str) -> str:
    """What the titles picked for somebody come from."""
    if rung == "personal":
        return _("From everything you rated, saved and saw")
    if rung == "session":
        return _("From what you opened and saw in this visit")
    return _("By genre, people and words of something you chose")


def _order(rung: str) -> str:
    """What a genre's titles are ordered by."""
    if rung in ("personal", "session"):
        return _("Ordered for you")
    if rung == "similar":
        return _("Nearest in genre, people and words to something you chose")
    return _("Most popular first")


def favourite_genres(taste: Taste) -> list[tuple[Genre, list[int]]]:
    """The genres this person liked most (of everybody, when nothing is known) and their titles."""
    census = taste.census
    liked = np.zeros(len(census), dtype=bool)
    liked[census.places(taste.liked)] = True
    held = holdings_of(census).genres
    liked_of = {genre: int(np.count_nonzero(liked[rows])) for genre, rows in held.items()}
    count_of = liked_of if taste.liked else {genre: len(rows) for genre, rows in held.items()}
    known = [genre for genre, count in count_of.items() if count]
    top = sorted(known, key=lambda genre: (-count_of[genre], genre.name))[:GENRE_SHELVES]
    top.sort(key=lambda genre: (-liked_of[genre], genre.name))
    return [(genre, census.ids[held[genre]].tolist()) for genre in top]
