"""The towers, their loss and their training loop on toy problems."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.content import ContentEncoder
from recsys.errors import Stopped
from recsys.fit import FitPlan, fit_two_tower, tower_scores
from recsys.gru4rec import Gru4Rec
from recsys.history import History
from recsys.interactions import Interactions, build_interactions, item_frame
from recsys.losses import sampled_softmax
from recsys.ranking import top_k
from recsys.sampling import PAD, cut_windows, pack_batches
from recsys.two_tower import TwoTower, TwoTowerConfig, UserTower
from tests.recsys.toy import PER_GENRE, make_interactions, make_items

CONFIG = TwoTowerConfig(
    dim=32, length=10, blocks=1, negatives=64, batch_size=8, dropout=0.1, epochs=8
)


def toy() -> tuple[Interactions, np.ndarray]:
    frame = make_interactions().assign(rating=math.nan)
    rows, items = build_interactions(frame, item_frame(make_items()))
    return rows, ContentEncoder.fit(items).encode(items)


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


def test_sampled_loss_equals_the_full_softmax_when_the_negatives_are_all_items() -> None:
    rng = torch.Generator().manual_seed(0)
    items = torch.randn(30, 8, generator=rng)
    users = torch.randn(5, 8, generator=rng)
    targets = torch.tensor([3, 0, 29, 3, 7])
    log_q = torch.full((30,), -math.log(30))
    is_positive = targets[:, None] == torch.arange(30)
    sampled = sampled_softmax(users, items[targets], items, log_q, is_positive)
    assert sampled.item() == pytest.approx(
        F.cross_entropy(users @ items.T, targets).item(), rel=1e-5
    )


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, time_bias=True, temperature=0.1)])
def test_what_is_padded_at_the_end_changes_no_earlier_place(config: TwoTowerConfig) -> None:
    torch.manual_seed(0)
    tower = UserTower(config, n_signals=2).eval()
    torch.nn.init.normal_(tower.signals.weight)
    vectors, signals = torch.randn(1, 4, config.dim), torch.rand(1, 4, 2)
    moments = torch.tensor([[10, 50, 1000, 90_000, 200_000]])
    whole = tower(vectors, signals, moments)
    padded = tower(
        torch.cat([vectors, 100 * torch.randn(1, 3, config.dim)], dim=1),
        torch.cat([signals, torch.rand(1, 3, 2)], dim=1),
        torch.cat([moments, torch.tensor([[7, 0, 300_000]])], dim=1),
    )
    assert torch.allclose(padded[:, :4], whole, atol=1e-5)
    last = tower(vectors, signals, moments, last_only=True)
    assert torch.allclose(last, whole[:, -1], atol=1e-5)


def test_windows_make_every_row_but_the_first_a_target_once() -> None:
    rng = torch.Generator().manual_seed(3)
    windows = cut_windows(np.array([23, 1, 0, 2]), 5, rng)
    targets = windows[:, 1:]
    inputs = windows[:, :-1]
    assert sorted(targets[targets != PAD]) == [*range(1, 23), 25]
    both = (inputs != PAD) & (targets != PAD)
    assert (targets[both] - inputs[both] == 1).all()


def test_batches_hold_every_window_once_with_little_padding() -> None:
    rng = torch.Generator().manual_seed(0)
    windows = torch.full((50, 11), PAD)
    for number in range(50):
        windows[number, : 2 + number % 10] = number
    batches = pack_batches(windows, 4, rng)
    assert sorted(int(number) for batch in batches for number in batch[:, 0]) == list(range(50))
    assert all(batch.numel() <= 4 * 11 for batch in batches)
    assert sum(batch.numel() for batch in batches) < 1.2 * int((windows != PAD).sum())
    again = pack_batches(windows, 4, torch.Generator().manual_seed(0))
    assert all(torch.equal(a, b) for a, b in zip(batches, again, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "build"),
    [({}, TwoTower), ({"temperature": 0.1}, TwoTower), ({"time_bias": True}, TwoTower),
     ({}, Gru4Rec)],
)  # fmt: skip
def test_the_order_of_a_toy_sequence_is_learnt(change: dict, build: type[TwoTower]) -> None:
    rows, features = toy()
    config = replace(CONFIG, epochs=40, learning_rate=0.01, **change)
    model = fit_two_tower(rows, features, config, FitPlan(40, seed=0), build=build).model
    histories = [History.liking([start, (start + 1) % PER_GENRE]) for start in range(PER_GENRE)]
    best = top_k(tower_scores(model, histories), 1)[:, 0]
    expected = [(start + 2) % PER_GENRE for start in range(PER_GENRE)]
    assert np.mean(best == expected) >= 0.8


def test_a_cold_item_is_placed_by_its_content() -> None:
    rows, features = toy()
    config = replace(CONFIG, epochs=15, id_dropout=0.5)
    model = fit_two_tower(rows, features, config, FitPlan(15, seed=0)).model
    cold = {"Horror": 2 * PER_GENRE, "Romance": 2 * PER_GENRE + 1}
    scores = tower_scores(
        model, [History.liking([0, 1, 2]), History.liking(PER_GENRE + np.array([0, 1, 2]))]
    )
    assert scores[0, cold["Horror"]] > scores[0, cold["Romance"]]
    assert scores[1, cold["Romance"]] > scores[1, cold["Horror"]]


def test_an_item_without_interactions_has_no_id_of_its_own() -> None:
    features = torch.ones(2, 4)
    model = TwoTower(CONFIG, features, warm=torch.tensor([1.0, 0.0])).eval()
    with torch.no_grad():
        warm, cold = model.catalog()
        assert torch.allclose(cold, model.items.encode_content(features)[0], atol=1e-6)
        assert not torch.allclose(warm, cold)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_generator_alone() -> None:
    rows, features = toy()
    plan = FitPlan(2, seed=5)
    before = torch.get_rng_state()
    first = fit_two_tower(rows, features, CONFIG, plan).model.state_dict()
    assert torch.equal(before, torch.get_rng_state())
    torch.rand(7)
    assert same(first, fit_two_tower(rows, features, CONFIG, plan).model.state_dict())
    other = fit_two_tower(rows, features, CONFIG, replace(plan, seed=6)).model.state_dict()
    assert not same(first, other)


def test_a_fit_that_was_interrupted_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    rows, features = toy()
    validations = iter([0.1, 0.5, 0.2, 0.3, 0.1, 0.1, 0.1])
    kept = {}

    def validate(model: TwoTower) -> float:
        digest = float(sum(tensor.double().sum() for tensor in model.state_dict().values()))
        return kept.setdefault(digest, next(validations, 0.0))

    plan = FitPlan(4, seed=2, fingerprint="mine")
    whole = fit_two_tower(rows, features, CONFIG, plan, validate=validate)
    saved = replace(plan, checkpoint=tmp_path / "choose.safetensors")
    epochs = []
    with pytest.raises(Stopped):
        fit_two_tower(
            rows, features, CONFIG, saved, validate=validate,
            on_epoch=epochs.append, should_stop=lambda: len(epochs) == 3,
        )  # fmt: skip
    resumed = fit_two_tower(rows, features, CONFIG, saved, validate=validate)
    assert resumed.progress.curve == whole.progress.curve
    assert resumed.progress.best_epoch == whole.progress.best_epoch == 2
    assert same(whole.model.state_dict(), resumed.model.state_dict())


def test_a_checkpoint_of_another_fit_or_a_broken_one_is_not_used(tmp_path: Path) -> None:
    rows, features = toy()
    plan = FitPlan(1, seed=2, fingerprint="a", checkpoint=tmp_path / "c.safetensors")
    first = fit_two_tower(rows, features, CONFIG, plan).model.state_dict()
    other = fit_two_tower(rows, features, CONFIG, replace(plan, fingerprint="b", seed=3))
    assert not same(first, other.model.state_dict())
    plan.checkpoint.write_bytes(b"half a file")
    again = fit_two_tower(rows, features, CONFIG, plan).model.state_dict()
    assert same(first, again)
