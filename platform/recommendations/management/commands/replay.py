"""Make logged lists again from what was written down, and say whether they come out as served."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recommendations.models import LoggedList
from recommendations.replaying import replay

DEFAULT_LISTS = 1000
ROWS_AT_ONCE = 200
MOST_REASONS = 20


class Command(BaseCommand):
    help = "Make the newest logged lists again and compare them with what was served."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lists", type=int, default=DEFAULT_LISTS, help="how many")

    def handle(self, *args: Any, lists: int, **options: Any) -> None:
        if lists < 1:
            raise CommandError("--lists must be 1 or more")
        newest = LoggedList.objects.order_by("-served_at")[:lists]
        exact, lacking, differing = 0, Counter[str](), Counter[str]()
        rows = newest.iterator(chunk_size=ROWS_AT_ONCE)
        for logged in tqdm(rows, total=newest.count(), desc="Replaying", unit="list"):
            found = replay(logged)
            if found.is_exact:
                exact += 1
            else:
                (lacking if found.made is None else differing)[found.difference] += 1
        looked_at = exact + lacking.total() + differing.total()  # the log grows meanwhile
        self.stdout.write(f"{exact} of {looked_at} lists come out exactly as served.")
        self._tell("cannot be made again", lacking)
        self._tell("come out otherwise", differing)
        if differing:
            raise CommandError(f"{differing.total()} lists differ")

    def _tell(self, what: str, reasons: Counter[str]) -> None:
        if not reasons:
            return
        self.stdout.write(f"{reasons.total()} {what}:")
        for reason, count in reasons.most_common(MOST_REASONS):
            self.stdout.write(f"  {count} x {reason}")
