"""Towers as an artifact keeps them: run by ONNX Runtime, without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
)

from recsys.errors import ArtifactError

BROKEN = (OSError, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile)


class Tower:
    """One exported tower; safe to share between threads. ArtifactError when it cannot be loaded."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # requests are answered side by side, not each by all
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except BROKEN as error:
            raise ArtifactError(f"{path} cannot be loaded: {error}") from error
        self._inputs = [each.name for each in self._session.get_inputs()]

    def run(self, **inputs: NDArray[np.generic]) -> NDArray[np.float32]:
        """Its one output; inputs that it does not read are passed over."""
        (output,) = self._session.run(None, {name: inputs[name] for name in self._inputs})
        return output
