"""The launcher's children: each has a log, is started again when it dies, goes with its family."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

from config.processes import dies_with_parent, end_processes, report, shorten

SLOWEST_RESTART = 30.0  # seconds
SETTLED_SECONDS = 30.0  # a child that lived so long starts again at once


class Child:
    """One process of the site, leader of its own process group."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        log: Path,
        *,
        last_word: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log = log
        self.last_word = last_word  # what it hears when the launcher is killed
        self.process: subprocess.Popen | None = None
        self.failures = 0
        self.started = self.next_start = 0.0

    def tend(self, now: float) -> None:
        """One look: start it when it is not there and its pause is over."""
        if self.process is None:
            if now >= self.next_start:
                self._start(now)
        elif self.process.poll() is not None:
            report(f"{self.name} ended with {self.process.returncode} and is started again")
            self.kill()  # what it leaves behind may hold its port
            self.failures = 1 if now - self.started > SETTLED_SECONDS else self.failures + 1
            self.next_start = now + min(SLOWEST_RESTART, 0.25 * 2**self.failures)
            self.process = None

    def _start(self, now: float) -> None:
        shorten(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the launcher alone
                preexec_fn=dies_with_parent(self.last_word),
            )
        self.started = now

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process and self.is_alive():
            self.process.terminate()

    def kill(self) -> None:
        """The whole process group, whatever of it is left."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def end_leftovers(state: Path) -> None:
    """End every process that was launched from this state folder by a launcher that is gone."""
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get("LAUNCHED_FROM") == str(state):
                left.append(process)
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    end_processes(left, patience=3)
