"""What a network says of positions, without torch: for the site, and for self-play."""

from __future__ import annotations

from genai.errors import ArtifactError
from genai.games.rules import Floats, Game
from genai.sessions import BROKEN, open_session

NETWORK = "network.onnx"  # file of an artifact


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
