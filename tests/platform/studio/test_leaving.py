"""Who leaves takes along what the studio kept, and nothing of it stays."""

import json

import pytest
from django.urls import reverse

from config.media import media_path
from privacy.export import export_user
from privacy.services import erase_user
from studio.image_services import report_image, wear_image
from studio.models import Image, ImageJob, Report, Walk
from tests.factories import client_of, make_user
from tests.platform.studio.drawing import make_image, make_walk, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def drawn(member, generator):
    """A member with images, a walk, an avatar and a report, beside somebody else."""
    walk = make_walk(member, generator)
    work_off()
    wear_image(image=member.images.first(), user=member)
    other = make_image(make_user(), generator, visibility=Image.Visibility.PUBLISHED)
    report_image(image=other, by=member, reason="no")
    return member, walk, other


def files() -> list[str]:
    root = media_path("")
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_the_export_holds_all_of_it(drawn):
    member, walk, _other = drawn
    data = json.loads("".join(export_user(member)))
    assert len(data["images"]) == len(data["drawings"]) == 2
    assert data["walks"][0]["id"] == walk.pk
    assert data["image_reports"][0]["reason"] == "no"
    assert data["account"][0]["avatar"]


def test_erasing_removes_rows_and_files_of_theirs_alone(drawn, django_capture_on_commit_callbacks):
    member, _walk, other = drawn
    assert len(files()) == 7
    with django_capture_on_commit_callbacks(execute=True):
        erase_user(member)
    assert files() == [other.file]
    assert list(Image.objects.all()) == [other]
    assert (ImageJob.objects.count(), Walk.objects.count(), Report.objects.count()) == (1, 0, 0)


def test_who_is_about_to_leave_sees_how_many_images_go(drawn):
    page = client_of(drawn[0]).get(reverse("delete_account")).content.decode()
    assert "Images that you had drawn" in page
