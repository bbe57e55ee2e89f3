"""An experiment that runs, and the time at which it is looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from recommendations.models import Experiment
from tests.factories import make_experiment

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def make_running(**changes: Any) -> Experiment:
    return make_experiment(state=Experiment.State.RUNNING, started_at=NOW - 30 * DAY, **changes)
