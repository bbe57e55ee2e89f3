"""Lists of several models, measured by one scorer on the same members, the same ones drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recsys import metrics
from recsys.bootstrap import Draws, PerUser, draws_of, interval, paired
from recsys.interactions import Rows
from recsys.trial import LIST_LENGTH


def shares_of(n_users: int, seed: int) -> Draws:
    """The same resamples of the members for all who are compared. (R, U)"""
    return draws_of(n_users, np.random.default_rng(seed))


def score(ranked: Rows, relevant: list[Rows]) -> dict[str, PerUser]:
    """One value per user. ranked: (U, K)"""
    hits = metrics.find_hits(ranked, relevant)
    n_relevant = np.array([len(rows) for rows in relevant])
    return {"ndcg": metrics.ndcg(hits, n_relevant), "hit_rate": metrics.hit_rate(hits)}


def ndcg_of(ranked: Rows, relevant: list[Rows]) -> PerUser:
    return score(ranked, relevant)["ndcg"]


def compared(
    a: str, b: str, scored: Mapping[str, Mapping[str, PerUser]], shares: Draws
) -> list[dict[str, Any]]:
    """a over b by every measure that both have."""
    return [
        {"a": a, "b": b, "metric": metric, **paired(scored[a][metric], values, shares)}
        for metric, values in scored[b].items()
        if metric in scored[a]
    ]


def report_of(
    lists: Mapping[str, Rows],
    relevant: list[Rows],
    n_items: int,
    *,
    ours: Sequence[str],
    split: str,
    seed: int,
) -> dict[str, Any]:
    """Every model; each of ours over what is not ours and over those of ours that come later."""
    shares = shares_of(len(relevant), seed)
    scored = {name: score(ranked, relevant) for name, ranked in lists.items()}
    pairs = [
        (a, b) for a in ours for b in scored if a in scored and b not in ours[: ours.index(a) + 1]
    ]
    return {
        "split": split,
        "k": LIST_LENGTH,
        "n_users": len(relevant),
        "models": {
            name: {metric: interval(values, shares) for metric, values in of.items()}
            | {"coverage": len(np.unique(lists[name])) / n_items}
            for name, of in scored.items()
        },
        "paired": [each for a, b in pairs for each in compared(a, b, scored, shares)],
    }
