"""What a worker does for the studio. Each image is kept as soon as it is drawn."""

from collections.abc import Callable
from hashlib import sha256
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image as Pillow

from config.media import keep_file, remove_file
from genai.images.sampling import picture
from jobs.holding import Hold, JobLost, JobRefused, claimed
from studio.loading import GeneratorUnusable, draw, draw_walk
from studio.models import Image, ImageJob, Walk
from studio.pictures import animation_of, enlarged, folder_of, png_of, provenance, strip_of
from studio.recipes import Recipe
from studio.turns import waiting_in_turn

WALK_PIXELS = 256  # least side of an animation


def take_turn() -> None:
    """Work on the job whose turn it is; nothing when none waits."""
    for job_id in waiting_in_turn(now=timezone.now()):
        with claimed(job_id) as hold:
            if hold:
                work_on(hold)
        if hold:
            return


def work_on(hold: Hold) -> None:
    drawing = ImageJob.objects.filter(job=hold.job).select_related("generator").first()
    try:
        if drawing:
            draw_images(hold, drawing)
        else:
            make_walk(hold, Walk.objects.select_related("generator").get(job=hold.job))
    except GeneratorUnusable as error:
        raise JobRefused(
            _("%(reason)s Staff can publish it again; then retry.") % {"reason": error}
        ) from error


def draw_images(hold: Hold, drawing: ImageJob) -> None:
    """Those that are not there yet: an attempt before may have drawn some."""
    there = set(drawing.images.values_list("number", flat=True))
    for number in range(drawing.count):
        hold.report(
            number / drawing.count,
            _("Image %(n)d of %(count)d") % {"n": number + 1, "count": drawing.count},
        )
        if number not in there:
            recipe = drawing.recipe(number)
            keep_image(hold, drawing, number, recipe, picture(draw(drawing.generator, [recipe])[0]))
    hold.finish_with(url=drawing.get_absolute_url())


def keep_image(
    hold: Hold, drawing: ImageJob, number: int, recipe: Recipe, drawn: Pillow.Image
) -> None:
    """The file first, then its row: nobody sees half an image."""
    owner_id = owner_of(hold)
    content = png_of(drawn, provenance(drawing.generator, recipe))
    name = f"{folder_of(owner_id)}/{drawing.pk}-{number}-{hold.job.attempt}.png"

    def write_row() -> None:
        Image.objects.create(
            owner_id=owner_id,
            drawing=drawing,
            number=number,
            generator=drawing.generator,
            label=recipe.label,
            seed=recipe.seed,
            steps=[list(step) for step in recipe.steps],
            truncation=recipe.truncation,
            file=name,
            sha256=sha256(content).hexdigest(),
        )

    keep(hold, {name: content}, write_row)


def make_walk(hold: Hold, walk: Walk) -> None:
    """The strip that the slider shows, and two animations to take along."""
    hold.report(0.05, _("Drawing %(n)d frames") % {"n": walk.frames})
    start, end = walk.ends
    frames = [picture(frame) for frame in draw_walk(walk.generator, start, end, walk.frames)]
    about = provenance(walk.generator, start, end)
    large = [enlarged(frame, WALK_PIXELS) for frame in frames]
    contents = {"png": png_of(strip_of(frames), about)}
    for place, kind in enumerate(("gif", "webp")):
        hold.report(0.4 + 0.3 * place, _("Writing the %(kind)s") % {"kind": kind.upper()})
        contents[kind] = animation_of(large, kind, about)
    stem = f"{folder_of(owner_of(hold))}/walk-{walk.pk}-{hold.job.attempt}"
    names = {kind: f"{stem}.{kind}" for kind in contents}

    def write_row() -> None:
        Walk.objects.filter(pk=walk.pk).update(files=names)

    keep(hold, {names[kind]: content for kind, content in contents.items()}, write_row)
    hold.finish_with(url=walk.get_absolute_url())


def owner_of(hold: Hold) -> int:
    return cast(int, hold.job.owner_id)  # only members ask the studio


def keep(hold: Hold, files: dict[str, bytes], write_row: Callable[[], None]) -> None:
    """Files, then the row that names them; neither when the job is no longer ours."""
    for name, content in files.items():
        keep_file(name, content)
    try:
        with transaction.atomic():
            hold.confirm()
            write_row()
    except JobLost:
        for name in files:
            remove_file(name)
        raise
