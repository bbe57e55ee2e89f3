"""Erasing a person, over every app."""

import logging
from functools import partial

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from jobs.models import Job
from studio.image_services import remove_files_of

log = logging.getLogger(__name__)


class ErasureRefused(Exception):
    """This account cannot be deleted now; the message says why and what to do first."""


@transaction.atomic
def erase_user(user: User) -> None:
    """Everything of theirs is gone. What they trained and its data stay, as nobody's."""
    unnoted = _unnoted_sessions(user)  # before any lock: it may open thousands
    staff = User.objects.select_for_update().filter(is_staff=True, is_active=True).order_by("pk")
    others = [one for one in staff if one.pk != user.pk and one.has_usable_password()]
    if user.is_staff and not others:
        raise ErasureRefused(
            _(
                "You are the only one who runs this site. Give somebody else staff rights "
                "in the admin, then delete your account."
            )
        )
    held = User.objects.select_for_update().get(pk=user.pk)
    Job.objects.filter(_is_the_site_s(), owner=held).update(owner=None, key=None)
    noted = UserSession.objects.filter(user=held).values("session_key")
    Session.objects.filter(Q(pk__in=noted) | Q(pk__in=unnoted)).delete()
    held.delete()
    transaction.on_commit(partial(remove_files_of, user.pk))
    log.info("an account was erased at its owner's request")


def _is_the_site_s() -> Q:
    """Of a job: what it trained, measured or read serves every member."""
    return (
        Q(run__isnull=False)
        | Q(generator_run__isnull=False)
        | Q(measured_generator_run__isnull=False)
        | Q(agent_run__isnull=False)
        | Q(rated_agent_run__isnull=False)
        | Q(dataset__isnull=False)
    )


def _unnoted_sessions(user: User) -> list[str]:
    """Keys of sessions that are noted as nobody's and name this person inside."""
    noted = UserSession.objects.values("session_key")
    return [
        session.pk
        for session in Session.objects.exclude(pk__in=noted).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
