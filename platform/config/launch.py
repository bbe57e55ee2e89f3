"""The whole site with one command, `make run`: services, preparation, web, beat, workers.

The launcher takes a lease on the services and exports their addresses; each child takes its own.
Every child carries LAUNCHED_FROM in its environment, so that whatever a killed launcher, web
process or worker has left behind is found and ended, grandchildren included.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from config import services
from config.children import Child, end_leftovers
from config.processes import dies_with_parent, last_line

ROOT = services.ROOT
PLATFORM = ROOT / "platform"
LIVE_SECONDS = 90
STOP_SECONDS = 6
POLL_SECONDS = 0.2


class LaunchError(Exception):
    """A start that cannot go on; the message is one line that says how to mend it."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class Launcher:
    """Starts everything, keeps it running, stops everything."""

    def __init__(self, state: Path, *, host: str, port: int) -> None:
        self.state = state
        self.host = host
        self.port = port
        self.logs = state / "log"
        self.children: list[Child] = []
        self.step: subprocess.Popen | None = None
        self.environment: dict[str, str] = {}
        self.login = state / "staff-login.json"

    def run(self) -> None:
        self._check_port()
        say("starting PostgreSQL and Valkey")
        services.export()
        self.environment = os.environ | {
            "LAUNCHED_FROM": str(self.state),
            "LAUNCHED_AT": self.address(),
            "MARQUEE_STATE": str(self.state),
            "PYTHONPATH": f"{PLATFORM}{os.pathsep}{ROOT}",
            "PYTHONUNBUFFERED": "1",
        }
        say("preparing the database")
        self._run_step("migrate", "--no-input", "--verbosity=0")
        known = self._staff_login()
        self._run_step("prepare", is_seen=True)
        self._run_step("prepare_studio")
        self._run_step("prepare_arcade")
        self._collect_static()
        self._start_children()
        self._wait_until_live()
        self._welcome(known)
        self._tend()

    def stop(self) -> None:
        """End the children, then the services; a second Ctrl-C does not wait for the children."""
        if self.environment:
            say("stopping")
        hurries: list[int] = []
        on_signals(lambda number, frame: hurries.append(number))
        if self.step and self.step.poll() is None:
            self.step.terminate()
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.is_alive() for child in self.children) and not hurries:
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        for child in self.children:
            child.kill()
        end_leftovers(self.state)
        left = services.release(self.state)
        if left == "used":
            say("PostgreSQL and Valkey stay up: another process uses them")
        elif left == "stopping":
            say(f"PostgreSQL or Valkey still stops; see {self.state}/services/supervisor.log")

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise LaunchError(
                    f"cannot listen on {self.host}:{self.port} ({error.strerror}): "
                    "end the program that does, or choose another port: PORT=9000 make run"
                ) from error

    def _run_step(self, name: str, *words: str, is_seen: bool = False) -> None:
        """A management command; `is_seen` shows its progress, else it speaks into its log."""
        path = self.logs / f"{name}.log"
        quiet = {"LOG_LEVEL": "WARNING"} if is_seen else {}  # log lines would cut its bars
        with path.open("wb") as log:
            self.step = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), name, *words],
                env=quiet | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=None if is_seen else log,
                stderr=None if is_seen else log,
                start_new_session=True,  # Ctrl-C reaches us alone
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )
        if self.step.wait():
            reason = "see above" if is_seen else f"{last_line(path)}; see {path}"
            raise LaunchError(f"`manage.py {name}` failed ({reason}); mend that and start again")

    def _collect_static(self) -> None:
        """Only when a file or a package has changed since the last time."""
        files = [path for path in (PLATFORM / "static").rglob("*") if path.is_file()]
        files += [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]
        seen = sorted((str(path), path.stat().st_mtime_ns) for path in files)
        stamp = self.state / "static.stamp"
        now = json.dumps(seen)
        if stamp.exists() and stamp.read_text() == now and (self.state / "static").exists():
            return
        say("collecting static files")
        self._run_step("collectstatic", "--no-input", "--clear", "--verbosity=0")
        stamp.write_text(now)

    def _start_children(self) -> None:
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "--workdir", str(PLATFORM), "-A", "config"]
        worker = [*celery, "worker", "--loglevel=INFO", "--without-gossip"]
        interactive = [*worker, "-Q", "interactive,periodic", "-c", "2"]
        beat = [*celery, "beat", "--loglevel=INFO", "--pidfile="]
        web = [*python, "granian", "--interface=wsgi", f"--working-dir={PLATFORM}", "--workers=2"]
        web += [f"--host={self.host}", f"--port={self.port}", "--respawn-failed-workers"]
        web += ["--blocking-threads=8"]  # as many as a process has connections to the database
        web += ["--respawn-interval=0.5", "--workers-kill-timeout=4", "config.wsgi:application"]
        scheduler = "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"
        commands = {
            "web": web,
            "beat": [*beat, scheduler],
            "worker-interactive": [*interactive, "-n", "interactive@%h"],
            "worker-heavy": [*worker, "-Q", "heavy", "-c", "1", "-n", "heavy@%h"],
        }
        say("starting web, beat and two workers")
        for name, command in commands.items():
            # Celery finishes its task on SIGTERM, which may take minutes, and drops it on SIGQUIT
            last_word = signal.SIGQUIT if name.startswith("worker") else signal.SIGTERM
            log = self.logs / f"{name}.log"
            child = Child(name, command, self.environment, log, last_word=last_word)
            self.children.append(child)
            child.tend(time.monotonic())

    def _wait_until_live(self) -> None:
        deadline = time.monotonic() + LIVE_SECONDS
        web = self.children[0]
        while not self._is_live():
            if web.failures >= 3 or time.monotonic() > deadline:
                reason = last_line(web.log)
                raise LaunchError(f"the web process does not answer ({reason}); see {web.log}")
            self._tend_once()

    def _is_live(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address()}/livez/", timeout=5) as answer:  # noqa: S310
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _tend(self) -> None:
        while True:
            self._tend_once()

    def _tend_once(self) -> None:
        services.revive(self.state)
        for child in self.children:
            child.tend(time.monotonic())
        time.sleep(POLL_SECONDS)

    def address(self) -> str:
        """Where a browser on this machine finds the site, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _staff_login(self) -> tuple[str, str] | None:
        """Email and password of the login that the site made; None: there is no such file."""
        try:
            kept = json.loads(self.login.read_text())
            return kept["email"], kept["password"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _welcome(self, known: tuple[str, str] | None) -> None:
        """known: the staff login before this start; a password is told once, when it is made."""
        say(f"Marquee is at {self.address()}/")
        login = self._staff_login()
        if login and login != known:
            email, password = login
            say(f"staff login: {email} / {password}  (told this once; kept in {self.login})")
        elif login:
            say(f"the staff login is in {self.login}")
        say(f"Ctrl-C stops everything; logs are in {self.logs}")


def say(sentence: str) -> None:
    print(f"[marquee] {sentence}", flush=True)


def settings_from_environment() -> tuple[str, int]:
    """HOST and PORT."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise LaunchError(f"PORT={port} is not a port: give a number from 1 to 65535")
    return os.environ.get("HOST", "").strip("[]") or "127.0.0.1", int(port)


def lock_state(state: Path) -> int:
    """One launcher per state folder; the lock goes with the process."""
    try:
        (state / "log").mkdir(parents=True, exist_ok=True)
        lock = os.open(state / "launch.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LaunchError(
            f"Marquee already runs from {state}: stop it, or give this one MARQUEE_STATE=<folder>"
        ) from None
    except OSError as error:
        raise LaunchError(
            f"cannot write to {state} ({error.strerror}): run as its owner, "
            "or set MARQUEE_STATE to a folder of yours"
        ) from error
    return lock


def on_signals(handle: Callable[[int, object], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def ignore(number: int, frame: object) -> None:
    """Not SIG_IGN, which children would inherit."""


def raise_stopped(number: int, frame: object) -> None:
    on_signals(ignore)  # a second one must not end the work that the first one asks for
    raise Stopped


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 when something could not start."""
    launcher = None
    code = 0
    try:
        on_signals(raise_stopped)
        try:
            host, port = settings_from_environment()
            state = services.state_folder()
            lock_state(state)
            end_leftovers(state)
            launcher = Launcher(state, host=host, port=port)
            launcher.run()
        except (LaunchError, services.ServicesError, psutil.Error, OSError) as error:
            on_signals(ignore)
            code = 1
            say(str(error))
    except Stopped:
        print()
    finally:
        if launcher:
            launcher.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
