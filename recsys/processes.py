"""One training by several processes, as torchrun starts them.

The first leads: it reads, chooses, measures and writes. The others only help with each fit.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NoReturn, TypeVar

import torch
from torch import distributed

from recsys.sampling import Batch

PATIENCE = timedelta(days=1)  # the others wait while the first measures
Thing = TypeVar("Thing")


@contextmanager
def together(device: str) -> Iterator[None]:
    """Joins the processes that torchrun started; alone without it. device: cpu or cuda"""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield
        distributed.barrier()  # who ends first must not take the group from the others
    finally:
        gc.collect()  # what still averages gradients has threads of its own
        distributed.destroy_process_group()


def leave() -> NoReturn:
    """Ends a process that has done its part.

    Threads of the group may outlive it, and then the usual way out is aborted.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def count() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    return distributed.get_rank() if distributed.is_initialized() else 0


def share(thing: Thing) -> Thing:
    """What the first process has, to all of them."""
    if count() == 1:
        return thing
    box = [thing]
    distributed.broadcast_object_list(box, src=0)
    return box[0]


def own_part(batch: Batch) -> tuple[Batch, float]:
    """This process's windows, and what its mean loss weighs in the average of all processes."""
    processes, total = count(), int(batch.is_target.sum())
    if processes == 1:
        return batch, float(total > 0)
    mine = torch.arange(len(batch.inputs)) % processes == rank()
    if not mine.any():  # the others wait for its gradients, even if they are 0
        mine[0] = True
        batch.is_target[0] = False
    own = Batch(*(part[mine] for part in batch))
    return own, processes * int(own.is_target.sum()) / max(total, 1)
