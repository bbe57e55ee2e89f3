from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from genai.commands import run_command
from genai.files import whole_file
from genai.images.imageset import ImageSet
from genai.vision.classifier import PRESETS, Classifier
from genai.vision.evaluate import evaluate
from genai.vision.rate_finder import find_learning_rate
from genai.vision.training import train_classifier


def main(arguments: Sequence[str] | None = None) -> int:
    """See run_command."""
    return run_command(build_parser(), arguments)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m genai.vision", description="Train and measure a classifier of images."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="from labelled images to an artifact folder")
    train.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help=".npz, or folder or zip of images"
    )
    train.add_argument(
        "--held-out", type=Path, metavar="FILE", help="to measure on; else 15 %% of --data"
    )
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="appears whole at the end"
    )
    train.add_argument("--preset", choices=sorted(PRESETS), default="digits")
    train.add_argument("--epochs", type=int, help="else the preset's")
    train.add_argument(
        "--find-rate", action="store_true", help="a short run first that finds the learning rate"
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--resume", action="store_true", help="go on where it was stopped or killed")
    train.set_defaults(run=run_train)
    measure = commands.add_parser("evaluate", help="accuracy on images of its own")
    measure.add_argument("--artifact", type=Path, required=True, metavar="DIR")
    measure.add_argument("--data", type=Path, required=True, metavar="FILE")
    measure.add_argument("--out", type=Path, metavar="FILE.json")
    measure.set_defaults(run=run_evaluate)
    for command in (train, measure):
        command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
        command.add_argument("--threads", type=int, help="else half of the cores")
        command.add_argument("--verbose", action="store_true", help="log every step")
    return parser


def run_train(options: argparse.Namespace) -> None:
    from genai.artifacts import check_target
    from genai.threads import pick_device

    check_target(options.out)
    data, device = ImageSet.read(options.data), pick_device(options.device)
    if options.held_out:
        train, held_out = data, ImageSet.read(options.held_out)
    else:
        train, held_out = data.split()
    config = PRESETS[options.preset]
    if options.epochs is not None:
        config = replace(config, epochs=options.epochs)
    own = {"seed": options.seed, "device": device, "threads": options.threads}
    if options.find_rate:
        config = replace(config, learning_rate=find_learning_rate(train, config, **own).rate)
        print(f"learning rate {config.learning_rate:.2g}")
    checkpoint = options.out.with_name(f"{options.out.name}.checkpoint")
    if not options.resume:
        checkpoint.unlink(missing_ok=True)
    with tqdm(total=config.epochs, unit=" epochs") as bar:
        classifier, progress = train_classifier(
            train,
            config,
            held_out=held_out,
            checkpoint=checkpoint,
            on_progress=lambda each: show(bar, len(each.curve), each.curve[-1]),
            **own,
        )
    report = evaluate(classifier, held_out)
    facts = {"data_sha256": train.sha256, "seed": options.seed, "curve": progress.curve}
    classifier.save(options.out, facts | {"metrics": report})
    checkpoint.unlink(missing_ok=True)
    print(told(report))
    print(f"{options.out} is ready after {progress.seconds:.0f} s of computing")


def show(bar: tqdm, epoch: int, point: dict[str, float]) -> None:
    bar.update(epoch - bar.n)
    bar.set_postfix(loss=point["loss"], accuracy=point["accuracy"])


def run_evaluate(options: argparse.Namespace) -> None:
    from genai.threads import pick_device, repeatable

    with repeatable(options.threads):
        classifier = Classifier.load(options.artifact, device=pick_device(options.device))
        report = evaluate(classifier, ImageSet.read(options.data))
    if options.out:
        with whole_file(options.out) as file:
            json.dump(report, file, indent=1, allow_nan=False)
    print(told(report))


def told(report: dict) -> str:
    of = report["accuracy"]
    worst = min((share, name) for name, share in report["by_label"].items() if share is not None)
    return (
        f"{of['value']:.2%} [{of['low']:.2%}, {of['high']:.2%}] of {report['n_images']:,} images; "
        f"worst: {worst[1]} {worst[0]:.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
