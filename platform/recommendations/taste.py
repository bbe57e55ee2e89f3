"""What one request knows of its person: the history, and the titles that may be shown to them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from django.contrib.sessions.backends.base import SessionBase

from catalog.census import Census, Mask
from events.visitors import visitor_of
from events.weights import LIKED
from recommendations.dataset import NO_PAST, past_of, visitor_past_of
from recommendations.experiments import Arm
from recommendations.grounds import Grounds
from recommendations.loading import Live
from recommendations.rulebook import Orders, Rulebook
from recsys.entries import HistoryEntry
from recsys.past import Reading
from recsys.reranking import Variety
from recsys.serving import Recommender


@dataclass(frozen=True)
class Taste:
    """What one request knows of its person: history, and the titles that may be shown to them."""

    history: list[HistoryEntry]
    seen: frozenset[int]  # titles that are not recommended again
    unwanted: frozenset[int]  # those of them that they are "not interested" in: near nothing either
    grounds: Grounds
    visible: Mask  # what may be shown to them, over the rows of the census
    nameable: Mask  # of any kind: what a reason may speak of
    reading: Reading | None  # the history as the artifact reads it
    fatigue: dict[int, float]  # 0..1 of titles that were shown in vain
    is_member: bool
    visitor: str  # keyed hash of the session of somebody without an account, "" when nothing tells

    @property
    def census(self) -> Census:
        return self.grounds.census

    @property
    def live(self) -> Live | None:
        return self.grounds.live

    @property
    def arm(self) -> Arm | None:
        return self.grounds.arm

    def orders(self, shelf: str) -> Orders:
        """What the rules in force ask of a shelf."""
        return self.grounds.rulebook.orders(shelf)

    def variety(self, shelf: str) -> Variety:
        """What its lists give up score for: by the arm of an experiment, else by the rules."""
        slider = self.arm.variety if self.arm else None
        return Variety.at(self.orders(shelf).variety or 0.0 if slider is None else slider)

    @property
    def liked(self) -> list[int]:
        """Titles they clearly liked, newest first."""
        return [int(entry.item_id) for entry in reversed(self.history) if entry.weight >= LIKED]

    @cached_property
    def did(self) -> dict[int, str]:
        """By title, the kind of event that says most of it."""
        return {int(entry.item_id): entry.kind for entry in self.history}

    def may_see(self, ids: Collection[int]) -> set[int]:
        """Those of the titles that are visible to them."""
        places = self.census.places(ids)
        return set(self.census.ids[places[self.visible[places]]].tolist())

    def may_read_of(self, ids: Collection[int]) -> list[int]:
        """Those of the titles that a sentence may name, of whatever kind."""
        places = self.census.places(ids)
        return list(self.census.ids[places[self.nameable[places]]].tolist())

    def narrowed(self, ids: Collection[int]) -> "Taste":
        """As if only these titles could be shown."""
        among = np.zeros(len(self.census), dtype=bool)
        among[self.census.places(ids)] = True
        return replace(self, visible=self.visible & among)

    def under(self, rulebook: Rulebook) -> "Taste":
        """As if these rules were in force."""
        return replace(self, grounds=replace(self.grounds, rulebook=rulebook))

    def usable(self, *, without: Collection[int]) -> Mask:
        """Visible and not among these, over the rows of the census."""
        mask = self.visible.copy()
        mask[self.census.places(without)] = False
        return mask

    @property
    def artifact(self) -> str | None:
        return self.live.name if self.live else None

    @property
    def recommender(self) -> Recommender | None:
        return self.live.recommender if self.live else None


def taste_of(
    user: Any,
    *,
    session: SessionBase | None = None,
    kind: str | None = None,
    grounds: Grounds | None = None,
) -> Taste:
    """What they did, what they may see (of one kind, if given), and what serves.

    session: of the browser; it is all that is known of a visitor. grounds: as they stand just now,
    if that was asked already.
    """
    past, visitor = NO_PAST, ""
    if not user.is_authenticated and session is not None:
        past, visitor = visitor_past_of(session), visitor_of(session) or ""
    grounds = grounds or Grounds.of(user, visitor)
    if user.is_authenticated:
        version, said = grounds.taste_version, grounds.said
        past = past_of(user, version, said=said, was_shown=grounds.was_shown)
    census, live = grounds.census, grounds.live
    visible = census.visible_to(user, hidden=past.hidden)
    return Taste(
        history=past.history,
        seen=past.seen,
        unwanted=past.disliked,
        grounds=grounds,
        visible=visible & census.of_kind(kind) if kind else visible,
        nameable=visible,
        reading=live.recommender.read(past.history) if live else None,
        fatigue=past.fatigue,
        is_member=user.is_authenticated,
        visitor=visitor,
    )
