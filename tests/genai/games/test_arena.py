import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genai.artifacts import publish_artifact
from genai.errors import DataError, Stopped
from genai.games.agents import Limit
from genai.games.arena import Arena, ArenaConfig, Contender, results_of
from genai.games.levels import Level
from genai.games.minimax import MINIMAX_LEVELS, MinimaxAgent
from genai.games.rating import Result
from genai.games.rules import game_of
from genai.games.serving import builtin_agents, load_agent

pytestmark = pytest.mark.slow

GAME = game_of("connect-four")
ROLLOUTS = builtin_agents(GAME)["rollouts"]
CONFIG = ArenaConfig(games=4, opening=2, seed=1)


def contender(simulations: int) -> Contender:
    level = Level(f"l{simulations}", "Some", Limit(simulations))
    return Contender(level.key, ROLLOUTS, level)


CONTENDERS = [contender(1), contender(20), contender(120)]


def rows_of(path: Path) -> list[dict]:
    rows = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    return [{key: row[key] for key in ("pair", "game", "points", "actions")} for row in rows]


def test_all_pairs_play_each_opening_from_both_sides(tmp_path: Path) -> None:
    arena = Arena(GAME, CONTENDERS, CONFIG, tmp_path / "games")
    arena.play()
    rows = rows_of(tmp_path / "games")
    assert sorted((*row["pair"], row["game"]) for row in rows) == [
        (*pair, number) for pair in ((0, 1), (0, 2), (1, 2)) for number in range(4)
    ]
    by_key = {(*row["pair"], row["game"]): row for row in rows}
    assert by_key[0, 1, 0]["actions"][:2] == by_key[0, 1, 1]["actions"][:2]
    for (_, _, number), row in by_key.items():
        outcome = GAME.state_after(row["actions"]).returns()[number % 2]
        assert row["points"] == (1 + outcome) / 2  # of the first of the pair, on either side


def test_more_simulations_are_rated_higher_with_an_interval(tmp_path: Path) -> None:
    arena = Arena(GAME, CONTENDERS, ArenaConfig(games=12), tmp_path / "games")
    arena.play()
    report = arena.report()
    assert [row["name"] for row in report["contenders"]] == ["l120", "l20", "l1"]
    best = report["contenders"][0]
    assert best["low"] < best["rating"] < best["high"]
    assert 0.5 < best["score"] <= 1
    assert best["milliseconds_median"] > 0
    assert [gap["points"] > 0 for gap in report["gaps"]] == [True, True]


def test_who_has_a_rating_and_no_artifact_keeps_it_on_average(tmp_path: Path) -> None:
    known = [replace(one, level=replace(one.level, rating=rating))
             for one, rating in zip(CONTENDERS[:2], (900.0, 1100.0), strict=True)]  # fmt: skip
    arena = Arena(GAME, [*known, CONTENDERS[2]], CONFIG, tmp_path / "games")
    arena.play()
    found = {row["name"]: row for row in arena.report()["contenders"]}
    assert found["l1"]["rating"] + found["l20"]["rating"] == pytest.approx(2000, abs=0.2)
    assert found["l1"]["low"] + found["l20"]["high"] == pytest.approx(2000, abs=0.2)
    assert found["l120"]["rating"] > found["l20"]["rating"]


def test_what_was_stopped_goes_on_to_the_same_games(tmp_path: Path) -> None:
    Arena(GAME, CONTENDERS, CONFIG, tmp_path / "whole").play()
    told: list[tuple[int, int]] = []
    arena = Arena(GAME, CONTENDERS, CONFIG, tmp_path / "games")
    with pytest.raises(Stopped, match="after 5 games"):
        arena.play(on_progress=lambda *of: told.append(of), is_cancelled=lambda: len(told) == 5)
    assert told == [(done, 12) for done in range(1, 6)]
    with (tmp_path / "games").open("a") as file:
        file.write('{"pair": [0, 1], "ga')  # a kill in the middle of a line
    Arena(GAME, CONTENDERS, CONFIG, tmp_path / "games").play()
    assert rows_of(tmp_path / "games") == rows_of(tmp_path / "whole")


@pytest.mark.parametrize(
    ("contenders", "config"),
    [
        (CONTENDERS[:2], CONFIG),
        (CONTENDERS, ArenaConfig(4, 2, seed=2)),
        (CONTENDERS, ArenaConfig(4, 3, seed=1)),
    ],
)
def test_games_of_another_round_robin_are_not_mixed_in(
    contenders: list, config: ArenaConfig, tmp_path: Path
) -> None:
    Arena(GAME, CONTENDERS, CONFIG, tmp_path / "games")
    with pytest.raises(DataError, match="other contenders or of other rules"):
        Arena(GAME, contenders, config, tmp_path / "games")


def test_a_round_robin_can_be_made_longer(tmp_path: Path) -> None:
    Arena(GAME, CONTENDERS[:2], CONFIG, tmp_path / "games").play()
    Arena(GAME, CONTENDERS[:2], ArenaConfig(6, 2, 1), tmp_path / "games").play()
    assert [row["game"] for row in rows_of(tmp_path / "games")] == list(range(6))


def test_one_contender_or_one_twice_is_no_arena(tmp_path: Path) -> None:
    for contenders in ([CONTENDERS[0]], [CONTENDERS[0], CONTENDERS[0]]):
        with pytest.raises(DataError, match="two contenders at least"):
            Arena(GAME, contenders, CONFIG, tmp_path / "games")
    with pytest.raises(DataError, match="measured in chips"):
        Arena(game_of("kuhn-poker"), CONTENDERS, CONFIG, tmp_path / "games")


def test_two_games_of_one_opening_are_one_result() -> None:
    rows = [
        {"pair": [0, 1], "game": number, "points": points}
        for number, points in enumerate([1, 0.5, 0])
    ]
    assert results_of(rows) == [Result(0, 1, 1.5, 2), Result(0, 1, 0, 1)]


def test_ratings_are_written_into_the_artifact(tmp_path: Path) -> None:
    game, folder = game_of("tic-tac-toe"), tmp_path / "minimax"
    levels = [level.facts() for level in MINIMAX_LEVELS]
    manifest = {"kind": "minimax", "game": game.key, "name": "Minimax", "levels": levels}
    publish_artifact(folder, manifest, lambda part: None)
    contenders = [
        Contender(level.key, MinimaxAgent(game), level, folder) for level in MINIMAX_LEVELS
    ]
    arena = Arena(game, contenders, ArenaConfig(games=20, opening=1), tmp_path / "games")
    arena.play()
    arena.record_ratings(arena.report())
    ratings = [level.rating or 0 for level in load_agent(folder).levels]
    assert ratings[0] < ratings[2]
    assert np.mean(ratings) == pytest.approx(1500, abs=0.2)
