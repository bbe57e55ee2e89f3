from pathlib import Path

from catalog.importing import Report
from catalog.management.importer import ImportCommand
from catalog.sources import import_csv


class Command(ImportCommand):
    help = "Titles of any kind from a CSV file (docs/importing.md describes it)."

    def work(self, path: Path, report: Report) -> None:
        import_csv(path, report)
