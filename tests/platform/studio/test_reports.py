"""What members publish can be reported; staff hide it or let it stand."""

import pytest
from django.urls import reverse

from accounts.models import User
from config.media import media_path
from studio.image_services import (
    hide_image,
    let_stand,
    publish_image,
    report_image,
    unpublish_image,
    wear_image,
)
from studio.models import Image, Report
from studio.services import StudioRefused
from tests.factories import client_of, make_user
from tests.platform.studio.drawing import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PUBLISHED = Image.Visibility.PUBLISHED


@pytest.fixture
def staff() -> User:
    return make_user(is_staff=True)


def sees(user: User, image: Image) -> bool:
    page = client_of(user).get(image.get_absolute_url()).status_code
    file = client_of(user).get(image.file_url).status_code
    assert page == file
    return page == 200


def test_an_image_is_its_owner_s_until_it_is_published(member, generator, staff):
    image, stranger = make_image(member, generator), make_user()
    assert [sees(user, image) for user in (member, stranger, staff)] == [True, False, False]
    publish_image(image=image)
    assert [sees(user, image) for user in (member, stranger, staff)] == [True, True, True]
    unpublish_image(image=image)
    assert [sees(user, image) for user in (member, stranger, staff)] == [True, False, False]


def test_a_published_image_names_nobody(member, generator):
    User.objects.filter(pk=member.pk).update(name="Zora Unmistakable")
    image = make_image(member, generator, visibility=PUBLISHED)
    page = client_of(make_user()).get(image.get_absolute_url()).content.decode()
    assert "Zora" not in page
    assert member.email not in page


def test_a_child_sees_what_is_published_as_everybody_does(member, generator):
    image = make_image(member, generator, visibility=PUBLISHED)
    assert sees(make_user(age_limit=8), image)


def test_what_is_hidden_is_seen_by_its_owner_and_staff_with_the_reason(member, generator, staff):
    image, stranger = make_image(member, generator, visibility=PUBLISHED), make_user()
    wear_image(image=image, user=member)
    report_image(image=image, by=stranger, reason="It looks like my cat")
    hide_image(image=image, reason="It shows a cat")
    assert [sees(user, image) for user in (member, stranger, staff)] == [True, False, True]
    page = client_of(member).get(image.get_absolute_url()).content.decode()
    assert "It shows a cat" in page
    assert "my cat" not in page  # what was reported is for staff
    member.refresh_from_db()
    assert member.avatar == ""
    with pytest.raises(StudioRefused):
        publish_image(image=image)
    with pytest.raises(StudioRefused):
        wear_image(image=image, user=member)
    assert Report.objects.get().settled_at is not None


def test_what_is_let_stand_stays_and_its_reports_are_settled(member, generator, staff):
    image = make_image(member, generator, visibility=PUBLISHED)
    report_image(image=image, by=make_user(), reason="no")
    let_stand(image=image)
    image.refresh_from_db()
    assert image.is_published
    assert not Image.objects.reported().exists()
    hide_image(image=image, reason="a mistake")
    let_stand(image=image)
    image.refresh_from_db()
    assert (image.visibility, image.hidden_because) == (Image.Visibility.OWN, "")


def test_staff_still_see_what_was_reported_and_then_taken_back(member, generator, staff):
    image = make_image(member, generator, visibility=PUBLISHED)
    report_image(image=image, by=make_user(), reason="no")
    unpublish_image(image=image)
    assert sees(staff, image)
    let_stand(image=image)
    assert not sees(staff, image)


def test_one_report_of_each_member_whose_last_reason_counts(member, generator):
    image, stranger = make_image(member, generator, visibility=PUBLISHED), make_user()
    for reason in ("first", "second"):
        address = reverse("studio_report", args=[image.pk])
        client_of(stranger).post(address, {"reason": reason})
    assert Report.objects.get().reason == "second"


def test_one_s_own_and_what_is_not_published_cannot_be_reported(member, generator):
    image = make_image(member, generator, visibility=PUBLISHED)
    with pytest.raises(StudioRefused):
        report_image(image=image, by=member, reason="mine")
    unpublish_image(image=image)
    image.refresh_from_db()
    with pytest.raises(StudioRefused):
        report_image(image=image, by=make_user(), reason="not there")


def test_staff_find_what_is_to_judge_in_the_gallery(member, generator, staff):
    image = make_image(member, generator, visibility=PUBLISHED)
    report_image(image=image, by=make_user(), reason="no")
    page = client_of(staff).get(reverse("studio"), {"show": "judge"}).content.decode()
    assert image.get_absolute_url() in page
    assert "To judge" in page
    others = client_of(member).get(reverse("studio"), {"show": "judge"}).content.decode()
    assert "To judge" not in others


def test_hiding_is_for_staff(member, generator, staff):
    image = make_image(member, generator, visibility=PUBLISHED)
    address = reverse("studio_hide", args=[image.pk])
    for user in (member, make_user()):
        client_of(user).post(address, {"reason": "because"})
        image.refresh_from_db()
        assert image.is_published
    client_of(staff).post(address, {"reason": ""})
    image.refresh_from_db()
    assert image.is_published  # its owner needs a reason
    client_of(staff).post(address, {"reason": "because"})
    image.refresh_from_db()
    assert image.is_hidden


def test_an_avatar_is_a_copy_that_says_nothing_and_outlives_its_image(
    member, generator, django_capture_on_commit_callbacks
):
    from PIL import Image as Pillow

    image = make_image(member, generator)
    client = client_of(member)
    client.post(reverse("studio_wear", args=[image.pk]))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("studio_delete", args=[image.pk]))
    assert not media_path(image.file).exists()
    member.refresh_from_db()
    assert client.get(member.avatar_url).status_code == 200
    assert member.avatar_url in client.get(reverse("studio")).content.decode()
    with Pillow.open(media_path(member.avatar)) as picture:
        assert picture.size == (140, 140)
        assert not picture.text
    assert client_of(make_user()).get(member.avatar_url).status_code == 404
    client.post(reverse("clear_avatar"))
    member.refresh_from_db()
    assert member.avatar == ""
    assert not [path for path in media_path("avatars").rglob("*") if path.is_file()]
