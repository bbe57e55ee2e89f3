"""What the rows of the image generators share: pieces that are kept, a judge, sheets, spreads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from genai.images.evaluate import Generator, evaluate
from genai.images.imageset import ImageSet, Pixels
from genai.images.sampling import TRUNCATION, grid, save_pictures
from genai.vision.classifier import Classifier, ClassifierConfig
from genai.vision.evaluate import evaluate as judge_classifier
from genai.vision.training import train_classifier
from tests.benchmarks.record import Bench, versions, write_whole

SEED = 0  # of classifiers, of what is drawn to compare, of the first image
TRUNCATIONS = (1.0, TRUNCATION)  # the full variety, and what the commands take unless told
PACKAGES = ("onnxruntime", "pillow")
SAVE_EVERY = 5.0  # seconds
FEWEST_OF_A_LABEL = 0.02  # share of the samples: below, or below the recall, it has collapsed
LEAST_RECALL = 0.2
ROWS, ABOUT_COLUMNS = 10, 10  # of a sheet
LEFT, TOP = 48, 16  # pixels of its margin, for seeds and labels
MEASURES = ("frechet_distance", "precision", "recall", "density", "coverage")
Json = dict[str, Any]
Spread = dict[str, float]


def kept(bench: Bench, name: str, make: Callable[[], Json], *, seconds: float = 0) -> Json:
    """Made once; a row that is taken up again finds it. seconds: about what it takes."""
    file = bench.folder / f"{name}.json"
    if not file.exists():
        bench.pause_before(seconds)
        with bench.step(name):
            found = make()
        write_whole(file, json.dumps(found, allow_nan=False))
    stored: Json = json.loads(file.read_text(encoding="utf-8"))
    return stored


def saver(bench: Bench) -> Callable[..., None]:
    """To be told of every step: a kill loses no more of the account than some seconds."""
    saved = time.monotonic()

    def save(*_: object) -> None:
        nonlocal saved
        if time.monotonic() - saved >= SAVE_EVERY:
            bench.save()
            saved = time.monotonic()

    return save


@dataclass(frozen=True)
class Judge:
    """Trained once on the training images, then frozen: the same for all who are compared."""

    bench: Bench
    train: ImageSet
    held_out: ImageSet
    classifier: Classifier
    facts: Json

    @classmethod
    def of(
        cls, bench: Bench, train: ImageSet, held_out: ImageSet, config: ClassifierConfig
    ) -> Judge:
        folder = bench.folder / "classifier"

        def make() -> Json:
            classifier, _ = train_classifier(
                train,
                config,
                seed=SEED,
                threads=1,
                checkpoint=bench.folder / "classifier.checkpoint.safetensors",
                on_progress=saver(bench),
            )
            found = judge_classifier(classifier, held_out)
            classifier.save(folder, {"data_sha256": train.sha256, "seed": SEED, "metrics": {}})
            return {"accuracy": found["accuracy"], "epochs": config.epochs}

        facts = kept(bench, "classifier-report", make)
        return cls(bench, train, held_out, Classifier.load(folder), facts)

    def report(self, name: str, generator: Generator, truncation: float = 1.0) -> Json:
        return kept(self.bench, name, lambda: self.measured(generator, truncation))

    def measured(self, generator: Generator, truncation: float = 1.0) -> Json:
        """All held-out images against as many samples."""
        return evaluate(
            generator,
            self.train,
            self.held_out,
            self.classifier,
            count=len(self.held_out),
            seed=SEED,
            truncation=truncation,
            on_progress=saver(self.bench),
        )


def has_collapsed(report: Json) -> bool:
    """It has all but forgotten a label, or shows little of what there is."""
    recall = report["measures"]["classifier"]["generator"]["recall"]
    return report["labels"]["smallest_share"] < FEWEST_OF_A_LABEL or recall < LEAST_RECALL


def between(report: Json) -> Json:
    """Where a generator can stand: by extractor, real images (the floor) and the ceilings."""
    return {
        extractor: {name: of for name, of in found.items() if name != "generator"}
        for extractor, found in report["measures"].items()
    }


def contender(reports: Mapping[int, Json]) -> Json:
    """What the reports of its seeds say together, and each by itself. reports: by seed"""
    every = list(reports.values())
    return {
        "measures": {
            name: of_extractor([report["measures"][name] for report in every])
            for name in every[0]["measures"]
        },
        "labels": of_labels([report["labels"] for report in every]),
        "neighbours": {
            space: {
                what: spread(report["neighbours"][space][what] for report in every)
                for what in ("ratio", "copied")
            }
            for space in every[0]["neighbours"]
        },
        "collapsed": sum(map(has_collapsed, every)),
        "seeds": {str(seed): without_bounds(report) for seed, report in reports.items()},
    }


def of_extractor(found: Sequence[Json]) -> Json:
    """found: of each seed, by contender"""
    own = [each["generator"] for each in found]
    kernels = [each["kernel_distance"] for each in own]
    floors = [each["floor"]["frechet_distance"] for each in found]
    distances = [each["frechet_distance"] for each in own]
    return {
        **{name: spread(each[name] for each in own) for name in MEASURES},
        "over_floor": spread(a / max(b, 1e-12) for a, b in zip(distances, floors, strict=True)),
        "kernel_distance": spread(each["value"] for each in kernels)
        | {"standard_error": max(each["standard_error"] for each in kernels)},
    }


def of_labels(found: Sequence[Json]) -> Json:
    names = found[0]["by_label"]
    return {
        **{
            name: spread(each[name] for each in found)
            for name in ("accuracy", "smallest_share", "largest_share")
        },
        "seen": {name: median(each["by_label"][name]["seen"] for each in found) for name in names},
    }


def without_bounds(report: Json) -> Json:
    """One seed's, without what all have in common."""
    told = {name: report[name] for name in ("truncation", "labels", "neighbours", "seconds")}
    return told | {
        "measures": {name: of["generator"] for name, of in report["measures"].items()},
        "collapsed": has_collapsed(report),
    }


def spread(values: Iterable[float]) -> Spread:
    every = sorted(values)
    return {"median": median(every), "low": every[0], "high": every[-1]}


def image_versions() -> dict[str, str]:
    return versions() | {name: version(name) for name in PACKAGES}


def save_sheet(
    path: Path,
    generator: Generator,
    labels: Sequence[str],
    *,
    truncation: float = 1.0,
    named: bool = True,
) -> None:
    """Ten rows of the first seeds, columns a label each by turns. named: it heeds labels"""
    columns = max(1, round(ABOUT_COLUMNS / len(labels))) * len(labels)
    seeds = np.arange(ROWS * columns)
    images = generator.sample(seeds.tolist(), seeds % len(labels), truncation)
    side = 2 * images.shape[1]
    sheet = grid(on_grey(images), columns, scale=2).convert("RGB")
    page = Image.new("RGB", (LEFT + sheet.width, TOP + sheet.height), "white")
    page.paste(sheet, (LEFT, TOP))
    pen = ImageDraw.Draw(page)
    for row in range(ROWS):
        first, last = seeds[row * columns], seeds[(row + 1) * columns - 1]
        pen.text((2, TOP + row * side + side // 3), f"{first}-{last}", fill="black")
    for column in range(columns if named else 0):
        pen.text((LEFT + column * side + 4, 2), labels[column % len(labels)], fill="black")
    save_pictures(path, [page])


def on_grey(images: Pixels) -> Pixels:
    """What is not seen of them is a middle grey."""
    if images.shape[3] != 4:
        return images
    share = images[..., 3:].astype(np.float32) / 255
    mixed = images[..., :3] * share + 128 * (1 - share)
    return mixed.round().astype(np.uint8)
