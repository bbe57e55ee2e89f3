"""The staff login of `make run` and the tokens of the command line."""

import json
import stat

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command

from accounts.models import AccessToken, User
from accounts.services import ensure_staff
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _state(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"


def test_the_first_start_makes_a_login_that_only_we_can_read():
    path = ensure_staff("http://localhost:8000/")
    login = json.loads(path.read_text())
    user = User.objects.get()
    assert set(login) == {"email", "password", "url"}
    assert (user.email, login["url"]) == (login["email"], "http://localhost:8000/")
    assert user.check_password(login["password"])
    assert user.is_staff
    assert user.is_superuser
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_second_start_keeps_the_password_and_tells_the_new_address():
    first = json.loads(ensure_staff("http://localhost:8000/").read_text())
    second = json.loads(ensure_staff("http://localhost:9000/").read_text())
    assert second == first | {"url": "http://localhost:9000/"}
    assert User.objects.get().check_password(first["password"])


def test_a_lost_file_gives_the_same_account_a_new_password():
    path = ensure_staff("http://localhost/")
    first = json.loads(path.read_text())
    path.unlink()
    second = json.loads(ensure_staff("http://localhost/").read_text())
    assert first["password"] != second["password"]
    assert User.objects.get().check_password(second["password"])


def test_a_password_changed_on_the_site_is_not_told_and_stays_at_every_later_start():
    path = ensure_staff("http://localhost/")
    user = User.objects.get()
    user.set_password("a password of one's own")
    user.save()
    for _ in range(3):
        assert ensure_staff("http://localhost/") is None
        assert not path.exists()
    assert User.objects.get().check_password("a password of one's own")


@pytest.mark.parametrize("rights", [{"is_staff": False}, {"is_active": False}])
def test_a_login_that_lost_its_rights_is_not_told_while_somebody_else_runs_the_site(rights):
    path = ensure_staff("http://localhost/")
    User.objects.update(**rights)
    make_user(is_staff=True)
    before = list(User.objects.order_by("pk").values())
    assert ensure_staff("http://localhost/") is None
    assert not path.exists()
    assert list(User.objects.order_by("pk").values()) == before


def test_an_emptied_database_gets_a_login_although_the_old_password_was_changed():
    path = ensure_staff("http://localhost/")
    User.objects.update(password=make_password("another"))
    assert ensure_staff("http://localhost/") is None
    User.objects.all().delete()
    login = json.loads(ensure_staff("http://localhost/").read_text())
    path.unlink()  # lost now, and not because of a changed password
    again = json.loads(ensure_staff("http://localhost/").read_text())
    assert login["password"] != again["password"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"email": 1}', '{"email": 1, "password": 2}'])
def test_a_broken_file_is_written_again(text):
    path = ensure_staff("http://localhost/")
    path.write_text(text)
    login = json.loads(ensure_staff("http://localhost/").read_text())
    assert User.objects.get().check_password(login["password"])


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_staff": False}])
def test_a_lost_file_changes_no_account_while_somebody_else_runs_the_site(rights):
    path = ensure_staff("http://localhost/")
    make_user(is_staff=True)
    User.objects.filter(email="staff@marquee.example").update(**rights)
    before = list(User.objects.order_by("pk").values())
    path.write_text("{")
    assert ensure_staff("http://localhost/") is None
    assert not path.exists()
    assert list(User.objects.order_by("pk").values()) == before


def test_an_empty_database_beside_an_old_file_gets_a_login_that_works():
    path = ensure_staff("http://localhost/")
    User.objects.all().delete()
    make_user(is_staff=True, password=None)
    login = json.loads(ensure_staff("http://localhost/").read_text())
    assert User.objects.get(email=login["email"]).check_password(login["password"])
    assert path.exists()


def test_the_command_prints_the_secret_of_a_token_and_nothing_else(capsys):
    user = make_user(email="ada@example.org")
    call_command("create_token", "Ada@example.org", "--name", "script")
    secret = capsys.readouterr().out.strip()
    token = AccessToken.objects.get(owner=user, name="script")
    assert token.digest == AccessToken.digest_of(secret)


def test_the_command_says_when_there_is_no_such_person():
    with pytest.raises(CommandError, match="nobody@example.org"):
        call_command("create_token", "nobody@example.org")
