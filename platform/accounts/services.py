"""Writes on accounts: tokens, the age limit, the first staff login."""

import json
import logging
import os
import secrets
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccessToken, User

log = logging.getLogger(__name__)

MAX_TOKENS = 20  # live ones of one person
STAFF_EMAIL = "staff@marquee.example"
STAFF_LOGIN_FILE = "staff-login.json"


class WrongPassword(Exception):
    """The password that this change needs is missing or wrong."""


class TooManyTokens(Exception):
    """This person has as many live tokens as one may have; the message says so."""


@transaction.atomic
def issue_token(*, owner: User, name: str) -> tuple[AccessToken, str]:
    """A new token and its secret, which nobody can read again."""
    User.objects.select_for_update().get(pk=owner.pk)
    if owner.tokens.filter(revoked_at=None).count() >= MAX_TOKENS:
        raise TooManyTokens(_("You have %(n)d tokens; revoke one first.") % {"n": MAX_TOKENS})
    return AccessToken.issue(owner=owner, name=name)


def revoke_token(*, token: AccessToken, now: datetime | None = None) -> None:
    """The token stops working at once. Twice is once."""
    token.revoke(now=now or timezone.now())


@transaction.atomic
def change_age_limit(*, user: User, limit: int, password: str = "") -> None:
    """Lowering is free; raising takes the password."""
    held = User.objects.select_for_update().get(pk=user.pk)
    if limit not in User.AgeLimit.values:
        raise ValueError(f"limit is {limit}; it must be one of {User.AgeLimit.values}")
    if limit > held.age_limit and not held.check_password(password):
        raise WrongPassword
    User.objects.filter(pk=user.pk).update(age_limit=limit)
    user.age_limit = limit


def ensure_staff(url: str) -> Path | None:
    """A staff login that works, and the file that tells it (0600); later only its url changes.

    None when the file is gone and others run the site: they can, so no account is touched.
    """
    path = Path(settings.STATE_DIR) / STAFF_LOGIN_FILE
    login = _read_login(path)
    able = {user.email for user in _active_staff() if user.has_usable_password()}
    if login is None and able - {STAFF_EMAIL}:
        path.unlink(missing_ok=True)  # it told nothing
        return None
    if login is None or not able:
        password = secrets.token_urlsafe(15)
        _make_staff(STAFF_EMAIL, password)
        login = {"email": STAFF_EMAIL, "password": password}
    _write_private(path, json.dumps(login | {"url": url}, indent=2) + "\n")
    return path


def _active_staff() -> list[User]:
    return list(User.objects.filter(is_staff=True, is_active=True))


@transaction.atomic
def _make_staff(email: str, password: str) -> None:
    user = User.objects.filter(email=email).first() or User(email=email, name="Staff")
    user.is_staff = user.is_superuser = user.is_active = user.tastes_asked = True
    user.set_password(password)
    user.save()
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    log.info("made the staff login %s", email)


def _read_login(path: Path) -> dict[str, str] | None:
    try:
        kept = json.loads(path.read_text())
        return {"email": kept["email"], "password": kept["password"]}
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
        return None


def _write_private(path: Path, text: str) -> None:
    """Only we can read it, and a reader sees the old or the new text, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
