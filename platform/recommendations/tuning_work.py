"""What a worker does to search settings. Loads torch."""

import json
import shutil
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jobs.holding import Hold, JobRefused
from recommendations import dataset
from recommendations.models import Tuning
from recommendations.tuning import prune_tunings, tunings_folder
from recommendations.work import holds_erased
from recsys.errors import RecsysError, Stopped


def tune(hold: Hold) -> None:
    """Snapshot, search, keep the history; goes on after a kill with the trial that was running."""
    from recsys.threads import pick_device
    from recsys.tune import tune as search

    tuning = Tuning.objects.select_related("job").get(job=hold.job)
    scratch = tunings_folder() / str(tuning.pk)
    hold.note(_("attempt %(number)d") % {"number": hold.job.attempt})
    hold.report(0.0, _("Reading the events"))
    prune_tunings()
    data = take_snapshot(scratch)
    reporter = Reporter(hold, tuning, scratch / "search")
    try:
        result = search(
            data / "interactions.parquet",
            data / "items.parquet",
            reporter.folder,
            preset=tuning.preset,
            minutes=tuning.minutes,
            seed=tuning.seed,
            device=pick_device("auto"),
            on_progress=reporter,
            should_stop=hold.should_stop,
        )
    except Stopped as error:
        hold.check()
        raise JobRefused(str(error)) from error
    except RecsysError as error:
        raise JobRefused(str(error)) from error
    with transaction.atomic():
        hold.confirm()
        reporter.keep(result.history)
        hold.finish_with(url=tuning.get_absolute_url())
    shutil.rmtree(scratch, ignore_errors=True)


class Reporter:
    """Passes a search's progress to its job and every trial that has ended to its row."""

    def __init__(self, hold: Hold, tuning: Tuning, folder: Path) -> None:
        self.hold = hold
        self.tuning = tuning
        self.folder = folder

    def __call__(self, fraction: float, message: str, history: list[dict[str, Any]]) -> None:
        self.hold.report(fraction, message)
        if history and history != self.tuning.history:
            self.keep(history)
            self.hold.note(message)

    def keep(self, history: list[dict[str, Any]]) -> None:
        found = self.folder / "tuned.json"
        self.tuning.history = history
        self.tuning.best = json.loads(found.read_text()) if found.exists() else {}
        self.tuning.save(update_fields=["history", "best"])


def take_snapshot(scratch: Path) -> Path:
    """The folder of this search's own data; made once, so that a further attempt goes on with it.

    Made anew, with all trials gone, when somebody in it has closed their account.
    """
    data, part = scratch / "data", scratch / "data.part"
    if holds_erased(data):
        shutil.rmtree(scratch)
    if data.exists():
        return data
    shutil.rmtree(part, ignore_errors=True)
    count, least = dataset.snapshot(part)["interactions"], dataset.FEWEST_INTERACTIONS
    if count < least:
        shutil.rmtree(scratch)
        raise JobRefused(
            _("There are %(count)d interactions; a search starts to make sense from %(least)d.")
            % {"count": count, "least": least}
        )
    part.rename(data)
    return data
