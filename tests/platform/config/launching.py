"""A small site for the launcher: a Django project of twenty lines."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil

from tests.platform.config.patience import wait_for

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
NOTHING_TO_PREPARE = """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, **options):
        pass
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
    "platform/config/management/commands/prepare_studio.py": NOTHING_TO_PREPARE,
    "platform/config/management/commands/prepare_arcade.py": NOTHING_TO_PREPARE,
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
