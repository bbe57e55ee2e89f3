"""Who uses the site, how old a title may be for them, and the tokens of their programs."""

import hashlib
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

NO_AGE_LIMIT = 18


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("a user needs an email address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    class AgeLimit(models.IntegerChoices):
        ALL_AGES = 0, _("Suitable for all")
        EIGHT = 8, _("Up to 8")
        THIRTEEN = 13, _("Up to 13")
        SEVENTEEN = 17, _("Up to 17")
        NONE = NO_AGE_LIMIT, _("No limit")

    username = None  # type: ignore[assignment]  # people sign in with their email address
    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    age_limit = models.PositiveSmallIntegerField(
        _("age limit"), choices=AgeLimit.choices, default=NO_AGE_LIMIT
    )
    is_demo = models.BooleanField(default=False)  # a member of the demo data: cannot sign in
    tastes_asked = models.BooleanField(default=False)  # has seen or skipped the taste picker
    avatar = models.CharField(max_length=120, blank=True, editable=False)  # file below MEDIA_ROOT

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def avatar_url(self) -> str:
        """ "" without one; another picture has another address."""
        return reverse("avatar", args=[Path(self.avatar).stem]) if self.avatar else ""

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.name or self.email.split("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


class AccessToken(models.Model):
    """A program's key to the API in its owner's name; only its hash is kept."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} of {self.owner}"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, *, owner: User, name: str) -> tuple["AccessToken", str]:
        """A new token and its secret, which is shown once and never stored."""
        secret = f"mq_{secrets.token_urlsafe(32)}"
        return cls.objects.create(owner=owner, name=name, digest=cls.digest_of(secret)), secret

    def revoke(self, *, now: datetime) -> None:
        self.revoked_at = self.revoked_at or now
        self.save(update_fields=["revoked_at"])
