"""A state folder with embedded servers, its users, and rows in its database."""

import json
import os
import pwd
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import redis

from config import services
from tests.platform.config.patience import wait_for

PLATFORM = Path(services.__file__).resolve().parents[1]
USER = """
import json, sys
from pathlib import Path
from config import services
found = services.ensure(Path(sys.argv[1]))
print(json.dumps([found.database_url, found.redis_url]), flush=True)
sys.stdin.read()
"""


class Folder:
    """A state folder and the processes that use its servers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / "var"
        self.users: list[subprocess.Popen] = []

    def new_user(self, **how: object) -> subprocess.Popen:
        """A process that asks for the services and holds on to them until its input ends."""
        keep = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        user = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-P", "-c", USER, str(self.state)],
            env=keep | {"PYTHONPATH": str(PLATFORM), "EMBEDDED_GRACE": "1"},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **how,
        )
        self.users.append(user)
        return user

    def urls(self, user: subprocess.Popen) -> tuple[str, str]:
        line = user.stdout.readline() if user.stdout else ""
        assert line, self.supervisor_log()
        database_url, redis_url = json.loads(line)
        return database_url, redis_url

    def supervisor_log(self) -> str:
        return (self.state / "services" / "supervisor.log").read_text()

    def servers(self, name: str = "") -> list[psutil.Process]:
        """Postmaster and valkey-server of this folder: their working directory is their data."""
        found = {}  # process → its parent; any of them may end while we look
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if Path(process.cwd()).is_relative_to(self.state) and name in process.name():
                    found[process] = process.ppid()
        pids = {process.pid for process in found}
        return [process for process, parent in found.items() if parent not in pids]

    def supervisors(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                if "config.supervisor" in words and str(self.state) in words:
                    found.append(process)
        return found

    def dismiss(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        wait_for(lambda: not self.supervisors() and not self.servers(), 60)


def nobody_can_run_python() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        command, nobody = [sys.executable, "-c", ""], pwd.getpwnam("nobody").pw_uid
        return not subprocess.run(command, user=nobody, extra_groups=[], cwd="/").returncode
    except (KeyError, PermissionError):
        return False


def write_row(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def count_rows(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return row[0]


def eventually(ask: Callable[[], int], seconds: float) -> int:
    """The answer of a server that is just coming back."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (psycopg.OperationalError, redis.RedisError):
            assert time.monotonic() < deadline, f"not back within {seconds} s"
            time.sleep(0.1)
