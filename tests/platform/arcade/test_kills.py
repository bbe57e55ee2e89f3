"""kill -9 of the process that thinks: the thought is taken up again, the match goes on rightly."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from arcade.serving import GAMES
from arcade.thinking import queue_thinking
from jobs.models import Job
from tests.factories import make_user
from tests.platform.arcade.matches import make_match

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
KILLS = 2
STARTS_WITHIN = 60  # seconds
THINKING = """
import sys, time
from datetime import timedelta
from pathlib import Path
import django
django.setup()
from django.conf import settings
from arcade import tasks, work
from jobs.models import Job
settings.JOB_LEASE = timedelta(seconds=1)

def never_ends(*args):
    Path(sys.argv[1]).touch()
    time.sleep(600)

if len(sys.argv) > 1:
    work.decide = never_ends
while Job.objects.unfinished().exists():
    for job in Job.objects.unfinished():
        tasks.think(job.pk)
    time.sleep(0.05)
"""


def start_thinking(*words: str) -> subprocess.Popen:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"])
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DATABASE_URL": urlunsplit(url),
        "MARQUEE_EMBEDDED": "",
    }
    return subprocess.Popen([sys.executable, "-c", THINKING, *words], cwd=ROOT, env=environment)


def wait_for(mark: Path, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not mark.exists():
        assert process.poll() is None, "it ended before it thought"
        assert time.monotonic() < deadline, "it never began to think"
        time.sleep(0.01)


def test_a_killed_thought_is_taken_up_again_and_moves_once(tmp_path: Path):
    match = make_match(make_user(), actions=[4])
    queue_thinking(match)
    for kill in range(KILLS):
        mark = tmp_path / str(kill)
        process = start_thinking(str(mark))
        try:
            wait_for(mark, process)
        finally:
            process.kill()
            process.wait(60)
        match.refresh_from_db()
        assert match.actions == [4]

    assert start_thinking().wait(120) == 0

    match.refresh_from_db()
    assert len(match.actions) == 2
    GAMES["tic-tac-toe"].state_after(match.actions)
    assert (match.to_move, match.thinking) == (0, None)
    job = Job.objects.get()
    assert job.state == Job.State.DONE
    assert job.attempt >= KILLS + 1  # more where the machine is slower than the lease
