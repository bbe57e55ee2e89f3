"""What each source is worth in a score: settled on held-out rows, by trying and by learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from recsys.contenders import Model
from recsys.sources import PARTS, Blend, Evidence
from recsys.trial import LIST_LENGTH, Trial, unseen_top_k

STEPS = 5  # the weights that are tried are fifths: the learned ones are finer
TRIED = PARTS[:3]  # the others are only learnt
LEAST_TOWER = 0.2  # never without the tower: it alone can place a cold item
SAMPLED = 500  # items that stand for all that a user left, in learning
MOST_RELEVANT = 20  # of one user, in learning
SHRINKAGE = 1e-3
Weights = NDArray[np.float64]


def choose_blend(model: Model, trial: Trial, parts: Sequence[str], *, seed: int) -> Blend:
    """The best list of ten on the trial: of all shares in fifths, and of a learned ranker."""
    base = Blend(fade=model.choices.rule_fade)
    blends = [*tried_blends(base, parts), learned_blend(base, model, trial, parts, seed=seed)]
    lists = [
        unseen_top_k(by_blend, [history.rows] * len(by_blend), LIST_LENGTH)
        for by_blend, history in zip(
            model.ranked(trial.histories, blends), trial.histories, strict=True
        )
    ]
    found = [trial.ndcg_of(of_blend) for of_blend in np.stack(lists, axis=1)]
    return blends[int(np.argmax(found))]


def tried_blends(base: Blend, parts: Sequence[str]) -> list[Blend]:
    """Every way to share five fifths among the sources that are on, most of the tower first."""
    on = [name for name in TRIED if name in parts]
    least = LEAST_TOWER if "tower" in on else 0
    return [
        replace(base, **{**dict.fromkeys(PARTS, 0.0), **dict(zip(on, shares, strict=True))})
        for fifths in product(range(STEPS, -1, -1), repeat=len(on))
        if sum(fifths) == STEPS
        for shares in [[fifth / STEPS for fifth in fifths]]
        if "tower" not in on or shares[on.index("tower")] >= least
    ]


def learned_blend(
    base: Blend, model: Model, trial: Trial, parts: Sequence[str], *, seed: int
) -> Blend:
    """A conditional logit (McFadden 1974) over what the sources say: which item was turned to.

    Only fame may count against an item. Scaled so that the weights' sizes sum to 1.
    """
    shown = show(model, trial, base.fade, seed=seed)
    if shown is None:
        return base
    on = np.array([name in parts for name in PARTS])
    bounds = [
        (None if name == "popular" else 0, None) if name in parts else (0, 0) for name in PARTS
    ]
    start = on / max(on.sum(), 1)
    fitted = minimize(shown.loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    fitted = fitted / max(np.abs(fitted).sum(), SHRINKAGE)
    return replace(base, **dict(zip(PARTS, fitted.tolist(), strict=True)))


@dataclass(frozen=True)
class Shown:
    """What the sources said of the items that users turned to, and of others they left."""

    chosen: Weights  # (T, P)
    users: NDArray[np.int64]  # (T,) whose choice
    shares: Weights  # (T,) weight of each: every user's sum to 1
    left: NDArray[np.float32]  # (U, S, P)

    def loss(self, weights: Weights) -> tuple[float, Weights]:
        """Mean negative log likelihood of the choices, and its gradient (P,)."""
        scores = self.left @ weights  # (U, S)
        top = scores.max(axis=1, keepdims=True)
        odds = np.exp(scores - top)
        total = odds.sum(axis=1)
        expected = np.einsum("us,usp->up", odds, self.left) / total[:, None]
        rest = (top[:, 0] + np.log(total))[self.users]
        chosen = self.chosen @ weights
        both = np.logaddexp(chosen, rest)
        missed = self.shares * np.exp(rest - both)  # (T,) chance of one of the others
        gradient = missed @ (expected[self.users] - self.chosen)
        n_users = len(self.left)
        penalty = SHRINKAGE * weights
        loss = self.shares @ (both - chosen) / n_users + penalty @ weights / 2
        return float(loss), gradient / n_users + penalty


def show(model: Model, trial: Trial, fade: float, *, seed: int) -> Shown | None:
    """For each user the relevant items, and others drawn evenly from those not seen.

    None when nobody left anything.
    """
    rng = np.random.default_rng(seed)
    tables = model.tables
    chosen, left, sizes = [], [], []
    for (user, history), relevant in zip(model.users(trial.histories), trial.relevant, strict=True):
        open_ = np.ones(len(tables), dtype=bool)
        open_[history.rows] = open_[relevant] = False
        if not open_.any():  # nothing was left: this choice says nothing
            continue
        others = rng.choice(np.flatnonzero(open_), SAMPLED)
        rows = np.concatenate([relevant[:MOST_RELEVANT], others])
        said = Evidence.of(user, history, tables, fade).scores(rows, tables).T  # (R + S, P)
        chosen.append(said[:-SAMPLED])
        left.append(said[-SAMPLED:].astype(np.float32))
        sizes.append(len(rows) - SAMPLED)
    if not sizes:
        return None
    return Shown(
        chosen=np.concatenate(chosen),
        users=np.repeat(np.arange(len(sizes)), sizes),
        shares=np.repeat(1 / np.array(sizes), sizes),
        left=np.stack(left),
    )
