"""Three ways to hold back the newest likes. Every split is (training rows, held-out rows).

What is no like is never held out: it stays in the training part where it is older than the first
row held back from its user, and is in neither part where it is newer.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Interactions

SplitName = Literal["temporal", "member-time", "leave-one-out"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
LEAKY: tuple[SplitName, ...] = ("leave-one-out",)
HELD_OUT_SHARE = 0.2
MIN_TEMPORAL_MEMBERS = 500


def split(interactions: Interactions, name: SplitName) -> tuple[Interactions, Interactions]:
    if name == "temporal":
        return temporal(interactions)
    return member_time(interactions) if name == "member-time" else leave_one_out(interactions)


def default_split(interactions: Interactions) -> tuple[SplitName, str]:
    """One moment for everybody where that leaves enough members to measure; and why, in words."""
    members = len(np.unique(temporal(interactions)[1].users))
    if members >= MIN_TEMPORAL_MEMBERS:
        return "temporal", (
            f"One moment for everybody, as in use: {members} members have rows on both sides of it."
        )
    return "member-time", (
        f"Each member's newest fifth: one moment for everybody would leave {members} members "
        f"to measure, fewer than {MIN_TEMPORAL_MEMBERS}."
    )


def chosen_split(interactions: Interactions, asked: SplitName | None) -> tuple[SplitName, str]:
    """The one asked for, else the default; and why, in words."""
    return (asked, reason_for(interactions, asked)) if asked else default_split(interactions)


def reason_for(interactions: Interactions, name: SplitName) -> str:
    """Why this split, in one sentence: by default, or because it was asked for."""
    default, why = default_split(interactions)
    if name == default:
        return why
    if name == "temporal":
        return f"One moment for everybody, as asked for, though few members are left. {why}"
    if name == "member-time":
        return "Each member's newest fifth, as asked for: others' newer rows are trained on."
    return (
        "Each member's newest row, as asked for. Leaky: others' newer rows are trained on, "
        "so figures are higher than in use."
    )


def temporal(
    interactions: Interactions, share: float = HELD_OUT_SHARE
) -> tuple[Interactions, Interactions]:
    """The newest share of all likes; held-out users without an older one are left out of both."""
    times, places, liked = interactions.times, interactions.places, interactions.weights > 0
    order = np.lexsort((places, times))
    order = order[liked[order]]
    newest = order[len(order) - int(len(order) * share) :]
    if not len(newest):
        return interactions, interactions.take(np.zeros(len(interactions), dtype=bool))
    moment, place = times[newest[0]], places[newest[0]]
    older = (times < moment) | ((times == moment) & (places < place))
    held = np.zeros(len(interactions), dtype=bool)
    held[newest] = True
    sizes = np.bincount(interactions.users[older & liked], minlength=len(interactions.user_ids))
    return interactions.take(older), interactions.take(held & (sizes > 0)[interactions.users])


def member_time(
    interactions: Interactions, share: float = HELD_OUT_SHARE
) -> tuple[Interactions, Interactions]:
    """Each user's newest share of likes, at least one; a user with a single one only trains."""
    return _split_off_last(
        interactions, np.maximum(1, (_like_counts(interactions) * share).astype(np.int64))
    )


def leave_one_out(interactions: Interactions) -> tuple[Interactions, Interactions]:
    """Each user's newest like; a user with a single one only trains."""
    return _split_off_last(interactions, np.ones(len(interactions.user_ids), dtype=np.int64))


def _split_off_last(
    interactions: Interactions, held_counts: NDArray[np.int64]
) -> tuple[Interactions, Interactions]:
    """held_counts: (U,) of the likes of each user."""
    users, liked, sizes = interactions.users, interactions.weights > 0, _like_counts(interactions)
    kept = np.where(sizes > 1, sizes - held_counts, sizes)[users]
    before = np.cumsum(liked) - liked - (np.cumsum(sizes) - sizes)[users]  # likes of the same user
    held = liked & (before >= kept)
    return interactions.take((before <= kept) & ~held), interactions.take(held)


def _like_counts(interactions: Interactions) -> NDArray[np.int64]:
    """(U,)"""
    liked = interactions.users[interactions.weights > 0]
    return np.bincount(liked, minlength=len(interactions.user_ids))
