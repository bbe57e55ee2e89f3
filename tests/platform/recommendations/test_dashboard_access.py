"""Who sees the dashboard: staff; for members it is not there, visitors log in."""

import pytest
from django.test import Client

from recommendations.models import Promotion

pytestmark = pytest.mark.django_db
PAGES = [
    ("get", ""), ("get", "runs/"), ("get", "runs/{run}/"), ("get", "runs/{run}/panel/"),
    ("get", "system/"), ("get", "artifacts/{artifact}/promote/"), ("get", "artifacts/rollback/"),
    ("get", "evaluation/"), ("post", "evaluation/measure/"),
    ("post", "start/"), ("post", "schedule/"), ("post", "artifacts/{artifact}/promote/"),
    ("post", "artifacts/rollback/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_staff_come_in_members_find_nothing_and_visitors_log_in(
    method, path, site, member_client, staff_client
):
    address = "/dashboard/" + path.format(**site)
    assert getattr(staff_client, method)(address).status_code in {200, 302, 409, 422}
    assert getattr(member_client, method)(address).status_code == 404
    anonymous = getattr(Client(), method)(address)
    assert anonymous.status_code == 302
    assert "login" in anonymous["Location"]
    assert Promotion.objects.count() <= 2
