"""Trainings of generators as JSON, for staff."""

import pytest
from celery import current_app

from jobs.models import Job
from studio import loading
from studio.models import Generator
from studio.training_models import GeneratorRun
from tests.factories import client_of, make_user
from tests.genai.images.toy import make_images
from tests.platform.studio.reports import make_report
from tests.platform.studio.training import make_dataset, make_done_run, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
RUNS = "/api/v1/generator-runs/"


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    loading.forget()


@pytest.fixture
def run(trained) -> GeneratorRun:
    return make_done_run(trained)


def send(client, address: str, body: dict):
    return client.post(address, body, content_type="application/json")


def test_one_key_starts_one_run(staff_client):
    wish = {"dataset": make_dataset().pk, "preset": "tiny", "minutes": 5, "key": "once"}
    first, second = (send(staff_client, RUNS, wish) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    run = GeneratorRun.objects.get()
    assert first.json()["job"]["state"] == "queued"
    assert (run.minutes, run.preset, run.job.queue) == (5, "tiny", Job.Queue.HEAVY)


def test_wrong_wishes_are_told_by_field(staff_client):
    wish = {"dataset": 999, "preset": "huge", "minutes": 601, "seed": -1}
    answer = send(staff_client, RUNS, wish)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"dataset", "preset", "minutes", "seed"}


def test_data_that_are_not_read_are_a_conflict(staff_client):
    dataset = make_dataset()
    type(dataset).objects.update(file="")
    answer = send(staff_client, RUNS, {"dataset": dataset.pk, "minutes": 5})
    assert answer.status_code == 409
    assert "no images to learn from" in answer.json()["detail"]


def test_a_preset_that_does_not_fit_the_images_is_a_conflict(staff_client):
    wish = {"dataset": make_dataset().pk, "preset": "sprites", "minutes": 5}
    answer = send(staff_client, RUNS, wish)
    assert answer.status_code == 409
    assert "a multiple of 8 pixels; these have 28" in answer.json()["detail"]
    assert not GeneratorRun.objects.exists()


def test_too_few_images_are_a_conflict(staff_client):
    few = make_dataset(make_images(64))
    answer = send(staff_client, RUNS, {"dataset": few.pk, "preset": "tiny", "minutes": 5})
    assert answer.status_code == 409
    assert "Send at least 334" in answer.json()["detail"]
    assert not GeneratorRun.objects.exists()
    assert staff_client.get(f"/api/v1/datasets/{few.pk}/").json()["held_out"] == 8


def test_a_run_is_told_whole(staff_client, run):
    GeneratorRun.objects.update(report=make_report(recalls=(0.6, 0.1)))
    found = staff_client.get(f"{RUNS}{run.pk}/").json()
    assert found["snapshots"] == [30]
    assert found["previews"] == [0, 60]
    assert found["facts"]["steps"] == 60
    assert found["curve"][0]["step"] == 5
    assert found["report"]["run"]["count"] == 1000
    assert "step 100 had 0.60" in found["collapse"]
    assert found["published"] is None
    (line,) = staff_client.get(RUNS).json()["results"]
    assert line["id"] == run.pk
    assert not line.keys() & {"curve", "facts", "report"}  # only its own address has them
    sheet = staff_client.get(f"{RUNS}{run.pk}/previews/60/")
    assert sheet["Content-Type"] == "image/png"
    assert staff_client.get(f"{RUNS}{run.pk}/previews/7/").status_code == 404


def test_publishing_and_going_back(staff_client, run):
    address = f"{RUNS}{run.pk}/publish/"
    snapshot = send(staff_client, address, {"name": "Halves", "step": 30}).json()
    end = send(staff_client, address, {"name": "Halves"}).json()
    assert Generator.objects.current().get().pk == end["id"] != snapshot["id"]
    back = staff_client.post(f"/api/v1/generators/{snapshot['id']}/use/")
    assert back.json()["is_current"]
    assert Generator.objects.current().get().pk == snapshot["id"]
    refused = send(staff_client, address, {"name": "Halves", "step": 31})
    assert refused.status_code == 409
    assert send(staff_client, address, {}).status_code == 400


def test_going_back_starts_from_the_list_of_what_was_published(staff_client, run):
    for step in (30, None):
        send(staff_client, f"{RUNS}{run.pk}/publish/", {"name": "Halves", "step": step})
    newest, oldest = staff_client.get("/api/v1/generators/").json()["results"]
    assert (newest["is_current"], oldest["is_current"]) == (True, False)
    assert staff_client.post(f"/api/v1/generators/{oldest['id']}/use/").json()["is_current"]
    gone = staff_client.post(f"/api/v1/generators/{oldest['id']}/withdraw/")
    assert (gone.status_code, gone.json()["is_current"]) == (200, False)
    assert not Generator.objects.current().exists()


def test_a_run_is_measured_once_at_a_time(staff_client, run):
    address = f"{RUNS}{run.pk}/measure/"
    first, again = staff_client.post(address), staff_client.post(address)
    assert (first.status_code, first.json()["measuring"]["state"]) == (200, "queued")
    assert first.json()["measuring"]["id"] == again.json()["measuring"]["id"]
    empty = make_run(run.dataset)
    assert staff_client.post(f"{RUNS}{empty.pk}/measure/").status_code == 409


def test_a_failed_training_is_tried_again_and_a_done_one_stays(staff_client, run):
    answer = staff_client.post(f"{RUNS}{run.pk}/retry/")
    assert (answer.status_code, answer.json()["job"]["state"]) == (200, "done")
    Job.objects.update(state=Job.State.FAILED, error="broken")
    job = staff_client.post(f"{RUNS}{run.pk}/retry/").json()["job"]
    assert (job["state"], job["error"]) == ("queued", "")


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("visitor", 401)])
def test_others_are_refused(who, status, run):
    client = client_of(make_user() if who == "member" else None)
    address = f"{RUNS}{run.pk}/"
    published = Generator.objects.count()
    for answer in (
        client.get(RUNS),
        send(client, RUNS, {"dataset": run.dataset_id, "minutes": 5}),
        client.get(address),
        client.get(f"{address}previews/60/"),
        send(client, f"{address}publish/", {"name": "Halves"}),
        client.post(f"{address}measure/"),
        client.post(f"{address}retry/"),
        client.get("/api/v1/generators/"),
        client.post("/api/v1/generators/1/use/"),
        client.post("/api/v1/generators/1/withdraw/"),
    ):
        assert answer.status_code == status
    assert (GeneratorRun.objects.count(), Generator.objects.count()) == (1, published)


def test_a_list_of_many_asks_as_often_as_a_list_of_few(staff_client, django_assert_max_num_queries):
    dataset, counts = make_dataset(), []
    for number in (2, 18):
        for _ in range(number):
            make_run(dataset)
        with django_assert_max_num_queries(12) as asked:
            staff_client.get(RUNS)
        counts.append(len(asked))
    assert counts[0] == counts[1]
