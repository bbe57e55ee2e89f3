"""The commands import and evaluate, beside those that train and sample."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from genai.errors import DataError
from genai.files import whole_file
from genai.images.imageset import ImageSet

if TYPE_CHECKING:
    from genai.checkpoint import Progress
    from genai.vision.classifier import Classifier

SOURCES = ("files", "sprites", "fashion-mnist", "digits")


def add_import(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "source", choices=SOURCES, help="files: any folder or zip of images, a subfolder a label"
    )
    command.add_argument("--from", dest="path", type=Path, required=True, metavar="FILE|DIR")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    command.add_argument("--part", choices=("train", "test"), default="train", help="of idx files")
    command.add_argument("--size", type=int, choices=(28, 32, 64), help="of files; else what suits")
    command.add_argument(
        "--channels", type=int, choices=(1, 3, 4), help="of files; else what suits"
    )


def run_import(options: argparse.Namespace) -> None:
    if options.out.suffix.lower() != ".npz":
        raise DataError(f"{options.out}: the name must end in .npz")
    images = _import(options)
    images.save(options.out)
    shape = " x ".join(map(str, images.images.shape[1:]))
    print(
        f"{options.out}: {len(images):,} images of {shape}, labels: {', '.join(images.label_names)}"
    )


def _import(options: argparse.Namespace) -> ImageSet:
    from genai.images.importing import CLOTHES, DIGITS, import_idx, import_sprites
    from genai.images.reading import read_images

    if options.source == "sprites":
        return import_sprites(options.path)
    if options.source == "files":
        with tqdm(unit=" files") as bar:
            images, report = read_images(
                options.path,
                size=options.size,
                channels=options.channels,
                on_file=lambda count: bar.update(count - bar.n),
            )
        print(report.text())
        return images
    return import_idx(options.path, DIGITS if options.source == "digits" else CLOTHES, options.part)


def add_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--artifact", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help="what it was trained on"
    )
    command.add_argument(
        "--held-out", type=Path, metavar="FILE", help="else what its training held out of --data"
    )
    command.add_argument(
        "--classifier",
        type=Path,
        metavar="DIR",
        help="of python -m genai.vision train; else one is trained once, beside the artifact",
    )
    command.add_argument("--count", type=int, help="images of each side; else as many as can be")
    command.add_argument("--seed", type=int, default=0, help="of the first image")
    command.add_argument("--truncation", type=float, default=1.0)
    command.add_argument("--threads", type=int, help="else half of the cores")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.json")


def run_evaluate(options: argparse.Namespace) -> None:
    from genai.images.evaluate import evaluate
    from genai.images.serving import ImageGenerator
    from genai.threads import repeatable

    generator = ImageGenerator.load(options.artifact)
    train, held_out = split_as_trained(generator.manifest, options.data, options.held_out)
    with repeatable(options.threads), tqdm(total=100, unit="%") as bar:

        def show(fraction: float, message: str) -> None:
            bar.update(max(0, round(100 * fraction) - bar.n))
            bar.set_postfix_str(message)

        folder = options.classifier or options.artifact.with_name(
            f"{options.artifact.name}.classifier"
        )
        report = evaluate(
            generator,
            train,
            held_out,
            classifier_for(train, held_out, folder, threads=options.threads),
            count=options.count,
            seed=options.seed,
            truncation=options.truncation,
            on_progress=show,
        )
    with whole_file(options.out) as file:
        json.dump(report, file, indent=1, allow_nan=False)
    print(table_of(report))


def split_as_trained(
    manifest: dict[str, Any], data: Path, held_out: Path | None
) -> tuple[ImageSet, ImageSet]:
    """(train, held-out) as the generator of this manifest had them; DataError when it had not."""
    images, share = ImageSet.read(data), float(manifest["held_out"])
    if images.sha256 != manifest["data_sha256"]:
        raise DataError(f"{data}: the artifact was trained on other images")
    train, rest = images.split(share) if share else (images, None)
    if held_out is not None:
        return train, ImageSet.read(held_out)
    if rest is None:
        raise DataError(f"{data}: the artifact was trained on all of it; --held-out is needed")
    return train, rest


def classifier_for(
    train: ImageSet,
    held_out: ImageSet,
    folder: Path,
    *,
    threads: int | None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Classifier:
    """That of the folder; where there is none one is trained for it, on the training images.

    A training that was killed goes on from its checkpoint beside the folder.
    on_progress: told the share that is done, in place of a bar. Stopped when cancelled.
    """
    from genai.vision.classifier import Classifier, config_for
    from genai.vision.evaluate import evaluate
    from genai.vision.training import train_classifier

    if folder.exists():
        return Classifier.load(folder)
    config = config_for(len(train), train.channels)
    checkpoint = folder.with_name(f"{folder.name}.checkpoint")
    with tqdm(
        total=config.epochs, unit=" epochs", desc="classifier", disable=on_progress is not None
    ) as bar:

        def show(progress: Progress) -> None:
            bar.update()
            if on_progress:
                on_progress(progress.step / progress.planned_steps)

        classifier, _ = train_classifier(
            train,
            config,
            threads=threads,
            checkpoint=checkpoint,
            on_progress=show,
            is_cancelled=is_cancelled,
        )
    facts = {"data_sha256": train.sha256, "seed": 0, "metrics": evaluate(classifier, held_out)}
    classifier.save(folder, facts)
    checkpoint.unlink(missing_ok=True)
    return classifier


def table_of(report: dict[str, Any]) -> str:
    """One line per contender and extractor, for reading."""
    lines = [
        f"{report['count']} images of each side, truncation {report['truncation']}",
        f"{'':34}{'fréchet':>10}{'/variance':>10}{'kernel':>20}{'prec.':>8}{'recall':>8}{'density':>9}{'cover.':>8}",
    ]
    for extractor, contenders in report["measures"].items():
        for name, of in contenders.items():
            kernel = of["kernel_distance"]
            told = f"{kernel['value']:.4g} ± {kernel['standard_error']:.2g}"
            lines.append(
                f"{extractor + ': ' + name:34}{of['frechet_distance']:10.2f}"
                f"{of['frechet_of_variance']:10.2%}{told:>20}"
                f"{of['precision']:8.3f}{of['recall']:8.3f}{of['density']:9.3f}{of['coverage']:8.3f}"
            )
    labels = report["labels"]
    lines.append(
        f"labels as asked for: {labels['accuracy']:.1%} (real images: "
        f"{labels['accuracy_on_held_out']:.1%}); shares {labels['smallest_share']:.3f} to "
        f"{labels['largest_share']:.3f}"
    )
    for space, of in report["neighbours"].items():
        lines.append(
            f"nearest training image by {space}: {of['ratio']:.2f} of a real image's distance, "
            f"{of['copied']:.1%} copies"
        )
    return "\n".join(lines)
