"""The studio over the API."""

import pytest

from studio.models import Generator, Image, ImageJob
from studio.services import MAX_UNFINISHED
from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.studio.drawing import make_image, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def owner() -> Api:
    return Api(make_user())


@pytest.fixture
def stranger() -> Api:
    return Api(make_user())


def wish(drawn_by: Generator, **changes) -> dict:
    return {"generator": drawn_by.pk, "label": "monster", "count": 2, "seed": 3} | changes


def test_images_are_asked_for_once_and_watched(owner, generator):
    (known,) = owner.get("studio/generators/").json()["results"]
    assert (known["id"], known["labels"]) == (generator.pk, ["monster", "player"])
    body = wish(generator, key="mine")
    first, again = owner.post("studio/drawings/", body), owner.post("studio/drawings/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["place"] == 1
    work_off()
    done = owner.get(f"studio/drawings/{first.json()['id']}/").json()
    assert done["job"]["state"] == "done"
    assert done["place"] is None
    assert [image["seed"] for image in done["images"]] == [3, 4]
    png = owner.get(f"studio/images/{done['images'][0]['id']}/file/")
    assert png["Content-Type"] == "image/png"
    assert b"".join(png.streaming_content).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"generator": 999_999}, "generator"),
        ({"label": "dragon"}, "label"),
        ({"count": 65}, "count"),
        ({"truncation": 2}, "truncation"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_wrong_wish_names_its_field(owner, generator, wrong, field):
    answer = owner.post("studio/drawings/", wish(generator, **wrong))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not ImageJob.objects.exists()


def test_past_the_quota_it_is_said_when_to_come_back(owner, generator):
    for _ in range(MAX_UNFINISHED):
        assert owner.post("studio/drawings/", wish(generator)).status_code == 201
    answer = owner.post("studio/drawings/", wish(generator))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "wait until one is done" in answer.json()["detail"]


def test_only_its_owner_finds_an_image_until_it_is_published(owner, stranger, generator):
    image = make_image(owner.user, generator)
    paths = [f"studio/images/{image.pk}/", f"studio/images/{image.pk}/file/"]
    assert [stranger.get(path).status_code for path in paths] == [404, 404]
    assert stranger.post(f"studio/images/{image.pk}/publish/").status_code == 404
    assert owner.post(f"studio/images/{image.pk}/publish/").json()["visibility"] == "published"
    assert [stranger.get(path).status_code for path in paths] == [200, 200]
    assert [row["id"] for row in stranger.get("studio/images/").json()["results"]] == [image.pk]
    assert stranger.get("studio/images/", show="mine").json()["results"] == []
    assert stranger.delete(f"studio/images/{image.pk}/").status_code == 404
    assert owner.post(f"studio/images/{image.pk}/unpublish/").json()["visibility"] == "own"
    assert stranger.get("studio/images/").json()["results"] == []
    assert owner.delete(f"studio/images/{image.pk}/").status_code == 204
    assert not Image.objects.exists()


def test_reports_go_to_staff_who_hide(owner, stranger, generator):
    staff = Api(make_user(is_staff=True))
    image = make_image(owner.user, generator, visibility=Image.Visibility.PUBLISHED)
    path = f"studio/images/{image.pk}/"
    assert owner.post(f"{path}report/", {"reason": "mine"}).status_code == 409
    assert stranger.post(f"{path}report/", {"reason": "no"}).status_code == 204
    assert stranger.post(f"{path}hide/", {"reason": "no"}).status_code == 403
    assert staff.post(f"{path}hide/", {"reason": "no"}).json()["visibility"] == "hidden"
    assert stranger.get(path).status_code == 404
    assert owner.post(f"{path}publish/").status_code == 409
    assert staff.post(f"{path}let-stand/").json()["visibility"] == "own"


def test_variations_walks_and_avatar(owner, stranger, generator):
    start = make_image(owner.user, generator, seed=1)
    body = {"count": 1, "share": 0.4, "seed": 8, "key": "v"}
    assert owner.post(f"studio/images/{start.pk}/variations/", body).status_code == 201
    assert owner.post(f"studio/images/{start.pk}/variations/", body).status_code == 200
    work_off()
    end = Image.objects.exclude(pk=start.pk).get()
    assert end.steps == [[8, 0.4]]
    walk = owner.post("studio/walks/", {"start": start.pk, "end": end.pk, "frames": 3})
    assert walk.status_code == 201
    assert walk.json()["kinds"] == []
    path = f"studio/walks/{walk.json()['id']}/"
    assert owner.get(f"{path}file/gif/").status_code == 404
    work_off()
    assert owner.get(path).json()["kinds"] == ["gif", "png", "webp"]
    assert owner.get(f"{path}file/gif/")["Content-Type"] == "image/gif"
    assert stranger.get(f"{path}file/gif/").status_code == 404
    secret = {"start": start.pk, "end": end.pk}
    assert stranger.post("studio/walks/", secret).status_code == 400
    owner.post(f"studio/images/{start.pk}/wear/")
    owner.user.refresh_from_db()
    assert owner.user.avatar.startswith(f"avatars/{owner.user.pk}/")


def test_a_key_of_one_kind_of_work_is_free_for_another(owner, generator):
    start, end = (make_image(owner.user, generator, seed=seed) for seed in (1, 2))
    assert owner.post("studio/drawings/", wish(generator, key="k")).status_code == 201
    walk = {"start": start.pk, "end": end.pk, "key": "k"}
    assert owner.post("studio/walks/", walk).status_code == 201
    assert owner.post("studio/walks/", walk).status_code == 200


def test_visitors_get_nothing_of_it(generator):
    for path in ("generators/", "drawings/", "images/", "walks/"):
        assert Api().get(f"studio/{path}").status_code == 401
