from pathlib import Path

from catalog.importing import Report
from catalog.management.importer import ImportCommand
from catalog.sources import import_film_facts


class Command(ImportCommand):
    help = "People, age, country, synopsis and franchise for films of an imported MovieLens folder."

    def work(self, path: Path, report: Report) -> None:
        import_film_facts(path, report)
