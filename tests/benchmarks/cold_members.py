"""Members of whom little is known: does the little help?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.baselines import Ease, popularity
from recsys.choosing import choose
from recsys.contenders import Task, constant, fit_model
from recsys.content import ContentEncoder
from recsys.interactions import Interactions, Rows
from recsys.ranking import Scores
from recsys.trial import LIST_LENGTH, Scorer, Trial, of_liked
from tests.benchmarks.comparison import report_of
from tests.benchmarks.record import Bench

FOLDS = 5  # each member is new once
KNOWN = 5  # events of a new member, of which the newest 1, 3 or 5 are shown
SHOWN = (1, 3, 5)
NEXT = 10  # events after them that are to be found


def cold_members(
    bench: Bench, interactions: Interactions, items: pd.DataFrame, task: Task, folds: int
) -> dict[str, Any]:
    """NDCG of what new members do next, from their first events; a fit for each fifth of them."""
    encoded = ContentEncoder.fit(items).encode(items)
    lists: dict[str, list[Rows]] = {}
    relevant: list[Rows] = []
    for fold in range(folds):
        new = np.arange(len(interactions.user_ids)) % FOLDS == fold
        starts = first_events(interactions, new)
        relevant += starts.relevant
        for name, ranked in fold_lists(
            bench, interactions, encoded, task, new, starts, fold
        ).items():
            lists.setdefault(name, []).append(ranked)
    whole = {name: np.concatenate(parts) for name, parts in lists.items()}
    return {
        "n_users": len(relevant),
        "next": NEXT,
        "shown": [
            {
                "events": shown,
                "report": report_of(
                    {name: ranked[:, place] for name, ranked in whole.items()},
                    relevant,
                    len(items),
                    ours=("blend",),
                    split="new members",
                    seed=task.seed,
                ),
            }
            for place, shown in enumerate(SHOWN)
        ],
    }


def first_events(interactions: Interactions, new: NDArray[np.bool_]) -> Trial:
    """The first events of those new members that have as many and as many after them."""
    _, place = np.unique(interactions.users, return_index=True)
    number = np.arange(len(interactions)) - place[interactions.users]
    sizes = np.bincount(interactions.users, minlength=len(interactions.user_ids))
    enough = (new & (sizes >= KNOWN + NEXT))[interactions.users]
    known = interactions.take(enough & (number < KNOWN))
    after = interactions.take(enough & (number >= KNOWN) & (number < KNOWN + NEXT))
    return Trial.of(known, after)


def fold_lists(
    bench: Bench,
    interactions: Interactions,
    encoded: Scores,
    task: Task,
    new: NDArray[np.bool_],
    starts: Trial,
    fold: int,
) -> dict[str, Rows]:
    """(U, S, 10) by each model that never saw the new members; S: how much is shown of them."""
    file = bench.folder / f"members-{fold}.npz"
    if not file.exists():
        with bench.step("cold members"):
            train = interactions.take(~new[interactions.users])
            choices = choose(train, encoded, task, ("blend",), "member-time")
            model = fit_model("cold", train, encoded, task, choices)
            ease = Ease(train.positives(), regularisation=choices.ease_regularisation)
            made: dict[str, Scorer] = {
                "blend": model.scores,
                "ease": of_liked(ease.scores),
                "popularity": of_liked(constant(popularity(train.positives()))),
            }
            lists = {
                name: np.stack([shown_lists(starts, scorer, shown) for shown in SHOWN], axis=1)
                for name, scorer in made.items()
            }
        np.savez(file, allow_pickle=False, **lists)
    with np.load(file) as stored:
        return dict(stored)


def shown_lists(starts: Trial, scorer: Scorer, shown: int) -> Rows:
    """From the newest few of the events; what is not shown is not listed either."""
    return starts.lists(
        lambda histories: scorer([history.newest(shown) for history in histories]), LIST_LENGTH
    )
