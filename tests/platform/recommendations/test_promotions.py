"""What goes live, what it goes back to, what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommendations.models import Artifact, Promotion
from recommendations.services import (
    folder_of,
    judge,
    promote,
    prune_artifacts,
    roll_back,
    rollback_target,
)
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_artifact, make_report

pytestmark = pytest.mark.django_db


def test_promoting_says_how_sure_it_is_and_then_serves(site, staff_client):
    address = f"/dashboard/artifacts/{site['artifact']}/promote/"
    page = text_of(staff_client, address)
    assert "each on what its own training held back" in page
    assert "It is better for sure." in page
    assert Promotion.objects.live().artifact.name == "first"
    staff_client.post(address, {"reason": "it is better"})
    live = Promotion.objects.live()
    assert (live.artifact.name, live.reason, live.is_rollback) == ("second", "it is better", False)


def test_an_artifact_without_files_is_not_promoted(site, staff_client):
    gone = Artifact.objects.get(pk=site["artifact"])
    folder_of(gone).rename(folder_of(gone).with_name("elsewhere"))
    answer = staff_client.post(f"/dashboard/artifacts/{gone.pk}/promote/", {})
    assert answer.status_code == 409
    assert "are gone" in answer.content.decode()


def test_rolling_back_twice_goes_further_back():
    first, third, second = make_artifact("a"), make_artifact("c"), make_artifact("b")
    for artifact in (first, second, third):
        promote(artifact=artifact)
    assert roll_back().artifact == second
    assert roll_back().artifact == first
    assert rollback_target() is None
    promote(artifact=third)
    assert roll_back().artifact == first


def test_rolling_back_skips_what_was_pruned():
    first, second, third = (make_artifact(name) for name in "abc")
    for artifact in (first, second, third):
        promote(artifact=artifact)
    Artifact.objects.filter(pk=second.pk).update(pruned_at=timezone.now())
    assert roll_back().artifact == first


def test_rolling_back_with_nothing_to_go_back_to_is_refused_in_words(site, staff_client):
    answer = staff_client.post("/dashboard/artifacts/rollback/")
    assert answer.status_code == 409
    assert "No earlier artifact" in answer.content.decode()


def test_pruning_keeps_the_live_one_its_predecessor_and_four_more():
    artifacts = [make_artifact(f"run-{number}") for number in range(9)]
    promote(artifact=artifacts[0])
    promote(artifact=artifacts[1])
    pruned = prune_artifacts(now=timezone.now())
    assert sorted(pruned) == ["run-2", "run-3", "run-4"]
    left = {artifact.name for artifact in artifacts if folder_of(artifact).is_dir()}
    assert left == {"run-0", "run-1", "run-5", "run-6", "run-7", "run-8"}
    assert Artifact.objects.get(name="run-2").report  # the figures stay


def test_a_row_of_promotions_does_not_lower_the_bar():
    for name, ndcg in (("a", 0.180), ("b", 0.177), ("c", 0.174)):
        Promotion.objects.create(artifact=make_artifact(name, report=make_report(ndcg)))
    candidate = make_artifact("d", report=make_report(0.171))
    assert judge(candidate).is_blocked
    Promotion.objects.update(promoted_at=timezone.now() - timedelta(days=31))
    assert not judge(candidate).is_blocked  # against the last of them alone
