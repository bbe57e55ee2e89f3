"""Tunes one model of other people's on an inner split, fits it on all rows, writes everybody's ten.

Runs in an environment of its own (requirements-bench.txt) and imports nothing of ours.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

for variable in ("OMP", "OPENBLAS", "MKL", "RAYON", "LK"):
    os.environ[f"{variable}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from scipy import sparse  # noqa: E402

K = 10
NOTHING = -1
EPOCHS_AT_ONCE = 2
PATIENCE = 6  # looks at the validation part without a better one


@dataclass(frozen=True)
class Rows:
    """Interactions in rows, each user's oldest first."""

    users: np.ndarray
    items: np.ndarray
    n_users: int
    n_items: int
    seed: int
    seconds: float  # of CPU time for one network

    def take(self, mask: np.ndarray) -> Rows:
        return Rows(
            self.users[mask], self.items[mask], self.n_users, self.n_items, self.seed, self.seconds
        )

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """(U, N)"""
        ones = np.ones(len(self.users), dtype=np.float32)
        return sparse.csr_matrix((ones, (self.users, self.items)), (self.n_users, self.n_items))

    def unseen(self, scores: np.ndarray, user: int) -> np.ndarray:
        """(N,) → the ten best that the user has not had."""
        scores = np.where(np.isfinite(scores), scores, -np.inf)
        scores[self.items[self.users == user]] = -np.inf
        best = np.argsort(-scores, kind="stable")[:K]
        return np.where(np.isneginf(scores[best]), NOTHING, best)


Lists = np.ndarray  # (U, K) item rows
Grid = dict[str, tuple[Any, ...]]  # values to try, by name
Model = Callable[..., Lists]
Network = Callable[..., Iterator[Lists]]  # better ones, as long as there is time


def implicit_als(rows: Rows, **choices: Any) -> Lists:
    from implicit.cpu.als import AlternatingLeastSquares

    return _implicit(
        AlternatingLeastSquares(alpha=1.0, iterations=15, random_state=rows.seed, **choices), rows
    )


def implicit_bpr(rows: Rows, **choices: Any) -> Lists:
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    return _implicit(
        BayesianPersonalizedRanking(iterations=100, random_state=rows.seed, **choices), rows
    )


def implicit_neighbours(rows: Rows, *, kind: str, **choices: Any) -> Lists:
    from implicit import nearest_neighbours

    return _implicit(getattr(nearest_neighbours, f"{kind}Recommender")(**choices), rows)


def _implicit(model: Any, rows: Rows) -> Lists:
    model.fit(rows.matrix, show_progress=False)
    listed, scores = model.recommend(np.arange(rows.n_users), rows.matrix, N=K)
    return np.where(scores <= np.finfo(np.float32).min, NOTHING, listed)


def lenskit_neighbours(rows: Rows, *, kind: str, **choices: Any) -> Lists:
    from lenskit import knn

    return _lenskit(getattr(knn, f"{kind}KNNScorer")(feedback="implicit", **choices), rows)


def lenskit_als(rows: Rows, **choices: Any) -> Lists:
    from lenskit.als import ImplicitMFScorer

    return _lenskit(ImplicitMFScorer(epochs=15, **choices), rows)


def _lenskit(scorer: Any, rows: Rows) -> Lists:
    import pandas as pd
    from lenskit.data import ItemList, RecQuery, from_interactions_df
    from lenskit.random import set_global_rng

    set_global_rng(rows.seed)
    frame = pd.DataFrame({"user_id": rows.users, "item_id": rows.items})
    scorer.train(from_interactions_df(frame))
    everything = ItemList(item_ids=np.arange(rows.n_items))
    ranked = np.full((rows.n_users, K), NOTHING)
    for user in np.unique(rows.users):
        history = ItemList(item_ids=rows.items[rows.users == user])
        scored = scorer(query=RecQuery(user_id=user, user_items=history), items=everything)
        ranked[user] = rows.unseen(scored.scores(), user)
    return ranked


def rectools_ease(rows: Rows, **choices: Any) -> Lists:
    from rectools.models import EASEModel

    dataset = _rectools_dataset(rows)
    model = EASEModel(recommend_n_threads=1, **choices).fit(dataset)
    return _rectools_lists(model, dataset, rows)


def rectools_sasrec(rows: Rows, **choices: Any) -> Iterator[Lists]:
    return _rectools_network(rows, loss="softmax", **choices)


def rectools_esasrec(rows: Rows, **choices: Any) -> Iterator[Lists]:
    from rectools.models.nn.transformers.ligr import LiGRLayers

    return _rectools_network(
        rows,
        loss="sampled_softmax",
        n_negatives=64,
        transformer_layers_type=LiGRLayers,
        **choices,
    )


def _rectools_network(rows: Rows, **choices: Any) -> Iterator[Lists]:
    """Lists after every few epochs, until the time is over or nobody asks for more."""
    import torch
    from pytorch_lightning import Trainer, seed_everything
    from rectools.models import SASRecModel

    torch.set_num_threads(1)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    seed_everything(rows.seed, verbose=False)
    shape = {"n_factors": 64, "n_blocks": 2, "n_heads": 2, "session_max_len": 100}
    quiet = {"enable_checkpointing": False, "logger": False, "enable_progress_bar": False,
             "enable_model_summary": False, "accelerator": "cpu", "devices": 1}  # fmt: skip
    model = SASRecModel(
        **shape, dropout_rate=0.2, batch_size=32, **choices,
        get_trainer_func=lambda: Trainer(max_epochs=EPOCHS_AT_ONCE, **quiet),
        recommend_torch_device="cpu",
    )  # fmt: skip
    dataset, used = _rectools_dataset(rows), 0.0
    while used < rows.seconds:
        before = time.process_time()
        model.fit_partial(dataset, min_epochs=EPOCHS_AT_ONCE, max_epochs=EPOCHS_AT_ONCE)
        used += time.process_time() - before
        yield _rectools_lists(model, dataset, rows)


def _rectools_dataset(rows: Rows) -> Any:
    """The time is only the place in each user's order."""
    import pandas as pd
    from rectools import Columns
    from rectools.dataset import Dataset

    moments = pd.to_datetime(np.arange(len(rows.users)), unit="s")
    columns = {Columns.User: rows.users, Columns.Item: rows.items, Columns.Weight: 1.0}
    return Dataset.construct(pd.DataFrame({**columns, Columns.Datetime: moments}))


def _rectools_lists(model: Any, dataset: Any, rows: Rows) -> Lists:
    from rectools import Columns

    listed = model.recommend(
        users=np.unique(rows.users), dataset=dataset, k=K, filter_viewed=True,
        on_unsupported_targets="ignore",
    )  # fmt: skip
    ranked = np.full((rows.n_users, K), NOTHING)
    ranked[listed[Columns.User], listed[Columns.Rank] - 1] = listed[Columns.Item]
    return ranked


MODELS: dict[str, tuple[Model, Grid]] = {
    "implicit-als": (
        implicit_als,
        {"factors": (32, 64, 128), "regularization": (0.05, 3.0, 10.0, 30.0)},
    ),
    "implicit-bpr": (
        implicit_bpr,
        {"factors": (64,), "learning_rate": (0.01, 0.02, 0.05), "regularization": (0.01, 0.03)},
    ),
    "implicit-cosine": (partial(implicit_neighbours, kind="Cosine"), {"K": (20, 100, 300)}),
    "implicit-tfidf": (partial(implicit_neighbours, kind="TFIDF"), {"K": (20, 100, 300)}),
    "implicit-bm25": (
        partial(implicit_neighbours, kind="BM25"),
        {"K": (20, 100, 300), "K1": (1.2, 100.0), "B": (0.2, 0.75)},
    ),
    "rectools-ease": (rectools_ease, {"regularization": (100.0, 200.0, 500.0, 1000.0)}),
    "lenskit-item-knn": (partial(lenskit_neighbours, kind="Item"), {"max_nbrs": (10, 20, 50, 100)}),
    "lenskit-user-knn": (
        partial(lenskit_neighbours, kind="User"),
        {"max_nbrs": (20, 50, 100, 200)},
    ),
    "lenskit-als": (
        lenskit_als,
        {"embedding_size": (32, 64), "weight": (1.0, 10.0, 40.0), "regularization": (0.1, 10.0)},
    ),
}
NETWORKS: dict[str, tuple[Network, Grid]] = {
    "rectools-sasrec": (rectools_sasrec, {"lr": (0.003,)}),
    "rectools-esasrec": (rectools_esasrec, {"lr": (0.003,)}),
}


def main() -> None:
    options = parse()
    with np.load(options.rows) as stored:
        rows = Rows(
            stored["users"], stored["items"], int(stored["n_users"]), int(stored["n_items"]),
            options.seed, options.seconds,
        )  # fmt: skip
        inner = stored["inner"]  # (n,) held back while choosing
    started = time.process_time()
    part, held = rows.take(~inner), rows.take(inner)
    if options.model in NETWORKS:
        network, grid = NETWORKS[options.model]
        best, found = tune_network(network, tries(grid), part, held)
        ranked = refit_network(network, rows, best)
    else:
        model, grid = MODELS[options.model]
        best, found = tune(model, tries(grid), part, held)
        ranked = model(rows, **best)
    facts = {
        "chosen": best,
        "validation_ndcg": max(found),
        "tried": found,
        "cpu_seconds": round(time.process_time() - started, 1),
        "versions": {name: version(name) for name in ("implicit", "lenskit", "rectools", "numpy")},
    }
    file = options.out.with_name(f".{options.out.name}")
    np.savez(file, ranked=ranked, facts=json.dumps(facts))
    os.replace(file, options.out)  # there whole or not at all


def tries(grid: Grid) -> list[dict[str, Any]]:
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def tune(
    model: Model, tried: list[dict[str, Any]], part: Rows, held: Rows
) -> tuple[dict[str, Any], list[float]]:
    found = [mean_ndcg(model(part, **choices), held) for choices in tried]
    return tried[int(np.argmax(found))], found


def tune_network(
    network: Network, tried: list[dict[str, Any]], part: Rows, held: Rows
) -> tuple[dict[str, Any], list[float]]:
    """The choices with how often to go on; each has the whole budget, unless it gets no better."""
    best: dict[str, Any] = {}
    found: list[float] = []
    for choices in tried:
        curve: list[float] = []
        for lists in network(part, **choices):
            curve.append(mean_ndcg(lists, held))
            if curve[-1] > max(found, default=-1) and curve[-1] == max(curve):
                best = {**choices, "rounds": len(curve)}
            if len(curve) - 1 - int(np.argmax(curve)) >= PATIENCE:
                break
        found.append(max(curve))
    return best, found


def refit_network(network: Network, rows: Rows, choices: dict[str, Any]) -> Lists:
    """As many rounds as were best, however long they take."""
    given = {name: value for name, value in choices.items() if name != "rounds"}
    endless = Rows(rows.users, rows.items, rows.n_users, rows.n_items, rows.seed, float("inf"))
    return next(itertools.islice(network(endless, **given), choices["rounds"] - 1, None))


def mean_ndcg(ranked: Lists, held: Rows) -> float:
    """NDCG@10 over the users with held-back rows."""
    discounts = 1 / np.log2(np.arange(2, K + 2))
    wanted, values = held.matrix, []
    for user in np.unique(held.users):
        relevant = wanted[user].indices
        hits = np.isin(ranked[user], relevant)
        values.append((hits * discounts).sum() / discounts[: len(relevant)].sum())
    return float(np.mean(values))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=[*MODELS, *NETWORKS], required=True)
    parser.add_argument("--rows", type=Path, required=True, help="users, items, inner, n_users, …")
    parser.add_argument("--out", type=Path, required=True, help=".npz of ranked (U, 10) and facts")
    parser.add_argument("--seconds", type=float, required=True, help="of CPU for one network")
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
