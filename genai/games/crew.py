"""Self-play in several processes; none of them needs torch."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from time import process_time
from types import TracebackType

import numpy as np

from genai.errors import GenaiError
from genai.games.evaluation import Evaluator, RememberingEvaluator
from genai.games.rules import Game, game_of
from genai.games.self_play import Played, SelfPlayConfig, play


class PlayerLost(GenaiError):
    """Self-play cannot go on; the rounds that are done are kept."""


class Crew:
    """Processes that play; with one, it is this process."""

    def __init__(self, game: Game, config: SelfPlayConfig, processes: int) -> None:
        self.game, self.config = game, config
        self._pool = (
            ProcessPoolExecutor(
                processes, mp_context=get_context("spawn"), initializer=end_with_parent
            )
            if processes > 1
            else None
        )

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def play(
        self,
        network: bytes,
        seeds: Sequence[np.random.SeedSequence],
        games: int,
        check: Callable[[], object] = lambda: None,
    ) -> Iterator[Played]:
        """So many games for each seed, in the order of the seeds. network: as ONNX.

        check: may raise to end it; of a part in another process it hears after the part.
        """
        tasks = [(self.game.key, self.config, network, seed, games) for seed in seeds]
        if self._pool:
            try:
                futures = [self._pool.submit(play_elsewhere, *task) for task in tasks]
                yield from (future.result() for future in futures)
            except BrokenProcessPool as error:
                raise PlayerLost("a process that played was ended, for want of memory?") from error
        else:
            yield from (play_part(*task, check) for task in tasks)


def play_part(
    key: str,
    config: SelfPlayConfig,
    network: bytes,
    seed: np.random.SeedSequence,
    games: int,
    check: Callable[[], object] = lambda: None,
) -> Played:
    game = game_of(key)
    evaluate = RememberingEvaluator(Evaluator(network), game)  # of this part alone: see train
    return play(game, evaluate, config, np.random.default_rng(seed), games, check)


def play_elsewhere(
    key: str, config: SelfPlayConfig, network: bytes, seed: np.random.SeedSequence, games: int
) -> Played:
    """With the time that it took, which this process alone knows."""
    begun = process_time()
    played = play_part(key, config, network, seed, games)
    played.seconds = process_time() - begun
    return played


def end_with_parent() -> None:
    """A process whose parent was killed would wait for ever for its next task."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
