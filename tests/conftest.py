"""Tests run on embedded services of their own, in a folder that is gone afterwards."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from tests import sharing  # noqa: E402

OWNER = "MARQUEE_TEST_STATE" not in os.environ
if OWNER:
    os.environ["MARQUEE_TEST_STATE"] = tempfile.mkdtemp(prefix="marquee-tests-")
    Path(os.environ["MARQUEE_TEST_STATE"]).chmod(0o755)
    (Path(os.environ["MARQUEE_TEST_STATE"]) / "static").mkdir()
STATE = Path(os.environ["MARQUEE_TEST_STATE"])
MADE = sharing.begin_run(STATE)
os.environ["MARQUEE_STATE"] = str(STATE)
os.environ["EMBEDDED_GRACE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
for variable in ("SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG"):
    os.environ.pop(variable, None)

from config import services  # noqa: E402

services.export()
os.environ["DJANGO_SETTINGS_MODULE"] = (
    "config.settings"  # here, not in pyproject: read once both addresses are known
)

import django  # noqa: E402

django.setup()

import gc  # noqa: E402
from itertools import count  # noqa: E402

import pytest  # noqa: E402
from cachetools import TTLCache  # noqa: E402
from django.conf import settings as site_settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from api import throttles  # noqa: E402
from arcade import serving as arcade_serving  # noqa: E402
from catalog import briefs, census, holdings  # noqa: E402
from recommendations import dataset, experiments, kept_pages, rulebook  # noqa: E402
from tests import emptying  # noqa: E402

# plain static files, fast hashing, a cache of this process
site_settings.STORAGES |= {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
site_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
site_settings.CACHES = {"default": {"BACKEND": "tests.memory_cache.MemoryCache"}}

emptying.use()

numbers = count(1)


@pytest.fixture(scope="session")
def artifacts_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(autouse=True)
def _as_new(settings, artifacts_of_tests, monkeypatch):
    """Nothing is remembered from the test before; the folders of files are the test's own."""
    settings.ARTIFACTS_DIR = artifacts_of_tests / str(next(numbers))
    settings.MEDIA_ROOT = settings.ARTIFACTS_DIR / "media"
    cache.clear()
    rulebook.forget_rules()
    briefs.forget_briefs()
    kept_pages.forget_pages()
    experiments.forget()
    census.forget_census()  # a test's changes are rolled back, which no feed tells
    monkeypatch.setattr(census, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(briefs, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(holdings, "REREAD_SECONDS", 0.0)
    monkeypatch.setattr(holdings, "_holdings", None)
    monkeypatch.setattr(rulebook, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(arcade_serving, "POLL_SECONDS", 3600.0)  # who publishes looks again
    arcade_serving.forget_current()
    throttles.forget_taken()
    dataset.kept_pasts.clear()
    dataset.known_versions.clear()
    monkeypatch.setattr(dataset, "kept_fatigue", TTLCache(maxsize=1, ttl=0))


@pytest.fixture
def member(db):
    from tests.factories import make_user

    return make_user()


@pytest.fixture
def member_client(member) -> Client:
    from tests.factories import client_of

    return client_of(member)


@pytest.fixture
def staff_client(db) -> Client:
    from tests.factories import client_of, make_user

    return client_of(make_user(is_staff=True))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no later collection walks through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config) -> Iterator[None] | None:
    if MADE is not None:
        shutil.rmtree(MADE, ignore_errors=True)
    if OWNER and not hasattr(config, "workerinput"):
        connections.close_all()
        services.release()
        shutil.rmtree(STATE, ignore_errors=True)
    return None
