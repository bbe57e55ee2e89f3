"""The rows of games, shortened: what they tell, and that the plain search is a fair floor."""

import numpy as np
import pytest

from genai.games.rules import Encoder, Floats, game_of
from tests.benchmarks import (
    agent_levels,
    board_games,
    connect_four,
    games_at_once,
    self_play,
    solved_games,
)
from tests.benchmarks.clients import Answer
from tests.benchmarks.plain_self_play import play_plainly, search
from tests.benchmarks.record import Bench

CONNECT_FOUR = game_of("connect-four")


def indifferent(board: Floats) -> tuple[Floats, float]:
    return np.zeros(CONNECT_FOUR.actions, np.float32), 0.0


@pytest.mark.slow
@pytest.mark.parametrize("row", [self_play, solved_games, connect_four, board_games, agent_levels])
def test_a_row_tells_its_figures(row, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("BENCH_SMOKE", "1")
    found = row.measure(Bench(tmp_path))
    assert {"data", "data_sha256", "seed", "versions"} <= set(found)
    assert all(each["value"] is not None and each["what"] for each in found["figures"])
    assert any(each.get("asked") for each in found["figures"])


def test_levels_whose_intervals_meet_are_counted() -> None:
    ends = [(900, 1000), (990, 1100), (1101, 1200), (1150, 1300)]
    assert agent_levels.tangled([{"low": low, "high": high} for low, high in ends]) == 2


def test_answers_to_moves_are_told_apart_from_matches_begun() -> None:
    answers = [Answer(games_at_once.START, 201, 9.0)]
    answers += [Answer("hex-7", 200, 0.1)] * 19 + [Answer("othello", 503, 0.3)]
    found = games_at_once.told(answers) | {"error_lines": ["an ERROR"]}
    assert found["matches"] == 1
    assert set(found["moves_by_game"]) == {"hex-7", "othello"}
    told = {
        each["what"]: each["value"]
        for each in games_at_once.figures(found, games_at_once.Effort(seconds=10, members=2))
    }
    assert told["moves a second"] == 2
    assert told["answer to a move, p95"] == 100
    assert (told["errors"], told["errors in the site's log"]) == (1, 1)


def test_the_plain_search_finds_a_win_and_stops_a_threat() -> None:
    for moves in ([3, 0, 3, 0, 3, 0], [3, 0, 3, 1, 3]):
        root = search(
            CONNECT_FOUR.state_after(moves),
            Encoder(CONNECT_FOUR),
            indifferent,
            simulations=400,
            exploration=1.5,
        )
        assert max(root.children, key=lambda action: root.children[action].visits) == 3
        assert sum(child.visits for child in root.children.values()) == 400


def test_the_plain_search_plays_game_after_game() -> None:
    begun = play_plainly(
        CONNECT_FOUR,
        indifferent,
        np.random.default_rng(0),
        moves=100,
        simulations=2,
        exploration=1.5,
    )
    assert begun > 2
