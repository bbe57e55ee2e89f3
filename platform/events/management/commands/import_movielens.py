from pathlib import Path

from catalog.importing import Report
from catalog.management.importer import ImportCommand
from events.importing import import_movielens


class Command(ImportCommand):
    help = "A MovieLens folder: films, and their ratings as events of demo members."
    path_name = "folder"

    def work(self, path: Path, report: Report) -> None:
        ratings = import_movielens(path, report)
        self.stdout.write(f"{ratings} ratings of demo members")
