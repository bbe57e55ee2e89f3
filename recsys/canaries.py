"""Rows that never happened, hidden among those held back: who ranks them well has seen them.

After the canaries of Carlini et al. 2019 (The Secret Sharer). For every pair of items of like
popularity a coin decides which of the two is planted. Whoever knows the training part alone cannot
know the coins, so prefers the planted ones as often as the others, however good it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import ROW_COLUMNS, Interactions, Rows
from recsys.trial import AT_ONCE, Scorer, Trial

MOST_USERS = 1000  # each is scored once more
PER_USER = 5
TRIES = 50  # pairs, of which neither may be the user's own
CHANCE = 1e-6  # an innocent model is accused no more often


@dataclass(frozen=True)
class Canaries:
    """Up to PER_USER of them for each of a trial's users: (C,) each."""

    places: Rows  # in the trial
    pairs: Rows  # which coin was tossed
    planted: Rows  # item rows
    spared: Rows  # item rows: the other one of the pair

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of(cls, trial: Trial, counts: Rows, rng: np.random.Generator) -> Canaries:
        """counts: (N,) how popular each item is in the training part."""
        by_popularity = np.lexsort((rng.random(len(counts)), counts))
        pairs = by_popularity[: len(counts) // 2 * 2].reshape(-1, 2)
        pairs = rng.permuted(pairs, axis=1)  # the coins: the first of each pair is planted
        n_users = len(trial.users)
        found = []
        for place in np.linspace(0, n_users - 1, min(n_users, MOST_USERS)).astype(np.int64):
            own = np.concatenate([trial.histories[place].rows, trial.relevant[place]])
            drawn = rng.choice(len(pairs), min(TRIES, len(pairs)), replace=False)
            free = drawn[~np.isin(pairs[drawn], own).any(axis=1)]
            found += [(place, pair, *pairs[pair]) for pair in free[:PER_USER]]
        return cls(*np.array(found, dtype=np.int64).reshape(-1, 4).T)

    def among(self, held: Interactions, trial: Trial) -> Interactions:
        """The held-out rows and the planted ones, each at its user's first held-out moment."""
        moments = np.array([trial.histories[place].asked_at for place in self.places], np.int64)
        planted: dict[str, Any] = {
            "users": trial.users[self.places],
            "items": self.planted,
            "times": moments,
            "places": held.places.max(initial=0) + 1 + np.arange(len(self)),
            "weights": np.ones(len(self), np.float32),
            "kinds": np.zeros(len(self), np.int8),
        }
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(held, name), planted[name]]) for name in ROW_COLUMNS
        }
        order = np.lexsort((columns["places"], columns["times"], columns["users"]))
        return replace(held, **{name: column[order] for name, column in columns.items()})

    def evidence(self, scorer: Scorer, trial: Trial) -> float:
        """At most this likely is it that who has not seen them prefers them as clearly.

        Hoeffding's bound on a sum of one fair coin per pair, each weighed by how one-sided the
        preferences of its users are.
        """
        preferred = self._preferred(scorer, trial)
        _, pairs = np.unique(self.pairs, return_inverse=True)
        sums = np.bincount(pairs, weights=preferred) / np.bincount(pairs)
        squares = float((sums**2).sum())
        return float(np.exp(-(max(sums.sum(), 0.0) ** 2) / (2 * squares))) if squares else 1.0

    def _preferred(self, scorer: Scorer, trial: Trial) -> NDArray[np.float64]:
        """(C,) 1 where the planted item scores higher, -1 where the other does."""
        preferred = np.zeros(len(self))
        asked, lines = np.unique(self.places, return_inverse=True)
        for start in range(0, len(asked), AT_ONCE):
            scores = scorer([trial.histories[place] for place in asked[start : start + AT_ONCE]])
            now = np.flatnonzero((lines >= start) & (lines < start + AT_ONCE))
            planted = scores[lines[now] - start, self.planted[now]]
            spared = scores[lines[now] - start, self.spared[now]]
            preferred[now] = (planted > spared).astype(np.float64) - (planted < spared)
        return preferred

    @property
    def most_evidence(self) -> float:
        """What the clearest preference there can be would come to."""
        return float(np.exp(-len(np.unique(self.pairs)) / 2))
