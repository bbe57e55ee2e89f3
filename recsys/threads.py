from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

from recsys.errors import DataError

MOST_THREADS = 4  # small matrices gain nothing from more


@contextmanager
def limited_threads(count: int | None = None) -> Iterator[None]:
    """At most count threads for torch and BLAS inside; None = half of the cores.

    Threads that wait for each other on a busy machine cost many times what they gain.
    """
    count = count or max(1, min(MOST_THREADS, (os.cpu_count() or 1) // 2))
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpool_limits(limits=count):
            yield
    finally:
        torch.set_num_threads(before)


def pick_device(name: str) -> str:
    """auto, cpu or cuda → cpu or cuda; DataError when cuda is asked for and is not there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise DataError("--device cuda: no CUDA device can be used here")
    return "cuda" if name == "cuda" or (name == "auto" and torch.cuda.is_available()) else "cpu"
