"""What removing titles from a history does, and what attention would have removed."""

from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.entries import HistoryEntry
from recsys.loaded import Loaded
from recsys.serving import Recommender
from recsys.two_tower import Block, TwoTowerConfig
from tests.benchmarks import deletion
from tests.benchmarks.attention import (
    inputs_of,
    last_layer,
    layers_of,
    load_user_tower,
    rollout,
    weights_of,
)
from tests.benchmarks.deletion import (
    ATTENTION,
    COUNTS,
    NAMED,
    NAMED_IN_LISTS,
    OTHERS,
    RANDOM,
    Deletions,
    enough_named,
    figures,
    strongest,
    summary,
)
from tests.benchmarks.render_tables import deletions

HISTORY = [HistoryEntry(str(item), 1.0, 86_400 * day) for day, item in enumerate(range(101, 107))]


@pytest.fixture
def tried(artifact: Path) -> Deletions:
    return Deletions(artifact, np.random.default_rng(0))


def make_falls(named: float, other: float, pairs: int = 2) -> deletion.Falls:
    """The same fall for every choice but the named, of both scores."""
    return {
        (choice, count): np.full((2, pairs), named if choice in (NAMED, NAMED_IN_LISTS) else other)
        for choice in (NAMED, NAMED_IN_LISTS, *OTHERS)
        for count in COUNTS
    }


def test_a_named_title_is_really_removed(tried: Deletions, recommender: Recommender) -> None:
    """The fall is the one that the reason was named for."""
    listed = [found.item_id for found in recommender.recommend(HISTORY, k=10)]
    reasons = recommender.attributions(HISTORY, listed)
    known = [reasons[id_][0][1] for id_ in listed if reasons[id_]]
    fell = tried.falls(HISTORY)[NAMED, 1]
    assert fell.shape[1] > 0
    assert all(np.isclose(each, known, atol=1e-4).any() for each in fell[0])


def test_named_titles_carry_more_than_random_ones(tried: Deletions) -> None:
    falls = tried.falls(HISTORY)
    assert falls[NAMED, 1][0].mean() > falls[RANDOM, 1][0].mean()
    assert {choice for choice, _ in falls} == {NAMED, NAMED_IN_LISTS, *OTHERS}
    assert len({falls[choice, 1].shape for choice in (NAMED, RANDOM, ATTENTION)}) == 1


def test_the_tower_that_attention_is_read_from_is_the_one_that_serves(artifact: Path) -> None:
    loaded = Loaded.read(artifact)
    history = Recommender(loaded).read(HISTORY).known
    tower = load_user_tower(artifact, loaded)
    with torch.no_grad():
        ours = tower(*inputs_of(history, loaded), last_only=True).numpy()
    assert np.allclose(ours, loaded.reader.encode([history], loaded.tables.vectors), atol=1e-4)
    layers = layers_of(tower, inputs_of(history, loaded))
    assert layers.shape == (tower.config.blocks, len(HISTORY), len(HISTORY))
    for weights in (last_layer(layers), rollout(layers)):
        assert weights.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_place_attends_to_itself_and_to_what_came_before() -> None:
    """By hand: softmax of the products of query and keys, over the root of a head's width."""
    torch.manual_seed(0)
    block, x = Block(TwoTowerConfig(dim=4, heads=1)).eval(), torch.randn(1, 3, 4)
    with torch.no_grad():
        found = weights_of(block, x)[0, 0]
        normed = block.attention_norm(x)[0]
        query, key = block.query(normed), block.key_value(normed)[:, :4]
        last = (query[-1] @ key.T / 2).softmax(-1)
    assert torch.allclose(found[-1], last, atol=1e-6)
    assert found[0].tolist() == [1.0, 0.0, 0.0]
    assert torch.count_nonzero(found.triu(1)) == 0


def test_rollout_follows_attention_through_the_layers() -> None:
    """Half of a place is passed on as it was: (A2 + I)/2 (A1 + I)/2, its last line."""
    first = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    second = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert rollout(torch.stack([first, second])) == pytest.approx([0.5 + 0.125, 0.375])
    assert last_layer(torch.stack([first, second])).tolist() == [1.0, 0.0]


def test_the_heaviest_are_removed_first() -> None:
    assert strongest(["a", "b", "c"], np.array([0.2, 0.5, 0.3]), 2) == ["b", "c"]


def test_only_titles_with_enough_reasons_are_counted() -> None:
    full = {"a": [("x", 1.0), ("y", 0.5)], "b": [("x", 1.0)]}
    fewer = {"a": [("x", 1.0)], "b": [("x", 1.0)]}
    assert enough_named(["a", "b", "c"], [full, full], 1) == [0, 1]
    assert enough_named(["a", "b", "c"], [full, full], 2) == [0]
    assert enough_named(["a", "b", "c"], [full, fewer], 2) == []


def test_mean_falls_count_every_pair_and_ratios_draw_members() -> None:
    found = summary([make_falls(4.0, 1.0, pairs=3), make_falls(1.0, 0.5, pairs=1)])
    assert found["pairs"] == {"1": 4, "3": 4}
    assert found["falls"][NAMED]["1"]["score"]["value"] == pytest.approx(13 / 4)
    pair = next(each for each in found["ratios"] if (each["a"], each["b"]) == (NAMED, RANDOM))
    assert pair["ratio"] == pytest.approx(13 / 3.5)
    assert (pair["low"], pair["high"]) == pytest.approx((2.0, 4.0))


def test_the_limits_are_set_for_random_ones_and_for_attention() -> None:
    found = summary([make_falls(4.0, 1.0)])
    asked = {each["what"]: each["asked"] for each in figures(found) if "asked" in each}
    assert sorted(map(str, asked.values())) == ["{'above': 1}"] * 8 + ["{'least': 3}"] * 4 + [
        "{'least': 500}"
    ]
    assert "| random | 1.000 | 1.000 | 1.000 | 1.000 |" in deletions({"deletion": found})
    assert deletions({}) == ""


def test_lists_are_tried_with_as_many_reasons_as_the_site_tries() -> None:
    from recommendations.serving import REASONS_TRIED

    assert deletion.TRIED_IN_LISTS == REASONS_TRIED
