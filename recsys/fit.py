"""The training loop of the two-tower model: flat, resumable at every epoch."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from recsys import processes
from recsys.checkpoint import (
    Progress,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from recsys.errors import ArtifactError, DataError, Stopped
from recsys.history import History, stacked
from recsys.interactions import Interactions
from recsys.losses import sampled_softmax
from recsys.sampling import (
    TrainingRows,
    cut_windows,
    draw_negatives,
    negative_probabilities,
    pack_batches,
)
from recsys.spectral import spectral_vectors
from recsys.two_tower import TwoTower, TwoTowerConfig

log = logging.getLogger(__name__)
SMALLEST_RATE = 0.05  # of the learning rate, at the end of its cosine
USERS_AT_ONCE = 256

OnEpoch = Callable[[Progress], None]
Validate = Callable[[TwoTower], float]


@dataclass(frozen=True)
class FitPlan:
    """How long to fit and where to keep the state; the model itself is defined by its config."""

    epochs: int  # also the length of the learning rate's cosine
    seed: int
    device: str = "cpu"
    checkpoint: Path | None = None
    fingerprint: str = ""


@dataclass(frozen=True)
class Fitted:
    model: TwoTower
    progress: Progress


@dataclass(frozen=True)
class _Work:
    """What every process needs to help with a fit; start: (N, D') where id embeddings begin."""

    rows: TrainingRows
    features: NDArray[np.float32]
    config: TwoTowerConfig
    plan: FitPlan
    build: type[TwoTower]
    start: NDArray[np.float32]


def fit_two_tower(
    train: Interactions,
    features: NDArray[np.float32],
    config: TwoTowerConfig,
    plan: FitPlan,
    *,
    build: type[TwoTower] = TwoTower,
    validate: Validate | None = None,
    on_epoch: OnEpoch | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Fitted:
    """With validate: the epoch that scored best; without: the last. Stopped when asked to.

    Several processes: see lead_or_help.
    """
    start = spectral_vectors(train.positives(), config.dim, seed=plan.seed)
    work = _Work(TrainingRows.of(train), features, config, plan, build, start)
    processes.share(replace(work, plan=replace(plan, checkpoint=None)))
    return _fit(work, validate, on_epoch, should_stop)


def lead_or_help(run: Callable[[], None], device: str) -> None:
    """Under torchrun the first process runs it and the others help with every fit; else runs it."""
    with processes.together(device):
        if processes.rank() == 0:
            try:
                run()
            except (DataError, ArtifactError):  # never raised inside a fit: the others listen
                processes.share(None)
                raise
            processes.share(None)  # lets them go
            return
        while (work := processes.share(None)) is not None:
            _fit(work, None, None, None)


def _fit(
    work: _Work,
    validate: Validate | None,
    on_epoch: OnEpoch | None,
    should_stop: Callable[[], bool] | None,
) -> Fitted:
    plan, config = work.plan, work.config
    model = _new_model(work)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    progress, best = _restore(model, optimizer, plan)
    step = _together(_Loss(model, work.rows), plan.device)
    while progress.epoch < progress.planned_epochs and not progress.stopped:
        if progress.patience_over(config.patience):
            break
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * _rate(progress.epoch, plan.epochs)
        loss = _run_epoch(step, optimizer, work, plan.seed + progress.epoch, should_stop)
        progress.add_epoch(loss, validate(model) if validate else None)
        if progress.best_epoch == progress.epoch:
            best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        log.info("epoch %d of %d: %s", progress.epoch, progress.planned_epochs, progress.curve[-1])
        if plan.checkpoint:
            _save(plan.checkpoint, progress, model, optimizer, best)
        if on_epoch:
            on_epoch(progress)
        progress.stopped = bool(should_stop and should_stop())
        progress = processes.share(progress)
    if progress.stopped:
        raise Stopped("stopped on request")
    if best:
        model.load_state_dict(best)
    model.eval()
    return Fitted(model, progress)


def _run_epoch(
    step: nn.Module,
    optimizer: torch.optim.Optimizer,
    work: _Work,
    seed: int,
    should_stop: Callable[[], bool] | None,
) -> float:
    """Mean loss. Chance comes from the seed alone, so an epoch run again is the same."""
    config, device = work.config, work.plan.device
    rng = torch.Generator().manual_seed(seed)  # the same in every process
    own = torch.Generator().manual_seed(seed + processes.rank())
    windows = torch.from_numpy(cut_windows(work.rows.sizes, config.length, rng))
    probabilities = negative_probabilities(work.rows.counts)
    losses = []
    step.train()
    with torch.random.fork_rng():  # dropout draws from the global generator: give it back as it was
        torch.manual_seed(own.initial_seed())
        for batch in pack_batches(windows, config.batch_size, rng):
            if should_stop and processes.count() == 1 and should_stop():
                raise Stopped("stopped on request")
            negatives, log_q = draw_negatives(probabilities, config.negatives, rng)
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                loss = step(batch, negatives.to(device), log_q.to(device), own)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(step.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.item())
    return sum(losses) / max(len(losses), 1)


class _Loss(nn.Module):
    """A module, so that the gradients of several processes can be averaged."""

    def __init__(self, model: TwoTower, rows: TrainingRows) -> None:
        super().__init__()
        self.model = model
        self.rows = rows

    def forward(
        self, windows: Tensor, negatives: Tensor, log_q: Tensor, rng: torch.Generator
    ) -> Tensor:
        """Mean over the targets of all windows, as far as this process has them.

        windows: (B, up to L + 1) places of rows; negatives: (K,) item rows; log_q: (K,)
        """
        model = self.model
        batch, share = processes.own_part(self.rows.batch(windows))
        inputs, signals, moments, targets, real = (part.to(negatives.device) for part in batch)
        needed = torch.cat([inputs.flatten(), targets[real], negatives])
        rows, places = needed.unique(return_inverse=True)  # each item once, with or without its id
        vectors = model.item_vectors(rows, rng)
        seen, positive, negative = places.split([inputs.numel(), int(real.sum()), len(negatives)])
        users = model.users(vectors[seen].unflatten(0, inputs.shape), signals, moments)
        if not share:
            return users.sum() * 0 + vectors.sum() * 0
        is_positive = targets[real][:, None] == negatives
        return share * sampled_softmax(
            users[real], vectors[positive], vectors[negative], log_q, is_positive
        )


def _together(loss: _Loss, device: str) -> nn.Module:
    """Several processes average its gradients; a GPU runs it compiled."""
    whole: nn.Module = loss
    if processes.count() > 1:
        whole = DistributedDataParallel(loss, forward_sync_buffers=False)
    return torch.compile(whole, dynamic=True) if device == "cuda" else whole  # type: ignore[return-value]


@torch.no_grad()
def encode_histories(model: TwoTower, catalog: Tensor, histories: Sequence[History]) -> Tensor:
    """User vectors from each history's last entries, zeros for an empty one. (B, D)"""
    model.eval()
    users = torch.zeros(len(histories), catalog.shape[1], device=catalog.device)
    full = [number for number, history in enumerate(histories) if len(history)]
    for start in range(0, len(full), USERS_AT_ONCE):
        numbers = full[start : start + USERS_AT_ONCE]
        recent = [histories[number].newest(model.config.length) for number in numbers]
        read = stacked(recent, model.n_kinds)
        rows, signals, moments = (torch.from_numpy(part).to(catalog.device) for part in read)
        outputs = model.users(catalog[rows], signals, moments)
        last = torch.tensor([len(history) - 1 for history in recent])
        users[numbers] = outputs[torch.arange(len(numbers)), last]
    return users


@torch.no_grad()
def tower_scores(model: TwoTower, histories: Sequence[History]) -> NDArray[np.float32]:
    """(B, N)"""
    model.eval()
    catalog = model.catalog()
    return (encode_histories(model, catalog, histories) @ catalog.T).cpu().numpy()


def _rate(epoch: int, epochs: int) -> float:
    """Half a cosine from 1 down."""
    return SMALLEST_RATE + (1 - SMALLEST_RATE) * 0.5 * (
        1 + math.cos(math.pi * min(1, epoch / epochs))
    )


def _new_model(work: _Work) -> TwoTower:
    """Its id embeddings start from what follows what, which saves the first epochs."""
    warm = torch.from_numpy((work.rows.counts > 0).astype(np.float32))
    with torch.random.fork_rng():
        torch.manual_seed(work.plan.seed)
        model = work.build(work.config, torch.from_numpy(work.features), warm, work.rows.n_kinds)
    with torch.no_grad():
        model.items.ids.weight[:, : work.start.shape[1]] = torch.from_numpy(work.start)
    return model.to(work.plan.device)


def _restore(
    model: TwoTower, optimizer: torch.optim.Optimizer, plan: FitPlan
) -> tuple[Progress, dict[str, Tensor]]:
    """From the checkpoint of the first process, where there is one of this fit."""
    found = load_checkpoint(plan.checkpoint, plan.fingerprint) if plan.checkpoint else None
    found = processes.share(found)
    if found is None:
        return Progress(plan.fingerprint, plan.epochs), {}
    progress, tensors = found
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}}
    for name, tensor in tensors.items():
        group, _, rest = name.partition(".")
        if group in parts:
            parts[group][rest] = tensor
    model.load_state_dict(parts["model"])
    restore_optimizer(model, optimizer, tensors)
    log.info("going on after epoch %d of %s", progress.epoch, plan.checkpoint)
    return progress, parts["best"]


def _save(
    path: Path,
    progress: Progress,
    model: TwoTower,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor],
) -> None:
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    save_checkpoint(path, progress, tensors | optimizer_tensors(model, optimizer))
