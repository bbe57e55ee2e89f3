"""`make run` on a small site: the same launcher, with a Django project of twenty lines."""

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.platform.config.launching import FILES, SETTINGS, Site
from tests.platform.config.patience import wait_for

CONFIG = Path(__file__).resolve().parents[3] / "platform" / "config"
LAUNCHER = ["launch", "children", "processes", "servers", "services", "supervisor"]


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
