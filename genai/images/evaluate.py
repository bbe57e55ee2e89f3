"""A generator measured against held-out images, between real images (floor) and noise (ceiling)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from time import process_time
from typing import Any, Protocol

import numpy as np
from sklearn.decomposition import PCA

from genai.errors import DataError
from genai.images import metrics
from genai.images.imageset import ImageSet, Pixels, Rows
from genai.images.metrics import Features
from genai.images.pixels import encode
from genai.vision.classifier import Classifier

log = logging.getLogger(__name__)
FORMAT = 1
MOST_SAMPLES = 5000
FEWEST_SAMPLES = 50
COMPONENTS = 50  # of the pixels
FITTED_ON = 5000  # training images, for the components
SAMPLES_AT_ONCE = 250
ORIGINALS_AT_ONCE = 2000
FAINT = 25.0  # standard deviation of the noise on the mean image, in steps of 0..255
Report = dict[str, Any]
OnProgress = Callable[[float, str], None]
Tell = Callable[[float], None]  # of the share that is done


class Generator(Protocol):
    """Anything that makes an image of each seed and label."""

    def sample(self, seeds: Sequence[int], labels: Rows, truncation: float) -> Pixels: ...


@dataclass(frozen=True)
class Extractor:
    """Images → features, (N, H, W, C) → (N, F)."""

    name: str
    description: str
    features: Callable[[Pixels], Features]


def evaluate(
    generator: Generator,
    train: ImageSet,
    held_out: ImageSet,
    classifier: Classifier,
    *,
    count: int | None = None,
    seed: int = 0,
    truncation: float = 1.0,
    on_progress: OnProgress = lambda fraction, message: None,
) -> Report:
    """report.json. held_out: what neither generator nor classifier was trained on.

    count: images of each side, else as many as there are of the smaller one, up to MOST_SAMPLES.
    Labels are asked for as often as the held-out images have them, by chance: as real ones come.
    """
    started, rng = process_time(), np.random.default_rng(seed)
    count = _checked_count(count, train, held_out, classifier)
    reference = held_out.take(np.sort(rng.choice(len(held_out), count, replace=False)))
    floor = train.take(np.sort(rng.choice(len(train), count, replace=False)))
    asked = rng.choice(reference.labels, count)
    samples = draw(generator, asked, seed=seed, truncation=truncation, on_progress=on_progress)
    if samples.shape[1:] != train.images.shape[1:]:
        raise DataError(f"the generator makes {samples.shape[1:]}, not {train.images.shape[1:]}")
    contenders = {"generator": samples, "floor": floor.images, **ceilings(floor.images, rng)}
    extractors = (classifier_extractor(classifier), pixel_extractor(train, seed))
    report = {
        "format": FORMAT,
        "data": {"train": _facts(train), "held_out": _facts(held_out)},
        **{"count": count, "seed": seed, "truncation": truncation},
        "extractors": {each.name: each.description for each in extractors},
        "measures": every_measure(extractors, reference.images, contenders, seed, on_progress),
        "labels": label_measures(classifier, samples, asked, reference, floor),
    }
    originals = Originals(train.images, classifier.config.flip)
    tell = _part(on_progress, 0.8, 0.2, "Looking for copies")
    real = held_out.images[:MOST_SAMPLES]
    report["neighbours"] = neighbour_measures(samples, originals, real, extractors, tell)
    on_progress(1.0, "Measured")
    return report | {"seconds": round(process_time() - started, 1)}


def glance(
    generator: Generator,
    held_out: ImageSet,
    classifier: Classifier,
    *,
    count: int,
    seed: int = 0,
    truncation: float = 1.0,
) -> dict[str, float]:
    """What is drawn over a training: of fewer images, and by the classifier alone."""
    rng = np.random.default_rng(seed)
    reference = held_out.take(np.sort(rng.choice(len(held_out), count, replace=False)))
    asked = rng.choice(reference.labels, count)
    samples = draw(generator, asked, seed=seed, truncation=truncation)
    real, fake = classifier.describe(reference.images), classifier.describe(samples)
    shares = metrics.class_shares(fake.labels, len(reference.label_names))
    return {
        "frechet_distance": metrics.frechet_distance(real.features, fake.features),
        **asdict(metrics.prdc(real.features, fake.features)),
        "accuracy": float((fake.labels == asked).mean()),
        "smallest_share": float(shares.min()),
    }


def draw(
    generator: Generator,
    labels: Rows,
    *,
    seed: int,
    truncation: float = 1.0,
    on_progress: OnProgress = lambda fraction, message: None,
) -> Pixels:
    """An image of each label, from the seeds that follow."""
    parts = []
    for start in range(0, len(labels), SAMPLES_AT_ONCE):
        some = labels[start : start + SAMPLES_AT_ONCE]
        seeds = range(seed + start, seed + start + len(some))
        parts.append(generator.sample(seeds, some, truncation))
        on_progress(0.4 * (start + len(some)) / len(labels), "Sampling")
    return np.concatenate(parts)


def ceilings(images: Pixels, rng: np.random.Generator) -> dict[str, Pixels]:
    """What anybody can make without learning: between these and the floor a generator stands."""
    noise = rng.integers(0, 256, images.shape, dtype=np.uint8)
    faint = rng.normal(0, FAINT, images.shape).astype(np.float32)
    mean = (images.mean(axis=0) + faint).round().clip(0, 255).astype(np.uint8)
    return {"mean image with noise": mean, "noise": noise}


def classifier_extractor(classifier: Classifier) -> Extractor:
    told = f"the {classifier.config.features} last features of our own classifier of this data"
    return Extractor("classifier", told, classifier.features)


def pixel_extractor(train: ImageSet, seed: int) -> Extractor:
    """Sees what a classifier has learned to overlook: backgrounds, faint noise, odd colours."""
    rows = np.random.default_rng(seed).permutation(len(train))[:FITTED_ON]
    fitted = pixels_of(train.images[rows])
    width = min(COMPONENTS, *fitted.shape)
    components = PCA(width, svd_solver="randomized", random_state=seed).fit(fitted)
    told = f"the first {width} principal components of the training images' pixels"
    return Extractor("pixels", told, lambda images: components.transform(pixels_of(images)))


def pixels_of(images: Pixels) -> Features:
    """(N, H, W, C) → (N, C * H * W) in -1..1, colours premultiplied: unseen ones count for none."""
    return encode(images).reshape(len(images), -1)


def every_measure(
    extractors: Sequence[Extractor],
    reference: Pixels,
    contenders: Mapping[str, Pixels],
    seed: int,
    on_progress: OnProgress,
) -> dict[str, Report]:
    """By each extractor, by its name."""
    found = {}
    for place, each in enumerate(extractors):
        tell = _part(on_progress, 0.4 + 0.2 * place, 0.2, f"Measuring by {each.name}")
        found[each.name] = measured_by(each, reference, contenders, seed, tell)
    return found


def measured_by(
    extractor: Extractor,
    reference: Pixels,
    contenders: Mapping[str, Pixels],
    seed: int,
    tell: Tell,
) -> Report:
    """Every measure of each contender, by its name, against the reference."""
    real = extractor.features(reference)
    found = {}
    for place, (name, images) in enumerate(contenders.items()):
        tell(place / len(contenders))
        fake = extractor.features(images)
        distance = metrics.frechet_distance(real, fake)
        found[name] = {
            "frechet_distance": distance,
            "frechet_of_variance": distance / metrics.total_variance(real),
            "kernel_distance": asdict(
                metrics.kernel_distance(real, fake, np.random.default_rng(seed))
            ),
            **asdict(metrics.prdc(real, fake)),
            "spectrum": asdict(metrics.spectrum(real, fake)),
        }
        log.info("%s by %s: %s", name, extractor.name, found[name])
    return found


def label_measures(
    classifier: Classifier, samples: Pixels, asked: Rows, reference: ImageSet, floor: ImageSet
) -> Report:
    """How often the classifier sees the label that was asked for, and what it sees instead."""
    predicted, n_labels = classifier.predict(samples), len(reference.label_names)
    right = predicted == asked
    shares = metrics.class_shares(predicted, n_labels)
    asked_shares = metrics.class_shares(asked, n_labels)
    return {
        "accuracy": float(right.mean()),
        "accuracy_on_held_out": _accuracy(classifier, reference),
        "accuracy_on_train": _accuracy(classifier, floor),
        "smallest_share": float(shares.min()),
        "largest_share": float(shares.max()),
        "by_label": {
            name: {
                "asked_for": float(asked_shares[label]),
                "seen": float(shares[label]),
                "accuracy": _mean_or_none(right[asked == label]),
            }
            for label, name in enumerate(reference.label_names)
        },
    }


@dataclass(frozen=True)
class Originals:
    """What samples may be copies of."""

    images: Pixels
    mirrored: bool  # where a mirror image means the same, it is as much a copy

    def blocks(self, extractor: Extractor, tell: Tell) -> Iterator[Features]:
        """Their features, some at a time: all at once would not fit into memory."""
        for start in range(0, len(self.images), ORIGINALS_AT_ONCE):
            some = self.images[start : start + ORIGINALS_AT_ONCE]
            for each in (some, some[:, :, ::-1])[: 1 + self.mirrored]:
                tell(start / len(self.images))
                yield extractor.features(each)


def neighbour_measures(
    samples: Pixels,
    train: Originals,
    held_out: Pixels,
    extractors: Sequence[Extractor],
    tell: Tell,
) -> Report:
    """Whether samples are nearer to training images than real images of other families are."""
    every = (Extractor("premultiplied pixels", "", pixels_of), *extractors)
    found = {}
    for place, each in enumerate(every):
        blocks = train.blocks(each, partial(_tell_of_part, tell, place, len(every)))
        near = metrics.neighbours(each.features(samples), blocks, each.features(held_out))
        found["principal components" if each.name == "pixels" else each.name] = asdict(near)
    return found


def _tell_of_part(tell: Tell, place: int, parts: int, share: float) -> None:
    tell((place + share) / parts)


def _part(on_progress: OnProgress, start: float, length: float, message: str) -> Tell:
    """Told its own share, it tells that of the whole."""
    return lambda share: on_progress(start + length * share, message)


def _checked_count(
    count: int | None, train: ImageSet, held_out: ImageSet, classifier: Classifier
) -> int:
    if not train.label_names == held_out.label_names == classifier.label_names:
        raise DataError("training images, held-out images and classifier have different labels")
    most = min(len(train), len(held_out))
    count = min(most, MOST_SAMPLES) if count is None else count
    if not FEWEST_SAMPLES <= count <= most:
        raise DataError(f"{count} images of each side; {FEWEST_SAMPLES} to {most} can be compared")
    return count


def _accuracy(classifier: Classifier, images: ImageSet) -> float:
    return float((classifier.predict(images.images) == images.labels).mean())


def _mean_or_none(values: np.typing.NDArray[np.bool_]) -> float | None:
    """None where nothing was asked for."""
    return float(values.mean()) if len(values) else None


def _facts(images: ImageSet) -> Report:
    return {"sha256": images.sha256, "images": len(images)}
