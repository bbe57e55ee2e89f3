"""Publish the generator that comes with the code, once. Quick when done before."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from studio.loading import GeneratorUnusable
from studio.models import Generator
from studio.services import publish_generator

SHIPPED = Path(settings.ROOT) / "fixtures" / "sprites-generator"
NAME = "Sprites"


class Command(BaseCommand):
    help = "Publish the shipped generator, unless there is or was one of its name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir() or Generator.objects.filter(name=NAME).exists():
            return
        try:
            publish_generator(folder=folder, name=NAME)
        except (
            GeneratorUnusable
        ) as error:  # the site works without: the studio says what is missing
            self.stderr.write(f"The shipped generator cannot be used: {error}")
