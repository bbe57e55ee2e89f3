"""Deletion test: what a recommended title's score loses without the titles named as its reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from recsys.bootstrap import paired
from recsys.entries import HistoryEntry
from recsys.explain import MAX_REASONS
from recsys.ids import ItemId
from recsys.interactions import Interactions, Rows, load_dataset, sha256_of
from recsys.loaded import Loaded
from recsys.past import Reading
from recsys.pipeline import rank
from recsys.serving import Recommender
from recsys.sources import tower_scores
from recsys.splitting import SplitName, split
from recsys.threads import limited_threads
from recsys.train import train
from recsys.trial import LIST_LENGTH, Trial
from tests.benchmarks.attention import inputs_of, last_layer, layers_of, load_user_tower, rollout
from tests.benchmarks.comparison import shares_of
from tests.benchmarks.movielens_2016 import FILES, frames
from tests.benchmarks.record import Bench, Found, Missing, is_smoke

SEED = 0
SPLIT: SplitName = "member-time"
COUNTS = (1, 3)  # titles that are removed
DRAWS = 10  # of random ones, for each member
TRIED_IN_LISTS = 5  # recommendations.serving.REASONS_TRIED
NAMED, NAMED_IN_LISTS = "named on the title's page", "named in lists"
RANDOM, RANDOM_OF_NEWEST = "random", f"random of the newest {MAX_REASONS}"
ATTENTION, ROLLOUT = "attention of the last layer", "attention rollout"
OTHERS = (RANDOM, RANDOM_OF_NEWEST, ATTENTION, ROLLOUT)
SCORES = ("score", "tower")
Falls = dict[tuple[str, int], NDArray[np.float64]]  # by choice and count, (SCORES, C)


@dataclass(frozen=True)
class Effort:
    preset: str = "small"
    members: int | None = None  # everybody


SHORT = Effort(preset="tiny", members=60)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    files = write_data(bench.folder, effort.members)
    artifact = trained(bench, files, effort.preset)
    histories = held_out_histories(load_dataset(*files)[0])
    tried = Deletions(artifact, np.random.default_rng(SEED))
    with limited_threads(1), bench.step("deletions"):
        found = [tried.falls(entries) for entries in tqdm(histories, mininterval=20)]
    result = summary(found)
    return {
        "data": (
            "MovieLens 2016, each member's newest fifth held back: the ten titles listed then, "
            f"by a model of preset {effort.preset}"
        ),
        "data_sha256": sha256_of(*FILES),
        "seed": SEED,
        "deletion": result,
        "figures": figures(result),
    }


def write_data(folder: Path, members: int | None) -> tuple[Path, Path]:
    """The shipped ratings, of the first so many members, and films, as training reads them."""
    ratings, films = frames()
    some = pd.unique(ratings["user_id"])[:members]
    files = (folder / "interactions.csv", folder / "items.csv")
    ratings[ratings["user_id"].isin(some)].to_csv(files[0], index=False)
    films.to_csv(files[1], index=False)
    return files


def trained(bench: Bench, files: tuple[Path, Path], preset: str) -> Path:
    """An artifact of the training part alone; a training that was interrupted goes on."""
    artifact = bench.folder / "artifact"
    if artifact.exists():
        return artifact
    with bench.step("training"):
        result = train(
            *files,
            artifact,
            preset=preset,
            seed=SEED,
            checkpoint_dir=bench.folder / "checkpoints",
            refit=False,
            on_progress=lambda *told: bench.save(),
        )
    if result.report["split"] != SPLIT:
        raise Missing(f"the training held back by {result.report['split']}, not by {SPLIT}")
    return artifact


def held_out_histories(rows: Interactions) -> list[list[HistoryEntry]]:
    """What everybody who has something held back had done before, oldest first."""
    trial = Trial.of(*split(rows, SPLIT))
    ids = rows.item_ids.ids
    return [
        [
            HistoryEntry(ids[row], 1.0, int(at))
            for row, at in zip(past.rows, past.times, strict=True)
        ]
        for past in trial.histories
    ]


class Deletions:
    """One artifact, asked with histories from which titles are missing."""

    def __init__(self, artifact: Path, rng: np.random.Generator) -> None:
        self.loaded = Loaded.read(artifact)
        self.recommender = Recommender(self.loaded)
        self.tower = load_user_tower(artifact, self.loaded)
        self.rng = rng

    def falls(self, entries: Sequence[HistoryEntry]) -> Falls:
        """What the scores of a member's list fall by.

        Counted are the titles for which as many are named as are removed.
        """
        reading = self.recommender.read(entries)
        listed = [found.item_id for found in self.recommender.recommend(reading, k=LIST_LENGTH)]
        named = {
            choice: self.recommender.attributions(reading, listed, at_most=at_most)
            for choice, at_most in ((NAMED, MAX_REASONS), (NAMED_IN_LISTS, TRIED_IN_LISTS))
        }
        rows = self.recommender.rows(listed)
        fall = self.asked(entries, self.scores(reading, rows), rows)
        falls: Falls = {}
        for count in COUNTS:
            places = enough_named(listed, list(named.values()), count)
            for choice, of in named.items():
                reasons = [[reason for reason, _ in of[listed[place]][:count]] for place in places]
                own = [fall(ids)[:, place] for ids, place in zip(reasons, places, strict=True)]
                falls[choice, count] = np.reshape(own, (-1, len(SCORES))).T
            for choice, draws in self.of_everybody(reading, entries, count).items():
                falls[choice, count] = np.mean([fall(ids) for ids in draws], axis=0)[:, places]
        return falls

    def asked(
        self, entries: Sequence[HistoryEntry], before: NDArray[np.float64], rows: Rows
    ) -> Callable[[Sequence[ItemId]], NDArray[np.float64]]:
        """How far the scores fall (SCORES, C) when the titles with these ids are removed."""

        def fall(ids: Sequence[ItemId]) -> NDArray[np.float64]:
            gone = set(ids)
            left = self.recommender.read([each for each in entries if each.item_id not in gone])
            return before - self.scores(left, rows)

        return fall

    def scores(self, reading: Reading, rows: Rows) -> NDArray[np.float64]:
        """What serves, and the two-tower model alone. (SCORES, C)"""
        evidence, tables = reading.evidence, self.loaded.tables
        blended = rank(evidence, rows, tables, self.loaded.blend)
        return np.stack([blended, tower_scores(evidence.user[None], rows, tables)[0]])

    def of_everybody(
        self, reading: Reading, entries: Sequence[HistoryEntry], count: int
    ) -> dict[str, list[list[ItemId]]]:
        """Choices that are the same for all titles of a list: draws of so many ids each."""
        ids = [entry.item_id for entry in entries]
        layers = layers_of(self.tower, inputs_of(reading.known, self.loaded))
        newest = ids[-layers.shape[-1] :]
        return {
            RANDOM: [self.drawn(ids, count) for _ in range(DRAWS)],
            RANDOM_OF_NEWEST: [self.drawn(ids[-MAX_REASONS:], count) for _ in range(DRAWS)],
            ATTENTION: [strongest(newest, last_layer(layers), count)],
            ROLLOUT: [strongest(newest, rollout(layers), count)],
        }

    def drawn(self, ids: Sequence[ItemId], count: int) -> list[ItemId]:
        return [ids[place] for place in self.rng.choice(len(ids), count, replace=False)]


def enough_named(
    listed: Sequence[ItemId],
    named: Sequence[dict[ItemId, list[tuple[ItemId, float]]]],
    count: int,
) -> list[int]:
    """Places of a list for which everyone names so many."""
    return [
        place
        for place, id_ in enumerate(listed)
        if all(len(reasons.get(id_, ())) >= count for reasons in named)
    ]


def strongest(ids: Sequence[ItemId], weights: NDArray[Any], count: int) -> list[ItemId]:
    """Those with most weight, the heaviest first; equals as they stand."""
    return [ids[place] for place in np.argsort(-weights, kind="stable")[:count]]


def summary(found: Sequence[Falls]) -> dict[str, Any]:
    """Mean falls of all pairs by choice, and named over every other; intervals draw members."""
    shares = shares_of(len(found), SEED)
    pairs = {
        count: np.array([falls[NAMED, count].shape[1] for falls in found], dtype=np.float64)
        for count in COUNTS
    }
    sums = {choice: sums_of([falls[choice] for falls in found]) for choice in found[0]}

    def mean(choice: str, count: int, score: int) -> dict[str, float | None]:
        fall = paired(sums[choice, count][score], pairs[count], shares)
        return {"value": fall["ratio"], "low": fall["low"], "high": fall["high"]}

    named = (NAMED, NAMED_IN_LISTS)
    return {
        "members": len(found),
        "listed": LIST_LENGTH * len(found),
        "pairs": {str(count): int(own.sum()) for count, own in pairs.items()},
        "draws": DRAWS,
        "falls": {
            choice: {
                str(count): {name: mean(choice, count, at) for at, name in enumerate(SCORES)}
                for count in COUNTS
            }
            for choice in (*named, *OTHERS)
        },
        "ratios": [
            {"a": a, "b": b, "count": count, "of": name}
            | paired(sums[a, count][at], sums[b, count][at], shares)
            for at, name in enumerate(SCORES)
            for count in COUNTS
            for a in named
            for b in OTHERS
        ],
    }


def sums_of(falls: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Of all pairs of each member. (SCORES, C) each → (SCORES, U)"""
    return np.stack([each.sum(axis=1) for each in falls], axis=1)


def figures(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the score that serves; asked: the limits that were set beforehand."""
    limits: dict[str, dict[str, float]] = {
        RANDOM: {"least": 3}, ATTENTION: {"above": 1}, ROLLOUT: {"above": 1}}  # fmt: skip
    pairs: dict[str, Any] = {"what": "pairs of a member and a listed title", "unit": ""}
    rows = [pairs | {"value": result["pairs"][str(COUNTS[0])], "asked": {"least": 500}}]
    for each in result["ratios"]:
        if each["of"] != SCORES[0] or each["ratio"] is None:
            continue
        titles = "the title" if each["count"] == 1 else f"the {each['count']} titles"
        row = {"what": f"fall without {titles} {each['a']}, over {each['b']}",
               "value": each["ratio"], "unit": "×"}  # fmt: skip
        rows.append(row | ({"asked": limits[each["b"]]} if each["b"] in limits else {}))
    return rows
