"""kill -9 of the process that plays a tournament: no game is lost, none is played twice."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from celery import current_app
from django.db import connection

from arcade.tournament_models import Tournament
from arcade.tournament_services import folder_of
from jobs.models import Job
from tests.platform.arcade.tournaments import fresh, lines_of, make_tournament

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
KILLS, GAMES_BETWEEN = 3, 5
PATIENCE_SECONDS = 120  # for one step, on a machine that does much else
PLAYING = """
import sys, time
from datetime import timedelta
from pathlib import Path
import django
django.setup()
from django.conf import settings
from arcade import tasks
from genai.games.agents import RandomAgent
from jobs.models import Job
settings.JOB_LEASE = timedelta(seconds=1)
settings.STATE_DIR = Path(sys.argv[1])
decide = RandomAgent.decide

def slowly(*given):
    time.sleep(0.01)
    return decide(*given)

RandomAgent.decide = slowly
while Job.objects.unfinished().exists():
    for job in Job.objects.unfinished():
        tasks.play_tournament(job.pk)
    time.sleep(0.05)
"""


def start_playing(state: Path) -> subprocess.Popen:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"])
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DATABASE_URL": urlunsplit(url),
        "MARQUEE_EMBEDDED": "",
    }
    return subprocess.Popen([sys.executable, "-c", PLAYING, state], cwd=ROOT, env=environment)


def wait_for_games(tournament: Tournament, least: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    file = folder_of(tournament) / "games.jsonl"
    while not file.exists() or len(lines_of(tournament)) < least:
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.01)


def test_three_kills_cost_a_tournament_no_game(settings, tmp_path: Path, monkeypatch):
    settings.STATE_DIR, settings.JOB_MAX_ATTEMPTS = tmp_path, 100  # a lease may run out, too
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    found = make_tournament(games=20)
    before: list[str] = []
    for _ in range(KILLS):
        process = start_playing(tmp_path)
        try:
            wait_for_games(found, len(before) + GAMES_BETWEEN, process)
        finally:
            process.kill()
            process.wait(60)
        whole = lines_of(found)
        assert whole[: len(before)] == before
        before = whole[:-1]  # the last may be cut off
    assert len(before) < found.all_games

    process = start_playing(tmp_path)
    try:
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()

    played = [json.loads(line) for line in lines_of(found)]
    assert lines_of(found)[: len(before)] == before
    assert len({(*row["pair"], row["game"]) for row in played}) == len(played) == found.all_games
    found = fresh(found)
    assert (found.job.state, found.played) == (Job.State.DONE, found.all_games), found.job.error
    assert found.job.attempt >= KILLS + 1  # more where the machine is slower than the lease
    assert sum(sum(row) for row in found.table["points"]) == found.all_games
