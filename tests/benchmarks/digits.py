"""Our GAN beside the textbooks' after equal computing, five seeds each, by one classifier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import process_time
from typing import Any

from genai.artifacts import read_manifest
from genai.images.gan import PRESETS, GanConfig
from genai.images.mlp import FAIR, NAIVE, MlpConfig, train_mlp
from genai.images.sampling import TRUNCATION
from genai.images.serving import ImageGenerator
from genai.images.training import train
from genai.threads import repeatable
from genai.vision.classifier import PRESETS as CLASSIFIERS
from genai.vision.classifier import ClassifierConfig
from tests.benchmarks import image_sets
from tests.benchmarks.image_pieces import (
    TRUNCATIONS,
    Json,
    Judge,
    between,
    contender,
    image_versions,
    kept,
    save_sheet,
    saver,
)
from tests.benchmarks.record import Bench, Found, figure, is_smoke

DATA = f"MNIST, npm {image_sets.PACKAGE}: trained on the 60,000, measured by the 10,000"
UNBOUNDED = 10**9  # steps: the minutes end the training
MARGIN = 180.0  # seconds that a piece takes beside its training
OURS, OURS_USUAL = "our GAN", f"our GAN, truncation {TRUNCATION}"
MLPS = {"fair MLP GAN": FAIR, "naive MLP GAN": NAIVE}
FAIR_MLP = "fair MLP GAN"


@dataclass(frozen=True)
class Effort:
    minutes: float = 5.0  # of computing, each training
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    images: int | None = None  # of each part; None = all
    gan: GanConfig = PRESETS["digits"]
    classifier: ClassifierConfig = CLASSIFIERS["digits"]


SHORT = Effort(
    minutes=0.05, seeds=(0, 1), images=600, gan=PRESETS["tiny"], classifier=CLASSIFIERS["tiny"]
)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    """Everybody's first seed, then everybody's second: what the machine does meets all alike."""
    effort = effort or (SHORT if is_smoke() else Effort())
    train_set, test = image_sets.digits(bench.folder, most=effort.images)
    with repeatable(1):
        judge = Judge.of(bench, train_set, test, effort.classifier)
        runs: dict[str, dict[int, Json]] = {name: {} for name in (OURS, *MLPS, OURS_USUAL)}
        for seed in effort.seeds:
            ours = our_run(judge, effort, seed)
            for name, truncation in zip((OURS, OURS_USUAL), TRUNCATIONS, strict=True):
                runs[name][seed] = ours | {"report": ours["reports"][str(truncation)]}
            for name, config in MLPS.items():
                runs[name][seed] = mlp_run(judge, effort, name, config, seed)
    images = summary(judge, runs)
    return {
        "data": DATA,
        "data_sha256": f"{train_set.sha256}, {test.sha256}",
        "seed": list(effort.seeds),
        "versions": image_versions(),
        "figures": figures(images, effort),
        "images": images,
        "pictures": {
            sheet_of(name): str(bench.folder / f"{slug(name)}-{effort.seeds[0]}.png")
            for name in (OURS, *MLPS)
        },
    }


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def sheet_of(name: str) -> str:
    return f"digits-{slug(name)}.png"


def our_run(judge: Judge, effort: Effort, seed: int) -> Json:
    """The artifact is kept, and within its training a checkpoint."""
    bench, name = judge.bench, f"{slug(OURS)}-{seed}"
    folder = bench.folder / name
    if not folder.exists():
        bench.pause_before(60 * effort.minutes + MARGIN)
        with bench.step(name):
            train(
                judge.train,
                folder,
                effort.gan,
                seed=seed,
                minutes=effort.minutes,
                held_out=0,
                resume=True,
                threads=1,
                on_progress=saver(bench),
            )
    generator, manifest = ImageGenerator.load(folder), read_manifest(folder)
    picture = bench.folder / f"{name}.png"
    if not picture.exists():
        save_sheet(picture, generator, judge.train.label_names)
    return {
        "steps": manifest["steps"],
        "seconds": manifest["seconds"],
        "rollbacks": manifest["rollbacks"],
        "reports": {
            str(truncation): judge.report(f"{name}-at-{truncation}", generator, truncation)
            for truncation in TRUNCATIONS
        },
    }


def mlp_run(judge: Judge, effort: Effort, name: str, config: MlpConfig, seed: int) -> Json:
    """Trained, measured and drawn in one go; only what came out is kept."""
    bench, piece = judge.bench, f"{slug(name)}-{seed}"

    def make() -> Json:
        steps, save, begun = 0, saver(bench), process_time()

        def on_step(step: int) -> None:
            nonlocal steps
            steps = step
            save()

        endless = replace(config, steps=UNBOUNDED)
        generator = train_mlp(
            judge.train, endless, seed=seed, minutes=effort.minutes, threads=1, on_step=on_step
        )
        seconds = round(process_time() - begun, 1)
        names = judge.train.label_names
        save_sheet(bench.folder / f"{piece}.png", generator, names, named=False)
        return {"steps": steps, "seconds": seconds, "report": judge.measured(generator)}

    return kept(bench, piece, make, seconds=60 * effort.minutes + MARGIN)


def summary(judge: Judge, runs: dict[str, dict[int, Json]]) -> dict[str, Any]:
    first = runs[OURS][min(runs[OURS])]["report"]
    return {
        "classifier": judge.facts,
        "count": first["count"],
        "extractors": first["extractors"],
        "between": between(first),
        "contenders": {
            name: contender({seed: run["report"] for seed, run in of.items()})
            | ({} if name == OURS_USUAL else {"training": trainings(of)})
            for name, of in runs.items()
        },
        "sheets": {
            sheet_of(name): f"{name}, seed {min(of)}, images of the seeds 0 to 99"
            for name, of in runs.items()
            if name != OURS_USUAL
        },
    }


def trainings(runs: dict[int, Json]) -> Json:
    """What each seed's took."""
    facts = ("steps", "seconds", "rollbacks")
    return {
        str(seed): {name: run[name] for name in facts if name in run} for seed, run in runs.items()
    }


def figures(images: Json, effort: Effort) -> list[Json]:
    ours, fair = (images["contenders"][name] for name in (OURS, FAIR_MLP))
    own, theirs = ours["measures"]["classifier"], fair["measures"]["classifier"]
    distance, seeds = own["frechet_distance"], len(effort.seeds)
    sound = seeds - ours["collapsed"]
    over = distance["median"] / max(theirs["frechet_distance"]["median"], 1e-12)
    accuracy = 100 * images["classifier"]["accuracy"]["value"]
    right = 100 * ours["labels"]["accuracy"]["median"]
    return [
        figure("the classifier is right on held-out images", accuracy, "%", least=99.4),
        figure("distance by the classifier, median", distance["median"], most=15),
        figure("the same, worst seed", distance["high"]),
        figure("the same over the real images' (floor), median", own["over_floor"]["median"], "×"),
        figure("fair MLP GAN's over the floor", theirs["over_floor"]["median"], "×"),
        figure("our distance over the fair MLP GAN's, medians", over, "×", most=0.5),
        figure("labels as asked for, median", right, "%", least=95),
        figure("recall by the classifier, median", own["recall"]["median"], least=0.55),
        figure("seeds without collapse", sound, f"of {seeds}", least=seeds),
    ]
