"""Programs sign in with a token: `Authorization: Bearer <token>`."""

from datetime import timedelta

from django.db import connection
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import AccessToken, User

LAST_USE_PRECISION = timedelta(minutes=1)


def columns_of(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


TOKEN_COLUMNS, OWNER_COLUMNS = columns_of(AccessToken), columns_of(User)
# by hand: every request of a program begins with it, and Django writes it four times as long
FIND_SQL = """
SELECT {token}, {owner}
FROM accounts_accesstoken AS token JOIN accounts_user AS owner ON owner.id = token.owner_id
WHERE token.digest = %s AND token.revoked_at IS NULL AND owner.is_active
""".format(
    token=", ".join(f"token.{name}" for name in TOKEN_COLUMNS),
    owner=", ".join(f"owner.{name}" for name in OWNER_COLUMNS),
)


class TokenAuthentication(BaseAuthentication):
    """The owner of a token that was not revoked; no opinion when there is no bearer header."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = find_token(secret.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked."))
        note_use(token)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def find_token(secret: str) -> AccessToken | None:
    """The token with this secret that still opens the door."""
    if not secret.isascii():
        return None
    with connection.cursor() as cursor:
        cursor.execute(FIND_SQL, [AccessToken.digest_of(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    count = len(TOKEN_COLUMNS)
    token = AccessToken.from_db(connection.alias, TOKEN_COLUMNS, row[:count])
    token.owner = User.from_db(connection.alias, OWNER_COLUMNS, row[count:])
    return token


def note_use(token: AccessToken) -> None:
    """Keep `last_used_at` to the minute: a busy program does not write at every request."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USE_PRECISION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USE_PRECISION)
        AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
