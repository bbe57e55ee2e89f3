"""What a network says of positions, by ONNX Runtime: for the site, and for self-play."""

from __future__ import annotations

import onnxruntime

from genai.errors import ArtifactError
from genai.games.rules import Floats


class Evaluator:
    """Called with boards (B, C, H, W) → logits (B, A), values (B,)."""

    def __init__(self, onnx: bytes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                onnx, options, providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, ValueError) as error:
            raise ArtifactError("the network cannot be loaded") from error

    def __call__(self, boards: Floats) -> tuple[Floats, Floats]:
        logits, values = self._session.run(["logits", "values"], {"boards": boards})
        return logits, values
