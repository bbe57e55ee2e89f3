"""How often a classifier is right on images that it was not trained on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from genai.errors import DataError
from genai.images.imageset import ImageSet
from genai.vision.classifier import Classifier

FORMAT = 1
BINS = 15  # of confidence
NORMAL_95 = 1.96


def evaluate(classifier: Classifier, images: ImageSet) -> dict[str, Any]:
    """report.json: accuracy with its 95 % interval, by label, confusion, how far to trust it."""
    if images.label_names != classifier.label_names or not len(images):
        raise DataError("the classifier was trained on other labels than these images have")
    described = classifier.describe(images.images)
    right = described.labels == images.labels
    confusion = np.zeros((len(images.label_names),) * 2, dtype=np.int64)
    np.add.at(confusion, (images.labels, described.labels), 1)
    low, high = wilson(int(right.sum()), len(right))
    return {
        "format": FORMAT,
        "data_sha256": images.sha256,
        "n_images": len(images),
        "accuracy": {"value": float(right.mean()), "low": low, "high": high},
        "by_label": {
            name: float(row[place] / row.sum()) if row.sum() else None
            for place, (name, row) in enumerate(zip(images.label_names, confusion, strict=True))
        },
        "confusion": confusion.tolist(),  # row: what it is, column: what was said
        "calibration_error": calibration_error(described.probabilities.max(axis=1), right),
    }


def wilson(right: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, z = right / count, NORMAL_95**2 / count
    middle = (share + z / 2) / (1 + z)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / count + z / (4 * count)) / (1 + z)
    return max(0.0, middle - half), max(share, min(1.0, middle + half))


def calibration_error(
    confidence: np.typing.NDArray[np.float32], right: np.typing.NDArray[np.bool_]
) -> float:
    """Mean distance between how sure it was and how often it was right, in bins of confidence."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    sure = np.bincount(bins, weights=confidence.astype(np.float64), minlength=BINS)
    hits = np.bincount(bins, weights=right, minlength=BINS)
    return float(np.abs(sure - hits).sum() / len(right))
