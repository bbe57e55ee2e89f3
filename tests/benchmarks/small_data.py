"""Our blend against tuned models of implicit, LensKit and RecTools on three small sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.bootstrap import PerUser, paired
from recsys.choosing import choose
from recsys.contenders import Task, scorers
from recsys.content import ContentEncoder
from recsys.interactions import Interactions, Rows
from recsys.splitting import SplitName, split
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, ModelName, Trial
from recsys.two_tower import PRESETS
from tests.benchmarks import small_sets
from tests.benchmarks.comparison import ndcg_of, report_of, shares_of
from tests.benchmarks.contest import make_peers_environment, run_peer
from tests.benchmarks.record import Bench, Found
from tests.benchmarks.small_sets import SETS, SmallSet

SEED = 0
OURS: tuple[ModelName, ...] = ("blend", "two-tower", "sequential-rules", "popularity")
PEERS = (
    "implicit-als",
    "implicit-bpr",
    "implicit-cosine",
    "implicit-tfidf",
    "implicit-bm25",
    "rectools-ease",
    "rectools-sasrec",
    "rectools-esasrec",
    "lenskit-item-knn",
    "lenskit-user-knn",
    "lenskit-als",
)
DATA = (
    "MovieLens of 2016 (100,004 ratings), MovieLens latest-small of 2018 (100,836) and "
    "MovieLens 100K (100,000); every rating counts as a positive"
)


@dataclass(frozen=True)
class Effort:
    """What each side may do. seconds: of CPU to tune a network, and at most as many to refit it."""

    seconds: float
    peers: Sequence[str] = PEERS
    preset: str = "small"


def prepare() -> None:
    small_sets.ready()
    make_peers_environment()


def measure(bench: Bench, splits: Sequence[SplitName], effort: Effort) -> Found:
    found: dict[str, Any] = {}
    sha256 = {}
    for name in SETS:
        data = small_sets.load(name, bench.folder / name)
        sha256[name] = data.sha256
        for split_name in splits:
            found[f"{name}, {split_name}"] = measure_set(bench, name, data, split_name, effort)
    pooled = [pooled_over(found, split_name) for split_name in splits]
    for each in found.values():
        del each["ndcg"]
    return {
        "data": DATA,
        "data_sha256": sha256,
        "seed": SEED,
        "sets": found,
        "pooled": pooled,
    }


def measure_set(
    bench: Bench, name: str, data: SmallSet, split_name: SplitName, effort: Effort
) -> dict[str, Any]:
    """All models on one set; ndcg is a value per member, for the pool."""
    train, held = split(data.interactions, split_name)
    trial = Trial.of(train, held)
    folder = bench.folder / name / split_name
    folder.mkdir(parents=True, exist_ok=True)
    with bench.step(f"ours: {name}, {split_name}"):
        lists = our_lists(bench, folder, data, split_name, effort.preset)
    rows = write_rows(folder, train, split_name)
    facts, peers = {}, effort.peers
    for peer in peers:
        ranked, facts[peer] = peer_lists(bench, rows, peer, effort.seconds)
        lists[peer] = ranked[trial.users]
    ndcg = {each: ndcg_of(ranked, trial.relevant) for each, ranked in lists.items()}
    return {
        "set": name,
        "report": report_of(
            lists, trial.relevant, len(train.item_ids), ours=OURS[:1], split=split_name, seed=SEED
        ),
        "peers": facts,
        "best": {
            "on validation": max(peers, key=lambda peer: facts[peer]["validation_ndcg"]),
            "on the test": max(peers, key=lambda peer: ndcg[peer].mean()),
        },
        "ndcg": ndcg,
    }


def our_lists(
    bench: Bench, folder: Path, data: SmallSet, split_name: SplitName, preset: str
) -> dict[str, Rows]:
    """Chosen on an inner split, fitted on the training part, as every training run does it."""
    file = folder / "ours.npz"
    if not file.exists():
        train, held = split(data.interactions, split_name)
        trial = Trial.of(train, held)
        task = Task(
            config=PRESETS[preset],
            seed=SEED,
            checkpoint_dir=folder,
            fingerprint=f"{data.sha256}:{split_name}",
            on_epoch=lambda phase, progress: bench.save(),
        )
        encoded = ContentEncoder.fit(data.items).encode(data.items)
        with limited_threads(1):
            choices = choose(train, encoded, task, OURS, split_name)
            made, _ = scorers(OURS, train, encoded, task, choices)
            lists = {each: trial.lists(scorer, LIST_LENGTH) for each, scorer in made.items()}
        np.savez(file, allow_pickle=False, **lists)
    with np.load(file) as stored:
        return dict(stored)


def write_rows(folder: Path, train: Interactions, split_name: SplitName) -> Path:
    """What the peers get; inner: what they tune on, split off as the outer part was."""
    path = folder / "rows.npz"
    _, held = split(train, split_name)
    np.savez(
        path, users=train.users, items=train.items, inner=np.isin(train.places, held.places),
        n_users=len(train.user_ids), n_items=len(train.item_ids),
    )  # fmt: skip
    return path


def peer_lists(bench: Bench, rows: Path, peer: str, seconds: float) -> tuple[Rows, dict[str, Any]]:
    """All users' lists and what was chosen; kept beside the rows."""
    file = rows.with_name(f"{peer}.npz")
    if not file.exists():
        bench.pause_before(2.5 * seconds)
        with bench.step(f"{peer}: {rows.parent.relative_to(bench.folder)}"):
            run_peer("small_peers.py", "--model", peer, "--rows", rows, "--out", file,
                     "--seconds", seconds, "--seed", SEED)  # fmt: skip
    with np.load(file) as stored:
        return stored["ranked"], json.loads(str(stored["facts"]))


def pooled_over(found: dict[str, Any], split_name: SplitName) -> dict[str, Any]:
    """The blend over the best peer of each set, all members of all sets together."""
    sets = [each for each in found.values() if each["report"]["split"] == split_name]
    ours: PerUser = np.concatenate([each["ndcg"]["blend"] for each in sets])
    shares = shares_of(len(ours), SEED)
    return {
        "split": split_name,
        "n_users": len(ours),
        "versus": {
            when: paired(
                ours, np.concatenate([each["ndcg"][each["best"][when]] for each in sets]), shares
            )
            for when in ("on validation", "on the test")
        },
    }
