"""Writes on images: who may see them, who wears one, what is gone."""

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import avatar_folder, clear_avatars, set_avatar
from config.media import media_path, remove_file, remove_folder
from studio.models import Image, Report, Walk
from studio.pictures import avatar_of, folder_of
from studio.services import StudioRefused


def publish_image(*, image: Image) -> None:
    """All members see it, without its owner's name."""
    now = timezone.now()
    changed = (
        Image.objects.filter(pk=image.pk)
        .exclude(visibility=Image.Visibility.HIDDEN)
        .update(visibility=Image.Visibility.PUBLISHED, published_at=now)
    )
    if not changed:
        raise StudioRefused(_("Staff have hidden this image; it cannot be published."))


def unpublish_image(*, image: Image) -> None:
    published = Image.objects.published().filter(pk=image.pk)
    published.update(visibility=Image.Visibility.OWN, published_at=None)


@transaction.atomic
def delete_image(*, image: Image) -> None:
    """With its file, which nothing else shows."""
    name = image.file
    Image.objects.filter(pk=image.pk).delete()
    transaction.on_commit(lambda: remove_file(name))


@transaction.atomic
def delete_walk(*, walk: Walk) -> None:
    """With its files, and its job: one at work stops, as nobody holds it any more."""
    names = list(walk.files.values())
    walk.job.delete()
    for name in names:
        transaction.on_commit(partial(remove_file, name))


def report_image(*, image: Image, by: User, reason: str) -> Report:
    """Staff look at it; one report of each member, whose last reason counts."""
    image.refresh_from_db(fields=["visibility"])
    if not image.is_published or image.owner_id == by.pk:
        raise StudioRefused(_("Only what others have published can be reported."))
    return Report.objects.update_or_create(
        image=image, by=by, defaults={"reason": reason, "settled_at": None}
    )[0]


@transaction.atomic
def hide_image(*, image: Image, reason: str) -> None:
    """By staff: only its owner and staff see it, and nobody wears it."""
    Image.objects.filter(pk=image.pk).update(
        visibility=Image.Visibility.HIDDEN, hidden_because=reason, published_at=None
    )
    _settle(image)
    clear_avatars(digest=image.sha256)


@transaction.atomic
def let_stand(*, image: Image) -> None:
    """By staff: reports are settled; what was hidden is its owner's again."""
    hidden = Image.objects.filter(pk=image.pk, visibility=Image.Visibility.HIDDEN)
    hidden.update(visibility=Image.Visibility.OWN, hidden_because="")
    _settle(image)


def _settle(image: Image) -> None:
    image.reports.filter(settled_at=None).update(settled_at=timezone.now())


def wear_image(*, image: Image, user: User) -> None:
    """As an avatar: a copy, which stays when the image is deleted."""
    image.refresh_from_db(fields=["visibility"])
    if image.is_hidden:
        raise StudioRefused(_("Staff have hidden this image."))
    set_avatar(user=user, content=avatar_of(media_path(image.file)), digest=image.sha256)


def remove_files_of(user_id: int) -> None:
    """All that the studio and the account keep of a person who is gone."""
    remove_folder(folder_of(user_id))
    remove_folder(avatar_folder(user_id))
