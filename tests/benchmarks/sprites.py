"""The generator that ships, measured on the families of sprites that its training held out."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from genai.artifacts import MANIFEST, read_manifest
from genai.errors import ArtifactError, DataError
from genai.images.measuring import split_as_trained
from genai.images.sampling import TRUNCATION, picture
from genai.images.serving import ImageGenerator
from genai.threads import repeatable
from genai.vision.classifier import PRESETS, ClassifierConfig
from tests.benchmarks.image_pieces import (
    TRUNCATIONS,
    Json,
    Judge,
    between,
    contender,
    image_versions,
    kept,
    save_sheet,
)
from tests.benchmarks.image_sets import SPRITES
from tests.benchmarks.record import ROOT, Bench, Found, Missing, figure, is_smoke

GENERATOR = ROOT / "fixtures" / "sprites-generator"
DATA = "fixtures/sprites: trained on 85 %, measured by the rest, split by families"
SHEET = "sprites.png"
MEGABYTE = 1e6


@dataclass(frozen=True)
class Effort:
    classifier: ClassifierConfig = PRESETS["sprites"]
    count: int = 16  # images at once
    rounds: int = 20


SHORT = Effort(classifier=PRESETS["tiny"], rounds=3)


def prepare() -> None:
    if not (GENERATOR / MANIFEST).is_file():
        raise Missing(
            "there is no fixtures/sprites-generator; train it: python -m genai.images train "
            "--data fixtures/sprites/sprites.npz --preset sprites --out fixtures/sprites-generator"
        )


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    try:
        manifest, generator = read_manifest(GENERATOR), ImageGenerator.load(GENERATOR)
        train, held_out = split_as_trained(manifest, SPRITES, None)
    except (ArtifactError, DataError) as error:
        raise Missing(f"{error}; train the generator anew") from error
    with repeatable(1):
        judge = Judge.of(bench, train, held_out, effort.classifier)
        reports = {
            f"truncation {each}": judge.report(f"at-{each}", generator, each)
            for each in TRUNCATIONS
        }
        speed = kept(bench, "speed", lambda: timed(generator, effort))
    save_sheet(bench.folder / SHEET, generator, train.label_names, truncation=TRUNCATION)
    size = sum(path.stat().st_size for path in GENERATOR.iterdir())
    first = next(iter(reports.values()))
    images = {
        "classifier": judge.facts,
        "count": first["count"],
        "extractors": first["extractors"],
        "between": between(first),
        "contenders": {name: contender({0: report}) for name, report in reports.items()},
        "trained": {name: manifest.get(name) for name in ("preset", "seed", "steps", "seconds")},
        "speed": speed,
        "sheets": {SHEET: f"Images of the first seeds, truncation {TRUNCATION}"},
    }
    return {
        "data": DATA,
        "data_sha256": manifest["data_sha256"],
        "seed": 0,
        "versions": image_versions(),
        "figures": figures(images, size, effort),
        "images": images,
        "pictures": {SHEET: str(bench.folder / SHEET)},
    }


def timed(generator: ImageGenerator, effort: Effort) -> Json:
    """Sampling, and in turn with it the floor: the same images written as PNG, in memory."""
    images = generator.sample(range(effort.count))  # the first is slower

    def write() -> None:
        for image in images:
            picture(image).save(io.BytesIO(), "PNG")

    jobs = {"sampling": lambda: generator.sample(range(effort.count)), "writing": write}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(effort.rounds):
        for name, job in jobs.items():
            taken[name].append(spent(job))
    found = {
        name: {
            "cpu_seconds": median(cpu for cpu, _ in each),
            "seconds": median(wall for _, wall in each),
        }
        for name, each in taken.items()
    }
    ratio = found["sampling"]["cpu_seconds"] / max(found["writing"]["cpu_seconds"], 1e-9)
    return {**found, "ratio": ratio, "images": effort.count, "rounds": effort.rounds}


def spent(job: Callable[[], object]) -> tuple[float, float]:
    """CPU-seconds and seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    job()
    return time.process_time() - cpu, time.perf_counter() - wall


def figures(images: Json, size: int, effort: Effort) -> list[Json]:
    speed, sampling = images["speed"], images["speed"]["sampling"]
    found = []
    for name, each in images["contenders"].items():
        near = each["neighbours"]
        for space in ("premultiplied pixels", "classifier"):
            what = f"distance to the nearest training image by {space}, {name}, over a real one's"
            found.append(figure(what, near[space]["ratio"]["median"], "×", least=0.8))
        copied = max(of["copied"]["median"] for of in near.values())
        found.append(figure(f"copies, {name}", 100 * copied, "%"))
    many = f"{effort.count} images on one thread"
    return [
        *found,
        figure(f"{many}: CPU", 1000 * sampling["cpu_seconds"], "ms", below=2000),
        figure(f"{many}: time", 1000 * sampling["seconds"], "ms", below=2000),
        figure(f"{many}: CPU over that of writing them as PNG", speed["ratio"], "×"),
        figure("the artifact", size / MEGABYTE, "MB", most=10),
    ]
