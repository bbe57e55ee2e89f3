"""Let an artifact of `python -m genai.images train` draw in the studio."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.loading import GeneratorUnusable
from studio.services import publish_generator


class Command(BaseCommand):
    help = "Publish a trained generator: members draw with it, in place of the one of its name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="an artifact of `python -m genai.images`")
        parser.add_argument("--name", required=True, help="what members call it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            generator = publish_generator(folder=options["folder"], name=options["name"])
        except GeneratorUnusable as error:
            raise CommandError(str(error)) from error
        classes = ", ".join(generator.labels)
        self.stdout.write(f"{generator} draws now: {generator.size} pixels, {classes}.")
