"""Writes on the data that generators learn from. What a worker does: dataset_work.py."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.media import keep_upload, remove_file, remove_folder
from jobs.models import Job
from jobs.services import cancel, queue_job
from studio.dataset_files import UPLOADS, drop_upload, folder_of
from studio.services import StudioRefused
from studio.training_models import LONGEST_NAME, Dataset

log = logging.getLogger(__name__)

READ = "studio.tasks.read_dataset"
TAKEN = gettext_lazy("There is a set of this name: choose another.")


class DatasetRefused(StudioRefused):
    """This cannot be done with a set of images; the message says why."""


@dataclass(frozen=True)
class Sent:
    """A zip of images that somebody sends, and what is to be made of it."""

    name: str
    chunks: Iterable[bytes]
    size: int | None  # None: what suits the images
    channels: int | None
    may_be_renamed: bool = False  # a person has chosen the file: it is not lost for a taken name


def queue_dataset(*, owner: User, sent: Sent, key: str | None = None) -> Dataset:
    """Keep the file and have it read; the same owner's same key gives the same set."""
    if known := known_dataset(owner, key):
        return known
    upload, is_wanted = keep_upload(UPLOADS, sent.chunks), False
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=owner.pk)
            known = known_dataset(owner, key)
            found = known or _create(owner, sent, upload, key)
        is_wanted = known is None
    except IntegrityError as error:  # somebody else took the name at the same moment
        raise DatasetRefused(TAKEN) from error
    finally:
        if not is_wanted:
            remove_file(upload)
    return found


def known_dataset(owner: User, key: str | None) -> Dataset | None:
    """What this key of theirs has started."""
    return Dataset.objects.started_by(owner, _own(key)).first() if key else None


def _own(key: str) -> str:
    return f"dataset:{key}"


def _create(owner: User, sent: Sent, upload: str, key: str | None) -> Dataset:
    name = free_name_like(sent.name) if sent.may_be_renamed else sent.name
    free_name(name)
    job = queue_job(
        task=READ,
        label=_("Read the images of %(name)s") % {"name": name},
        owner=owner,
        queue=Job.Queue.HEAVY,  # two long ones would hold up members' images and the sweep
        params={"size": sent.size, "channels": sent.channels},
        key=_own(key) if key else None,
    )
    return Dataset.objects.create(name=name, job=job, upload=upload, added_by=owner)


def free_name_like(name: str) -> str:
    """Inside a transaction: the name itself, or with the first number behind it that is free."""
    lock_datasets()
    forgettable = Dataset.objects.forgettable().values("pk")
    others = Dataset.objects.exclude(pk__in=forgettable)
    taken = {each.casefold() for each in others.values_list("name", flat=True)}
    endings = chain([""], (f" {number}" for number in count(2)))
    names = (name[: LONGEST_NAME - len(ending)].rstrip() + ending for ending in endings)
    return next(each for each in names if each.casefold() not in taken)


def free_name(name: str) -> None:
    """Inside a transaction: a removed set of it goes for good, unless runs have learned from it.

    Small and capital letters are the same: nobody tells two such sets apart in a list.
    """
    lock_datasets()
    Dataset.objects.forgettable().filter(name__iexact=name).delete()
    taken = Dataset.objects.filter(name__iexact=name).first()
    if taken and taken.is_removed:
        raise DatasetRefused(
            _("%(name)s was removed, but runs have learned from it and name it: choose another.")
            % {"name": taken.name}
        )
    if taken:
        raise DatasetRefused(TAKEN)


def lock_datasets() -> None:
    """Inside a transaction: one at a time takes a name, keeps images or removes a set."""
    list(Dataset.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def reload(dataset: Dataset) -> None:
    """As it is by now. DatasetRefused when somebody has removed it for good."""
    try:
        dataset.refresh_from_db()
    except Dataset.DoesNotExist as error:
        raise DatasetRefused(_("This set is gone.")) from error


@transaction.atomic
def remove_dataset(*, dataset: Dataset) -> None:
    """Its images go, its runs stay. DatasetRefused while one of them needs it."""
    lock_datasets()
    reload(dataset)
    if run := dataset.runs.busy().first():
        raise DatasetRefused(
            _("Run %(number)d learns from it: wait until it has ended, or cancel it.")
            % {"number": run.pk}
        )
    if dataset.job:
        cancel(dataset.job)
    drop_upload(dataset)
    Dataset.objects.filter(pk=dataset.pk).update(is_removed=True)
    dataset.is_removed = True
    transaction.on_commit(lambda: remove_folder(folder_of(dataset.pk)))
    log.info("dataset %s is removed", dataset.name)
