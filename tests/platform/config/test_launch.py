"""`make run` on a small site: the same launcher, with a Django project of twenty lines."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

CONFIG = Path(__file__).resolve().parents[3] / "platform" / "config"
LAUNCHER = ["launch", "children", "processes", "servers", "services", "supervisor"]
START_SECONDS = 120

SETTINGS = """
import environ
DATABASES = dict(default=environ.Env().db_url("DATABASE_URL"))
CELERY_BROKER_URL = environ.Env().str("REDIS_URL")
INSTALLED_APPS = ["django.contrib.staticfiles", "django_celery_beat", "config"]
SECRET_KEY, ALLOWED_HOSTS, ROOT_URLCONF = "test", ["127.0.0.1"], "config.urls"
STATIC_URL, STATIC_ROOT, STATICFILES_DIRS = "static/", "{state}/static", ["{site}/platform/static"]
USE_TZ, DEFAULT_AUTO_FIELD = True, "django.db.models.BigAutoField"
"""
FILES = {
    "requirements.txt": "",
    "platform/static/site.css": "",
    "platform/config/__init__.py": "",
    "platform/config/urls.py": """
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("livez/", lambda request: HttpResponse("ok"))]
""",
    "platform/config/celery.py": """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
from config import services
services.export()
import time
from celery import Celery
app = Celery("small")
app.config_from_object("django.conf:settings", namespace="CELERY")
@app.task(name="train")
def train():
    print("training", flush=True)
    time.sleep(120)
""",
    "platform/config/wsgi.py": """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
from config import services
services.export()
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
""",
    "manage.py": """
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "platform"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
from config import services
services.export()
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "platform/config/management/__init__.py": "",
    "platform/config/management/commands/__init__.py": "",
    "platform/config/management/commands/prepare.py": """
import os
from pathlib import Path
from django.core.management.base import BaseCommand, CommandError
class Command(BaseCommand):
    def handle(self, **options):
        if os.environ.get("SPOIL"):
            raise CommandError("the demo data is spoilt")
        print("preparing, logs from", os.environ["LOG_LEVEL"], flush=True)
        from config.celery import app
        app.send_task("train", queue="heavy")
        login = Path(os.environ["MARQUEE_STATE"]) / "staff-login.json"
        login.write_text('{"email": "staff@example.org", "password": "abc", "url": ""}')
""",
    "platform/config/management/commands/prepare_studio.py": """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, **options):
        pass
""",
}


class Site:
    """A small site in a folder of its own and the launcher that was started last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "var"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.output = folder / "output"
        self.launcher: subprocess.Popen | None = None

    def start(self, **environment: str) -> subprocess.Popen:
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        given = {"PORT": str(self.port), "MARQUEE_STATE": str(self.state), "EMBEDDED_GRACE": "1"}
        given |= {"PYTHONPATH": str(self.folder / "platform")}
        with self.output.open("wb") as output:
            self.launcher = subprocess.Popen(
                [sys.executable, "-P", "-m", "config.launch"],
                env=keep | given | environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
            )
        return self.launcher

    def start_and_wait(self) -> subprocess.Popen:
        launcher = self.start()
        wait_for(lambda: "Ctrl-C" in self.said() or launcher.poll() is not None, START_SECONDS)
        assert launcher.poll() is None, self.said()
        log = self.state / "log" / "worker-heavy.log"
        wait_for(lambda: "training" in log.read_text(), 90)  # nothing waits for this task of 120 s
        return launcher

    def said(self) -> str:
        return self.output.read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez/", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def processes(self) -> list[psutil.Process]:
        """Everything that belongs to the site: launched children, servers and their supervisor."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                words = " ".join(process.cmdline())
                is_ours = process.environ().get("LAUNCHED_FROM") == str(self.state)
                is_ours |= str(self.state) in words
                is_ours |= Path(process.cwd()).is_relative_to(self.state)
                if is_ours and process.pid != os.getpid():
                    found.append(process)
        return found

    def runs(self, word: str) -> bool:
        """Is there a living process with this word in its command line."""
        for process in self.processes():
            with suppress(psutil.Error):  # it may have just died
                if word in process.cmdline():
                    return True
        return False

    def leader(self, words: str) -> psutil.Process:
        """The oldest process whose command line has these words."""
        found = {}  # process → when it began; any of them may end while we look
        for process in self.processes():
            with suppress(psutil.Error):
                if words in " ".join(process.cmdline()):
                    found[process] = process.create_time()
        return min(found, key=lambda process: found[process])


@pytest.fixture
def site() -> Iterator[Site]:
    # not tmp_path: root's servers run as another account, which cannot enter that
    folder = Path(tempfile.mkdtemp(prefix="marquee-site-"))
    folder.chmod(0o755)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.lstrip())
    for name in LAUNCHER:
        shutil.copy(CONFIG / f"{name}.py", folder / "platform" / "config")
    site = Site(folder)
    settings = SETTINGS.format(site=folder, state=site.state)
    (folder / "platform" / "config" / "settings.py").write_text(settings)
    yield site
    for process in site.processes():
        with suppress(psutil.Error):
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def wait_for(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_everything_says_where_and_leaves_no_process(
    site: Site, number: signal.Signals
) -> None:
    launcher = site.start_and_wait()
    assert site.answers()
    assert f"http://127.0.0.1:{site.port}/" in site.said()
    assert "staff@example.org / abc" in site.said()
    assert "logs from WARNING" in site.said()  # lines of INFO would cut the progress bar
    logs = {path.name for path in (site.state / "log").iterdir()}
    assert {"web.log", "beat.log", "worker-interactive.log", "worker-heavy.log"} <= logs
    launcher.send_signal(number)
    assert launcher.wait(60) == 0
    assert site.processes() == []


@pytest.mark.slow
def test_the_password_of_staff_is_told_only_by_the_start_that_made_it(site: Site) -> None:
    first = site.start_and_wait()
    assert "staff@example.org / abc" in site.said()
    first.terminate()
    assert first.wait(60) == 0
    site.start_and_wait()
    assert "/ abc" not in site.said()
    assert f"the staff login is in {site.state}/staff-login.json" in site.said()


@pytest.mark.slow
def test_a_port_in_use_gives_one_line_with_the_way_out(site: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.port))
        other.listen()
        assert site.start().wait(60) == 1
    assert "PORT=9000 make run" in site.said()
    assert len(site.said().splitlines()) == 1
    assert site.processes() == []


@pytest.mark.slow
def test_a_step_that_fails_is_named_and_everything_stops(site: Site) -> None:
    assert site.start(SPOIL="1").wait(60) == 1
    assert "the demo data is spoilt" in site.said()
    assert "`manage.py prepare` failed" in site.said()
    assert "Traceback" not in site.said()
    assert site.processes() == []


@pytest.mark.slow
def test_a_second_launcher_in_the_same_folder_is_refused(site: Site) -> None:
    site.start_and_wait()
    first, first_said = site.launcher, site.said()
    site.port += 1
    assert site.start().wait(60) == 1
    assert "already runs" in site.said(), first_said
    assert first is not None
    first.terminate()
    assert first.wait(60) == 0


@pytest.mark.long
@pytest.mark.parametrize("words", ["granian", "-Q heavy", "-Q interactive", "celery beat"])
def test_a_killed_child_is_started_again(site: Site, words: str) -> None:
    site.start_and_wait()
    words = words.replace("celery beat", " beat ")
    killed = site.leader(words)
    killed.kill()
    wait_for(lambda: not killed.is_running(), 60)

    def is_back() -> bool:
        with suppress(ValueError, psutil.Error):
            return site.leader(words).ppid() == (site.launcher and site.launcher.pid)
        return False

    wait_for(is_back, 60)
    wait_for(site.answers, 60)


@pytest.mark.long
def test_a_killed_web_worker_is_replaced(site: Site) -> None:
    site.start_and_wait()
    workers = site.leader("granian").children()
    for worker in workers:
        worker.kill()
    wait_for(lambda: not any(worker.is_running() for worker in workers), 60)
    wait_for(site.answers, 60)


@pytest.mark.long
def test_the_services_supervisor_is_started_again(site: Site) -> None:
    site.start_and_wait()
    site.leader("config.supervisor").kill()
    wait_for(lambda: site.runs("config.supervisor"), 60)
    wait_for(site.answers, 60)


@pytest.mark.long
def test_after_a_killed_launcher_nothing_stays_and_the_next_start_is_clean(site: Site) -> None:
    site.start_and_wait().kill()
    wait_for(lambda: not site.processes(), 60)
    site.start_and_wait()
    assert site.answers()
