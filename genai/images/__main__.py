from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from genai.commands import Command, run_command
from genai.errors import DataError
from genai.images.arguments import build_parser
from genai.images.measuring import run_evaluate, run_import

if TYPE_CHECKING:
    from genai.images.training import TrainingProgress

AT_ONCE = 16  # images between two moves of the bar


def main(arguments: Sequence[str] | None = None) -> int:
    """See run_command."""
    commands: dict[str, Command] = {
        "train": run_train,
        "sample": run_sample,
        "interpolate": run_interpolate,
        "import": run_import,
        "evaluate": run_evaluate,
    }
    return run_command(build_parser(commands), arguments)


def run_train(options: argparse.Namespace) -> None:
    from genai.images.gan import PRESETS
    from genai.images.imageset import HELD_OUT, ImageSet
    from genai.images.training import train
    from genai.threads import pick_device

    previews = options.previews or options.out.with_name(f"{options.out.name}.previews")
    with percent_bar() as show:
        result = train(
            ImageSet.read(options.data),
            options.out,
            PRESETS[options.preset],
            seed=options.seed,
            minutes=options.minutes,
            held_out=HELD_OUT if options.held_out is None else options.held_out,
            resume=options.resume,
            device=pick_device(options.device),
            threads=options.threads,
            on_progress=show,
            previews=previews,
        )
    print(f"{result.artifact} is ready after {result.steps} steps, {result.seconds:.0f} s")


@contextmanager
def percent_bar() -> Iterator[Callable[[TrainingProgress], None]]:
    bar_format = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
    with tqdm(total=100, unit="%", bar_format=bar_format) as bar:

        def show(progress: TrainingProgress) -> None:
            bar.update(max(0, round(100 * progress.fraction) - bar.n))
            bar.set_postfix_str(progress.message)

        yield show


def run_sample(options: argparse.Namespace) -> None:
    from genai.images.sampling import grid, save_pictures
    from genai.images.serving import ImageGenerator

    check_suffix(options.out, (".png",))
    generator = ImageGenerator.load(options.artifact)
    label = generator.label(options.label) if options.label else None
    seeds = range(options.seed, options.seed + options.count)
    parts = []
    with tqdm(total=len(seeds), unit=" images") as bar:
        for start in range(0, len(seeds), AT_ONCE):
            some = seeds[start : start + AT_ONCE]
            labels = None if label is None else [label] * len(some)
            parts.append(generator.sample(some, labels, options.truncation))
            bar.update(len(some))
    save_pictures(options.out, [grid(np.concatenate(parts), scale=options.scale)])


def run_interpolate(options: argparse.Namespace) -> None:
    from genai.images.sampling import grid, save_pictures
    from genai.images.serving import ImageGenerator

    check_suffix(options.out, (".gif", ".webp"))
    generator = ImageGenerator.load(options.artifact)
    label = generator.label(options.label) if options.label else 0
    images = generator.interpolate(
        options.start, options.end, options.frames, label, options.truncation
    )
    frames = [grid(image[None], scale=options.scale) for image in tqdm(images, unit=" frames")]
    save_pictures(options.out, frames)


def check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        raise DataError(f"{path}: the name must end in {' or '.join(suffixes)}")


if __name__ == "__main__":
    sys.exit(main())
