"""From labelled images to a classifier; goes on where it was killed, to the same bytes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from time import process_time

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from genai.checkpoint import (
    Progress,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from genai.errors import DataError, Diverged, Stopped
from genai.images.imageset import ImageSet
from genai.images.pixels import encode
from genai.threads import repeatable
from genai.vision.augmentation import augment
from genai.vision.classifier import Classifier, ClassifierConfig, ConvNet

log = logging.getLogger(__name__)
WARM_UP = 0.25  # share of the steps in which the rate rises
FIRST_SHARE = 0.04  # of the highest rate, which the first step has
OnProgress = Callable[[Progress], None]


def train_classifier(
    train: ImageSet,
    config: ClassifierConfig,
    *,
    held_out: ImageSet | None = None,
    seed: int = 0,
    device: str = "cpu",
    threads: int | None = None,
    checkpoint: Path | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Classifier, Progress]:
    """The classifier of the last epoch, and the curve: step, loss, accuracy on held_out.

    held_out chooses nothing, it is only told of. checkpoint: written after each epoch, gone on
    from if it is of the same run. Stopped when cancelled, Diverged at a loss that is no number.
    """
    if len(train) < 2 or train.images.shape[1] != train.images.shape[2]:
        raise DataError("a classifier needs at least two images, and square ones")
    with repeatable(threads):
        classifier = build_classifier(train, config, seed=seed, device=device)
        network = classifier.network
        optimizer = build_optimizer(network, config)
        progress = _start(train, config, seed, checkpoint, network, optimizer)
        steps = steps_per_epoch(train, config)
        while progress.step < progress.planned_steps:
            started = process_time()
            loss = _train_epoch(
                train, config, network, optimizer, progress, seed, is_cancelled=is_cancelled
            )
            progress.step += steps
            progress.seconds += process_time() - started
            progress.curve.append({"step": progress.step, "loss": round(loss, 5)})
            network.eval()
            if held_out is not None:
                right = classifier.predict(held_out.images) == held_out.labels
                progress.curve[-1]["accuracy"] = round(float(right.mean()), 5)
            log.info("step %d: %s", progress.step, progress.curve[-1])
            if checkpoint:
                save_checkpoint(checkpoint, progress, _tensors(network, optimizer))
            if on_progress:
                on_progress(progress)
    return classifier, progress


def build_classifier(
    data: ImageSet, config: ClassifierConfig, *, seed: int, device: str
) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the layers draw from torch's own source; it is put back
        network = ConvNet(config, data.size, data.channels, len(data.label_names))
    return Classifier(
        network,
        config,
        size=data.size,
        channels=data.channels,
        label_names=data.label_names,
        device=device,
    )


def build_optimizer(network: ConvNet, config: ClassifierConfig) -> torch.optim.Optimizer:
    """Only what multiplies decays."""
    weights = [each for each in network.parameters() if each.ndim > 1]
    rest = [each for each in network.parameters() if each.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": config.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def rate_at(step: int, steps: int, highest: float) -> float:
    """One cycle: up along half a cosine, then down to nothing along the other half."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        share = FIRST_SHARE + (1 - FIRST_SHARE) * (1 - math.cos(math.pi * step / warm)) / 2
    else:
        share = (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2
    return highest * share


def steps_per_epoch(train: ImageSet, config: ClassifierConfig) -> int:
    """The last batch is dropped when it is not full, unless it is the only one."""
    return max(1, len(train) // config.batch_size)


def batches(
    data: ImageSet, config: ClassifierConfig, seed: int, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch, augmented: its order and chances follow from seed and epoch alone."""
    state = np.random.SeedSequence([seed, epoch]).generate_state(1)[0]
    rng = torch.Generator().manual_seed(int(state))
    order = torch.randperm(len(data), generator=rng).numpy()
    for start in range(0, steps_per_epoch(data, config) * config.batch_size, config.batch_size):
        rows = order[start : start + config.batch_size]
        images = torch.from_numpy(encode(data.images[rows]))
        yield augment(images, config, rng), torch.from_numpy(data.labels[rows])


def loss_of(
    network: ConvNet, images: Tensor, labels: Tensor, config: ClassifierConfig, device: str
) -> Tensor:
    """() in half precision on a GPU."""
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device != "cpu"):
        images = images.to(device, memory_format=torch.channels_last)
        scores = network(images)
    return F.cross_entropy(
        scores.float(), labels.to(device), label_smoothing=config.label_smoothing
    )


def _train_epoch(
    train: ImageSet,
    config: ClassifierConfig,
    network: ConvNet,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    seed: int,
    *,
    is_cancelled: Callable[[], bool],
) -> float:
    """The mean loss. Stopped when cancelled; the epoch is then begun anew."""
    network.train()
    device = next(network.parameters()).device.type
    losses = []
    epoch = progress.step // steps_per_epoch(train, config)
    for step, (images, labels) in enumerate(
        batches(train, config, seed, epoch), start=progress.step
    ):
        if is_cancelled():
            raise Stopped(f"after {step} of {progress.planned_steps} steps")
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, progress.planned_steps, config.learning_rate)
        loss = loss_of(network, images, labels, config, device)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise Diverged(f"the loss is {mean} in epoch {epoch + 1}: lower learning_rate")
    return mean


def _start(
    train: ImageSet,
    config: ClassifierConfig,
    seed: int,
    checkpoint: Path | None,
    network: ConvNet,
    optimizer: torch.optim.Optimizer,
) -> Progress:
    """Where this run stands: at nothing, or where its checkpoint was written."""
    fingerprint = sha256(repr((train.sha256, asdict(config), seed)).encode()).hexdigest()
    found = load_checkpoint(checkpoint, fingerprint) if checkpoint else None
    if found is None:
        return Progress(fingerprint, config.epochs * steps_per_epoch(train, config))
    progress, tensors = found
    state = network.state_dict()
    network.load_state_dict({name: tensors[name] for name in state})
    restore_optimizer("network", network, optimizer, tensors)
    return progress


def _tensors(network: ConvNet, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {**network.state_dict(), **optimizer_tensors("network", network, optimizer)}
