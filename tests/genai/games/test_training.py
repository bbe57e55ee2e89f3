from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from genai.artifacts import read_manifest
from genai.errors import DataError, Stopped
from genai.games.agents import Limit, RandomAgent
from genai.games.evaluation import NETWORK, Evaluator
from genai.games.presets import TINY
from genai.games.rules import Game, game_of
from genai.games.search import SearchAgent
from genai.games.training import TrainingProgress, train

GAME = game_of("tic-tac-toe")
pytestmark = pytest.mark.slow


def digest(artifact: Path) -> list[str]:
    return [
        sha256((artifact / name).read_bytes()).hexdigest()
        for name in ("weights.safetensors", NETWORK)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Trained without a break."""
    return train(GAME, tmp_path_factory.mktemp("whole") / "agent", TINY, seed=3).artifact


def test_an_artifact_says_what_it_is_and_how_it_came_about(whole: Path) -> None:
    manifest = read_manifest(whole)
    assert (manifest["kind"], manifest["game"], manifest["seed"]) == ("network", GAME.key, 3)
    assert manifest["rounds"] == 3
    assert manifest["games"] == 48
    assert [point["round"] for point in manifest["curve"]] == [1, 2, 3]
    assert manifest["seconds"] > 0


def test_several_processes_play_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    shared = train(GAME, tmp_path / "agent", TINY, seed=3, processes=2)
    assert digest(shared.artifact) == digest(whole)


def test_a_training_goes_on_after_a_break_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    told: list[TrainingProgress] = []

    def is_cancelled() -> bool:
        return bool(told) and told[-1].fraction > 0

    with pytest.raises(Stopped):
        train(
            GAME,
            tmp_path / "agent",
            TINY,
            seed=3,
            on_progress=told.append,
            is_cancelled=is_cancelled,
        )
    assert not (tmp_path / "agent").exists()
    told.clear()
    train(GAME, tmp_path / "agent", TINY, seed=3, resume=True, on_progress=told.append)
    assert told[0].fraction == pytest.approx(1 / 3)
    assert digest(tmp_path / "agent") == digest(whole)


def test_a_new_beginning_that_is_killed_at_once_is_not_the_old_run(tmp_path: Path) -> None:
    train(GAME, tmp_path / "agent", TINY, seed=3)
    with pytest.raises(Stopped):
        train(GAME, tmp_path / "agent", TINY, seed=3, is_cancelled=lambda: True)
    told: list[TrainingProgress] = []
    train(GAME, tmp_path / "agent", TINY, seed=3, resume=True, on_progress=told.append)
    assert told[0].fraction == 0


def test_a_lost_file_of_examples_is_named(tmp_path: Path) -> None:
    train(GAME, tmp_path / "agent", TINY, seed=3, minutes=1e-6)
    (tmp_path / "agent.run" / "round-00001.npz").unlink()
    with pytest.raises(DataError, match="round-00001.npz is gone"):
        train(GAME, tmp_path / "agent", TINY, seed=3, resume=True)


def test_a_round_that_brings_nothing_to_learn_says_so(tmp_path: Path) -> None:
    nothing = replace(TINY, self_play=replace(TINY.self_play, learnt_share=1e-9))
    with pytest.raises(DataError, match="more games a round"):
        train(GAME, tmp_path / "agent", nothing, seed=3)


def test_without_resuming_it_begins_anew(whole: Path, tmp_path: Path) -> None:
    for _ in range(2):
        train(GAME, tmp_path / "agent", TINY, seed=3)
        assert digest(tmp_path / "agent") == digest(whole)


def test_another_seed_is_another_agent(whole: Path, tmp_path: Path) -> None:
    assert digest(train(GAME, tmp_path / "agent", TINY, seed=4).artifact) != digest(whole)


def test_minutes_end_a_training_and_a_second_call_goes_on(whole: Path, tmp_path: Path) -> None:
    for rounds in (1, 2, 3):
        result = train(GAME, tmp_path / "agent", TINY, seed=3, minutes=1e-6, resume=True)
        assert result.rounds == rounds
        assert read_manifest(result.artifact)["rounds"] == rounds
    assert digest(tmp_path / "agent") == digest(whole)


def test_cards_are_not_learnt_by_self_play(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="hidden cards"):
        train(game_of("kuhn-poker"), tmp_path / "agent", TINY)


def test_old_examples_are_thrown_away(tmp_path: Path) -> None:
    train(GAME, tmp_path / "agent", replace(TINY, rounds=4, window=20), seed=1)
    kept = sorted(path.name for path in (tmp_path / "agent.run").glob("*.npz"))
    assert 1 <= len(kept) < 4
    assert kept[-1] == "round-00004.npz"


def test_it_learns_to_play(tmp_path: Path) -> None:
    config = replace(
        TINY,
        rounds=6,
        games=64,
        window=4000,
        reuse=12,
        learning_rate=1e-2,
        last_learning_rate=1e-3,
        network=replace(TINY.network, channels=16),
        self_play=replace(TINY.self_play, simulations=64, learnt_share=1.0, early_plies=4),
    )
    result = train(GAME, tmp_path / "agent", config, seed=0)
    agent = SearchAgent(GAME, Evaluator((result.artifact / NETWORK).read_bytes()))
    outcomes = [
        outcome_against_chance(GAME, agent, side, seed) for seed in range(20) for side in (0, 1)
    ]
    assert np.mean(outcomes) > 0.6  # chance against chance: 0


def outcome_against_chance(game: Game, agent: SearchAgent, side: int, seed: int) -> float:
    """Of the agent, by what it sees at a glance."""
    state, rng = game.new_state(), np.random.default_rng(seed)
    while not state.is_terminal():
        player = agent if state.current_player() == side else RandomAgent()
        state.apply_action(player.decide(state, Limit(2), rng).action)
    return float(state.returns()[side])
