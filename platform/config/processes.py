"""Child processes that die with their parent, and what a dead parent has left behind."""

import ctypes
import os
import pwd
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

LINUX_SET_PDEATHSIG = 1
MAX_LOG_BYTES = 5_000_000


def dies_with_parent(last_word: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: on Linux the kernel sends the child `last_word` when its parent is gone."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded here: little is safe between fork and exec
    return lambda: libc.prctl(LINUX_SET_PDEATHSIG, int(last_word))


def as_account(account: pwd.struct_passwd | None) -> dict:
    """Arguments of subprocess that make a child run as an account."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def processes_in(folder: Path) -> list[psutil.Process]:
    """Live processes whose working directory it is; a zombie has none."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end_processes(left: list[psutil.Process], *, patience: float = 5) -> list[psutil.Process]:
    """Wait for processes to end by themselves, then make them; gives those that still live."""
    _, left = psutil.wait_procs(left, timeout=patience)
    for last_word in (signal.SIGQUIT, signal.SIGKILL):
        for process in left:
            report(f"{last_word.name} to the leftover process {process.pid}")
            with suppress(psutil.NoSuchProcess):
                process.send_signal(last_word)
        _, left = psutil.wait_procs(left, timeout=5)
    return left


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read and that others see whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.old"))


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "it said nothing"


def report(sentence: str) -> None:
    """One line with the time on the standard output, which is a log."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), sentence, flush=True)
