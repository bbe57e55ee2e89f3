"""Publish the generator that comes with the code, and its images, once. Quick when done before."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from studio.dataset_services import DatasetRefused
from studio.loading import GeneratorUnusable
from studio.models import Dataset, Generator
from studio.services import publish_generator

FIXTURES = Path(settings.ROOT) / "fixtures"
SHIPPED = FIXTURES / "sprites-generator"
SHIPPED_IMAGES = FIXTURES / "sprites" / "sprites.npz"
NAME = "Sprites"


class Command(BaseCommand):
    help = "Publish the shipped generator and its images, unless there are or were some so named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=SHIPPED)
        parser.add_argument("--images", type=Path, default=SHIPPED_IMAGES)

    def handle(self, *args: Any, **options: Any) -> None:
        self.publish(options["folder"])
        self.add_images(options["images"])

    def publish(self, folder: Path) -> None:
        if not folder.is_dir() or Generator.objects.filter(name=NAME).exists():
            return
        try:
            publish_generator(folder=folder, name=NAME)
        except (
            GeneratorUnusable
        ) as error:  # the site works without: the studio says what is missing
            self.stderr.write(f"The shipped generator cannot be used: {error}")

    def add_images(self, path: Path) -> None:
        if not path.is_file() or Dataset.objects.filter(name=NAME).exists():
            return  # also when staff have removed it
        from studio.dataset_work import add_source  # loads what a later start does not need

        try:
            add_source(path, name=NAME)
        except DatasetRefused as error:
            self.stderr.write(f"The shipped images cannot be used: {error}")
