"""The launcher and the services at their end, and what the launcher tells its children."""

import fcntl
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import launch, services


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handle in before.items():
        signal.signal(number, handle)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """A lease on services whose supervisor lives: the lock's descriptor, open for as long."""
    control = tmp_path / "services"
    control.mkdir()
    lock = os.open(control / "supervisor.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    services._leases[tmp_path] = os.open(control / "lease", os.O_RDWR | os.O_CREAT)
    yield lock
    os.close(lock)


@pytest.mark.usefixtures("signals_as_before")
@pytest.mark.parametrize("end", ["signal", "error"])
def test_a_second_signal_right_after_the_end_began_does_not_keep_it_from_stopping(
    tmp_path, monkeypatch, end
):
    def run(self: launch.Launcher) -> None:
        if end == "error":
            raise launch.LaunchError("no")
        signal.raise_signal(signal.SIGTERM)

    def signal_instead(*words: object, **how: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    stopped = []
    monkeypatch.setenv("MARQUEE_STATE", str(tmp_path))
    monkeypatch.setattr(launch.Launcher, "run", run)
    monkeypatch.setattr(launch.Launcher, "stop", lambda self: stopped.append(self))
    monkeypatch.setattr(launch, "print", signal_instead, raising=False)
    assert launch.main() == (1 if end == "error" else 0)
    assert len(stopped) == 1


def test_servers_that_others_use_stay_up(tmp_path, held):
    status = json.dumps({"urls": {"postgres": "postgres://"}})
    (tmp_path / "services" / "status.json").write_text(status)
    assert services.release(tmp_path, seconds=0.1) == "used"


def test_servers_that_take_long_to_stop_are_waited_for(tmp_path, held):
    free = threading.Timer(0.5, fcntl.flock, [held, fcntl.LOCK_UN])
    free.start()
    assert services.release(tmp_path, seconds=0.1) == "stopped"


def test_servers_that_never_stop_are_told_from_used_ones(tmp_path, held, monkeypatch):
    monkeypatch.setattr(services, "STOP_SECONDS", 0.1)
    assert services.release(tmp_path, seconds=0.05) == "stopping"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://127.0.0.1:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104
        ("::", "http://[::1]:9000"),
        ("[::]", "http://[::1]:9000"),
        ("fd00::7", "http://[fd00::7]:9000"),
        ("films.example.org", "http://films.example.org:9000"),
    ],
)
def test_children_are_told_an_address_that_a_browser_here_can_open(
    tmp_path, monkeypatch, host, address
):
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "9000")
    given_host, port = launch.settings_from_environment()
    launcher = launch.Launcher(tmp_path, host=given_host, port=port)
    told = []

    def run_step(self: launch.Launcher, *words: str, **how: bool) -> None:
        told.append(self.environment["LAUNCHED_AT"])
        raise launch.Stopped

    monkeypatch.setattr(launch.Launcher, "_check_port", lambda self: None)
    monkeypatch.setattr(services, "export", lambda: None)
    monkeypatch.setattr(launch.Launcher, "_run_step", run_step)
    with pytest.raises(launch.Stopped):
        launcher.run()
    assert told == [address]
