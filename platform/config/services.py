"""PostgreSQL and Valkey for whoever asks: those of the environment, else embedded ones.

Every process that calls `ensure` holds a shared lock (its lease) until it dies, however it dies.
The first one starts `supervisor.py`, which stops both servers when the last lease is gone.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
EXPORTED = "MARQUEE_EMBEDDED"  # names of the embedded servers among those variables
START_SECONDS = 180  # a first start copies 40 MB, recovery after a crash reads the log
MAX_STARTS = 3  # a supervisor may be killed while it starts
RELEASE_SECONDS = 15  # the supervisor's grace and more: who holds the servers up then uses them
STOP_SECONDS = 90  # a shutdown writes everything first
POLL_SECONDS = 0.05

_leases: dict[Path, int] = {}  # state folder → file descriptor; forked children keep it


class ServicesError(Exception):
    """The servers cannot be had; the message says in one line what to do."""


@dataclass(frozen=True)
class Services:
    """Where the database and the broker listen."""

    database_url: str
    redis_url: str


def ensure(state_dir: Path | None = None) -> Services:
    """Both addresses, ready for connections for as long as this process lives."""
    urls = {name: os.environ.get(variable, "") for name, variable in VARIABLES.items()}
    missing = _embedded_names()
    if missing:
        urls |= _embedded(state_folder(state_dir), missing)
    return Services(database_url=urls["postgres"], redis_url=urls["valkey"])


def export() -> Services:
    """`ensure`, and put both addresses where the settings and our children read them."""
    names = _embedded_names()
    services = ensure()
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ[EXPORTED] = " ".join(sorted(names))
    return services


def _embedded_names() -> set[str]:
    """Servers that nobody gave us; a child takes its own lease on what its parent exported."""
    exported = os.environ.get(EXPORTED, "").split()
    missing = {name for name, variable in VARIABLES.items() if not os.environ.get(variable)}
    return missing | (VARIABLES.keys() & exported)


def release(
    state_dir: Path | None = None, *, seconds: float = RELEASE_SECONDS
) -> Literal["stopped", "used", "stopping"]:
    """Give the lease back, wait for the servers to stop, say what became of them."""
    state = state_folder(state_dir)
    lease = _leases.pop(state, None)
    if lease is None:
        return "stopped"
    os.close(lease)
    control = state / "services"
    start = time.monotonic()
    while _is_locked(control / "supervisor.lock"):
        waited = time.monotonic() - start
        is_up = "urls" in _status(control)  # the supervisor removes them before it stops anything
        if is_up and waited > seconds:
            return "used"
        if waited > STOP_SECONDS:
            return "stopping"
        time.sleep(POLL_SECONDS)
    return "stopped"


def state_folder(state_dir: Path | None = None) -> Path:
    """Where everything that this installation writes is kept."""
    return (state_dir or Path(os.environ.get("MARQUEE_STATE") or ROOT / "var")).resolve()


def _embedded(state: Path, names: set[str]) -> dict[str, str]:
    control = state / "services"
    try:
        control.mkdir(mode=0o700, parents=True, exist_ok=True)
        _hold_lease(state, control)
        for name in names:
            (control / f"want.{name}").touch()
        return _wait_for(control, names)
    except OSError as error:
        raise ServicesError(
            f"cannot use {control} ({error.strerror or error}): run as the user who owns it, "
            "or set MARQUEE_STATE to a folder of yours"
        ) from error


def _hold_lease(state: Path, control: Path) -> None:
    if state in _leases:
        return
    lease = os.open(control / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(lease, fcntl.LOCK_SH, control)
    except ServicesError:
        os.close(lease)
        raise
    _leases[state] = lease


def _wait_for(control: Path, names: set[str]) -> dict[str, str]:
    starts = 0
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if starts == MAX_STARTS or (starts and "error" in _status(control)):
            raise ServicesError(_what_went_wrong(control))
        starts += _revive(control)
        urls = _status(control).get("urls", {})
        if names <= urls.keys():
            return {name: urls[name] for name in names}
        time.sleep(POLL_SECONDS)
    raise ServicesError(_what_went_wrong(control))


def revive(state_dir: Path | None = None) -> None:
    """Start the supervisor again if it was killed; returns at once, before the servers are up."""
    state = state_folder(state_dir)
    if state in _leases:
        _revive(state / "services")


def _revive(control: Path) -> bool:
    """Whether a supervisor had to be started."""
    with _start_lock(control):
        if _is_locked(control / "supervisor.lock"):
            return False
        _start_supervisor(control)
        return True


def _start_supervisor(control: Path) -> None:
    (control / "status.json").unlink(missing_ok=True)
    with (control / "supervisor.log").open("ab") as log:
        subprocess.run(  # it forks itself away and returns at once
            [sys.executable, "-P", "-m", "config.supervisor", str(control.parent)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_supervisor_environment(),
            start_new_session=True,
            check=False,
        )


def _supervisor_environment() -> dict[str, str]:
    """Little: it outlives the process that starts it, and must not look like a child of its."""
    kept = {name: os.environ[name] for name in ("PATH", "EMBEDDED_GRACE") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT / "platform")}


def _status(control: Path) -> dict:
    """What the supervisor last wrote: {"urls": {name: url}} or {"error": sentence}."""
    try:
        return json.loads((control / "status.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _what_went_wrong(control: Path) -> str:
    error = _status(control).get("error", "the embedded PostgreSQL or Valkey does not start")
    return f"{error}; see {control}/*.log, or set DATABASE_URL and REDIS_URL to servers of yours"


@contextmanager
def _start_lock(control: Path) -> Iterator[None]:
    start = os.open(control / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(start, fcntl.LOCK_EX, control)
        yield
    finally:
        os.close(start)


def _lock(descriptor: int, kind: int, control: Path) -> None:
    """Wait for a lock: the supervisor holds the lease while it stops the servers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            return fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
    raise ServicesError(f"{control} stays locked: end the process that holds it and start again")


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
