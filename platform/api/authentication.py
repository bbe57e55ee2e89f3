"""Programs sign in with a token: `Authorization: Bearer <token>`."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import AccessToken, User

LAST_USE_PRECISION = timedelta(minutes=1)


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
    standing = AccessToken.objects.filter(revoked_at=None, owner__is_active=True)
    return standing.select_related("owner").filter(digest=AccessToken.digest_of(secret)).first()


def note_use(token: AccessToken) -> None:
    """Keep `last_used_at` to the minute: a busy program does not write at every request."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USE_PRECISION)
    if token.last_used_at is None or token.last_used_at < now - LAST_USE_PRECISION:
        AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
