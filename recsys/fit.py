"""The training loop of the two-tower model: flat, resumable at every epoch."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recsys.baselines import spectral_vectors
from recsys.checkpoint import (
    Progress,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from recsys.errors import Stopped
from recsys.interactions import Interactions, Rows
from recsys.losses import sampled_softmax
from recsys.sampling import (
    PAD,
    cut_windows,
    draw_negatives,
    negative_probabilities,
    pack_batches,
)
from recsys.two_tower import TwoTower, TwoTowerConfig

log = logging.getLogger(__name__)
SMALLEST_RATE = 0.05  # of the learning rate, at the end of its cosine
USERS_AT_ONCE = 256

OnEpoch = Callable[[Progress], None]
Validate = Callable[["TwoTower"], float]


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


def fit_two_tower(
    train: Interactions,
    features: np.ndarray,
    config: TwoTowerConfig,
    plan: FitPlan,
    *,
    validate: Validate | None = None,
    on_epoch: OnEpoch | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Fitted:
    """With validate: the epoch that scored best; without: the last. Stopped when asked to."""
    model = _new_model(train, features, config, plan)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    progress, best = _restore(model, optimizer, plan)
    histories = train.histories()
    probabilities = negative_probabilities(train.item_counts())
    while progress.epoch < progress.planned_epochs:
        if validate and progress.epoch - progress.best_epoch >= config.patience:
            break
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * _rate(progress.epoch, plan.epochs)
        loss = _run_epoch(
            model, optimizer, histories, probabilities, plan.seed + progress.epoch, should_stop
        )
        progress.epoch += 1
        progress.curve.append({"epoch": progress.epoch, "loss": round(loss, 5)})
        if validate:
            ndcg = validate(model)
            progress.curve[-1]["ndcg"] = round(ndcg, 5)
            if ndcg > progress.best_ndcg:
                progress.best_ndcg, progress.best_epoch = ndcg, progress.epoch
                best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        log.info("epoch %d of %d: %s", progress.epoch, progress.planned_epochs, progress.curve[-1])
        if plan.checkpoint:
            _save(plan.checkpoint, progress, model, optimizer, best)
        if on_epoch:
            on_epoch(progress)
    if best:
        model.load_state_dict(best)
    model.eval()
    return Fitted(model, progress)


def _run_epoch(
    model: TwoTower,
    optimizer: torch.optim.Optimizer,
    histories: list[Rows],
    probabilities: Tensor,
    seed: int,
    should_stop: Callable[[], bool] | None,
) -> float:
    """Mean loss. Chance comes from the seed alone, so an epoch run again is the same."""
    config, device = model.config, model.features.device
    rng = torch.Generator().manual_seed(seed)
    windows = torch.from_numpy(cut_windows(histories, config.length, rng))
    losses = []
    model.train()
    with torch.random.fork_rng():  # dropout draws from the global generator: give it back as it was
        torch.manual_seed(seed)
        for batch in pack_batches(windows, config.batch_size, rng):
            if should_stop and should_stop():
                raise Stopped("stopped on request")
            negatives, log_q = draw_negatives(probabilities, config.negatives, rng)
            loss = _batch_loss(model, batch.to(device), negatives.to(device), log_q.to(device), rng)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.item())
    return sum(losses) / max(len(losses), 1)


def _batch_loss(
    model: TwoTower, windows: Tensor, negatives: Tensor, log_q: Tensor, rng: torch.Generator
) -> Tensor:
    """windows: (B, up to L + 1) item rows, PAD at the end; negatives, log_q: (K,)"""
    inputs, targets = windows[:, :-1], windows[:, 1:]
    real = targets != PAD  # (B, L)
    needed = torch.cat([inputs.clamp(min=0).flatten(), targets[real], negatives])
    rows, places = needed.unique(return_inverse=True)  # each item once, with or without its id
    vectors = model.item_vectors(rows, rng)
    seen, positive, negative = places.split([inputs.numel(), int(real.sum()), len(negatives)])
    users = model.users(vectors[seen].unflatten(0, inputs.shape))[real]  # (M, D)
    is_positive = targets[real][:, None] == negatives
    return sampled_softmax(users, vectors[positive], vectors[negative], log_q, is_positive)


@torch.no_grad()
def encode_histories(model: TwoTower, catalog: Tensor, histories: list[Rows]) -> Tensor:
    """User vectors from each history's last items, zeros for an empty one. (B, D)"""
    length = model.config.length
    model.eval()
    users = torch.zeros(len(histories), catalog.shape[1], device=catalog.device)
    full = [number for number, history in enumerate(histories) if len(history)]
    for start in range(0, len(full), USERS_AT_ONCE):
        numbers = full[start : start + USERS_AT_ONCE]
        recent = [torch.from_numpy(histories[number][-length:].copy()) for number in numbers]
        last = torch.tensor([len(rows) - 1 for rows in recent])
        padded = torch.nn.utils.rnn.pad_sequence(
            recent, batch_first=True
        )  # at the end: changes nothing
        outputs = model.users(catalog[padded.to(catalog.device)])
        users[numbers] = outputs[torch.arange(len(numbers)), last]
    return users


@torch.no_grad()
def tower_scores(model: TwoTower, histories: list[Rows]) -> np.ndarray:
    """(B, N)"""
    model.eval()
    catalog = model.catalog()
    return (encode_histories(model, catalog, histories) @ catalog.T).cpu().numpy()


def _rate(epoch: int, epochs: int) -> float:
    """Half a cosine from 1 down."""
    return SMALLEST_RATE + (1 - SMALLEST_RATE) * 0.5 * (
        1 + math.cos(math.pi * min(1, epoch / epochs))
    )


def _new_model(
    train: Interactions, features: np.ndarray, config: TwoTowerConfig, plan: FitPlan
) -> TwoTower:
    """Its id embeddings start from what follows what, which saves the first epochs."""
    warm = torch.from_numpy((train.item_counts() > 0).astype(np.float32))
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        model = TwoTower(config, torch.from_numpy(features), warm)
    vectors = torch.from_numpy(spectral_vectors(train, config.dim, seed=plan.seed))
    with torch.no_grad():
        model.items.ids.weight[:, : vectors.shape[1]] = vectors
    return model.to(plan.device)


def _restore(
    model: TwoTower, optimizer: torch.optim.Optimizer, plan: FitPlan
) -> tuple[Progress, dict[str, Tensor]]:
    found = load_checkpoint(plan.checkpoint, plan.fingerprint) if plan.checkpoint else None
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
