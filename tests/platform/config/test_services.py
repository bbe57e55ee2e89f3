"""Embedded PostgreSQL and Valkey: real servers in a folder of the test's own."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from config import services
from tests.platform.config.embedded import (
    Folder,
    count_rows,
    eventually,
    nobody_can_run_python,
    write_row,
)
from tests.platform.config.patience import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    for name in ("DATABASE_URL", "REDIS_URL", services.EXPORTED):
        monkeypatch.delenv(name, raising=False)
    # not tmp_path: root's servers run as another account, which cannot enter that
    path = Path(tempfile.mkdtemp(prefix="marquee-services-"))
    path.chmod(0o755)
    folder = Folder(path)
    yield folder
    folder.dismiss()
    shutil.rmtree(path)


def test_nothing_is_started_when_both_addresses_are_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(services.EXPORTED, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgres://db/x")
    monkeypatch.setenv("REDIS_URL", "redis://broker/0")
    assert services.ensure(tmp_path) == services.Services("postgres://db/x", "redis://broker/0")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", services.EXPORTED):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "var").write_text("a file, not a folder")
    with pytest.raises(services.ServicesError, match="set MARQUEE_STATE") as error:
        services.ensure(tmp_path / "var")
    assert "\n" not in str(error.value)


def test_both_servers_work_and_stop_when_the_last_user_has_gone(folder: Folder) -> None:
    first, second = folder.new_user(), folder.new_user()
    database_url, redis_url = folder.urls(first)
    assert folder.urls(second) == (database_url, redis_url)
    config = environ.Env.db_url_config(database_url)
    assert (config["NAME"], config["USER"]) == ("marquee", "marquee")
    assert redis.Redis.from_url(redis_url).incr("n") == 1
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        found = connection.execute("SELECT similarity('кино', 'кинотеатр') > 0.3").fetchone()
        assert found == (True,)  # letters beyond ASCII count
    first.kill()
    first.wait()
    time.sleep(2)
    assert len(folder.servers()) == 2  # the second user still holds them
    second.kill()
    wait_for(lambda: not folder.servers() and not folder.supervisors(), 60)
    assert "shut down" in (folder.state / "services" / "postgres.log").read_text().splitlines()[-1]


def test_four_first_users_at_once_share_one_pair_of_servers(folder: Folder) -> None:
    users = [folder.new_user() for _ in range(4)]
    assert len({folder.urls(user) for user in users}) == 1
    assert len(folder.servers("postgres")) == len(folder.servers("valkey")) == 1
    assert len(folder.supervisors()) == 1


def test_only_the_server_that_is_missing_is_started(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDED_GRACE", "0.5")
    monkeypatch.setenv("DATABASE_URL", "postgres://db/x")
    found = services.ensure(folder.state)
    assert found.database_url == "postgres://db/x"
    assert redis.Redis.from_url(found.redis_url).ping()
    assert folder.servers("postgres") == []
    assert services.release(folder.state) == "stopped"
    assert folder.servers() == []


def test_the_password_is_nobody_elses_to_read_and_the_port_is_kept(folder: Folder) -> None:
    first = folder.new_user()
    urls = folder.urls(first)
    for name in ("valkey/address.json", "valkey/valkey.conf", "services/status.json"):
        assert stat.S_IMODE((folder.state / name).stat().st_mode) == 0o600, name
    folder.dismiss()
    assert folder.urls(folder.new_user()) == urls


def test_rows_are_kept_when_the_servers_are_started_again(folder: Folder) -> None:
    database_url, redis_url = folder.urls(folder.new_user())
    write_row(database_url)
    redis.Redis.from_url(redis_url).incr("n")
    folder.dismiss()
    database_url, redis_url = folder.urls(folder.new_user())
    assert count_rows(database_url) == 1
    assert redis.Redis.from_url(redis_url).incr("n") == 2


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(folder: Folder) -> None:
    database_url, _ = folder.urls(folder.new_user())
    write_row(database_url)
    pid_file = folder.state / "postgres" / "data" / "postmaster.pid"
    before = pid_file.read_text().splitlines()
    folder.dismiss()
    account = pid_file.parent.stat().st_uid if os.geteuid() == 0 else None  # PostgreSQL asks whose
    stranger = subprocess.Popen(["sleep", "60"], user=account, cwd="/")
    pid_file.write_text("\n".join([str(stranger.pid), *before[1:]]) + "\n")
    os.chown(pid_file, pid_file.parent.stat().st_uid, -1)
    database_url, _ = folder.urls(folder.new_user())
    assert count_rows(database_url) == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.long
def test_a_killed_postgres_is_back_within_seconds_with_every_row(folder: Folder) -> None:
    database_url, _ = folder.urls(folder.new_user())
    for round_number in range(1, 4):
        write_row(database_url)
        folder.servers("postgres")[0].kill()
        assert eventually(lambda: count_rows(database_url), 30) == round_number


@pytest.mark.long
def test_a_killed_valkey_is_back_within_seconds_with_every_increment(folder: Folder) -> None:
    _, redis_url = folder.urls(folder.new_user())
    for round_number in range(1, 4):
        assert redis.Redis.from_url(redis_url).incr("n") == round_number
        folder.servers("valkey")[0].kill()
        eventually(lambda: redis.Redis.from_url(redis_url).exists("n"), 30)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_new_user_mends_what_a_killed_supervisor_left(
    folder: Folder, number: signal.Signals
) -> None:
    database_url, redis_url = folder.urls(folder.new_user())
    write_row(database_url)
    redis.Redis.from_url(redis_url).incr("n")
    folder.supervisors()[0].send_signal(number)
    assert folder.urls(folder.new_user()) == (database_url, redis_url)
    assert eventually(lambda: count_rows(database_url), 30) == 1
    assert redis.Redis.from_url(redis_url).incr("n") == 2


@pytest.mark.long
def test_everything_killed_at_once_loses_nothing(folder: Folder) -> None:
    database_url, redis_url = folder.urls(folder.new_user())
    write_row(database_url)
    redis.Redis.from_url(redis_url).incr("n")
    for process in (*folder.supervisors(), *folder.servers()):
        process.kill()
    folder.users[0].kill()
    database_url, redis_url = folder.urls(folder.new_user())
    assert count_rows(database_url) == 1
    assert redis.Redis.from_url(redis_url).incr("n") == 2


@pytest.mark.long
@pytest.mark.skipif(not nobody_can_run_python(), reason="needs root, and a venv open to `nobody`")
def test_a_normal_user_keeps_everything_in_its_own_folder(folder: Folder) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder.path, nobody.pw_uid, nobody.pw_gid)
    user = folder.new_user(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    database_url, redis_url = folder.urls(user)
    assert (folder.state / "postgres" / "data").stat().st_uid == nobody.pw_uid
    assert redis.Redis.from_url(redis_url).incr("n") == 1
    write_row(database_url)
    assert {server.uids().real for server in folder.servers()} == {nobody.pw_uid}


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers are another account")
def test_roots_data_moves_when_the_servers_account_cannot_enter_the_folder(folder: Folder) -> None:
    folder.path.chmod(0o700)
    before = set(Path("/var/lib/marquee").glob("*"))
    database_url, _ = folder.urls(folder.new_user())
    write_row(database_url)
    homes = set(Path("/var/lib/marquee").glob("*")) - before
    folder.dismiss()
    assert len(homes) == 1
    assert count_rows(folder.urls(folder.new_user())[0]) == 1
    folder.dismiss()
    shutil.rmtree(homes.pop())
