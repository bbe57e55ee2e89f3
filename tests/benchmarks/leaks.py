"""Does a figure come from knowing what nobody can know? Three ways of asking a fitted model."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from recsys.baselines import Neighbours
from recsys.bootstrap import interval
from recsys.contenders import Model
from recsys.history import History
from recsys.ids import IdMap
from recsys.interactions import Rows
from recsys.ranking import Scores
from recsys.trial import LIST_LENGTH, Scorer, Trial
from tests.benchmarks.comparison import ndcg_of, shares_of

TRIES = 10_000
MODERATE = (0.3, 0.97)  # what may be left of the figure without the newest item
SAME_LISTS = 0.99  # share of members; the rest are sums that round differently in another order


def look_for_leaks(
    model: Model, trial: Trial, lists: dict[str, Rows], *, seed: int
) -> list[dict[str, Any]]:
    """One entry a check: the NDCG it gives, what it is held against, and whether it passed."""
    return [
        shuffled_future(trial, lists, seed=seed),
        masked_last_item(model, trial, lists, seed=seed),
        permuted_ids(model, trial, lists, seed=seed),
    ]


def shuffled_future(trial: Trial, lists: dict[str, Rows], *, seed: int) -> dict[str, Any]:
    """Whoever finds other members' targets as well as popularity finds them reads no taste."""
    targets = exchanged(trial, np.random.default_rng(seed))
    shares = shares_of(len(targets), seed)
    found = interval(ndcg_of(lists["blend"], targets), shares)
    popular = interval(ndcg_of(lists["popularity"], targets), shares)
    return {
        "check": "each member's target exchanged with another's",
        "ndcg": found,
        "expected": "no more than popularity finds",
        "against": popular["value"],
        "passed": found["value"] <= popular["high"],
    }


def exchanged(trial: Trial, rng: np.random.Generator) -> list[Rows]:
    """Everybody's first target given to somebody who neither has seen it nor had it."""
    targets = np.array([rows[0] for rows in trial.relevant])
    unfit = [
        {*history.rows.tolist(), int(target)}
        for history, target in zip(trial.histories, targets, strict=True)
    ]
    owner = rng.permutation(len(targets))
    for user in range(len(targets)):
        for other in rng.integers(len(targets), size=TRIES):
            if targets[owner[user]] not in unfit[user]:
                break
            if (
                targets[owner[other]] not in unfit[user]
                and targets[owner[user]] not in unfit[other]
            ):
                owner[[user, other]] = owner[[other, user]]
    return [targets[[given]] for given in owner]


def masked_last_item(
    model: Model, trial: Trial, lists: dict[str, Rows], *, seed: int
) -> dict[str, Any]:
    """The newest item of a history says much of the next one, but not all, and not nothing."""
    shares = shares_of(len(trial.relevant), seed)
    masked = trial.lists(without_newest(model.scores), LIST_LENGTH)
    found = interval(ndcg_of(masked, trial.relevant), shares)
    whole = float(ndcg_of(lists["blend"], trial.relevant).mean())
    low, high = MODERATE
    return {
        "check": "the newest item of each history hidden when asked",
        "ndcg": found,
        "expected": f"{low:.2f} to {high:.2f} times the figure",
        "against": whole,
        "passed": low * whole <= found["value"] <= high * whole,
    }


def without_newest(scorer: Scorer) -> Scorer:
    """The scorer of histories that end one entry earlier; lists still leave that entry out."""

    def scores(histories: list[History]) -> Scores:
        return scorer([shortened(history) for history in histories])

    return scores


def shortened(history: History) -> History:
    columns = ("rows", "weights", "kinds", "times")
    return replace(history, **{name: getattr(history, name)[:-1] for name in columns})


def permuted_ids(
    model: Model, trial: Trial, lists: dict[str, Rows], *, seed: int
) -> dict[str, Any]:
    """With the titles in another order the same lists: no place in a table, no tie helps."""
    order = np.random.default_rng(seed).permutation(len(model.train.item_ids))
    place = np.argsort(order)  # the new row of each old one
    moved = replace(
        trial, histories=[replace(each, rows=place[each.rows]) for each in trial.histories]
    )
    found = moved.lists(reordered(model, order).scores, LIST_LENGTH)
    found = np.where(found < 0, found, order[found])  # in old rows again
    shares = shares_of(len(trial.relevant), seed)
    same = float((found == lists["blend"]).all(axis=1).mean())
    return {
        "check": "all titles relabelled and every table put in another order",
        "ndcg": interval(ndcg_of(found, trial.relevant), shares),
        "expected": f"the same list for {SAME_LISTS:.0%} of the members at least",
        "against": same,
        "passed": same >= SAME_LISTS,
    }


def reordered(model: Model, order: Rows) -> Model:
    """The same model over items in that order: new row i is old row order[i]."""
    place = np.argsort(order)
    towers = copy.deepcopy(model.fitted.model)
    with torch.no_grad():
        towers.items.ids.weight.copy_(towers.items.ids.weight[order])
        towers.features.copy_(towers.features[order])
        towers.warm.copy_(towers.warm[order])
    sources = model.sources
    rules = replace(sources.rules, neighbours=_reordered(sources.rules.neighbours, order, place))
    train = model.train
    ids = IdMap([train.item_ids.ids[row] for row in order])
    return replace(
        model,
        fitted=replace(model.fitted, model=towers),
        sources=replace(
            sources,
            neighbours=_reordered(sources.neighbours, order, place),
            rules=rules,
            popular=sources.popular[order],
        ),
        train=replace(train, items=place[train.items], item_ids=ids),
        encoded=model.encoded[order],
    )


def _reordered(neighbours: Neighbours, order: Rows, place: Rows) -> Neighbours:
    rows = place[neighbours.rows[order]].astype(neighbours.rows.dtype)
    return Neighbours(rows, neighbours.weights[order])
