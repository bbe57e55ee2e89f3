"""Three ways to hold back the newest rows. Every split is (training rows, held-out rows)."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Interactions

SplitName = Literal["temporal", "member-time", "leave-one-out"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
HELD_OUT_SHARE = 0.2


def split(interactions: Interactions, name: SplitName) -> tuple[Interactions, Interactions]:
    if name == "temporal":
        return temporal(interactions)
    return member_time(interactions) if name == "member-time" else leave_one_out(interactions)


def temporal(
    interactions: Interactions, share: float = HELD_OUT_SHARE
) -> tuple[Interactions, Interactions]:
    """The newest share of all rows; held-out users without an older row are left out of both."""
    order = np.lexsort((interactions.places, interactions.times))
    held = np.zeros(len(interactions), dtype=bool)
    held[order[len(order) - int(len(order) * share) :]] = True
    train = interactions.take(~held)
    known = np.bincount(train.users, minlength=len(interactions.user_ids)) > 0
    return train, interactions.take(held & known[interactions.users])


def member_time(
    interactions: Interactions, share: float = HELD_OUT_SHARE
) -> tuple[Interactions, Interactions]:
    """Each user's newest share, at least one row; a user with a single row only trains."""
    sizes, _ = _sizes_and_places(interactions)
    return _split_off_last(interactions, np.maximum(1, (sizes * share).astype(np.int64)))


def leave_one_out(interactions: Interactions) -> tuple[Interactions, Interactions]:
    """Each user's newest row; a user with a single row only trains."""
    sizes, _ = _sizes_and_places(interactions)
    return _split_off_last(interactions, np.ones_like(sizes))


def _split_off_last(
    interactions: Interactions, held_counts: NDArray[np.int64]
) -> tuple[Interactions, Interactions]:
    sizes, places = _sizes_and_places(interactions)
    users = interactions.users
    held = (places >= (sizes - held_counts)[users]) & (sizes[users] > 1)
    return interactions.take(~held), interactions.take(held)


def _sizes_and_places(interactions: Interactions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows per user (U,) and the place of each row in its user's history (n,)."""
    sizes = np.bincount(interactions.users, minlength=len(interactions.user_ids))
    starts = np.cumsum(sizes) - sizes
    return sizes, np.arange(len(interactions)) - starts[interactions.users]
