"""Images that generators learn from, over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.services import cancel
from studio.models import GeneratorRun
from studio.training_models import Dataset
from studio.uploads import ROOM
from tests.factories import make_job, make_user
from tests.genai.images.hostile import zip_of
from tests.platform.api.conftest import Api
from tests.platform.studio.sets import good_files, good_zip, kept_files, make_set, read, send

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/datasets/"


@pytest.fixture
def staff() -> Api:
    return Api(make_user(is_staff=True))


def upload(api: Api, content: bytes | None = None, **changes):
    content = good_zip() if content is None else content
    form = {"name": "Pets", "file": SimpleUploadedFile("pets.zip", content)} | changes
    return api.client.post(PATH, form)


def test_a_zip_is_sent_once_and_watched(staff):
    content = zip_of(good_files() | {"cat/a.txt": b"x"})
    first = upload(staff, content, key="mine", size=32)
    again = upload(staff, content, key="mine", size=32)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["is_ready"], first.json()["job"]["state"]) == (False, "queued")
    read(Dataset.objects.get())
    found = staff.get(f"datasets/{first.json()['id']}/").json()
    assert (found["images"], found["classes"]) == (6, {"cat": 3, "dog": 3})
    assert (found["size"], found["channels"], found["job"]["state"]) == (32, 3, "done")
    assert found["report"]["reasons"][0]["reason"] == "format"
    assert found["report"]["moderation"] == {"state": "none"}
    assert [row["id"] for row in staff.get("datasets/").json()["results"]] == [found["id"]]


def test_a_failed_reading_is_tried_again(staff):
    dataset = send(good_zip())
    cancel(dataset.job)
    again = staff.client.post(f"{PATH}{dataset.pk}/retry/")
    assert (again.status_code, again.json()["job"]["state"]) == (200, "queued")
    assert read(dataset).is_ready
    assert staff.client.post(f"{PATH}{dataset.pk}/retry/").json()["job"]["state"] == "done"
    Dataset.objects.update(job=None)
    assert staff.client.post(f"{PATH}{dataset.pk}/retry/").status_code == 409
    member = Api(make_user()).client.post(f"{PATH}{dataset.pk}/retry/")
    assert member.status_code == 403


@pytest.mark.parametrize("spelt", [str, str.upper, str.lower])
def test_a_name_that_is_taken_is_a_conflict_however_it_is_spelt(staff, spelt):
    taken = make_set()
    answer = upload(staff, name=spelt(taken.name))
    assert answer.status_code == 409
    assert "of this name" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"file": ""}, "file"), ({"size": 48}, "size")],
)
def test_what_makes_no_sense_names_its_field(staff, changes, field):
    answer = upload(staff, **changes)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("over", [1, 200 << 10])
def test_a_file_that_is_too_large_is_refused_before_it_is_kept(staff, settings, over, monkeypatch):
    settings.STUDIO_UPLOAD_MB = 1
    if over > ROOM:
        monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", None)
    answer = upload(staff, bytes((1 << 20) + over))
    assert answer.status_code == 413
    assert "up to 1 MB" in answer.json()["detail"]
    assert kept_files() == []
    assert not Dataset.objects.exists()


def test_json_is_no_zip(staff):
    assert staff.post("datasets/", {"name": "Pets"}).status_code == 415


def test_a_set_is_removed_unless_a_run_needs_it(staff):
    found = make_set()
    run = GeneratorRun.objects.create(job=make_job(), dataset=found, minutes=1)
    refused = staff.delete(f"datasets/{found.pk}/")
    assert refused.status_code == 409
    assert f"Run {run.pk}" in refused.json()["detail"]
    run.job.state = "done"
    run.job.save()
    assert staff.delete(f"datasets/{found.pk}/").status_code == 204
    assert staff.get("datasets/").json()["results"] == []
    assert staff.get(f"datasets/{found.pk}/").json()["is_removed"] is True
    assert kept_files() == []


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("visitor", 401)])
def test_only_staff_may(who, status):
    api = Api(make_user() if who == "member" else None)
    found = make_set()
    path = f"datasets/{found.pk}/"
    answers = [api.get("datasets/"), api.get(path), api.delete(path), upload(api, name="More")]
    assert [answer.status_code for answer in answers] == [status] * 4
    assert Dataset.objects.get().is_ready
