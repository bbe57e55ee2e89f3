from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

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
