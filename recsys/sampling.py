from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recsys.history import Vector, signals_of
from recsys.interactions import Interactions, Rows

UNIFORM_SHARE = 0.5  # of the negatives: rare and cold items must be pushed down as well
PAD = -1


class Batch(NamedTuple):
    """What the towers read of some windows, and what they should have foreseen."""

    inputs: Tensor  # (B, L) item rows; what is padded is row 0
    signals: Tensor  # (B, L, S)
    moments: Tensor  # (B, L + 1) seconds
    targets: Tensor  # (B, L) item rows
    is_target: Tensor  # (B, L) a like that is not padded


@dataclass(frozen=True)
class TrainingRows:
    """All that a fit needs of the training part: rows of one user after the other."""

    sizes: Rows  # (U,) rows per user
    items: Rows  # (n,)
    weights: Vector  # (n,)
    kinds: NDArray[np.int8]  # (n,)
    times: Rows  # (n,)
    counts: Rows  # (N,) likes per item
    n_kinds: int

    @classmethod
    def of(cls, train: Interactions) -> TrainingRows:
        return cls(
            sizes=np.bincount(train.users, minlength=len(train.user_ids)),
            items=train.items,
            weights=train.weights,
            kinds=train.kinds,
            times=train.times,
            counts=train.positives().item_counts(),
            n_kinds=len(train.kind_names),
        )

    def batch(self, windows: Tensor) -> Batch:
        """windows: (B, L + 1) places of rows, PAD at the end."""
        places = windows.numpy()
        real = places != PAD
        places = np.where(real, places, 0)
        items = np.where(real, self.items[places], 0).astype(np.int64)
        before, after = places[:, :-1], places[:, 1:]
        return Batch(
            inputs=torch.from_numpy(items[:, :-1]),
            signals=torch.from_numpy(
                signals_of(self.weights[before], self.kinds[before], self.n_kinds)
            ),
            moments=torch.from_numpy(self.times[places].astype(np.int64)),
            targets=torch.from_numpy(items[:, 1:]),
            is_target=torch.from_numpy(real[:, 1:] & (self.weights[after] > 0)),
        )


def negative_probabilities(counts: Rows) -> Tensor:
    """(N,) chance of drawing each item: half uniform, half by popularity."""
    popular = counts / max(counts.sum(), 1)
    mixed = UNIFORM_SHARE / len(counts) + (1 - UNIFORM_SHARE) * popular
    return torch.from_numpy(mixed / mixed.sum()).float()


def draw_negatives(
    probabilities: Tensor, count: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Item rows (K,) drawn with replacement, and the log probability of each."""
    rows = torch.multinomial(probabilities, count, replacement=True, generator=rng)
    return rows, probabilities[rows].log()


def pack_batches(windows: Tensor, size: int, rng: torch.Generator) -> list[Tensor]:
    """Windows of like length together, in random order: (B, up to L + 1) each, little padding.

    A batch has at most as many places as size windows of full length.
    """
    lengths = (windows != PAD).sum(dim=1)
    order = torch.randperm(len(windows), generator=rng)
    order = order[lengths[order].argsort(stable=True)]
    room, batches, start = size * windows.shape[1], [], 0
    for end in range(1, len(order) + 1):
        longest = int(lengths[order[end]]) if end < len(order) else room + 1
        if longest * (end - start + 1) > room:  # the next window is the longest: it would not fit
            batches.append(windows[order[start:end], : int(lengths[order[end - 1]])])
            start = end
    return [batches[place] for place in torch.randperm(len(batches), generator=rng)]


def cut_windows(sizes: Rows, length: int, rng: torch.Generator) -> Rows:
    """Places of rows (W, length + 1), PAD at the end: every history cut at a random offset.

    sizes: (U,) rows per user, which lie one user after the other. Neighbouring windows share one
    place, so that every row but a user's first is a target once.
    """
    starts = np.cumsum(sizes) - sizes
    offsets = torch.randint(length, (len(sizes),), generator=rng).numpy()
    offsets[sizes <= length + 1] = 0
    pieces = np.maximum(0, -(-(sizes - 1 - offsets) // length))  # (U,) windows after the offset
    users = np.repeat(np.arange(len(sizes)), pieces)
    number = np.arange(len(users)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    heads = np.flatnonzero(offsets)  # their windows before the offset
    first = np.concatenate([offsets[users] + number * length, np.zeros_like(heads)])
    end = np.concatenate([np.minimum(first[: len(users)] + length + 1, sizes[users]),
                          offsets[heads] + 1])  # fmt: skip
    users = np.concatenate([users, heads])
    windows = first[:, None] + np.arange(length + 1)
    inside = windows < end[:, None]
    windows += starts[users][:, None]
    windows[~inside] = PAD
    return windows
