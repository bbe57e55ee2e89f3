"""The two embedded servers: how each is prepared, started, asked and stopped."""

import hashlib
import json
import locale
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.processes import (
    as_account,
    dies_with_parent,
    end_processes,
    last_line,
    processes_in,
    report,
    shorten,
    write_private,
)

MAX_FAILED_STARTS = 4


class EmbeddedError(Exception):
    """A server cannot be started; the message is one line for the user."""


@dataclass(frozen=True)
class Site:
    """Where the servers keep their data, whose programs they are and which account runs them."""

    home: Path
    logs: Path
    account: pwd.struct_passwd | None  # None: the user who runs this
    postgres_bin: Path
    valkey_server: Path

    def owned_folder(self, path: Path) -> Path:
        """Make a folder that only the servers' account can read."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def popen(self, command: list[str], log: Path, last_word: signal.Signals) -> subprocess.Popen:
        """Start a server as its account; it gets `last_word` when this process dies (on Linux)."""
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},  # no PG* variable of the user
                start_new_session=True,
                preexec_fn=dies_with_parent(last_word),
                **as_account(self.account),
            )


class Server:
    """What PostgreSQL and Valkey have in common: start, be ready, be restarted, stop."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, site: Site) -> None:
        self.site = site
        self.folder = site.owned_folder(site.home / self.name)
        self.log = site.logs / f"{self.name}.log"
        self.process: subprocess.Popen | None = None
        self.is_ready = self.has_been_ready = False
        self.failures = 0
        self.next_start = 0.0

    def command(self) -> list[str]:
        """Prepare what the server needs and give its command line."""
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def url(self) -> str:
        raise NotImplementedError

    def tend(self, now: float) -> None:
        """One look: start what is not there, note what has become ready, mourn what has died."""
        if self.process is None:
            if now >= self.next_start:
                shorten(self.log)
                self.process = self.site.popen(self.command(), self.log, self.stop_signal)
        elif self.process.poll() is not None:
            self._died(now)
        elif not self.is_ready and self.answers():
            self.is_ready = self.has_been_ready = True
            self.failures = 0
            report(f"{self.name} is ready, process {self.process.pid}")

    def _died(self, now: float) -> None:
        report(f"{self.name} ended with {self.process.returncode}" if self.process else "")
        self.process, self.is_ready = None, False
        self.failures += 1
        self.next_start = now + min(5.0, 0.2 * 2**self.failures)
        if self.failures >= MAX_FAILED_STARTS and not self.has_been_ready:
            raise EmbeddedError(f"{self.name} does not start: {last_line(self.log)}")

    def end_leftovers(self, folder: Path) -> None:
        """End what a killed server left behind: two at work would spoil the data."""
        if left := end_processes(processes_in(folder)):
            raise EmbeddedError(f"process {left[0].pid} still works in {folder}: end it")

    def stop(self) -> None:
        if self.process is None:
            return
        last_words = [(self.stop_signal, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)]
        for last_word, seconds in last_words:
            self.process.send_signal(last_word)
            try:
                self.process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                report(f"{self.name} does not stop on {last_word.name}")


class Postgres(Server):
    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: roll back, write everything, go

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.data = self.folder / "data"
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        uid = site.account.pw_uid if site.account else os.geteuid()
        # short: a socket's path has at most 104 bytes
        self.sockets = Path("/tmp") / f"marquee-{uid}-{digest}"  # noqa: S108

    def command(self) -> list[str]:
        if not self.data.exists():
            self._make_cluster()
        self.end_leftovers(self.data)
        self._check_sockets_folder()
        # nothing runs in the folder now: these name a process that is gone, or somebody else's
        for stale in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [str(self.site.postgres_bin / "postgres"), "-D", str(self.data), *given]

    def answers(self) -> bool:
        """The last line of postmaster.pid is the state, as pg_ctl reads it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def stop(self) -> None:
        super().stop()
        with suppress(OSError):
            self.sockets.rmdir()

    def url(self) -> str:
        return f"postgres://marquee@/marquee?host={quote(str(self.sockets), safe='')}"

    def _make_cluster(self) -> None:
        """initdb and the database, in a folder renamed at the end: whole or not at all."""
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        # the builtin provider sorts alike everywhere; pg_trgm needs an lc_ctype that knows letters
        self._run(
            "initdb", f"--pgdata={part}", "--username=marquee", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            f"--lc-ctype={_utf8_ctype()}", "--no-instructions",
        )  # fmt: skip
        self._run(
            "postgres", "--single", "-D", str(part), "postgres", given="CREATE DATABASE marquee;\n"
        )
        part.rename(self.data)

    def _run(self, program: str, *words: str, given: str = "") -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(
                [str(self.site.postgres_bin / program), *words],
                input=given.encode(),
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                **as_account(self.site.account),
            )
        if done.returncode:
            raise EmbeddedError(f"{program} failed: {last_line(self.log)}")

    def _check_sockets_folder(self) -> None:
        """In /tmp anybody may have made it first: it must be a folder of the servers' account."""
        owner = self.site.account.pw_uid if self.site.account else os.geteuid()
        if not self.sockets.is_symlink() and not self.sockets.exists():
            self.site.owned_folder(self.sockets)
        about = self.sockets.lstat()
        if self.sockets.is_symlink() or about.st_uid != owner or about.st_mode & 0o077:
            raise EmbeddedError(f"{self.sockets} belongs to somebody else: remove it")


class Valkey(Server):
    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.port, self.password = self._address()

    def command(self) -> list[str]:
        self.end_leftovers(self.folder)
        if not self.has_been_ready and not _is_free(self.port):
            self.port = self._save(_free_port(), self.password)
        config = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        path = self.folder / "valkey.conf"
        write_private(path, "".join(f"{key} {value}\n" for key, value in config.items()))
        if self.site.account:
            os.chown(path, self.site.account.pw_uid, self.site.account.pw_gid)
        return [str(self.site.valkey_server), str(path)]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return b"+PONG" in connection.recv(99) or b"+PONG" in connection.recv(99)
        except OSError:
            return False

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _address(self) -> tuple[int, str]:
        try:
            kept = json.loads((self.folder / "address.json").read_text())
            return kept["port"], kept["password"]
        except (FileNotFoundError, json.JSONDecodeError, KeyError):
            password = secrets.token_hex(24)
            return self._save(_free_port(), password), password

    def _save(self, port: int, password: str) -> int:
        kept = json.dumps({"port": port, "password": password})
        write_private(self.folder / "address.json", kept)
        return port


def _utf8_ctype() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "UTF-8"):
            try:
                return locale.setlocale(locale.LC_CTYPE, name) and name
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise EmbeddedError("no UTF-8 locale here: install one (Debian: apt-get install locales)")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
