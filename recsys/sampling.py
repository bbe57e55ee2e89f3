from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recsys.interactions import Rows

UNIFORM_SHARE = 0.5  # of the negatives: rare and cold items must be pushed down as well
PAD = -1


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


def cut_windows(histories: list[Rows], length: int, rng: torch.Generator) -> NDArray[np.int64]:
    """(W, length + 1) item rows, padded at the end with PAD: every history cut at a random offset.

    Neighbouring windows share one item, so that every item but a user's first is a target once.
    """
    windows = []
    for history in histories:
        if len(history) < 2:
            continue
        offset = int(torch.randint(length, (1,), generator=rng)) if len(history) > length + 1 else 0
        starts = range(offset, len(history) - 1, length)
        pieces = [history[start : start + length + 1] for start in starts]
        if offset:
            pieces.append(history[: offset + 1])
        windows += [
            np.pad(piece, (0, length + 1 - len(piece)), constant_values=PAD) for piece in pieces
        ]
    return np.stack(windows) if windows else np.zeros((0, length + 1), dtype=np.int64)
