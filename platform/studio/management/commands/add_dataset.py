"""Let generators learn from images that are on this machine."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from studio.dataset_services import DatasetRefused
from studio.training_models import LONGEST_NAME


class Command(BaseCommand):
    help = "Add images that generators learn from: an .npz, a folder or a zip; a subfolder a class."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="made by `genai.images import`, or images")
        parser.add_argument("--name", required=True, help="what staff call it")
        parser.add_argument("--size", type=int, choices=(28, 32, 64), help="what suits them")
        parser.add_argument("--channels", type=int, choices=(1, 3, 4), help="what suits them")

    def handle(self, *args: Any, **options: Any) -> None:
        from studio.dataset_work import add_source, count_files  # loads ONNX Runtime

        name, source = options["name"].strip(), options["source"]
        if not 0 < len(name) <= LONGEST_NAME:
            raise CommandError(f"A name has 1 to {LONGEST_NAME} characters.")
        try:
            total = 1 if source.suffix.lower() == ".npz" else count_files(source)
            with tqdm(total=total, unit=" files") as bar:

                def show(count: int) -> None:
                    bar.update(count - bar.n)

                dataset = add_source(
                    source,
                    name=name,
                    size=options["size"],
                    channels=options["channels"],
                    on_file=show,
                )
                show(total)
        except (DatasetRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{dataset.name}: {dataset.images} images of {dataset.size} pixels,"
            f" {len(dataset.counts)} classes, {dataset.report['refused']} files refused."
        )
