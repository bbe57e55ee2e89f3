"""What a worker does with images that generators are to learn from: reads, judges, keeps them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.media import keep_file, media_path, remove_folder
from genai.errors import DataError
from genai.images.imageset import ImageSet
from genai.images.moderation import ModerationError, Moderator
from genai.images.reading import SIZES, read_images
from genai.images.refusals import EXAMPLES, NothingLeft, ReadReport, printable
from genai.images.sampling import picture
from genai.images.sources import files_of
from jobs.holding import Hold, JobRefused
from studio.dataset_files import IN_A_STRIP, drop_upload, examples_of, folder_of, set_file_of
from studio.dataset_services import DatasetRefused, free_name, lock_datasets, reload
from studio.pictures import plain_png_of, strip_of
from studio.training_models import Dataset

MAX_CLASSES = 200
SECONDS_BETWEEN_REPORTS = 1.0
READ_SHARE = 0.95  # of the progress; the rest is writing


class SourceRefused(DatasetRefused):
    """Nothing of a file is taken, though it was read; the report says why."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report


def read_dataset(hold: Hold) -> None:
    """From the file that was sent to a set; begins anew after a kill, as nothing half is kept."""
    dataset = Dataset.objects.filter(job=hold.job).first()
    if dataset is None:
        raise JobRefused(_("This set is gone."))
    if not dataset.file:
        try:
            read_upload(hold, dataset)
        except DatasetRefused as error:
            give_up(hold, dataset, error)
            raise JobRefused(str(error)) from error
        except ModerationError as error:
            raise JobRefused(_sentence(str(error))) from error  # the upload stays, for Retry
    drop_upload(dataset)
    hold.finish_with(url=dataset.get_absolute_url())


def read_upload(hold: Hold, dataset: Dataset) -> None:
    hold.report(0.0, _("Looking into the file"))
    if not begin_anew(hold, dataset):
        return
    path = media_path(dataset.upload)
    if dataset.is_removed or not dataset.upload or not path.is_file():
        raise DatasetRefused(_("The file that was sent is no longer kept: send it again."))
    total = count_files(path)
    images, report = read_source(
        path,
        size=hold.job.params.get("size"),
        channels=hold.job.params.get("channels"),
        on_file=reporter(hold, total),
    )
    hold.report(READ_SHARE, _("Keeping %(n)d images") % {"n": len(images)})
    refuse_twin(images, besides=dataset.pk)
    fields = keep_images(dataset.pk, images) | {"report": report}
    with transaction.atomic():
        lock_datasets()
        hold.confirm()
        reload(dataset)
        if dataset.is_removed:
            raise DatasetRefused(_("This set was removed meanwhile."))
        refuse_twin(images, besides=dataset.pk)
        Dataset.objects.filter(pk=dataset.pk).update(**fields)


def begin_anew(hold: Hold, dataset: Dataset) -> bool:
    """Without what a killed attempt left; False when one has kept all. JobLost, DatasetRefused."""
    with transaction.atomic():
        lock_datasets()
        hold.confirm()
        reload(dataset)
        if not dataset.file:
            remove_folder(folder_of(dataset.pk))
    return not dataset.file


def give_up(hold: Hold, dataset: Dataset, error: DatasetRefused) -> None:
    """Nothing of it stays: to read it again would end alike."""
    with transaction.atomic():
        lock_datasets()  # first, as whoever removes a set does
        hold.confirm()
        if isinstance(error, SourceRefused):
            Dataset.objects.filter(pk=dataset.pk).update(report=error.report)
    hold.write(message="")
    remove_folder(folder_of(dataset.pk))
    drop_upload(dataset)


def read_source(
    path: Path, *, size: int | None, channels: int | None, on_file: Callable[[int], None]
) -> tuple[ImageSet, dict[str, Any]]:
    """A folder or zip, and what became of it. DatasetRefused, ModerationError."""
    moderator = load_moderator()
    judge = moderator.refuse_unsafe if moderator else None
    try:
        images, report = read_images(
            path, size=size, channels=channels, on_file=on_file, judge=judge
        )
    except NothingLeft as error:
        said = _("There are no images in it.")
        if error.report.refused:
            count = len(error.report.refused)
            said = ngettext(
                "No image of it can be used: %(n)d file was refused.",
                "No image of it can be used: %(n)d files were refused.",
                count,
            ) % {"n": count}
        raise SourceRefused(said, told_of(error.report, moderator)) from error
    except DataError as error:
        raise DatasetRefused(_sentence(str(error), path)) from error
    told = told_of(report, moderator)
    if len(images.label_names) > MAX_CLASSES:
        said = _("It has %(n)d subfolders, each of them a class: up to %(most)d are taken.")
        raise SourceRefused(said % {"n": len(images.label_names), "most": MAX_CLASSES}, told)
    return images, told


def add_source(
    source: Path,
    *,
    name: str,
    size: int | None = None,
    channels: int | None = None,
    on_file: Callable[[int], None] = lambda count: None,
) -> Dataset:
    """An .npz as it is, or a folder or zip of images; DatasetRefused says why not."""
    try:
        if source.suffix.lower() == ".npz":
            return add_images(ImageSet.load(source), name=name)
        images, report = read_source(source, size=size, channels=channels, on_file=on_file)
    except (DataError, ModerationError) as error:
        raise DatasetRefused(_sentence(str(error))) from error
    return add_images(images, name=name, report=report)


def add_images(images: ImageSet, *, name: str, report: dict[str, Any] | None = None) -> Dataset:
    """A set that nobody sent. DatasetRefused when its name is taken or it is there already."""
    height, width = images.images.shape[1:3]
    if height != width or height not in SIZES or not len(images):
        raise DatasetRefused(
            _(
                "It holds %(n)d images of %(width)d x %(height)d pixels: generators learn from"
                " sides of 28, 32 or 64."
            )
            % {"n": len(images), "width": width, "height": height}
        )
    prepared = told_of(ReadReport(len(images)), None) | {"moderation": {"state": "skipped"}}
    with transaction.atomic():
        free_name(name)
        refuse_twin(images)
        dataset = Dataset.objects.create(name=name)
        fields = keep_images(dataset.pk, images) | {"report": report or prepared}
        Dataset.objects.filter(pk=dataset.pk).update(**fields)
    dataset.refresh_from_db()
    return dataset


def refuse_twin(images: ImageSet, *, besides: int | None = None) -> None:
    if twin := Dataset.objects.twins_of(images.sha256, besides=besides).first():
        raise DatasetRefused(
            _("These are the images of %(name)s, one for one: they are kept once.")
            % {"name": twin.name}
        )


def keep_images(dataset_id: int, images: ImageSet) -> dict[str, Any]:
    """Write the set and some examples of each class; what its row says of it."""
    names = np.array(images.label_names)[images.labels]
    classes, counts = np.unique(names, return_counts=True)
    for number, name in enumerate(classes):  # in the order of the names, as the page has them
        rows = np.flatnonzero(names == name)
        shown = rows[np.linspace(0, len(rows) - 1, min(IN_A_STRIP, len(rows))).astype(int)]
        strip = strip_of([picture(images.images[row]) for row in shown])
        keep_file(examples_of(dataset_id, number), plain_png_of(strip))
    file = set_file_of(dataset_id, images.sha256)
    images.save(media_path(file))
    return {
        "file": file,
        "sha256": images.sha256,
        "size": images.size,
        "channels": images.channels,
        "counts": dict(zip(classes.tolist(), counts.tolist(), strict=True)),
        "held_out": held_out_of(images),
    }


def held_out_of(images: ImageSet) -> int:
    """How many a training leaves out, for measuring."""
    try:
        return len(images.split()[1])
    except DataError:  # too few to leave one out
        return 0


def told_of(report: ReadReport, moderator: Moderator | None) -> dict[str, Any]:
    """What the page says of the reading: numbers, some names for each reason, who judged."""
    reasons: dict[str, dict[str, Any]] = {}
    for each in report.refused:
        told = reasons.setdefault(each.reason, {"reason": each.reason, "count": 0, "examples": []})
        told["count"] += 1
        if len(told["examples"]) < EXAMPLES:
            told["examples"].append({"name": each.name, "detail": printable(each.detail)})
    return {
        "read": report.n_read,
        "refused": len(report.refused),
        "reasons": sorted(reasons.values(), key=lambda told: -told["count"]),
        "moderation": moderation_of(moderator),
    }


def moderation_of(moderator: Moderator | None) -> dict[str, Any]:
    if moderator is None:
        return {"state": "none"}
    facts = moderator.facts
    return {
        "state": "done",
        "name": printable(facts.name),
        "licence": printable(facts.licence),
        "threshold": facts.threshold,
        "sha256": moderator.sha256,
    }


def load_moderator() -> Moderator | None:
    """None where an operator has installed none; ModerationError when it cannot be used."""
    folder = settings.STUDIO_MODERATION_MODEL
    return Moderator.load(Path(folder)) if folder else None


def count_files(path: Path) -> int:
    try:
        return sum(1 for _file in files_of(path))
    except DataError as error:
        raise DatasetRefused(_sentence(str(error), path)) from error


def reporter(hold: Hold, total: int) -> Callable[[int], None]:
    """Tells the job of files read, once a second; every file is a chance to stop."""
    last = 0.0

    def tell(count: int) -> None:
        nonlocal last
        hold.check()
        if time.monotonic() - last >= SECONDS_BETWEEN_REPORTS:
            last = time.monotonic()
            hold.report(
                READ_SHARE * count / total,
                _("File %(n)d of %(count)d") % {"n": count, "count": total},
            )

    return tell


def _sentence(reason: str, path: Path | None = None) -> str:
    """The library's reason; where the site keeps its files is nobody's business."""
    text = reason.removeprefix(f"{path}: ") if path else reason
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text[:1].upper() + text[1:]
