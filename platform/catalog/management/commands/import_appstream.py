from pathlib import Path

from catalog.importing import Report
from catalog.management.importer import ImportCommand
from catalog.sources import import_appstream


class Command(ImportCommand):
    help = "Games of an AppStream catalog from a file with one JSON object a line."

    def work(self, path: Path, report: Report) -> None:
        import_appstream(path, report)
