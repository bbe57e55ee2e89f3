"""Parts of what is measured: by activity, age and popularity of what was found, declared group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys import metrics
from recsys.bootstrap import Draws, interval_among
from recsys.interactions import Rows
from recsys.trial import Trial

HEAD_SHARE = TAIL_SHARE = 0.2  # of all interactions
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """Some of the users, or all of them with only some of the items as what is to be found."""

    key: str
    label: str
    users: Mask | None = None  # (U,) of the trial
    items: Mask | None = None  # (N,)


def slices_of(trial: Trial, years: NDArray[np.float64], counts: Rows) -> dict[str, list[Slice]]:
    """years: (N,) NaN where unknown; counts: (N,) how often each item is in the training part."""
    found = {
        "activity": by_activity(trial),
        "title_age": by_age(trial, years),
        "popularity": by_popularity(counts),
    }
    return {family: slices for family, slices in found.items() if len(slices) > 1}


def by_activity(trial: Trial) -> list[Slice]:
    """Thirds of the users by how much they have liked."""
    lengths = np.array([len(liked) for liked in trial.liked], dtype=np.float64)
    low, high = _thirds(lengths)
    words = (f"up to {low} in the history", _between(low, high), f"more than {high}")
    masks = _masks(lengths, low, high)
    return [
        Slice(key, label, users=mask)
        for key, label, mask in zip(("low", "middle", "high"), words, masks, strict=True)
        if mask.any()
    ]


def by_age(trial: Trial, years: NDArray[np.float64]) -> list[Slice]:
    """Thirds of what is to be found by its year; none where no year is known."""
    known = years[np.concatenate([*trial.relevant, np.zeros(0, np.int64)])]
    known = known[~np.isnan(known)]
    if not len(known):
        return []
    low, high = _thirds(known)
    words = (f"up to {low}", _between(low, high), f"after {high}")
    masks = _masks(years, low, high)
    return [
        Slice(key, label, items=mask)
        for key, label, mask in zip(("old", "middle", "new"), words, masks, strict=True)
        if mask.any()
    ]


def by_popularity(counts: Rows) -> list[Slice]:
    head, tail = head_and_tail(counts)
    return [
        Slice("head", "the most chosen titles, a fifth of all choices", items=head),
        Slice("middle", "in between", items=~head & ~tail),
        Slice("tail", "the least chosen titles, a fifth of all choices", items=tail),
    ]


def head_and_tail(counts: Rows) -> tuple[Mask, Mask]:
    """(N,) each: the fewest most, and least, popular items with a fifth of all interactions.

    After Abdollahpouri et al. 2021 (User-centered Evaluation of Popularity Bias); items that are
    equally popular stay together, and an item of the head is never in the tail.
    """
    falling = np.sort(counts)[::-1]
    share = np.cumsum(falling) / max(int(counts.sum()), 1)
    head = counts >= falling[np.searchsorted(share, HEAD_SHARE)]
    least = falling[min(int(np.searchsorted(share, 1 - TAIL_SHARE, "right")), len(falling) - 1)]
    return head, (counts <= least) & ~head


def measured_slices(
    families: Mapping[str, list[Slice]], lists: Mapping[str, Rows], trial: Trial, draws: Draws
) -> dict[str, list[dict[str, Any]]]:
    """The NDCG of every model in every slice that has somebody. lists: by model, (U, K)"""
    hits = {name: metrics.find_hits(ranked, trial.relevant) for name, ranked in lists.items()}
    found = {}
    for family, slices in families.items():
        measured = [_measure(each, hits, lists, trial, draws) for each in slices]
        found[family] = [each for each in measured if each["n_users"]]
    return found


def _measure(
    part: Slice,
    hits: Mapping[str, metrics.Hits],
    lists: Mapping[str, Rows],
    trial: Trial,
    draws: Draws,
) -> dict[str, Any]:
    """A user is in a slice of items with those of the relevant ones that are in it."""
    wanted = np.array(
        [len(rows) if part.items is None else part.items[rows].sum() for rows in trial.relevant]
    )
    among = wanted > 0 if part.users is None else part.users & (wanted > 0)
    models = {}
    for name, ranked in lists.items() if among.any() else ():
        counted = hits[name] if part.items is None else hits[name] & part.items[ranked]
        ndcg = metrics.ndcg(counted, np.maximum(wanted, 1))
        models[name] = {"ndcg": interval_among(ndcg, among, draws)}
    return {"key": part.key, "label": part.label, "n_users": int(among.sum()), "models": models}


def years_of(items: pd.DataFrame) -> NDArray[np.float64]:
    """(N,) NaN where unknown."""
    return pd.to_numeric(items["year"], errors="coerce").to_numpy(np.float64)


def _thirds(values: NDArray[np.float64]) -> tuple[int, int]:
    """The two values that cut them into thirds, of those that are there."""
    low, high = np.quantile(values, (1 / 3, 2 / 3), method="lower")
    return int(low), int(high)


def _masks(values: NDArray[np.float64], low: int, high: int) -> tuple[Mask, Mask, Mask]:
    """NaN is in none."""
    return values <= low, (values > low) & (values <= high), values > high


def _between(low: int, high: int) -> str:
    return f"{low + 1} to {high}" if high > low + 1 else f"{high}"
