"""What variety costs: the lists of the same users at several places of its slider."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from recsys import metrics
from recsys.bootstrap import Draws, PerUser, interval, paired
from recsys.interactions import Rows
from recsys.metrics import NOTHING
from recsys.ranking import Scores
from recsys.reranking import ItemViews, Variety, rerank
from recsys.trial import LIST_LENGTH, Trial

SLIDERS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
CANDIDATES = 100  # of a user's best, which a list is made of
Point = dict[str, Any]  # of the report: slider, amounts, metrics, paired


def tradeoff(
    best: tuple[Rows, Scores], trial: Trial, views: ItemViews, counts: Rows, draws: Draws
) -> list[Point]:
    """A point per place of the slider, each held against the first: without variety.

    best: (U, C) rows, best first, and their scores; counts: (N,) as the views were made of
    """
    vectors, genres = np.asarray(views.vectors), np.asarray(views.genres)
    points: list[Point] = []
    without: PerUser | None = None
    for slider in SLIDERS:
        amounts = Variety.at(slider)
        lists = reranked(best, trial, views, amounts)
        hits = metrics.find_hits(lists, trial.relevant)
        ndcg = metrics.ndcg(hits, np.array([len(rows) for rows in trial.relevant]))
        without = ndcg if without is None else without
        values = {
            "ndcg": ndcg,
            "intra_list_diversity": metrics.intra_list_diversity(lists, vectors),
            "genre_diversity": metrics.genre_diversity(lists, genres),
            "coverage": metrics.listed(lists, len(counts)),
            "novelty": metrics.novelty(lists, counts),
            "calibration": metrics.calibration(lists, trial.liked, genres),
        }
        points.append(
            {
                "slider": slider,
                "amounts": asdict(amounts),
                "metrics": {name: interval(value, draws) for name, value in values.items()},
                "paired": paired(ndcg, without, draws),
            }
        )
    return points


def reranked(best: tuple[Rows, Scores], trial: Trial, views: ItemViews, amounts: Variety) -> Rows:
    """(U, LIST_LENGTH) of each user's best; NOTHING where these are fewer."""
    lists = np.full((len(trial.users), LIST_LENGTH), NOTHING)
    for line, rows, scores, liked in zip(lists, *best, trial.liked, strict=True):
        full = rows != NOTHING
        wanted = views.mix_of(liked)
        taken = rerank(scores[full], rows[full], views, wanted, LIST_LENGTH, amounts)
        line[: len(taken)] = taken
    return lists
