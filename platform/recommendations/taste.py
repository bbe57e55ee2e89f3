"""What one request knows of its person: the history, and the titles that may be shown to them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.contrib.sessions.backends.base import SessionBase

from catalog.census import Census, Mask, current_census
from events.visitors import visitor_of
from events.weights import LIKED
from recommendations.dataset import NO_PAST, past_of, visitor_past_of
from recommendations.experiments import Arm, arm_of, running
from recommendations.loading import Live, current, forget_rivals, named
from recommendations.rulebook import Orders, Rulebook, current_rulebook
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
    census: Census
    visible: Mask  # what may be shown to them, over the rows of the census
    nameable: Mask  # of any kind: what a reason may speak of
    rulebook: Rulebook
    live: Live | None
    reading: Reading | None  # the history as the artifact reads it
    fatigue: dict[int, float]  # 0..1 of titles that were shown in vain
    is_member: bool
    visitor: str  # keyed hash of the session of somebody without an account, "" when nothing tells
    arm: Arm | None = None  # of the experiment that runs

    def orders(self, shelf: str) -> Orders:
        """What the rules in force ask of a shelf."""
        return self.rulebook.orders(shelf)

    def variety(self, shelf: str) -> Variety:
        """What its lists give up score for: by the arm of an experiment, else by the rules."""
        slider = self.arm.variety if self.arm else None
        return Variety.at(self.orders(shelf).variety or 0.0 if slider is None else slider)

    @property
    def liked(self) -> list[int]:
        """Titles they clearly liked, newest first."""
        return [int(entry.item_id) for entry in reversed(self.history) if entry.weight >= LIKED]

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


def served_by(arm: Arm | None) -> Live | None:
    """What an arm of an experiment serves, or everybody gets; another one where that cannot be."""
    return named(arm.artifact) if arm and arm.artifact else current()


def taste_of(user: Any, *, session: SessionBase | None = None, kind: str | None = None) -> Taste:
    """What they did, what they may see (of one kind, if given), and what serves.

    session: of the browser; it is all that is known of a visitor.
    """
    past, visitor = NO_PAST, ""
    if user.is_authenticated:
        past = past_of(user)
    elif session is not None:
        past, visitor = visitor_past_of(session), visitor_of(session) or ""
    census = current_census()
    visible = census.visible_to(user, hidden=past.hidden)
    arm = arm_of(user if user.is_authenticated else visitor)
    live = served_by(arm)
    if running() is None:
        forget_rivals()
    if arm and arm.artifact and (live is None or live.name != arm.artifact):
        arm = None  # it could not be served: this list says nothing about it
    return Taste(
        history=past.history,
        seen=past.seen,
        unwanted=past.disliked,
        census=census,
        visible=visible & census.of_kind(kind) if kind else visible,
        nameable=visible,
        rulebook=current_rulebook(census),
        live=live,
        reading=live.recommender.read(past.history) if live else None,
        fatigue=past.fatigue,
        is_member=user.is_authenticated,
        visitor=visitor,
        arm=arm,
    )
