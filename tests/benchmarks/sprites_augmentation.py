"""What augmentation changes: the sprites' preset with and without it after equal computing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from genai.artifacts import read_manifest
from genai.images.gan import PRESETS, GanConfig
from genai.images.imageset import ImageSet
from genai.images.serving import ImageGenerator
from genai.images.training import train
from genai.threads import repeatable
from genai.vision.classifier import PRESETS as CLASSIFIERS
from genai.vision.classifier import ClassifierConfig
from tests.benchmarks import image_sets
from tests.benchmarks.image_pieces import Json, Judge, between, contender, image_versions, saver
from tests.benchmarks.record import Bench, Found, figure, is_smoke
from tests.benchmarks.sprites import DATA

MARGIN = 180.0  # seconds that a piece takes beside its training
WITH, WITHOUT = "with", "without"


@dataclass(frozen=True)
class Effort:
    minutes: float = 15.0  # of computing, each training
    seeds: tuple[int, ...] = (0, 1)
    gan: GanConfig = PRESETS["sprites"]
    classifier: ClassifierConfig = CLASSIFIERS["sprites"]


SHORT = Effort(
    minutes=0.05,
    gan=replace(PRESETS["tiny"], augmentation=PRESETS["sprites"].augmentation),
    classifier=CLASSIFIERS["tiny"],
)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    """With and without, one seed after the other."""
    effort = effort or (SHORT if is_smoke() else Effort())
    sprites = image_sets.sprites()
    configs = {WITH: effort.gan, WITHOUT: replace(effort.gan, augmentation=0.0)}
    with repeatable(1):
        judge = Judge.of(bench, *sprites.split(), effort.classifier)
        runs = {
            f"{name}, seed {seed}": run(judge, sprites, effort, f"{name}-{seed}", config, seed)
            for seed in effort.seeds
            for name, config in configs.items()
        }
    first = next(iter(runs.values()))["report"]
    images = {
        "classifier": judge.facts,
        "count": first["count"],
        "extractors": first["extractors"],
        "between": between(first),
        "contenders": {
            name: contender({0: each["report"]}) | {"training": {"0": each["training"]}}
            for name, each in runs.items()
        },
        "sheets": {},
    }
    return {
        "data": DATA,
        "data_sha256": sprites.sha256,
        "seed": list(effort.seeds),
        "versions": image_versions(),
        "figures": figures(images, effort),
        "images": images,
    }


def run(
    judge: Judge,
    sprites: ImageSet,
    effort: Effort,
    name: str,
    config: GanConfig,
    seed: int,
) -> Json:
    """The artifact is kept, and within its training a checkpoint."""
    bench, folder = judge.bench, judge.bench.folder / name
    if not folder.exists():
        bench.pause_before(60 * effort.minutes + MARGIN)
        with bench.step(name):
            train(
                sprites,
                folder,
                config,
                seed=seed,
                minutes=effort.minutes,
                resume=True,
                threads=1,
                on_progress=saver(bench),
            )
    manifest = read_manifest(folder)
    return {
        "training": {each: manifest[each] for each in ("steps", "seconds", "rollbacks")},
        "report": judge.report(f"{name}-report", ImageGenerator.load(folder)),
    }


def figures(images: Json, effort: Effort) -> list[Json]:
    """Kernel distances without over with, by each seed and extractor."""
    contenders = images["contenders"]
    found = []
    for seed in effort.seeds:
        for extractor in images["extractors"]:
            kernels = [
                contenders[f"{name}, seed {seed}"]["measures"][extractor]["kernel_distance"]
                for name in (WITH, WITHOUT)
            ]
            apart = kernels[1]["median"] - kernels[0]["median"]
            error = sum(each["standard_error"] ** 2 for each in kernels) ** 0.5
            what = f"kernel distance by {extractor}, seed {seed}: without less with"
            found.append(figure(f"{what}, in standard errors", apart / max(error, 1e-12)))
    return found
