"""Writes on accounts: tokens, the age limit, the first staff login."""

import json
import logging
import secrets
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccessToken, User
from config.media import keep_file, remove_file
from config.processes import write_private

log = logging.getLogger(__name__)

MAX_TOKENS = 20  # live ones of one person
STAFF_EMAIL = "staff@marquee.example"
STAFF_LOGIN_FILE = "staff-login.json"
LOGIN_CHANGED_FILE = "staff-login.changed"  # beside it: the password is not ours any more


class WrongPassword(Exception):
    """The password that this change needs is missing or wrong."""


class TooManyTokens(Exception):
    """This person has as many live tokens as one may have; the message says so."""


@transaction.atomic
def issue_token(*, owner: User, name: str) -> tuple[AccessToken, str]:
    """A new token and its secret, which nobody can read again. Raises TooManyTokens."""
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


def set_avatar(*, user: User, content: bytes, digest: str) -> None:
    """A PNG of the site's own making. digest: hex, of what it was made from"""
    name = f"{avatar_folder(user.pk)}/{digest}.png"
    keep_file(name, content)
    old = User.objects.values_list("avatar", flat=True).get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(avatar=name)
    if old not in {"", name}:
        remove_file(old)


def clear_avatars(*, digest: str, user: User | None = None) -> None:
    """Nobody wears what was made from this; or this user does not."""
    wearing = User.objects.filter(avatar__endswith=f"/{digest}.png")
    if user is not None:
        wearing = wearing.filter(pk=user.pk)
    names = list(wearing.values_list("avatar", flat=True))
    wearing.update(avatar="")
    for name in names:
        remove_file(name)


def avatar_folder(user_id: int) -> str:
    return f"avatars/{user_id}"


def ensure_staff(url: str) -> Path | None:
    """A staff login that works, and the file that tells it (0600); later only its url changes.

    None, and no file, when the file told no login that works and somebody runs the site: whoever
    has changed the password, or others. No account is touched then.
    """
    path = Path(settings.STATE_DIR) / STAFF_LOGIN_FILE
    changed = path.with_name(LOGIN_CHANGED_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    login, able = _read_login(path), _able_staff()
    if login and able and not _works(login, able):
        changed.touch()  # first: a later start must not take this for a lost file
        path.unlink()
        return None
    if login is None and any(user.email != STAFF_EMAIL or changed.exists() for user in able):
        path.unlink(missing_ok=True)  # it told nothing
        return None
    if login is None or not able:
        password = secrets.token_urlsafe(15)
        _make_staff(STAFF_EMAIL, password)
        login = {"email": STAFF_EMAIL, "password": password}
    write_private(path, json.dumps(login | {"url": url}, indent=2) + "\n")
    changed.unlink(missing_ok=True)
    return path


def _able_staff() -> list[User]:
    """Those who can sign in and run the site."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return [user for user in staff if user.has_usable_password()]


def _works(login: dict[str, str], able: list[User]) -> bool:
    return any(
        user.email == login["email"] and user.check_password(login["password"]) for user in able
    )


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
        login = {"email": kept["email"], "password": kept["password"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return login if all(isinstance(value, str) for value in login.values()) else None
