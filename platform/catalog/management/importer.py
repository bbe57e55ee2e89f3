"""The frame of every import command: a file, --strict, a progress bar, a report, an exit code."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from catalog.importing import ImportFailed, Report

SHOWN_PROBLEMS = 50


class ImportCommand(BaseCommand):
    """Subclasses say what `work` does with the path; all or nothing, as often as one likes."""

    path_name: ClassVar[str] = "file"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(self.path_name, type=Path)
        parser.add_argument(
            "--strict", action="store_true", help="stop at the first bad row and import nothing"
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bar")

    def work(self, path: Path, report: Report) -> None:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        report = Report(strict=options["strict"], progress=not options["no_progress"])
        try:
            self.work(options[self.path_name], report)
        except ImportFailed as error:
            raise CommandError(f"nothing imported: {error}") from error
        for problem in report.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(problem)
        if len(report.problems) > SHOWN_PROBLEMS:
            self.stderr.write(f"and {len(report.problems) - SHOWN_PROBLEMS} more refused rows")
        self.stdout.write(report.summary())
