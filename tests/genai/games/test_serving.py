import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genai.artifacts import amend_manifest, publish_artifact
from genai.errors import ArtifactError, DataError
from genai.games.agents import Limit
from genai.games.levels import INLINE, Level
from genai.games.minimax import MINIMAX_LEVELS
from genai.games.presets import TINY
from genai.games.rules import GAMES, Game, game_of
from genai.games.serving import builtin_agents, load_agent
from genai.games.solver import has_solver
from genai.games.training import train

pytestmark = pytest.mark.slow

EACH_GAME = pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
LEVELS = [level.facts() for level in MINIMAX_LEVELS]
MANIFEST = {"kind": "minimax", "game": "tic-tac-toe", "name": "Minimax", "levels": LEVELS}


@EACH_GAME
def test_every_agent_without_an_artifact_plays_its_game_to_the_end(game: Game) -> None:
    rng = np.random.default_rng(0)
    agents = builtin_agents(game)
    agents.pop("perfect", None)  # takes its time; has tests of its own
    for loaded in agents.values():
        state = game.new_state()
        while not state.is_terminal():
            if state.is_chance_node():
                state.apply_action(state.legal_actions()[0])
                continue
            before = state.serialize()
            decision = loaded.decide(state, loaded.levels[0].limit, rng)
            assert state.serialize() == before
            assert sorted(decision.policy) == state.legal_actions()
            assert sum(decision.policy.values()) == pytest.approx(1)
            state.apply_action(decision.action)


def test_which_agents_need_no_artifact() -> None:
    kinds = {game.key: list(builtin_agents(game)) for game in GAMES.values()}
    perfect = ["perfect"] if has_solver() else []
    boards = {"othello", "breakthrough-6", "breakthrough-8", "hex-7"}
    assert kinds == {
        "tic-tac-toe": ["rollouts", "minimax", "random"],
        "connect-four": ["rollouts", *perfect, "random"],
        **dict.fromkeys(boards, ["rollouts", "random"]),
        "kuhn-poker": ["random"],
        "leduc-poker": ["random"],
    }


def test_asking_again_gives_the_same_agent_with_what_it_has_learnt() -> None:
    first, again = (builtin_agents(game_of("tic-tac-toe"))["minimax"] for _ in range(2))
    assert first.agent is again.agent


def test_without_the_solver_there_is_no_perfect_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genai.games.serving.has_solver", lambda: False)
    assert list(builtin_agents(game_of("connect-four"))) == ["rollouts", "random"]


@EACH_GAME
def test_all_but_perfect_levels_answer_while_a_person_waits(game: Game) -> None:
    for kind, loaded in builtin_agents(game).items():
        for level in loaded.levels:
            assert kind == "perfect" or (level.limit.milliseconds or 1e9) <= INLINE


def test_an_agent_is_loaded_with_its_levels(tmp_path: Path) -> None:
    rated = Level("easy", "Easy", Limit(7, 30.0, 0.5), rating=1400.5, low=1350, high=1450)
    publish_artifact(tmp_path / "a", MANIFEST | {"levels": [rated.facts()]}, lambda folder: None)
    loaded = load_agent(tmp_path / "a")
    assert (loaded.name, loaded.game.key, loaded.levels) == ("Minimax", "tic-tac-toe", [rated])
    assert loaded.level("easy") == rated
    with pytest.raises(DataError, match="unknown level 'hard'; known: easy"):
        loaded.level("hard")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "oracle"}, "unknown kind 'oracle'"),
        ({"game": "checkers"}, "unknown game 'checkers'"),
        ({"levels": []}, "without levels"),
        ({"levels": [LEVELS[0] | {"simulations": 0}]}, "a simulation at least"),
        ({"levels": [{"key": "easy"}]}, "'simulations'"),
        ({"levels": None}, "not an agent"),
    ],
)
def test_an_artifact_that_is_no_agent_is_refused(change: dict, said: str, tmp_path: Path) -> None:
    publish_artifact(tmp_path / "a", MANIFEST | change, lambda folder: None)
    with pytest.raises(ArtifactError, match=said):
        load_agent(tmp_path / "a")


@pytest.mark.parametrize("name", ["rollouts", str(FIXTURES / "agents" / "connect-four")])
def test_an_agent_decides_without_torch(name: str) -> None:
    script = (
        "import json, sys, numpy\n"
        "from genai.games.rules import game_of\n"
        "from genai.games.serving import find_agent\n"
        "game = game_of('connect-four')\n"
        "loaded = find_agent(game, sys.argv[1])\n"
        "loaded.decide(game.new_state(), loaded.levels[0].limit, numpy.random.default_rng(0))\n"
        "heavy = {'torch', 'sklearn', 'bitbully', 'django'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    command = [sys.executable, "-c", script, name]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []


@pytest.mark.slow
def test_a_trained_agent_plays_from_its_artifact(tmp_path) -> None:
    game = game_of("tic-tac-toe")
    train(game, tmp_path / "agent", replace(TINY, rounds=1), seed=0)
    loaded = load_agent(tmp_path / "agent")
    assert [level.name for level in loaded.levels] == ["Beginner", "Easy", "Medium"]
    state = game.state_after([0, 4])
    decision = loaded.decide(state, loaded.levels[-1].limit, np.random.default_rng(0))
    assert decision.action in state.legal_actions()
    assert sum(decision.policy.values()) == pytest.approx(1)


@pytest.mark.slow
def test_a_network_of_another_game_is_refused(tmp_path) -> None:
    train(game_of("tic-tac-toe"), tmp_path / "agent", replace(TINY, rounds=1), seed=0)
    amend_manifest(tmp_path / "agent", lambda manifest: manifest.update(game="connect-four"))
    with pytest.raises(ArtifactError, match="made for another game than Connect Four"):
        load_agent(tmp_path / "agent")
