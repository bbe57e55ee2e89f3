from pathlib import Path

from catalog.importing import Report
from catalog.management.importer import ImportCommand
from catalog.sources import import_wikipedia_films


class Command(ImportCommand):
    help = "Films of Wikipedia's lists from films.jsonl or films.jsonl.gz."

    def work(self, path: Path, report: Report) -> None:
        import_wikipedia_films(path, report)
