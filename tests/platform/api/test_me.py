import pytest

from accounts.models import User


def test_me_is_who_asks(owner, anonymous):
    told = owner.get("me/").json()

    assert (told["id"], told["email"], told["age_limit"]) == (owner.user.pk, owner.user.email, 18)
    assert anonymous.get("me/").status_code == 401
    assert anonymous.patch("me/", {"name": "x"}).status_code == 401


def test_the_name_can_be_changed(owner):
    assert owner.patch("me/", {"name": "Ada"}).json()["name"] == "Ada"
    assert User.objects.get(pk=owner.user.pk).name == "Ada"


def test_the_age_limit_goes_down_but_not_up(owner):
    assert owner.patch("me/", {"age_limit": 13}).json()["age_limit"] == 13

    refused = owner.patch("me/", {"age_limit": 18, "name": "Grown"})

    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["age_limit"]
    kept = User.objects.get(pk=owner.user.pk)
    assert (kept.age_limit, kept.name) == (13, "")


@pytest.mark.parametrize("limit", [9, -1, None, "x", 10**30])
def test_only_known_age_limits_are_taken(owner, limit):
    assert owner.patch("me/", {"age_limit": limit}).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("is_staff", True),
        ("is_superuser", True),
        ("is_active", False),
        ("email", "other@example.org"),
        ("password", "x"),
        ("id", 1),
        ("tastes_asked", True),
        ("is_demo", True),
        ("groups", [1]),
        ("date_joined", "2001-01-01T00:00:00Z"),
    ],
)
def test_everything_else_is_ignored(owner, field, value):
    before = User.objects.filter(pk=owner.user.pk).values().get()

    assert owner.patch("me/", {field: value}).status_code == 200

    assert User.objects.filter(pk=owner.user.pk).values().get() == before
