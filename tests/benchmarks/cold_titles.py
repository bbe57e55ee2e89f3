"""Titles that nobody had in training: are they shown to those who will turn to them?"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.artifacts import publish_artifact
from recsys.baselines import popularity
from recsys.bootstrap import interval, paired
from recsys.choosing import choose
from recsys.contenders import Task, constant, fit_model
from recsys.content import ContentEncoder
from recsys.entries import HistoryEntry
from recsys.export import write_artifact_files
from recsys.history import History
from recsys.ids import IdMap
from recsys.interactions import Interactions, Rows
from recsys.metrics import find_hits, recall
from recsys.ranking import Scores
from recsys.serving import Recommender
from recsys.splitting import member_time
from recsys.train import reads_of
from recsys.trial import Scorer, Trial, of_liked
from tests.benchmarks.comparison import shares_of
from tests.benchmarks.record import Bench

COLD_SHARE = 0.1  # of the titles
COLD_LIST = 100
NEAREST = (1, 3, 10, 30, 1000)  # titles of a history that content-kNN listens to: chosen


def cold_titles(
    bench: Bench, interactions: Interactions, items: pd.DataFrame, task: Task
) -> dict[str, Any]:
    """Recall of the members' held-out rows on titles that training knew nothing of."""
    train, held = member_time(interactions)
    n_items = len(items)
    cold = np.sort(_drawn(n_items, task.seed))
    seen, trial = without(train, held, cold)
    encoder = ContentEncoder.fit(items.drop(index=items.index[cold]))
    content = encoder.encode(items)
    nearest = choose_nearest(seen, content, task.seed)
    file = bench.folder / "cold.npz"
    if not file.exists():
        with bench.step("cold titles"):
            ours = our_cold_lists(bench.folder / "artifact", seen, items, cold, trial, task)
        np.savez(file, ours=ours)
    with np.load(file) as stored:
        lists = {"ours": stored["ours"]}
    lists["content-kNN"] = cold_lists(partial(by_nearest, content, nearest), cold, trial)
    genres = encoder.genre_matrix(items)
    lists["popularity of the genre"] = cold_lists(by_genre(seen, genres), cold, trial)
    chance = np.random.default_rng(task.seed)
    lists["chance"] = cold_lists(
        lambda histories: chance.random((len(histories), n_items), np.float32), cold, trial
    )
    return {
        "n_titles": len(cold),
        "n_users": len(trial.users),
        "n_targets": int(sum(map(len, trial.relevant))),
        "nearest": nearest,
        **recalls(lists, trial, task.seed),
    }


def _drawn(n_items: int, seed: int) -> Rows:
    count = int(n_items * COLD_SHARE)
    return np.random.default_rng(seed).choice(n_items, count, replace=False)


def without(train: Interactions, held: Interactions, cold: Rows) -> tuple[Interactions, Trial]:
    """Training rows on the other titles; whoever has held-out rows on the cold ones, those rows."""
    seen = train.take(~np.isin(train.items, cold))
    trial = Trial.of(seen, held.take(np.isin(held.items, cold)))
    known = np.flatnonzero([len(history) > 0 for history in trial.histories])
    return seen, Trial(
        trial.users[known],
        [trial.histories[place] for place in known],
        [trial.relevant[place] for place in known],
    )


def our_cold_lists(
    folder: Path, seen: Interactions, items: pd.DataFrame, cold: Rows, trial: Trial, task: Task
) -> Rows:
    """(U, 100) rows, by the artifact that knows the others, as the site asks it."""
    warm = np.setdiff1d(np.arange(len(items)), cold)
    place = np.full(len(items), -1)
    place[warm] = np.arange(len(warm))
    ids = [seen.item_ids.ids[row] for row in warm]
    train = replace(seen, items=place[seen.items], item_ids=IdMap(ids))
    known = items.iloc[warm].reset_index(drop=True)
    encoder = ContentEncoder.fit(known)
    encoded = encoder.encode(known)
    choices = choose(train, encoded, task, ("blend",), "member-time")
    model = fit_model("cold", train, encoded, task, choices)
    manifest = {
        "config": asdict(task.config),
        "choices": {"blend": asdict(choices.blend)},
        "reads": reads_of(train),
    }
    publish_artifact(folder, manifest, lambda part: write_artifact_files(part, model, encoder))
    recommender = Recommender.load(folder)
    cold_ids = [seen.item_ids.ids[row] for row in cold]
    recommender = recommender.with_cold_items(cold_ids, recommender.encode_items(items.iloc[cold]))
    listed = [
        recommender.recommend(entries_of(history, seen.item_ids), k=COLD_LIST, allowed=cold_ids)
        for history in trial.histories
    ]
    return np.stack([seen.item_ids.known_rows([each.item_id for each in line]) for line in listed])


def entries_of(history: History, ids: IdMap) -> list[HistoryEntry]:
    return [
        HistoryEntry(ids.ids[row], float(weight), int(time))
        for row, weight, time in zip(history.rows, history.weights, history.times, strict=True)
    ]


def by_nearest(content: Scores, nearest: int, histories: list[History]) -> Scores:
    """Mean likeness to those titles of the history that are most like it. (B, N)"""
    unit = content / np.maximum(np.linalg.norm(content, axis=1, keepdims=True), 1e-9)
    lines = []
    for history in histories:
        likeness = unit @ unit[history.liked].T  # (N, L)
        count = min(nearest, likeness.shape[1])
        lines.append(np.sort(likeness, axis=1)[:, -count:].mean(axis=1))
    return np.stack(lines).astype(np.float32)


def by_genre(seen: Interactions, genres: Scores) -> Scorer:
    """How often titles of its genres were had: the mean over its genres, for everybody the same."""
    counts = popularity(seen.positives())
    titles = (genres * (counts > 0)[:, None]).sum(axis=0)
    each = (genres * counts[:, None]).sum(axis=0) / np.maximum(titles, 1)
    return of_liked(
        constant((genres @ each / np.maximum(genres.sum(axis=1), 1)).astype(np.float32))
    )


def choose_nearest(seen: Interactions, content: Scores, seed: int) -> int:
    """By the same question inside the training part, about other titles."""
    part, held = member_time(seen)
    cold = _drawn(content.shape[0], seed + 1)
    _, trial = without(part, held, cold)
    found = [
        recall_of(cold_lists(partial(by_nearest, content, nearest), cold, trial), trial).mean()
        for nearest in NEAREST
    ]
    return NEAREST[int(np.argmax(found))]


def cold_lists(scorer: Scorer, cold: Rows, trial: Trial) -> Rows:
    """The best of the cold titles. (U, 100)"""

    def only_cold(histories: list[History]) -> Scores:
        scores = scorer(histories)
        kept = np.full_like(scores, -np.inf)
        kept[:, cold] = scores[:, cold]
        return kept

    return trial.lists(only_cold, COLD_LIST)


def recall_of(ranked: Rows, trial: Trial) -> NDArray[np.float64]:
    return recall(find_hits(ranked, trial.relevant), np.array([len(r) for r in trial.relevant]))


def recalls(lists: dict[str, Rows], trial: Trial, seed: int) -> dict[str, Any]:
    shares = shares_of(len(trial.users), seed)
    found = {name: recall_of(ranked, trial) for name, ranked in lists.items()}
    return {
        "recall": {name: interval(values, shares) for name, values in found.items()},
        "paired": [
            {"a": "ours", "b": name, **paired(found["ours"], values, shares)}
            for name, values in found.items()
            if name != "ours"
        ],
    }
