"""Networks as ONNX Runtime runs them: without torch, and quietly."""

from __future__ import annotations

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

BROKEN = (OSError, KeyError, TypeError, ValueError, Fail, InvalidGraph, InvalidProtobuf)
"""What comes of reading a damaged artifact; callers say which one it was."""
ERRORS = 3


def open_session(onnx: bytes, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """One of BROKEN when these bytes are no network."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = ERRORS
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
