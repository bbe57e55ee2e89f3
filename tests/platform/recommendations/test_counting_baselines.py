"""The headline counts the baselines that the table shows, and no part of our own model."""

import pytest
from django.urls import reverse
from django.utils import timezone

from recommendations.comparison import rows
from recommendations.headlines import headline
from recommendations.models import Promotion
from recommendations.reports import leads, metric_of
from tests.factories import make_user
from tests.platform.recommendations.runs import make_artifact, make_report

pytestmark = pytest.mark.django_db
BASELINES = ("popularity", "ease", "sequential-rules")


def report_of_all():
    """Sure over popularity alone; beside the baselines our own tower is paired too."""
    report = make_report()
    [pair] = report["paired"]
    score = report["models"]["popularity"]
    for name in ("two-tower", "ease", "sequential-rules"):
        report["models"][name] = score
        report["paired"].append(pair | {"b": name, "ratio": 1.05, "low": 0.9, "high": 1.2})
    return report


def live_artifact():
    artifact = make_artifact("run-1", report=report_of_all())
    return Promotion.objects.create(artifact=artifact, reason="first artifact")


def test_our_own_tower_is_no_baseline():
    assert [lead.over for lead in leads(report_of_all())] == list(BASELINES)


def test_headline_and_table_count_the_same():
    live = live_artifact()
    shown = [row for row in rows(live, metric_of("ndcg")) if row.standing == "baseline"]
    assert len(shown) == len(BASELINES)
    assert "leads 1 of 3 baselines" in headline(live, now=timezone.now()).title


def test_an_interval_of_the_tiles_is_not_broken(client):
    live_artifact()
    client.force_login(make_user(is_staff=True))
    page = client.get(reverse("dashboard")).content.decode()
    assert '<span class="nowrap">−10 to +20 %</span>' in page
