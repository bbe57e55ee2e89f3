"""Measures of generated images by their features. real: (N, F) and fake: (M, F), any extractor's.

None of them needs a network from elsewhere; a number is comparable only within one extractor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from genai.images.imageset import Rows

Features: TypeAlias = NDArray[np.floating]
Doubles: TypeAlias = NDArray[np.float64]
NEIGHBOURS = 5  # k of precision, recall, density and coverage
BLOCK = 500  # images of each side in one estimate of the kernel distance
FEWEST_BLOCKS = 10  # the error of a mean of fewer is not known
ROWS_AT_ONCE = 512
LEADING = 10  # directions of the spectrum that are told one by one
COPY = 0.05  # of the usual distance of a real image: nearer is the same image


def frechet_distance(real: Features, fake: Features) -> float:
    """Between the normal distributions with the means and covariances of the two; 0 = the same."""
    return frechet_of_normals(
        real.mean(axis=0), _covariance(real), fake.mean(axis=0), _covariance(fake)
    )


def total_variance(features: Features) -> float:
    """What a distance is divided by to compare extractors whose features differ in scale."""
    return float(max(np.trace(_covariance(features)), 1e-12))


def frechet_of_normals(
    first_mean: Doubles, first: Doubles, second_mean: Doubles, second: Doubles
) -> float:
    """|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½). means: (F,); covariances: (F, F)"""
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0)).sum()
    apart = ((first_mean - second_mean).astype(np.float64) ** 2).sum()
    return float(max(0.0, apart + np.trace(first) + np.trace(second) - 2 * shared))


def _covariance(features: Features) -> Doubles:
    if len(features) < 2:
        raise ValueError("a covariance needs at least two images")
    return np.atleast_2d(np.cov(features.astype(np.float64), rowvar=False))


@dataclass(frozen=True)
class Estimate:
    value: float
    standard_error: float


def kernel_distance(
    real: Features, fake: Features, rng: np.random.Generator, block: int = BLOCK
) -> Estimate:
    """Squared maximum mean discrepancy of the kernel (x·y / F + 1)³, without bias.

    The mean over blocks that share no image, which are independent: hence the standard error.
    """
    count = min(len(real), len(fake))
    size = min(block, count // FEWEST_BLOCKS)
    if size < 2:
        raise ValueError(f"the kernel distance needs {2 * FEWEST_BLOCKS} images of each")
    starts = range(0, count - size + 1, size)
    real, fake = real[rng.permutation(len(real))], fake[rng.permutation(len(fake))]
    found = [_discrepancy(real[at : at + size], fake[at : at + size]) for at in starts]
    return Estimate(float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(len(found))))


def _discrepancy(real: Features, fake: Features) -> float:
    """Of equally many: (n, F), (n, F)"""
    n, width = real.shape
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    own = sum(_without_diagonal((each @ each.T / width + 1) ** 3) for each in (real, fake))
    across = ((real @ fake.T / width + 1) ** 3).mean()
    return float(own / (n * (n - 1)) - 2 * across)


def _without_diagonal(kernel: Doubles) -> float:
    return float(kernel.sum() - np.trace(kernel))


@dataclass(frozen=True)
class Prdc:
    """Precision, recall (Kynkäänniemi 2019), density, coverage (Naeem 2020); 1 is the best."""

    precision: float  # share of fakes that lie among real ones
    recall: float  # share of real ones that lie among fakes
    density: float  # how many neighbourhoods of real ones a fake lies in; may be above 1
    coverage: float  # share of real ones with a fake in their neighbourhood


def prdc(real: Features, fake: Features, k: int = NEIGHBOURS) -> Prdc:
    """A neighbourhood reaches to the k-th nearest other image of the same side."""
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    if min(len(real), len(fake)) <= k:
        raise ValueError(f"neighbourhoods of {k} need more than {k} images of each")
    real_radii, fake_radii = _radii(real, k), _radii(fake, k)
    is_precise = np.zeros(len(fake), dtype=np.bool_)
    counts = np.zeros(len(fake))
    is_recalled, is_covered = [], []
    for rows, distances in _distances(real, fake):
        inside = distances < real_radii[rows, None]
        is_precise |= inside.any(axis=0)
        counts += inside.sum(axis=0)
        is_covered.append(inside.any(axis=1))
        is_recalled.append((distances < fake_radii).any(axis=1))
    return Prdc(
        precision=float(is_precise.mean()),
        recall=float(np.concatenate(is_recalled).mean()),
        density=float(counts.mean() / k),
        coverage=float(np.concatenate(is_covered).mean()),
    )


def _radii(features: Features, k: int) -> Features:
    """(N,) distance of each to its k-th nearest other one."""
    found = [
        np.partition(distances, k, axis=1)[:, k] for _, distances in _distances(features, features)
    ]
    return np.concatenate(found)


def _distances(first: Features, second: Features) -> Iterator[tuple[slice, Features]]:
    """(rows, M) from some rows of the first to all of the second, block by block."""
    middle = second.mean(axis=0)  # far from the origin, differences would be lost in rounding
    first, second = first - middle, second - middle
    lengths = np.einsum("nf,nf->n", second, second)
    for start in range(0, len(first), ROWS_AT_ONCE):
        rows = slice(start, min(start + ROWS_AT_ONCE, len(first)))
        squares = first[rows] @ second.T
        squares *= -2
        squares += (first[rows] ** 2).sum(axis=1)[:, None]
        squares += lengths
        yield rows, np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def nearest(images: Features, among: Features) -> tuple[Doubles, Rows]:
    """(N,) distance of each image to the nearest one, and its row among those."""
    rows = np.concatenate([each.argmin(axis=1) for _, each in _distances(images, among)])
    apart = images - among[rows]  # again: 0 for a copy, without rounding
    return np.sqrt((apart.astype(np.float64) ** 2).sum(axis=1)), rows.astype(np.int64)


@dataclass(frozen=True)
class Neighbours:
    """How near generated images are to training images, beside real ones that were held out."""

    ratio: float  # of the medians; 1 = as far as real ones, 0 = copies
    samples: float  # median distance
    held_out: float  # median distance
    copied: float  # share of the samples that are a training image but for a trace


def neighbours(samples: Features, train: Iterable[Features], held_out: Features) -> Neighbours:
    """samples: (M, F); train: blocks (N, F); held_out: (H, F) of families that train has none of"""
    distances, others = np.full(len(samples), np.inf), np.full(len(held_out), np.inf)
    for block in train:
        distances = np.minimum(distances, nearest(samples, block)[0])
        others = np.minimum(others, nearest(held_out, block)[0])
    middle, usual = np.median(distances), np.median(others)
    return Neighbours(
        ratio=float(middle / max(usual, 1e-12)),
        samples=float(middle),
        held_out=float(usual),
        copied=float((distances <= COPY * usual).mean()),
    )


@dataclass(frozen=True)
class Spectrum:
    """Along how many directions the fakes vary, and how much where the real ones vary most."""

    real_dimensions: float
    fake_dimensions: float
    variance_ratio: float  # of all directions together; below 1 = less varied
    leading_ratios: tuple[float, ...]  # along the first directions of the real ones


def spectrum(real: Features, fake: Features) -> Spectrum:
    values, directions = np.linalg.eigh(_covariance(real))
    along = directions[:, ::-1][:, :LEADING]
    fakes = _covariance(fake)
    most = np.maximum(values[::-1][:LEADING], 1e-12)
    return Spectrum(
        real_dimensions=effective_dimensions(values),
        fake_dimensions=effective_dimensions(np.linalg.eigvalsh(fakes)),
        variance_ratio=float(np.trace(fakes) / max(values.sum(), 1e-12)),
        leading_ratios=tuple(map(float, np.diag(along.T @ fakes @ along) / most)),
    )


def effective_dimensions(variances: Features) -> float:
    """e to the entropy of their shares: n for n equal ones, 0 where nothing varies."""
    variances = np.maximum(variances, 0)
    if not variances.sum() > 0:
        return 0.0
    shares = variances / variances.sum()
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-300))).sum()))


def class_shares(labels: Rows, n_labels: int) -> Doubles:
    """(n_labels,)"""
    return np.asarray(np.bincount(labels, minlength=n_labels) / max(1, len(labels)))
