"""Dashboard: the images that generators learn from."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as Pillow

from jobs.models import Job
from jobs.services import cancel
from studio.models import GeneratorRun
from studio.training_models import Dataset
from tests.factories import client_of, make_job, make_user
from tests.genai.images.hostile import zip_of
from tests.platform.studio.sets import (
    good_files,
    good_zip,
    has_upload,
    kept_files,
    make_set,
    read,
    send,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LIST, ADD = "/dashboard/datasets/", "/dashboard/datasets/add/"


@pytest.fixture
def staff() -> Client:
    return client_of(make_user(is_staff=True))


def upload(client: Client, content: bytes | None = None, **changes):
    content = good_zip() if content is None else content
    form = {"name": "Pets", "file": SimpleUploadedFile("pets.zip", content)} | changes
    return client.post(ADD, form)


def test_what_is_sent_waits_for_a_worker_and_then_shows_what_is_in_it(staff):
    answer = upload(staff, size="32", channels="")
    found = Dataset.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, found.get_absolute_url())
    assert (found.job.queue, found.job.params) == ("heavy", {"size": 32, "channels": None})
    assert re.fullmatch(r"uploads/[0-9a-f]{32}", found.upload)
    page = staff.get(found.get_absolute_url()).content.decode()
    assert "Read the images of Pets" in page
    assert "Cancel" in page
    read(found)
    page = staff.get(found.get_absolute_url()).content.decode()
    assert "32 × 32" in page
    assert page.index("cat") < page.index("dog")
    assert page.count("3 images") == 2
    assert "No moderation model was installed" in page
    assert "Pets" in staff.get(LIST).content.decode()


def test_examples_are_a_picture_for_staff_that_is_kept_for_a_day(staff, member_client):
    found = make_set(size=32)
    page = staff.get(found.get_absolute_url()).content.decode()
    first, second = re.findall(r'src="(/dashboard/datasets/[^"]+\.png)"', page)
    answer = staff.get(second)
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, max-age=86400"
    assert Pillow.open(BytesIO(answer.content)).size == (3 * 32, 32)
    assert staff.get(first).content != answer.content
    assert member_client.get(first).status_code == 404
    assert Client().get(first).status_code == 302
    assert staff.get(first.replace("/0.png", "/2.png")).status_code == 404
    digest = first.split("/")[-2]
    assert staff.get(first.replace(digest, "f" * 16)).status_code == 404


def test_the_page_that_waits_is_shown_anew_when_the_job_has_ended(staff):
    found = send(good_zip())
    htmx = {"HX-Request": "true"}
    waiting = staff.get(found.get_absolute_url(), headers=htmx)
    assert (waiting.status_code, waiting.get("HX-Refresh")) == (204, None)
    read(found)
    assert staff.get(found.get_absolute_url(), headers=htmx)["HX-Refresh"] == "true"
    assert b"every 3s" not in staff.get(found.get_absolute_url()).content


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(staff, settings, monkeypatch):
    settings.STUDIO_UPLOAD_MB = 1
    monkeypatch.setattr(
        "django.core.files.temp.NamedTemporaryFile", None
    )  # what Django would keep it in
    over = upload(staff, bytes((1 << 20) + (100 << 10)) * 3)
    assert over.status_code == 413
    assert "A file may have up to 1 MB." in over.content.decode()
    assert "Zip of images <span" not in over.content.decode()  # it is not optional now
    assert 'value="Pets"' in over.content.decode()  # the form as it was filled in
    assert not Dataset.objects.exists()
    assert kept_files() == []


def test_a_file_that_is_hardly_too_large_is_refused_too(staff, settings):
    settings.STUDIO_UPLOAD_MB = 1
    answer = upload(staff, bytes((1 << 20) + 1))
    assert (answer.status_code, Dataset.objects.count()) == (413, 0)
    assert "up to 1 MB" in answer.content.decode()
    assert upload(staff, bytes(1 << 20)).status_code == 302


def test_a_form_from_elsewhere_is_refused():
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(make_user(is_staff=True)).cookies
    assert upload(client).status_code == 403
    assert not Dataset.objects.exists()
    client.get(LIST)
    token = client.cookies["csrftoken"].value
    assert upload(client, csrfmiddlewaretoken=token).status_code == 302


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"file": ""}, "This field is required"),
        ({"size": "48"}, "48 is not one of the available choices"),
        ({"channels": "2"}, "2 is not one of the available choices"),
    ],
)
def test_a_form_that_makes_no_sense_says_which_field(staff, changes, said):
    answer = upload(staff, **changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert kept_files() == []


def test_a_file_under_a_name_that_is_taken_is_kept_under_the_next_free_one(staff):
    assert upload(staff, key="once").status_code == 302
    again = upload(staff, key="once")
    assert (again.status_code, again["Location"]) == (302, Dataset.objects.get().get_absolute_url())
    for key, name in (("second", "Pets 2"), ("third", "Pets 3")):
        other = upload(staff, key=key)
        found = Dataset.objects.get(name=name)
        assert other["Location"] == found.get_absolute_url()
        page = staff.get(found.get_absolute_url()).content.decode()
        assert f"There is a set named Pets: this one is {name}." in page
        assert f"Read the images of {name}" in page
    assert len(kept_files()) == 3


def test_a_long_name_that_is_taken_is_cut_for_its_number(staff):
    for name in ("A" * 60, "A" * 58 + " 2"):
        assert upload(staff, name="A" * 60).status_code == 302
        assert Dataset.objects.filter(name=name).exists()


def test_a_name_of_spaces_is_refused_before_its_file_is_sent(staff):
    page = staff.get(LIST).content.decode()
    assert r'pattern=".*\S.*"' in page


def test_names_of_files_and_classes_are_shown_as_text(staff):
    script = "<script>alert(1)</script>"
    files = good_files() | {f"{script}/{name[-5:]}": data for name, data in good_files().items()}
    bad = {f"cat/{script}.png": b"x", f"{script}/<b>.png": b"y"}
    found = make_set(content=zip_of(files | bad), name=f"<i>{script}")
    for path in (LIST, found.get_absolute_url(), f"{found.get_absolute_url()}remove/"):
        page = staff.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<b>.png" not in page
        assert "&lt;i&gt;&lt;script&gt;" in page
    page = staff.get(found.get_absolute_url()).content.decode()
    assert "cat/&lt;script&gt;" in page
    assert "no PNG, JPEG, GIF, WebP or BMP" in page


def test_what_was_refused_is_on_the_page_of_one_that_failed(staff):
    found = read(send(zip_of({"a/b.txt": b"x", "a/c.txt": b"y"})))
    page = staff.get(found.get_absolute_url()).content.decode()
    assert "No image of it can be used: 2 files were refused." in page
    assert "a/b.txt" in page
    assert "Retry" in page


def test_a_set_is_removed_after_asking(staff):
    found = make_set()
    remove = f"{found.get_absolute_url()}remove/"
    assert "No run has learned from it" in staff.get(remove).content.decode()
    assert Dataset.objects.get().is_ready
    assert staff.post(remove)["Location"] == LIST
    assert kept_files() == []
    assert "Pets" not in re.sub(r"Pets is removed", "", staff.get(LIST).content.decode())
    assert "its images are gone" in staff.get(found.get_absolute_url()).content.decode()
    assert staff.post(remove).status_code == 404


def test_a_set_that_a_run_needs_is_not_removed(staff):
    found = make_set()
    run = GeneratorRun.objects.create(job=make_job(), dataset=found, minutes=1)
    remove = f"{found.get_absolute_url()}remove/"
    assert "has not ended" in staff.get(remove).content.decode()
    answer = staff.post(remove)
    assert answer.status_code == 409
    assert f"Run {run.pk} learns from it" in answer.content.decode()
    assert Dataset.objects.get().is_ready


def test_a_cancelled_one_can_be_tried_again_from_its_page(staff):
    found = send(good_zip())
    cancel(found.job)
    page = staff.get(found.get_absolute_url()).content.decode()
    assert "Retry" in page
    assert staff.post(reverse("job_retry", args=[found.job_id])).status_code == 302
    assert read(found).is_ready
    assert not has_upload(found)


def test_a_set_outlives_who_sent_it(staff):
    sender = make_user(is_staff=True)
    found, unread = make_set(owner=sender), send(good_zip(4), owner=sender, name="Unread")
    sender.delete()
    assert "Added by the site" in staff.get(found.get_absolute_url()).content.decode()
    assert not Job.objects.exists()
    assert "Nobody reads this file" in staff.get(unread.get_absolute_url()).content.decode()
    assert staff.get(LIST).status_code == 200


def test_the_list_costs_the_same_for_many(staff, django_assert_num_queries):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            staff.get(LIST)
        return len(found)

    owner = make_user(is_staff=True)
    for number in range(2):
        send(good_zip(1), owner=owner, name=f"Set {number}")
    few = cost()
    for number in range(2, 20):
        send(good_zip(1), owner=make_user(is_staff=True), name=f"Set {number}")
    assert cost() == few


def test_the_page_says_ahead_whether_uploads_are_judged(staff, settings):
    assert "No moderation model is installed" in staff.get(LIST).content.decode()
    settings.STUDIO_MODERATION_MODEL = "somewhere"
    page = staff.get(LIST).content.decode()
    assert "No moderation model" not in page
    assert "judged by the moderation model" in page


@pytest.mark.parametrize("path", ["", "add/", "{pk}/", "{pk}/remove/"])
def test_only_staff_find_these_pages(path, member_client):
    address = LIST + path.format(pk=make_set().pk)
    for method in ("get", "post"):
        assert getattr(member_client, method)(address).status_code == 404
        assert "/login/" in getattr(Client(), method)(address)["Location"]
    assert Dataset.objects.get().is_ready
