"""Which rate to train with: a short run in which it rises until the loss does (Smith 2015)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from torch import Tensor

from genai.errors import DataError
from genai.images.imageset import ImageSet
from genai.threads import repeatable
from genai.vision.classifier import ClassifierConfig
from genai.vision.training import batches, build_classifier, build_optimizer, loss_of

LOWEST, HIGHEST = 1e-5, 1.0
STEPS = 100
MEMORY = 0.9  # of the mean that smooths the losses
TOO_HIGH = 2.0  # times the lowest loss: there it ends
SPAN = 10  # steps over which a slope is taken


@dataclass(frozen=True)
class RateCurve:
    """What was tried, and what to take."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]  # smoothed
    rate: float


def find_learning_rate(
    train: ImageSet,
    config: ClassifierConfig,
    *,
    seed: int = 0,
    device: str = "cpu",
    threads: int | None = None,
) -> RateCurve:
    """The highest rate of a cycle: that at which the loss falls most steeply."""
    rates, losses, mean = [], [], 0.0
    with repeatable(threads):
        network = build_classifier(train, config, seed=seed, device=device).network
        optimizer = build_optimizer(network, config)
        network.train()
        for step, (images, labels) in enumerate(islice(_endless(train, config, seed), STEPS)):
            rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(network, images, labels, config, device)
            mean = MEMORY * mean + (1 - MEMORY) * loss.item()
            rates.append(rate)
            losses.append(mean / (1 - MEMORY ** (step + 1)))
            if not math.isfinite(mean) or losses[-1] > TOO_HIGH * min(losses):
                break
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return RateCurve(tuple(rates), tuple(losses), _steepest(rates, losses))


def _steepest(rates: list[float], losses: list[float]) -> float:
    """Where the loss falls fastest for what the rate grows: it still learns, and safely."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    if len(finite) <= SPAN:
        raise DataError("the loss rises from the first step on")
    falls = [before - after for before, after in zip(finite, finite[SPAN:], strict=False)]
    return rates[max(range(len(falls)), key=falls.__getitem__) + SPAN // 2]


def _endless(
    train: ImageSet, config: ClassifierConfig, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    for epoch in count():
        yield from batches(train, config, seed, epoch)
