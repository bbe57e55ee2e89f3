"""What keeps memory within bounds changes no result."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import baselines, followers, spectral
from recsys.baselines import Ease, item_knn, sequential_rules, strongest_entries
from recsys.followers import follower_blocks, follower_counts
from recsys.interactions import Interactions, load_dataset, sha256_of
from tests.benchmarks import ten_million
from tests.recsys.toy import make_rows

N_ITEMS = 12
RNG = np.random.default_rng(0)
CHANCE = np.arange(1, N_ITEMS + 1) / sum(range(1, N_ITEMS + 1))  # the last are the popular ones
ROWS = make_rows(
    *[RNG.choice(N_ITEMS, size=RNG.integers(1, 8), replace=False, p=CHANCE) for _ in range(40)],
    [0],
)


def followers_one_by_one(rows: Interactions, reach: float) -> np.ndarray:
    counts = np.zeros((N_ITEMS, N_ITEMS))
    for history in rows.histories():
        for place, item in enumerate(history):
            for later, other in enumerate(history[place + 1 :]):
                counts[item, other] += reach**later if reach**later >= followers.FAINTEST else 0
    return counts


@pytest.mark.parametrize("pairs_at_once", [1, 60, followers.PAIRS_AT_ONCE])
def test_followers_are_the_same_however_many_are_counted_at_once(
    monkeypatch, pairs_at_once: int
) -> None:
    monkeypatch.setattr(followers, "PAIRS_AT_ONCE", pairs_at_once)
    counts = follower_counts(ROWS, reach=0.6).toarray()
    assert counts == pytest.approx(followers_one_by_one(ROWS, 0.6), abs=1e-4)
    if pairs_at_once == 1:
        assert len(list(follower_blocks(ROWS, reach=0.6))) > 1


def test_rules_and_neighbours_are_the_same_in_parts(monkeypatch) -> None:
    rules = sequential_rules(ROWS, reach=0.8, fade=0.8, count=4)
    nearest = item_knn(ROWS, count=4)
    monkeypatch.setattr(followers, "PAIRS_AT_ONCE", 1)
    monkeypatch.setattr(baselines, "COLUMNS_AT_ONCE", 5)
    in_parts = sequential_rules(ROWS, reach=0.8, fade=0.8, count=4).neighbours
    for part, whole in ((in_parts, rules.neighbours), (item_knn(ROWS, count=4), nearest)):
        assert part.rows.tolist() == whole.rows.tolist()
        assert part.weights == pytest.approx(whole.weights)


def test_item_knn_is_the_cosine_of_the_whole_matrix() -> None:
    matrix = np.zeros((len(ROWS.user_ids), N_ITEMS))
    matrix[ROWS.users, ROWS.items] = 1
    together = matrix.T @ matrix
    sizes = np.sqrt(np.diag(together))
    cosine = together / (np.outer(sizes, sizes) + 10)
    np.fill_diagonal(cosine, 0)
    assert item_knn(ROWS, count=N_ITEMS).matrix().toarray() == pytest.approx(cosine, abs=1e-6)


def test_the_strongest_entries_are_those_of_a_full_sort() -> None:
    counts = follower_counts(ROWS, reach=0.8)
    kept = strongest_entries(counts.copy(), 3).toarray()
    for line, full in zip(kept, counts.toarray(), strict=True):
        best = np.argsort(-full, kind="stable")[:3]
        assert line[best].tolist() == full[best].tolist()
        assert np.count_nonzero(line) <= 3


def test_ease_over_more_items_than_fit_knows_the_most_popular(monkeypatch) -> None:
    monkeypatch.setattr(baselines, "EASE_SIZE", 5)
    popular = np.sort(np.argsort(-ROWS.item_counts(), kind="stable")[:5])
    matrix = np.zeros((len(ROWS.user_ids), N_ITEMS))
    matrix[ROWS.users, ROWS.items] = 1
    precision = np.linalg.inv(matrix[:, popular].T @ matrix[:, popular] + 3 * np.eye(5))
    weights = np.zeros((N_ITEMS, N_ITEMS))
    weights[np.ix_(popular, popular)] = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    ease, histories = Ease(ROWS, regularisation=3.0), ROWS.histories()
    assert ease.scores(histories) == pytest.approx(matrix @ weights, abs=1e-5)
    assert ease.neighbours(5).scores(histories) == pytest.approx(matrix @ weights, abs=1e-5)


def test_the_inverse_in_its_own_memory_is_the_inverse(monkeypatch) -> None:
    monkeypatch.setattr(baselines, "COLUMNS_AT_ONCE", 3)
    half = RNG.normal(size=(8, 8))
    dense = half @ half.T + np.eye(8)
    assert baselines._inverse(dense.copy()) == pytest.approx(np.linalg.inv(dense), abs=1e-5)


def test_vectors_of_the_nearest_only_still_tell_who_comes_near_whom(monkeypatch) -> None:
    monkeypatch.setattr(spectral, "MOST_PAIRS", 16)  # two followers an item
    vectors = spectral.spectral_vectors(make_rows(*[[0, 1, 2, 3], [4, 5, 6, 7]] * 5), 2, seed=0)
    products = vectors @ vectors.T
    assert products[:4, :4].min() > 0.1
    assert np.abs(products[:4, 4:]).max() < 1e-4


def test_the_made_up_millions_are_the_same_every_time(tmp_path: Path) -> None:
    rows, more = ten_million.ROWS_AT_ONCE // 1000, tmp_path / "more"
    more.mkdir()
    first, second = (ten_million.write_files(each, rows=rows) for each in (tmp_path, more))
    assert sha256_of(*first) == sha256_of(*second)
    interactions, items = load_dataset(*first)
    assert len(interactions) == rows
    assert len(items) == ten_million.ITEMS


LOAD = """
import resource, sys
from pathlib import Path
from recsys.interactions import load_interactions
mib = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
before = mib()
assert len(load_interactions(Path(sys.argv[1]))) == 1_500_000
print(mib() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units")
def test_memory_of_reading_does_not_grow_by_a_text_a_row(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = np.array([f"somebody-with-a-long-name-{number:08d}" for number in range(1000)])
    frame = pd.DataFrame({"user_id": names[rng.integers(1000, size=1_500_000)]})
    frame["item_id"] = frame["user_id"]
    frame.to_parquet(tmp_path / "i.parquet", row_group_size=100_000)
    program = f"from recsys import reading; reading.ROWS_AT_ONCE = 100_000{LOAD}"
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "i.parquet"], capture_output=True, check=True
    )
    assert int(done.stdout) < 300  # MiB; about 190, and 520 with an object for each text
