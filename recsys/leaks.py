"""Did a model see what it is measured on? Refuses a split that shows it, and checks every scorer.

What no check can see: a model that recognises a held-out user by a likeness of the history, made
from the true held-out rows by code that never passed through the examination.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.canaries import CHANCE, Canaries
from recsys.errors import DataError
from recsys.history import History
from recsys.interactions import Interactions, Rows
from recsys.metrics import NOTHING, find_hits, ndcg
from recsys.splitting import SplitName, chosen_split, split
from recsys.trial import LIST_LENGTH, Scorer, Trial, unseen_top_k

AT_MOST = 10_000  # measured: more would narrow no interval that matters
PROBES = 200  # users whose lists are asked for again
FEWEST_PROBES = 20
LONG_ENOUGH = 5  # likes, so that losing one says little
LEAST_KEPT = 0.5  # of its NDCG by a model that has lost the oldest like of each history
SURE = 4.0  # standard errors
SAME = 0.01  # of the spread of a user's scores
FEW = 0.05  # of the users, whose scores may differ by rounding


@dataclass(frozen=True)
class Check:
    """Something every honest model passes; model: None where it is about the data."""

    name: str
    model: str | None
    passed: bool
    detail: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Examination:
    """What models are fitted on and measured with."""

    train: Interactions
    held: Interactions  # and the canaries among them
    trial: Trial
    split_name: SplitName
    why: str  # this split
    n_eligible: int  # users, of whom the trial has at most AT_MOST
    canaries: Canaries

    @classmethod
    def of(
        cls, interactions: Interactions, asked: SplitName | None, rng: np.random.Generator
    ) -> Examination:
        """DataError when the training part shows what is held back."""
        split_name, why = chosen_split(interactions, asked)
        train, held = split(interactions, split_name)
        check_split(train, held, split_name)
        trial = Trial.of(train, held, at_most=AT_MOST)
        check_trial(trial)
        canaries = Canaries.of(trial, train.positives().item_counts(), rng)
        n_eligible, planted = len(np.unique(held.users)), canaries.among(held, trial)
        return cls(train, planted, trial, split_name, why, n_eligible, canaries)

    def checks(self, model: str, scorer: Scorer, lists: Rows) -> list[Check]:
        """lists: (U, K) those that are measured."""
        return [
            check_lists(model, lists, self.trial, self.train),
            check_order(model, scorer, self.trial),
            check_history(model, scorer, self.trial),
            check_canaries(model, scorer, self.trial, self.canaries),
        ]


def check_split(train: Interactions, held: Interactions, name: SplitName) -> None:
    """DataError when a training row is, or is newer than, one that is held back."""
    n_items = len(train.item_ids)
    trained = _keys(train.users, train.items, n_items)
    both = np.isin(_keys(held.users, held.items, n_items), trained)
    if both.any():
        user, item = _ids(held, int(np.flatnonzero(both)[0]))
        raise DataError(f"leak: item {item} is held back from user {user} and trained on")
    groups = np.zeros(len(train.user_ids), np.int64) if name == "temporal" else None
    late = _is_late(train, held, groups)
    if late.any():
        user, item = _ids(train, int(np.flatnonzero(late)[0]))
        raise DataError(
            f"leak: the training row of user {user} and item {item} is newer than rows held back"
        )


def _is_late(train: Interactions, held: Interactions, groups: Rows | None) -> NDArray[np.bool_]:
    """(n,) training rows after the first held-out one of their group; groups: (U,), else users."""
    of_train = train.users if groups is None else groups[train.users]
    of_held = held.users if groups is None else groups[held.users]
    order = np.lexsort((held.places, held.times, of_held))
    first = order[np.diff(of_held[order], prepend=-1) > 0]
    moments = np.full(len(train.user_ids), np.iinfo(np.int64).max)
    places = moments.copy()
    moments[of_held[first]], places[of_held[first]] = held.times[first], held.places[first]
    moment, place = moments[of_train], places[of_train]
    return (train.times > moment) | ((train.times == moment) & (train.places > place))


def _ids(interactions: Interactions, row: int) -> tuple[Any, Any]:
    user, item = interactions.users[row], interactions.items[row]
    return interactions.user_ids.ids[user], interactions.item_ids.ids[item]


def check_trial(trial: Trial) -> None:
    """DataError when a history holds what is asked for, or what came after the question."""
    for user, history, relevant in zip(trial.users, trial.histories, trial.relevant, strict=True):
        if np.isin(relevant, history.rows).any():
            raise DataError(f"leak: the history of user row {user} holds what is held back")
        if (history.times > history.asked_at).any():
            raise DataError(f"leak: the history of user row {user} goes past what is held back")


def check_lists(model: str, lists: Rows, trial: Trial, train: Interactions) -> Check:
    """No item that its user has had, none twice, and as many as there are. lists: (U, K)"""
    n_items, full = len(train.item_ids), lists != NOTHING
    sizes = np.bincount(train.users, minlength=len(train.user_ids))[trial.users]
    had = train.take(np.isin(train.users, trial.users))
    listed = _keys(np.repeat(trial.users, full.sum(axis=1)), lists[full], n_items)
    seen = int(np.isin(listed, _keys(had.users, had.items, n_items)).sum())
    twice = len(listed) - len(np.unique(listed))
    short = int((full.sum(axis=1) < np.minimum(LIST_LENGTH, n_items - sizes)).sum())
    found = [
        f"{number} {words}"
        for number, words in (
            (seen, "places hold an item that the member has had"),
            (twice, "places repeat an item"),
            (short, "lists are shorter than they could be"),
        )
        if number
    ]
    return Check("lists", model, not found, "; ".join(found) or "full, without anything seen")


def check_order(model: str, scorer: Scorer, trial: Trial) -> Check:
    """The scores of a history are the same wherever it stands among those asked about."""
    histories = [trial.histories[place] for place in _spread(len(trial.users))]
    once, again = scorer(histories), scorer(histories[::-1])[::-1]
    finite, other = (np.where(np.isfinite(scores), scores, np.nan) for scores in (once, again))
    if np.isnan(once).any() or np.isnan(finite).all(axis=1).any():
        return Check("order", model, False, "scores that are not numbers")
    spread = np.nanmax(finite, axis=1) - np.nanmin(finite, axis=1)
    near = np.abs(finite - other) <= SAME * spread[:, None] + 1e-9
    differs = ~(near | (once == again)).all(axis=1)
    if differs.mean() > FEW:
        detail = f"{differs.sum()} of {len(histories)} members get other scores in another order"
        return Check("order", model, False, detail)
    return Check("order", model, True, f"the same scores in another order, {len(histories)} asked")


def check_history(model: str, scorer: Scorer, trial: Trial) -> Check:
    """A model that knows tastes still finds much without each one's oldest like; a list of answers
    by history does not.
    """
    long = np.flatnonzero([len(liked) >= LONG_ENOUGH for liked in trial.liked])
    probes = long[_spread(len(long))]
    if len(probes) < FEWEST_PROBES:
        return Check("history", model, True, "too few members have a long history to tell")
    histories = [trial.histories[place] for place in probes]
    relevant = [trial.relevant[place] for place in probes]
    whole = _ndcgs(scorer, histories, histories, relevant)
    less = [replace(each.without(0), asked_at=each.asked_at + 1) for each in histories]
    kept = _ndcgs(scorer, less, histories, relevant)
    excess = kept - LEAST_KEPT * whole
    error = excess.std() / np.sqrt(len(probes))
    detail = (
        f"NDCG {whole.mean():.3f}, without each one's oldest like {kept.mean():.3f}, "
        f"{len(probes)} asked"
    )
    return Check("history", model, bool(excess.mean() >= -SURE * error), detail)


def _ndcgs(
    scorer: Scorer, asked: list[History], owned: list[History], relevant: list[Rows]
) -> NDArray[np.float64]:
    """(U,) owned: what the lists must leave out."""
    lists = unseen_top_k(scorer(asked), [history.rows for history in owned], LIST_LENGTH)
    return ndcg(find_hits(lists, relevant), np.array([len(rows) for rows in relevant]))


def check_canaries(model: str, scorer: Scorer, trial: Trial, canaries: Canaries) -> Check:
    """Held-out rows that never happened are ranked no better than others."""
    if canaries.most_evidence > CHANCE:
        return Check("canaries", model, True, "too few members or items to tell")
    evidence = canaries.evidence(scorer, trial)
    if evidence <= CHANCE:
        detail = (
            f"it has seen rows that were held back: {len(canaries)} planted among them are "
            f"preferred, by chance with p < {max(evidence, 1e-300):.0e}"
        )
        return Check("canaries", model, False, detail)
    return Check("canaries", model, True, f"{len(canaries)} planted, none noticed")


def _spread(count: int) -> Rows:
    """At most PROBES places among so many, evenly."""
    return np.linspace(0, count - 1, min(count, PROBES)).astype(np.int64)


def _keys(users: Rows, items: Rows, n_items: int) -> Rows:
    """One number per pair."""
    return users.astype(np.int64) * n_items + items
