"""The settings as the environment makes them, each in a process of its own."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[3]
ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
from django.http.request import validate_host
assert not validate_host("evil.example", settings.ALLOWED_HOSTS)
print(json.dumps([
    Client().get("/livez/", headers={"host": host}, REMOTE_ADDR="127.0.0.1").status_code
    for host in HOSTS
]))
"""
LOCAL = ["127.0.0.1:8000", "localhost", "[::1]:8000"]
PUBLIC = {"SITE_URL": "https://films.example.org", "SECRET_KEY": "k" * 60}


def live(hosts: list[str], environment: dict[str, str], folder: Path) -> list[int]:
    """What /livez/ answers to each Host header; another host is refused."""
    program = f"HOSTS = {hosts!r}\n{ASK}"
    return json.loads(say(program, environment, folder))


def say(program: str, environment: dict[str, str], folder: Path) -> str:
    """The last line that a program with these settings prints."""
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MARQUEE_STATE": str(folder),
        "DATABASE_URL": "postgres://nobody@localhost/none",
        "REDIS_URL": "redis://localhost:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=given | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "more"),
    [
        ({}, []),
        (PUBLIC, ["films.example.org"]),
        (PUBLIC | {"ALLOWED_HOSTS": ""}, ["films.example.org"]),
        (PUBLIC | {"ALLOWED_HOSTS": "www.example.org"}, ["www.example.org", "films.example.org"]),
        ({"HOST": "192.168.1.7"}, ["192.168.1.7:8000"]),
        ({"HOST": "fd00::7"}, ["[fd00::7]:8000"]),
    ],
)
def test_whoever_checks_the_site_here_is_answered_whatever_its_address(environment, more, tmp_path):
    answers = live([*LOCAL, *more], environment, tmp_path)
    assert answers == [200] * len(LOCAL + more)


def test_the_number_of_proxies_is_one_number_for_sign_in_and_api():
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == settings.PROXIES
    assert settings.REST_FRAMEWORK["NUM_PROXIES"] == settings.PROXIES


@pytest.mark.django_db
def test_periodic_messages_pass_away_before_the_next_and_never_wait_among_jobs():
    from django_celery_beat.schedulers import ModelEntry

    from jobs.models import Job

    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        kept = ModelEntry._unpack_fields(**entry)
        assert 0 < kept["expire_seconds"] <= entry["schedule"], name
        assert kept["queue"] not in Job.Queue.values, name


def test_every_periodic_task_exists():
    from celery import current_app

    from config import celery

    celery.app.loader.import_default_modules()
    wanted = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert not wanted - set(current_app.tasks)


@pytest.mark.slow
@pytest.mark.parametrize("level", ["DEBUG", "error"])
def test_one_level_goes_for_everything_that_is_ours_and_for_nothing_else(level, tmp_path):
    apps = sorted(path.parent.name for path in (ROOT / "platform").glob("*/apps.py"))
    program = (
        "import json, logging, django; django.setup(); "
        f"print(json.dumps([logging.getLogger(n + '.x').getEffectiveLevel() for n in {apps}"
        " + ['recsys', 'celery']]))"
    )
    *ours, other = json.loads(say(program, {"LOG_LEVEL": level}, tmp_path))
    assert set(ours) == {logging.getLevelNamesMapping()[level.upper()]}
    assert other == logging.WARNING
