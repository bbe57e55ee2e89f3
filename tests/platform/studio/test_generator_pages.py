"""The dashboard's pages of generators: start, watch, compare, publish, go back."""

import json
import re
from datetime import timedelta

import pytest
from celery import current_app
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from studio import loading
from studio.models import Generator
from studio.training_models import GeneratorRun
from studio.training_services import artifact_of, folder_of, preview_of, publish_run
from tests.factories import client_of, make_user
from tests.genai.images.toy import make_images
from tests.platform.studio.reports import make_report
from tests.platform.studio.training import (
    make_dataset,
    make_done_run,
    make_run,
    words_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LIST = "/dashboard/generators/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    loading.forget()


def make_watched(**changes) -> GeneratorRun:
    """Half-way: a preview, a curve, a worker at it."""
    run = make_run(**changes)
    preview_of(run, 5).parent.mkdir(parents=True)
    for step in (0, 5):
        preview_of(run, step).write_bytes(b"png")
    losses = {"generator_loss": 0.6, "discriminator_loss": 0.7, "margin": 0.2}
    GeneratorRun.objects.filter(pk=run.pk).update(
        previews=[0, 5], curve=[{"step": 5, "seconds": 1, **losses}]
    )
    Job.objects.filter(pk=run.job_id).update(
        state=Job.State.RUNNING, progress=0.5, message="Training: step 5 of 10"
    )
    return GeneratorRun.objects.select_related("job", "dataset").get(pk=run.pk)


def make_measured(**changes) -> GeneratorRun:
    run = make_watched()
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    facts = {"steps": 300, "seconds": 60.5, "rollbacks": 0, "images_seen": 9600, "bytes": 10**6}
    fields = {"facts": facts | {"label_names": ["left", "right"]}, "report": make_report()}
    GeneratorRun.objects.filter(pk=run.pk).update(**fields | changes)
    return GeneratorRun.objects.get(pk=run.pk)


def chart_of(page: str, name: str) -> dict:
    return json.loads(re.search(rf'<script id="{name}"[^>]*>(.*?)</script>', page)[1])


def test_starting_makes_one_run_however_often_the_button_is_pressed(staff_client):
    form = {"dataset": make_dataset().pk, "preset": "tiny", "minutes": "5", "seed": "7", "key": "a"}
    for _ in range(2):
        answer = staff_client.post(f"{LIST}start/", form | {"note": "with more noise"})
    run = GeneratorRun.objects.get()
    assert answer.url == run.get_absolute_url()
    assert (run.preset, run.minutes, run.seed, run.note) == ("tiny", 5, 7, "with more noise")
    assert (run.job.queue, run.job.state) == (Job.Queue.HEAVY, Job.State.QUEUED)
    page = words_of(staff_client, LIST)
    assert f"Run {run.pk} with more noise" in page


@pytest.mark.parametrize("wrong", [{"minutes": "601"}, {"minutes": "0"}, {"preset": "huge"}])
def test_a_wrong_wish_is_told_and_kept(wrong, staff_client):
    form = {"dataset": make_dataset().pk, "preset": "tiny", "minutes": "5", "seed": "7"}
    answer = staff_client.post(f"{LIST}start/", form | {"note": "mine"} | wrong)
    assert answer.status_code == 422
    assert 'value="mine"' in answer.content.decode()
    assert not GeneratorRun.objects.exists()


def test_a_size_that_does_not_fit_the_images_is_told_beside_its_field(staff_client):
    form = {"dataset": make_dataset().pk, "preset": "sprites", "minutes": "5", "seed": "7"}
    answer = staff_client.post(f"{LIST}start/", form)
    assert answer.status_code == 422
    assert "a multiple of 8 pixels; these have 28" in answer.context["form"].errors["preset"][0]
    assert not GeneratorRun.objects.exists()


def test_too_few_images_are_told_beside_the_data_and_on_the_page_of_the_set(staff_client):
    few = make_dataset(make_images(64))
    form = {"dataset": few.pk, "preset": "tiny", "minutes": "5", "seed": "7"}
    answer = staff_client.post(f"{LIST}start/", form)
    assert answer.status_code == 422
    assert "Send at least 334" in answer.context["form"].errors["dataset"][0]
    assert not GeneratorRun.objects.exists()
    assert "Send at least 334" in words_of(staff_client, few.get_absolute_url())
    assert "334 at the least" in words_of(staff_client, LIST)
    enough = make_dataset(name="Enough")
    assert "Send at least" not in words_of(staff_client, enough.get_absolute_url())


def test_data_that_are_not_read_or_are_removed_cannot_be_chosen(staff_client):
    ready, waiting, gone = (make_dataset(name=name) for name in ("Ready", "Waiting", "Gone"))
    type(ready).objects.filter(pk=waiting.pk).update(file="")
    type(ready).objects.filter(pk=gone.pk).update(is_removed=True)
    page = staff_client.get(LIST).content.decode()
    assert "Ready: 400 images of 28 pixels" in page
    assert "Waiting:" not in page
    assert "Gone:" not in page
    assert "same seed, data and number of steps give the same generator" in page
    form = {"preset": "tiny", "minutes": "5", "seed": "7"}
    for dataset in (waiting, gone):
        answer = staff_client.post(f"{LIST}start/", form | {"dataset": dataset.pk})
        assert answer.status_code == 422


def test_empty_pages_say_what_to_do(staff_client):
    page = words_of(staff_client, LIST)
    assert "Nothing is published" in page
    assert "upload some first" in page
    page = words_of(staff_client, make_run().get_absolute_url())
    assert "The first images appear some seconds after a worker has begun." in page
    assert "The curve appears after the first steps." in page
    assert "Publish" not in page


def test_a_run_under_way_shows_its_newest_images_and_its_losses(staff_client):
    run = make_watched()
    page = staff_client.get(run.get_absolute_url()).content.decode()
    assert f'src="{run.get_absolute_url()}previews/5.png"' in page
    assert "Step 5, the newest" in page
    assert 'hx-trigger="every 5s"' in page
    assert chart_of(page, "losses")["x"] == [5]
    assert "Training: step 5 of 10" in page


def test_the_card_of_a_job_says_how_long_it_will_take(staff_client):
    """At first, and when the card comes again by itself."""
    run = make_watched()
    begun = timezone.now() - timedelta(minutes=10)
    Job.objects.filter(pk=run.job_id).update(started_at=begun)
    assert "50 % about 10 min left" in words_of(staff_client, run.get_absolute_url())
    card = staff_client.get(reverse("job", args=[run.job_id]), headers=HTMX).content.decode()
    assert "about 10 min left" in card


def test_any_step_can_be_looked_at_without_a_script(staff_client):
    run = make_watched()
    page = staff_client.get(f"{run.get_absolute_url()}?step=0").content.decode()
    assert f'src="{run.get_absolute_url()}previews/0.png"' in page
    assert 'href="?step=5#images-title"' in page
    for wrong in ("3", "-1", "x"):
        page = staff_client.get(f"{run.get_absolute_url()}?step={wrong}").content.decode()
        assert f'src="{run.get_absolute_url()}previews/5.png"' in page


def test_the_moving_part_comes_alone_and_the_page_anew_when_a_job_has_ended(staff_client):
    run = make_watched()
    address = reverse("generator_panel", args=[run.pk])
    answer = staff_client.get(f"{address}?state=running-&step=0", headers=HTMX)
    assert "HX-Refresh" not in answer
    assert "<h1" not in answer.content.decode()
    assert "previews/0.png" in answer.content.decode()
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    assert staff_client.get(f"{address}?state=running-", headers=HTMX)["HX-Refresh"] == "true"


def test_previews_are_for_staff(staff_client, member_client):
    run = make_watched()
    address = f"{run.get_absolute_url()}previews/5.png"
    answer = staff_client.get(address)
    assert answer.content == b"png"
    assert answer["Content-Type"] == "image/png"
    assert "private" in answer["Cache-Control"]
    assert member_client.get(address).status_code == 404
    assert client_of(None).get(address).status_code == 302
    assert staff_client.get(f"{run.get_absolute_url()}previews/6.png").status_code == 404
    (folder_of(run) / "previews" / "0000005.png").unlink()
    assert staff_client.get(address).status_code == 404


def test_a_measured_run_stands_beside_all_others_in_both_extractors(staff_client):
    run = make_measured()
    text = words_of(staff_client, run.get_absolute_url())
    for words in (
        "In the features of our own classifier",
        "In the pixels themselves",
        "1,000 images of each side",
        "This run 21.50 2.150 ± 0.010 0.71 0.62 0.83 0.54",
        "Draws now Old one 0a1b2c3d 30.50",
        "The textbook's GAN 5 min of computing, without classes 55.60",
        "Floor other real images 2.00",
        "Ceiling the mean image with noise 150.00",
        "Noise nothing else 300.00",
        "of real images: 0.990",
        "0.960 0.93 0.010 copied",
        "left 0.500 0.400 0.97",
        "right 0.500 0.600 –",
        "vary along 9.5 directions, real ones along 12.0; all together 0.80 times",
    ):
        assert words in text, words
    page = staff_client.get(run.get_absolute_url()).content.decode()
    assert chart_of(page, "distances")["series"][0]["y"] == [90.0, 45.0, 30.0]
    assert chart_of(page, "variety")["x"] == [100, 200, 300]
    assert chart_of(page, "leading")["series"][0]["y"] == [0.9, 0.8, 0.7]
    assert "The training collapsed" not in text
    assert "Run" in words_of(staff_client, LIST)
    assert "21.5" in words_of(staff_client, LIST)


def test_a_collapse_is_told_with_the_step_to_publish_instead(staff_client):
    run = make_measured(report=make_report(recalls=(0.3, 0.6, 0.1)))
    artifact_of(run, 200).mkdir(parents=True)
    text = words_of(staff_client, run.get_absolute_url())
    assert "The training collapsed. By step 300 recall had fallen to 0.10" in text
    assert "step 200 had 0.60. Publish that step instead." in text
    artifact_of(run, 200).rmdir()
    text = words_of(staff_client, run.get_absolute_url())
    assert "step 200 had 0.60." in text
    assert "Publish that step" not in text


def test_staff_publish_a_snapshot_then_the_end_and_go_back(staff_client, trained):
    run = make_done_run(trained)
    page = staff_client.get(run.get_absolute_url()).content.decode()
    assert '<option value="30">' in page
    for step in ("30", ""):
        answer = staff_client.post(
            f"{run.get_absolute_url()}publish/", {"name": "Halves", "step": step}
        )
        assert answer.url == run.get_absolute_url()
    snapshot, end = Generator.objects.order_by("pk")
    assert end.is_current
    assert end.published_by.is_staff
    assert "Draws now" in words_of(staff_client, run.get_absolute_url())
    staff_client.post(reverse("generator_use", args=[snapshot.pk]))
    assert list(Generator.objects.current()) == [snapshot]
    text = words_of(staff_client, LIST)
    assert f"Halves {snapshot.version} Draws now" in text
    assert f"Halves {end.version} Kept Run {run.pk}" in text
    staff_client.post(reverse("generator_withdraw", args=[snapshot.pk]))
    assert not Generator.objects.current().exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"step": "31"}])
def test_a_wrong_publishing_is_told(wrong, staff_client, trained):
    run = make_done_run(trained)
    answer = staff_client.post(f"{run.get_absolute_url()}publish/", {"name": "Halves"} | wrong)
    assert answer.status_code == 422
    assert not Generator.objects.exists()


def test_what_is_not_there_is_refused_in_words(staff_client):
    run = make_measured()
    answer = staff_client.post(f"{run.get_absolute_url()}publish/", {"name": "Halves"}, follow=True)
    assert "missing or damaged" in answer.content.decode()
    answer = staff_client.post(f"{run.get_absolute_url()}measure/", follow=True)
    assert "nothing that could be measured" in answer.content.decode()


def test_a_run_whose_images_were_removed_has_no_button_to_measure_it(staff_client):
    run = make_measured()
    assert "Measure again" in words_of(staff_client, run.get_absolute_url())
    type(run.dataset).objects.update(is_removed=True)
    assert "Measure again" not in words_of(staff_client, run.get_absolute_url())


def test_a_run_is_measured_again_on_request(staff_client, trained):
    run = make_done_run(trained)
    answer = staff_client.post(f"{run.get_absolute_url()}measure/", follow=True)
    assert "waits for a worker to measure it" in answer.content.decode()
    run.refresh_from_db()
    assert run.measuring.state == Job.State.QUEUED
    assert "Measure generator run" in words_of(staff_client, run.get_absolute_url())


def test_a_list_of_many_asks_as_often_as_a_list_of_few(
    staff_client, trained, django_assert_max_num_queries
):
    dataset = make_dataset()
    counts = []
    for number in (2, 12):
        for place in range(number):
            run = make_done_run(trained, dataset=dataset, owner=make_user(is_staff=True))
            publish_run(run=run, name=f"{number}-{place}", by=run.job.owner)
        with django_assert_max_num_queries(30) as asked:
            staff_client.get(LIST)
        counts.append(len(asked))
    assert counts[0] == counts[1]
