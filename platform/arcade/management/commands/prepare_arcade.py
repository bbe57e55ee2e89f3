from typing import Any

from django.core.management.base import BaseCommand

from arcade.titles import make_titles


class Command(BaseCommand):
    help = "Put the games of the arcade into the catalog. It is run at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        make_titles()
