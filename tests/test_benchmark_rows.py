"""What the rows of the measurements hold back, ask, choose and put together."""

import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.history import History
from recsys.two_tower import Block, TwoTowerConfig
from tests.benchmarks import small_data, small_peers, small_sets
from tests.benchmarks.ablations import FULL, VARIANTS, Ungated
from tests.benchmarks.cold_members import KNOWN, NEXT, first_events
from tests.benchmarks.cold_titles import by_genre, by_nearest, cold_lists, without
from tests.benchmarks.speed import summary
from tests.recsys.toy import make_rows


def make_peer_rows(**changes) -> small_peers.Rows:
    given = {"users": np.array([0, 0, 1]), "items": np.array([0, 1, 2]), "n_users": 2}
    return small_peers.Rows(**{**given, "n_items": 4, "seed": 0, "seconds": 1.0, **changes})


def make_lists(*lines: list[int]) -> np.ndarray:
    return np.array([line + [small_peers.NOTHING] * (small_peers.K - len(line)) for line in lines])


def test_a_network_of_the_peers_goes_on_as_long_as_it_gets_better_on_the_inner_split() -> None:
    held = make_peer_rows(users=np.array([0]), items=np.array([2]))
    right, wrong = make_lists([2], [0]), make_lists([3], [0])
    rounds = []

    def model(rows: small_peers.Rows, **choices: float):
        for number in range(100):
            rounds.append(number)
            yield right if number == 2 else wrong

    best, found = small_peers.tune_network(model, [{"lr": 0.1}], make_peer_rows(), held)
    assert best == {"lr": 0.1, "rounds": 3}
    assert found == [1.0]
    assert len(rounds) == 3 + small_peers.PATIENCE
    assert small_peers.refit_network(model, make_peer_rows(), best) is right


def test_a_peer_keeps_the_setting_that_does_best_on_the_inner_split() -> None:
    held = make_peer_rows(users=np.array([0, 1]), items=np.array([2, 3]))

    def model(rows: small_peers.Rows, *, factors: int) -> np.ndarray:
        return make_lists([2, 0], [3, 0]) if factors == 8 else make_lists([0, 2], [0, 3])

    best, found = small_peers.tune(model, [{"factors": 4}, {"factors": 8}], held, held)
    assert best == {"factors": 8}
    assert found == pytest.approx([1 / np.log2(3), 1.0])


def test_a_peer_lists_nothing_that_the_member_has_had() -> None:
    listed = make_peer_rows().unseen(np.array([9.0, 8.0, np.nan, 1.0]), 0)
    assert listed.tolist() == [3, -1, -1, -1]


def test_the_pool_counts_every_member_once_and_each_set_has_its_own_best_peer() -> None:
    def of(ours: list[float], als: list[float], ease: list[float], best: str):
        return {
            "report": {"split": "member-time"},
            "best": {"on validation": best, "on the test": best},
            "ndcg": {"blend": np.array(ours), "als": np.array(als), "ease": np.array(ease)},
        }

    found = {
        "a": of([0.4, 0.4], [0.2, 0.2], [0.9, 0.9], "als"),
        "b": of([0.4], [0.9], [0.2], "ease"),
    }
    pool = small_data.pooled_over(found, "member-time")
    assert pool["n_users"] == 3
    assert pool["versus"]["on validation"]["ratio"] == pytest.approx(2.0)


def test_the_hundred_thousand_ratings_are_read_out_of_a_wheel(tmp_path: Path, monkeypatch) -> None:
    def download(command, **options):
        with zipfile.ZipFile(tmp_path / "some.whl", "w") as packed:
            ratings = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t3\t50\n"
            films = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
            packed.writestr(small_sets.INSIDE.format("inter"), ratings)
            packed.writestr(small_sets.INSIDE.format("item"), films + "7\tUp\t2009\tComedy Drama\n")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", download)
    found = small_sets.load("movielens-100k", tmp_path)
    assert len(found.interactions) == 1
    assert found.items.iloc[0][["title", "year", "genres"]].tolist() == [
        "Up",
        "2009",
        "Comedy|Drama",
    ]


def test_cold_titles_are_no_part_of_training_and_all_that_is_asked_for() -> None:
    train, held = make_rows([0, 1, 2], [3], [2, 1]), make_rows([3, 2], [0], [3, 0])
    seen, trial = without(train, held, np.array([2, 3]))
    assert sorted(seen.items) == [0, 1, 1]
    assert trial.users.tolist() == [0, 2]  # of the second member nothing is left
    assert [rows.tolist() for rows in trial.relevant] == [[3, 2], [3]]
    same = np.ones((2, 4), np.float32)
    lists = cold_lists(lambda histories: same[: len(histories)], np.array([2, 3]), trial)
    assert {*lists.ravel()} == {2, 3, -1}


def test_a_genre_is_as_popular_as_its_titles_are_on_the_mean() -> None:
    genres = np.array([[1, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
    scores = by_genre(train_of_three(), genres)
    assert scores([History.liking(np.array([0]))])[0] == pytest.approx([2.0, 2.0, 1.0, 1.5])


def train_of_three():
    """Title 0 three times, titles 1 and 2 once, title 3 never."""
    rows = make_rows([0, 1], [0, 2], [0, 3])
    return rows.take(rows.items != 3)


def test_content_knn_listens_to_the_nearest_titles_of_the_history() -> None:
    content = np.array([[1, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    history = [History.liking(np.array([0, 1]))]
    assert by_nearest(content, 1, history)[0, 2] == pytest.approx(1.0)
    assert by_nearest(content, 2, history)[0, 2] == pytest.approx(0.5)


def test_new_members_are_known_by_their_first_events_and_asked_about_the_next() -> None:
    long = list(range(KNOWN + NEXT + 3))
    rows = make_rows(long, long[: KNOWN + 2], long[::-1])
    trial = first_events(rows, np.array([True, True, False]))
    assert trial.users.tolist() == [0]  # the second is too short, the third is not new
    assert trial.histories[0].rows.tolist() == long[:KNOWN]
    assert trial.relevant[0].tolist() == long[KNOWN : KNOWN + NEXT]


def test_every_variant_but_the_full_one_differs_in_something() -> None:
    full = VARIANTS[0]
    assert full.name == FULL
    for variant in VARIANTS[1:]:
        assert replace(variant, name=FULL) != full, variant.name
        with variant.instead():
            pass  # the part that is put aside is still there under that name


def test_a_block_without_gates_adds_all_that_attention_says() -> None:
    config = TwoTowerConfig(dim=8, length=4, dropout=0.0)
    torch.manual_seed(0)
    gated = Block(config).eval()
    plain = Ungated(config).eval()
    plain.load_state_dict(gated.state_dict(), strict=False)
    torch.nn.init.constant_(gated.attention_gate.bias, 50.0)
    torch.nn.init.constant_(gated.feed_gate.bias, 50.0)
    x = torch.randn(2, 4, 8)
    assert torch.allclose(plain(x), gated(x), atol=1e-5)


def test_speeds_are_compared_stretch_by_stretch() -> None:
    found = summary([10.0, 20.0, 10.0], [30.0, 40.0, 50.0])
    assert found["median"] == 10.0
    assert found["ours_over"] == {"ratio": 3.0, "low": 2.0, "high": 5.0}
