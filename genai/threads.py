from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

from genai.errors import DataError

MOST_THREADS = 4  # small convolutions gain nothing from more


@contextmanager
def repeatable(threads: int | None = None) -> Iterator[None]:
    """Inside, equal inputs give equal bytes. threads: at most so many; None = half of the cores."""
    threads = threads or max(1, min(MOST_THREADS, (os.cpu_count() or 1) // 2))
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what CUDA asks for, for that
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def pick_device(name: str) -> str:
    """auto, cpu or cuda → cpu or cuda; DataError when cuda is asked for and is not there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise DataError("--device cuda: no CUDA device can be used here")
    return "cuda" if name == "cuda" or (name == "auto" and torch.cuda.is_available()) else "cpu"
