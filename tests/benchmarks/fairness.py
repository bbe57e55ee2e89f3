"""Is any group of members served worse, and what does it cost to give everybody their own mix?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys import metrics
from recsys.baselines import Ease, popularity
from recsys.bootstrap import interval
from recsys.contenders import Task, constant, fit_model
from recsys.content import ContentEncoder
from recsys.groups import add_exposure, by_group, gaps_of, tail_shares
from recsys.interactions import Interactions, Rows, sha256_of
from recsys.reranking import ItemViews, Variety, rerank
from recsys.slices import measured_slices
from recsys.splitting import leave_one_out
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, Scorer, Trial, of_liked
from tests.benchmarks import movielens_1m
from tests.benchmarks.comparison import ndcg_of, report_of, shares_of
from tests.benchmarks.contest import Contest
from tests.benchmarks.ml_1m import FIVE_MINUTES
from tests.benchmarks.record import Bench, Found

SEED = 0
CANDIDATES = 100
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
AFFORDABLE = 0.99  # of the NDCG on the validation part: what the chosen strength must leave
CALIBRATED = "blend, calibrated"
OURS = (CALIBRATED, "blend")
Genres = NDArray[np.float32]  # (N, G) of 0 and 1


@dataclass(frozen=True)
class Study:
    """What both fits have in common."""

    bench: Bench
    contest: Contest
    items: pd.DataFrame
    genres: Genres
    sha256: str


def prepare() -> None:
    movielens_1m.files()
    movielens_1m.groups_file()


def measure(bench: Bench, contest: Contest = FIVE_MINUTES) -> Found:
    """The strength is chosen on the last row but one of each member, then the last is looked at."""
    sha256 = sha256_of(*movielens_1m.files(), movielens_1m.groups_file())
    interactions, items = movielens_1m.load()
    genres = ContentEncoder.fit(items).genre_matrix(items)
    study = Study(bench, contest, items, genres, sha256)
    train, held = leave_one_out(interactions)
    part, validation = leave_one_out(train)
    with limited_threads(1):
        tried = Trial.of(part, validation)
        curve = validated(study, part, tried)
        strength = chosen(curve)
        trial = Trial.of(train, held)
        lists = listed(study, "test", train, trial, (strength,))
    lists[CALIBRATED] = lists.pop(str(strength))
    report = report_of(
        lists,
        trial.relevant,
        len(items),
        ours=(CALIBRATED, "blend"),
        split="leave-one-out",
        seed=SEED,
    )
    return {
        "data": movielens_1m.DATA,
        "data_sha256": sha256,
        "seed": SEED,
        "report": with_calibration(report, lists, trial, genres),
        "strength": strength,
        "curve": curve,
        **by_groups(lists, trial, train),
    }


def validated(study: Study, part: Interactions, trial: Trial) -> list[dict[str, float]]:
    """What each strength does to the blend's lists, as means."""
    lists = listed(study, "validation", part, trial, STRENGTHS)
    return [
        {
            "strength": strength,
            "ndcg": float(ndcg_of(lists[str(strength)], trial.relevant).mean()),
            "calibration": float(
                metrics.calibration(lists[str(strength)], trial.liked, study.genres).mean()
            ),
        }
        for strength in STRENGTHS
    ]


def chosen(curve: list[dict[str, float]]) -> float:
    """The largest strength that leaves enough of the accuracy."""
    least = AFFORDABLE * next(each["ndcg"] for each in curve if each["strength"] == 0)
    return max(each["strength"] for each in curve if each["ndcg"] >= least)


def listed(
    study: Study, phase: str, train: Interactions, trial: Trial, strengths: tuple[float, ...]
) -> dict[str, Rows]:
    """Lists of the blend, of the two baselines, and of the blend by each strength; kept."""
    file = study.bench.folder / f"{phase}.npz"
    if not file.exists():
        choices = study.contest.choices
        task = Task(
            config=study.contest.config,
            seed=SEED,
            checkpoint_dir=study.bench.folder,
            fingerprint=study.sha256,
            on_epoch=lambda phase, progress: study.bench.save(),
        )
        with study.bench.step(phase):
            positives = train.positives()
            ease = Ease(positives, regularisation=choices.ease_regularisation)
            encoded = ContentEncoder.fit(study.items).encode(study.items)
            model = fit_model(phase, train, encoded, task, choices, ease=ease)
            made: dict[str, Scorer] = {
                "blend": model.scores,
                "ease": of_liked(ease.scores),
                "popularity": of_liked(constant(popularity(positives))),
            }
            lists = {name: trial.lists(scorer, LIST_LENGTH) for name, scorer in made.items()}
            counts = positives.item_counts()
            views = ItemViews.of(model.tables.directions, study.genres, counts)
            lists |= reranked(model.scores, trial, views, strengths)
        np.savez(file, allow_pickle=False, **lists)
    with np.load(file) as stored:
        return dict(stored)


def reranked(
    scorer: Scorer, trial: Trial, views: ItemViews, strengths: tuple[float, ...]
) -> dict[str, Rows]:
    """(U, 10) by strength, each out of the hundred best."""
    found: dict[str, list[Rows]] = {str(strength): [] for strength in strengths}
    for rows, scores, liked in zip(*trial.ranked(scorer, CANDIDATES), trial.liked, strict=True):
        wanted = views.mix_of(liked)
        for strength in strengths:
            amounts = Variety(calibration=strength)
            best = rerank(scores, rows, views, wanted, LIST_LENGTH, amounts)
            found[str(strength)].append(best)
    return {name: np.stack(lines) for name, lines in found.items()}


def with_calibration(
    report: dict[str, Any], lists: dict[str, Rows], trial: Trial, genres: Genres
) -> dict[str, Any]:
    draws = shares_of(len(trial.users), SEED)
    for name, ranked in lists.items():
        values = metrics.calibration(ranked, trial.liked, genres)
        report["models"][name]["calibration"] = interval(values, draws)
    return report


def by_groups(lists: dict[str, Rows], trial: Trial, train: Interactions) -> dict[str, Any]:
    """As the product's own report has it: gender and age, accuracy and exposure, and the gaps."""
    counts = train.positives().item_counts()
    draws = shares_of(len(trial.users), SEED)
    families = by_group(movielens_1m.groups(), trial, train.user_ids)
    slices = measured_slices(families, lists, trial, draws)
    tails = {name: tail_shares(ranked, trial, counts) for name, ranked in lists.items()}
    ndcg = {name: ndcg_of(ranked, trial.relevant) for name, ranked in lists.items()}
    for family, parts in families.items():
        add_exposure(slices[family], parts, tails)
    gaps = {family: gaps_of(parts, ndcg, tails, draws) for family, parts in families.items()}
    return {"groups": slices, "gaps": gaps}
