"""The page of the studio: asking, watching, looking through the gallery."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.media import keep_file, media_path
from jobs.models import Job
from studio.models import Generator, Image, ImageJob
from studio.pictures import clear_unclaimed
from studio.services import (
    MAX_UNFINISHED,
    QuotaReached,
    StudioRefused,
    publish_generator,
    queue_walk,
    use_generator,
    withdraw_generator,
)
from tests.factories import client_of, make_user
from tests.platform.studio.drawing import make_drawing, make_image, make_walk, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HTMX = {"HX-Request": "true"}
WISH = {"label": "player", "count": "3", "truncation": "0.5", "seed": "12", "key": "k"}


def ask(client: Client, generator: Generator, **changes: str):
    return client.post(reverse("studio_draw", args=[generator.pk]), WISH | changes)


def test_without_a_generator_the_page_says_what_staff_can_do(member_client, staff_client):
    for client, words in ((member_client, "can publish one"), (staff_client, "publish_generator")):
        page = client.get(reverse("studio"))
        assert page.status_code == 200
        assert "No generator is published yet" in page.content.decode()
        assert words in page.content.decode()
        is_linked = f'href="{reverse("generator_list")}">Train one' in page.content.decode()
        assert is_linked == (client is staff_client)


def test_visitors_are_asked_to_log_in(client):
    assert "login" in client.get(reverse("studio")).url


def test_a_wish_becomes_a_job_and_sent_twice_it_is_one(member, member_client, generator):
    for _ in range(2):
        assert ask(member_client, generator).url == reverse("studio")
    drawing = ImageJob.objects.get()
    wish = (drawing.label, drawing.count, drawing.truncation, drawing.seed)
    assert wish == ("player", 3, 0.5, 12)
    assert drawing.job.owner == member
    assert drawing.job.queue == Job.Queue.INTERACTIVE
    assert drawing.job.label == "3 images, player"


def test_without_a_seed_one_is_chosen_and_kept(member_client, generator):
    ask(member_client, generator, seed="")
    assert ImageJob.objects.get().seed >= 0


@pytest.mark.parametrize(
    "wrong",
    [{"count": "0"}, {"count": "65"}, {"truncation": "1.1"}, {"truncation": "nan"}]
    + [{"seed": "-1"}, {"seed": "x"}, {"label": "dragon"}, {"count": ""}],
)
def test_a_wrong_wish_is_refused_and_the_form_keeps_the_rest(member_client, generator, wrong):
    answer = ask(member_client, generator, **wrong)
    assert answer.status_code == 422
    assert "field__errors" in answer.content.decode()
    assert not ImageJob.objects.exists()


def test_a_member_has_so_many_jobs_at_a_time(member, member_client, generator):
    for number in range(MAX_UNFINISHED):
        assert ask(member_client, generator, key=str(number)).status_code == 302
    answer = ask(member_client, generator, key="more")
    assert answer.status_code == 429
    assert "wait until one is done" in answer.content.decode()
    assert ask(client_of(make_user()), generator).status_code == 302  # others may
    work_off()
    assert ask(member_client, generator, key="more").status_code == 302


def test_a_member_has_so_many_images_a_day(member, generator, settings):
    settings.STUDIO_IMAGES_A_DAY = 10
    make_drawing(member, generator, count=6)
    with pytest.raises(QuotaReached, match="4 are left"):
        make_drawing(member, generator, count=5)
    Job.objects.update(state=Job.State.CANCELLED)  # before its turn: it costs nothing
    make_drawing(member, generator, count=10)
    Job.objects.update(created_at="2020-01-01T00:00Z")
    make_drawing(member, generator, count=10)


def test_the_bench_shows_images_as_they_come_and_stops_asking_when_all_are_there(
    member, member_client, generator
):
    drawing = make_drawing(member, generator, count=2)
    waiting = member_client.get(reverse("studio_bench"), headers=HTMX)
    assert "Starts next" in waiting.content.decode()
    assert "every 1s" in waiting.content.decode()
    assert waiting.content.decode().count("sprite--awaited") == 2
    work_off()
    done = member_client.get(reverse("studio_bench"), headers=HTMX)
    assert "every 1s" not in done.content.decode()
    assert "studio-done" in done["HX-Trigger"]
    for image in drawing.images.all():
        assert image.file_url in done.content.decode()


def test_who_waits_behind_others_sees_the_place(member, member_client, generator):
    for _ in range(2):
        make_drawing(make_user(), generator)
    make_drawing(member, generator)
    assert "Place 3" in member_client.get(reverse("studio")).content.decode()


def test_a_failed_job_shows_its_reason_and_retry(member, member_client, generator):
    drawing = make_drawing(member, generator)
    Job.objects.update(
        state=Job.State.FAILED, error="The disk is full.", finished_at=timezone.now()
    )
    page = member_client.get(reverse("studio")).content.decode()
    assert "The disk is full." in page
    assert reverse("job_retry", args=[drawing.job_id]) in page


def test_the_gallery_holds_one_s_own_and_what_is_published(member, member_client, generator):
    mine = make_image(member, generator, label="monster")
    published = make_image(
        make_user(), generator, label="player", visibility=Image.Visibility.PUBLISHED
    )
    private = make_image(make_user(), generator)

    def shown(**query: str) -> set[int]:
        page = member_client.get(reverse("studio"), query, headers=HTMX).content.decode()
        images = (mine, published, private)
        return {image.pk for image in images if image.get_absolute_url() in page}

    assert shown() == {mine.pk, published.pk}
    assert shown(show="mine") == {mine.pk}
    assert shown(show="published") == {published.pk}
    assert shown(of="player") == {published.pk}
    assert shown(before=str(published.pk)) == {mine.pk}
    assert shown(show="nonsense", before="x") == {mine.pk, published.pk}


@pytest.mark.parametrize("count", [2, 20])
def test_the_page_asks_as_much_for_many_images_as_for_few(
    member, member_client, generator, count, django_assert_max_num_queries
):
    make_drawing(member, generator, count=count)
    work_off()
    with django_assert_max_num_queries(20):
        member_client.get(reverse("studio"))


def test_reuse_these_fills_the_form(member_client, generator):
    query = {"label": "player", "seed": "77", "truncation": "0.35", "count": "1"}
    page = member_client.get(reverse("studio"), query).content.decode()
    assert 'value="77"' in page
    assert 'value="0.35"' in page
    assert 'value="player" checked' in page


def test_a_download_is_a_file_with_a_name_and_private(member, member_client, generator):
    image = make_image(member, generator)
    answer = member_client.get(f"{image.file_url}?download")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="marquee-monster-7.png"'
    assert answer["Cache-Control"].startswith("private")


def test_a_walk_is_asked_for_watched_and_taken_along(member, member_client, generator):
    start, end = (make_image(member, generator, seed=seed) for seed in (1, 2))
    address = reverse("studio_walk_new", args=[start.pk])
    assert str(end.pk) in member_client.get(address).content.decode()
    wish = {"end": end.pk, "frames": "12", "key": "w"}
    walk = member_client.post(address, wish).url
    assert member_client.post(address, wish).url == walk
    assert "every 1s" in member_client.get(walk).content.decode()
    work_off()
    page = member_client.get(walk).content.decode()
    assert "every 1s" not in page
    for kind in ("png", "gif", "webp"):
        answer = member_client.get(f"{walk}walk.{kind}")
        assert answer["Content-Type"] == f"image/{kind}"
        assert client_of(make_user()).get(f"{walk}walk.{kind}").status_code == 404


def test_walks_are_listed_and_deleted_with_their_files(
    member, member_client, generator, django_capture_on_commit_callbacks
):
    walk = make_walk(member, generator)
    assert "No walks yet" in member_client.get(reverse("studio_walks")).content.decode()
    work_off()
    walk.refresh_from_db()
    assert walk.get_absolute_url() in member_client.get(reverse("studio_walks")).content.decode()
    assert reverse("studio_walks") in member_client.get(reverse("studio")).content.decode()
    others = client_of(make_user()).get(reverse("studio_walks")).content.decode()
    assert walk.get_absolute_url() not in others
    with django_capture_on_commit_callbacks(execute=True):
        member_client.post(reverse("studio_walk_delete", args=[walk.pk]))
    assert not any(media_path(name).exists() for name in walk.files.values())
    assert member.images.count() == 2
    assert Job.objects.filter(owner=member).count() == 2


def test_a_walk_stays_within_a_generator_and_a_class(member, member_client, generator):
    start = make_image(member, generator, label="monster")
    other = make_image(member, generator, label="player")
    for end in (other, start):
        with pytest.raises(StudioRefused):
            queue_walk(owner=member, start=start, end=end, frames=12)
    address = reverse("studio_walk_new", args=[start.pk])
    assert member_client.post(address, {"end": other.pk, "frames": "12"}).status_code == 409
    secret = make_image(make_user(), generator)
    assert member_client.post(address, {"end": secret.pk, "frames": "12"}).status_code == 404
    assert member_client.post(address, {"frames": "7"}).status_code == 422


def test_publishing_again_takes_the_place_and_going_back_is_one_call(
    generator, second_artifact, member_client
):
    second = publish_generator(folder=second_artifact, name="Sprites")
    assert list(Generator.objects.current()) == [second]
    assert ask(member_client, generator).status_code == 404  # it draws nothing new
    use_generator(generator)
    assert list(Generator.objects.current()) == [generator]
    withdraw_generator(generator)
    assert not Generator.objects.current().exists()


def test_the_same_artifact_is_the_same_generator(generator, artifact):
    assert publish_generator(folder=artifact, name="Sprites") == generator
    other = publish_generator(folder=artifact, name="Others")
    assert set(Generator.objects.current()) == {generator, other}


def test_the_commands_publish_what_can_draw_and_say_why_not(artifact, tmp_path: Path, capsys):
    call_command("prepare_studio", folder=tmp_path / "absent")
    assert not Generator.objects.exists()
    call_command("prepare_studio", folder=artifact)
    assert Generator.objects.get().name == "Sprites"
    withdraw_generator(Generator.objects.get())
    call_command("prepare_studio", folder=artifact)  # staff have withdrawn it: it stays so
    assert not Generator.objects.current().exists()
    with pytest.raises(CommandError, match="manifest"):
        call_command("publish_generator", str(tmp_path), name="Broken")
    call_command("publish_generator", str(artifact), name="Mine")
    assert "28 pixels, monster, player" in capsys.readouterr().out


def test_files_that_no_row_names_are_cleared_after_a_day(member, generator):
    image = make_image(member, generator)
    walk = make_walk(member, generator)
    work_off()
    walk.refresh_from_db()
    keep_file(f"studio/{member.pk}/lost.png", b"x")
    assert clear_unclaimed(now=timezone.now()) == 0
    assert clear_unclaimed(now=timezone.now() + timedelta(days=2)) == 1
    assert media_path(image.file).exists()
    assert all(media_path(name).exists() for name in walk.files.values())
