"""What a network says of positions, without torch: for the site, and for self-play."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from genai.errors import ArtifactError
from genai.games.rules import Floats, Game
from genai.sessions import BROKEN, open_session

Evaluate = Callable[[Floats], tuple[Floats, Floats]]
"""Boards (B, C, H, W) → logits of moves (B, A), values (B,) -1..1 for the side to move."""
NETWORK = "network.onnx"  # file of an artifact
MEMORY = 64 << 20  # bytes that answers are remembered in, at most
KEY_BYTES = 16  # of a board's digest
ROW_BYTES = 250  # of a remembered position beside its logits: its key, and its place in a dict


class Evaluator:
    """Called with boards (B, C, H, W) → logits (B, A), values (B,); may be shared by threads."""

    def __init__(self, onnx: bytes) -> None:
        try:
            self._session = open_session(onnx)
        except BROKEN as error:
            raise ArtifactError("the network of an agent cannot be loaded") from error

    def fits(self, game: Game) -> bool:
        """Whether the boards and the moves of this game are what it was made for."""
        boards, logits = self._session.get_inputs()[0].shape, self._session.get_outputs()[0].shape
        return (tuple(boards[1:]), logits[1]) == (game.shape, game.actions)

    def __call__(self, boards: Floats) -> tuple[Floats, Floats]:
        logits, values = self._session.run(["logits", "values"], {"boards": boards})
        return logits, values


class RememberingEvaluator:
    """The same answers, each asked for once: games begin alike, and ways through them meet again.

    For one thread. What it remembers is bounded; once it is full it begins anew.
    """

    def __init__(self, evaluator: Evaluate, game: Game, *, most: int | None = None) -> None:
        """most: positions that are remembered."""
        self._evaluate = evaluator
        self._most = most or MEMORY // (4 * game.actions + ROW_BYTES)
        self._rows: dict[bytes, int] = {}
        self._logits = np.empty((self._most, game.actions), np.float32)
        self._values = np.empty(self._most, np.float32)

    def __call__(self, boards: Floats) -> tuple[Floats, Floats]:
        keys = [blake2b(board, digest_size=KEY_BYTES).digest() for board in boards]
        new = {key: place for place, key in enumerate(keys) if key not in self._rows}
        if len(self._rows) + len(new) > self._most:
            self._rows.clear()
            new = {key: place for place, key in enumerate(keys)}
            if len(new) > self._most:
                return self._evaluate(boards)
        if new:
            rows = range(len(self._rows), len(self._rows) + len(new))
            logits, values = self._evaluate(boards[list(new.values())])
            self._logits[rows.start : rows.stop] = logits
            self._values[rows.start : rows.stop] = values
            self._rows.update(zip(new, rows, strict=True))
        found = [self._rows[key] for key in keys]
        return self._logits[found], self._values[found]
