"""The commands arena and evaluate."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
from tqdm import tqdm

from genai.artifacts import read_manifest
from genai.commands import refuse
from genai.errors import DataError
from genai.files import whole_file
from genai.games.agents import Limit, RolloutAgent
from genai.games.arena import Arena, ArenaConfig, Contender
from genai.games.matches import play_game, random_opening
from genai.games.positions import move_limit, read_solved, share_kept
from genai.games.rating import score_interval
from genai.games.rules import Game, game_of
from genai.games.serving import KINDS, LoadedAgent, find_agent
from genai.games.tables import PolicyTableAgent, chips_per_hand, exploitability

Report = dict[str, Any]
OF_GAMES = ("opponent", "opening")  # options of evaluate
OF_BOARDS = ("positions", "ms", "simulations", "games", *OF_GAMES)
MILLISECONDS, OPPONENT, OPENING = 200, 1000, 2  # where they are not given


def run_arena(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    contenders = [contender for name in options.agents for contender in contenders_of(game, name)]
    if options.record:
        check_recordable(contenders)
    config = ArenaConfig(games=options.games, opening=options.opening, seed=options.seed)
    games = options.out.with_name(f"{options.out.name}.games")
    arena = Arena(game, contenders, config, games)
    with tqdm(unit=" games") as bar:

        def show(done: int, all_games: int) -> None:
            bar.total = all_games
            bar.update(done - bar.n)

        arena.play(on_progress=show)
    report = arena.report()
    write_report(options.out, report)
    if options.record:
        arena.record_ratings(report)
    print(table_of(report))


def check_recordable(contenders: Sequence[Contender]) -> None:
    """DataError; ratings of some levels would not be on the scale of the others."""
    artifacts = {one.artifact for one in contenders if one.artifact}
    if not artifacts:
        raise DataError("--record: there is no artifact among them to write into")
    for artifact in artifacts:
        playing = {one.level.key for one in contenders if one.artifact == artifact}
        levels = [level["key"] for level in read_manifest(artifact)["levels"]]
        if missing := [key for key in levels if key not in playing]:
            raise DataError(f"--record: {artifact} is rated as a whole, with {', '.join(missing)}")


def contenders_of(game: Game, name: str) -> list[Contender]:
    """name: of an agent or a folder, with :LEVEL behind it or with all its levels."""
    agent, _, level = name.rpartition(":")
    if not agent or name in KINDS or Path(name).exists():
        agent, level = name, ""
    loaded = find_agent(game, agent)
    artifact = None if agent in KINDS else Path(agent)
    return [
        Contender(f"{agent}:{one.key}", loaded, one, artifact)
        for one in ([loaded.level(level)] if level else loaded.levels)
    ]


def table_of(report: Report) -> str:
    """One line per contender, and how far it is from the next."""
    wide = 1 + max(len(row["name"]) for row in report["contenders"])
    lines = [f"{'':{wide}}{'rating':>8}{'95 %':>16}{'score':>8}{'ms':>8}{'p95':>8}   to the next"]
    gaps = [f"{gap['points']:+.0f} [{gap['low']:.0f}, {gap['high']:.0f}]" for gap in report["gaps"]]
    for row, gap in zip(report["contenders"], [*gaps, ""], strict=True):
        interval = f"[{row['low']:.0f}, {row['high']:.0f}]"
        lines.append(
            f"{row['name']:{wide}}{row['rating']:8.0f}{interval:>16}{row['score']:8.1%}"
            f"{row['milliseconds_median']:8.1f}{row['milliseconds_p95']:8.1f}   {gap}"
        )
    return "\n".join(line.rstrip() for line in lines)


def run_evaluate(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    loaded = find_agent(game, options.artifact)
    report: Report = {"game": game.key, "agent": loaded.name}
    if game.is_hidden:
        refuse(options, OF_BOARDS, f"{game.name} is measured in chips, by exploitability")
        report["levels"] = cards_report(game, loaded)
    else:
        report |= board_report(game, loaded, options)
    if options.out:
        write_report(options.out, report)
    print(json.dumps(report, indent=1))


def board_report(game: Game, loaded: LoadedAgent, options: argparse.Namespace) -> Report:
    if not options.positions and not options.games:
        raise DataError("nothing to measure: --positions FILE or --games N")
    if not options.games:
        refuse(options, OF_GAMES, "only where --games are played")
    limit = move_limit(loaded.levels[-1].limit, options.ms or MILLISECONDS, options.simulations)
    report: Report = {
        "limit": {"milliseconds": limit.milliseconds, "simulations": options.simulations}
    }
    if options.positions:
        report["solved"] = positions_report(game, loaded, limit, options)
    if options.games:
        report["play_outs"] = games_report(game, loaded, limit, options)
    return report


def cards_report(game: Game, loaded: LoadedAgent) -> Report:
    """By level, in chips a hand."""
    if not isinstance(loaded.agent, PolicyTableAgent):
        uniform = pyspiel.UniformRandomPolicy(game.spiel)
        return {loaded.levels[-1].key: {"exploitability": exploitability(game, uniform)}}
    policies = [loaded.agent.policy(level.limit) for level in loaded.levels]
    return {
        level.key: {
            "exploitability": exploitability(game, policy),
            "chips_per_hand_against_the_strongest": chips_per_hand(game, policy, policies[-1]),
        }
        for level, policy in zip(loaded.levels, policies, strict=True)
    }


def positions_report(
    game: Game, loaded: LoadedAgent, limit: Limit, options: argparse.Namespace
) -> Report:
    solved = read_solved(game, options.positions)
    with tqdm(total=len(solved), unit=" positions") as bar:
        rng = np.random.default_rng(options.seed)
        return share_kept(loaded, solved, limit, rng, lambda: bar.update())


def games_report(
    game: Game, loaded: LoadedAgent, limit: Limit, options: argparse.Namespace
) -> Report:
    """Each opening is played from both sides; a pair of games is drawn again as one."""
    if options.games % 2:
        raise DataError("--games: an even number, as each opening is played from both sides")
    opponent, other = RolloutAgent(game), Limit(options.opponent or OPPONENT)
    opening_plies = OPENING if options.opening is None else options.opening
    points: list[float] = []
    for number in tqdm(range(options.games), unit=" games"):
        opening = random_opening(
            game, opening_plies, np.random.default_rng([options.seed, number // 2])
        )
        rng = np.random.default_rng([options.seed, number, 1])
        if number % 2:
            record = play_game(game, (opponent, loaded), (other, limit), rng, opening)
        else:
            record = play_game(game, (loaded, opponent), (limit, other), rng, opening)
        points.append((1 - record.outcome if number % 2 else 1 + record.outcome) / 2)
    pairs = [float(np.mean(points[start : start + 2])) for start in range(0, len(points), 2)]
    mean, low, high = score_interval(pairs, np.random.default_rng(options.seed))
    return {
        "opponent_simulations": other.simulations,
        "opening": opening_plies,
        "games": len(points),
        "won": points.count(1.0),
        "drawn": points.count(0.5),
        "lost": points.count(0.0),
        "score": mean,
        "low": low,
        "high": high,
    }


def write_report(path: Path, report: Report) -> None:
    with whole_file(path) as file:
        json.dump(report, file, indent=1, allow_nan=False)
