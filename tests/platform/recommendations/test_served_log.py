"""What was served is written down, and writing it down never costs a page."""

import logging
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from privacy.services import erase_user
from recommendations.models import Experiment, LoggedList
from recommendations.served_log import ServedRow, log_lists
from tests.factories import make_experiment, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def make_row(length: int = 3, **changes) -> ServedRow:
    fields = {
        "list_id": uuid4(), "surface": "home", "shelf": "picked", "rung": "personal",
        "artifact": "first", "title_ids": range(1, length + 1),
        "scores": [1 / place for place in range(1, length + 1)], "sources": ["personal"] * length,
    }  # fmt: skip
    return ServedRow(**fields | changes)


def test_a_list_is_read_back_as_it_was_served(member):
    experiment = make_experiment(state=Experiment.State.RUNNING)
    row = make_row(experiment_id=experiment.pk, arm="B", sources=["personal", "cold", "new"])
    assert log_lists(user=member, lists=[row], now=NOW)
    found = LoggedList.objects.get()
    assert found.pk == (row.list_id, NOW)
    assert (found.user, found.visitor, found.surface) == (member, "", "home")
    assert (found.shelf, found.rung, found.artifact) == ("picked", "personal", "first")
    assert (found.experiment, found.arm) == (experiment, "B")
    assert found.title_ids == [1, 2, 3]
    assert found.scores == pytest.approx([1, 0.5, 1 / 3], abs=1e-6)
    assert found.sources == ["personal", "cold", "new"]


def test_scores_and_ids_may_be_arrays(member):
    scores = np.array([0.9, 0.5, 0.1], np.float32)
    log_lists(user=member, lists=[make_row(title_ids=np.arange(1, 4), scores=scores)])
    found = LoggedList.objects.get()
    assert found.title_ids == [1, 2, 3]
    assert found.scores == pytest.approx([0.9, 0.5, 0.1])


@pytest.mark.parametrize("kind", [np.array, list])
def test_a_score_that_is_not_finite_is_written_as_0(kind, member):
    scores = kind([0.5, float("nan"), float("inf"), -float("inf")])
    log_lists(user=member, lists=[make_row(4, scores=scores)])
    assert LoggedList.objects.get().scores == [0.5, 0.0, 0.0, 0.0]


def test_a_visitor_s_list_belongs_to_nobody_and_keeps_their_key():
    log_lists(user=AnonymousUser(), visitor="f00d", lists=[make_row(artifact=None)], now=NOW)
    found = LoggedList.objects.get()
    assert (found.user, found.visitor, found.artifact) == (None, "f00d", "")


def test_a_member_s_list_keeps_no_key_of_their_browser(member):
    log_lists(user=member, visitor="f00d", lists=[make_row()])
    assert LoggedList.objects.get().visitor == ""


@pytest.mark.parametrize("count", [1, 8])
def test_all_lists_of_a_page_are_one_statement(count, member, django_assert_num_queries):
    with django_assert_num_queries(3):  # the insert, in a savepoint of the test's transaction
        log_lists(user=member, lists=[make_row(20) for _ in range(count)])
    assert LoggedList.objects.count() == count


def test_no_lists_are_no_statement(member, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not log_lists(user=member, lists=[])


def test_an_empty_list_is_written_down_too(member):
    log_lists(user=member, lists=[make_row(0)])
    assert LoggedList.objects.get().title_ids == []


def test_every_title_has_a_score_and_a_source():
    with pytest.raises(ValueError, match="a score and a source"):
        make_row(3, scores=[1.0])


@pytest.mark.parametrize("wrong", [{"shelf": "x" * 61}, {"experiment_id": 987_654}])
def test_a_fault_of_the_database_is_logged_and_the_page_s_transaction_goes_on(
    wrong, member, caplog
):
    with transaction.atomic(), caplog.at_level(logging.WARNING):
        assert not log_lists(user=member, lists=[make_row(), make_row(**wrong)])
        make_user(name="Bea")  # the page's own work
    assert not LoggedList.objects.exists()
    assert "2 served lists were not written down" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_it_is_one_statement_and_a_fault_costs_nothing_else(
    django_assert_num_queries, caplog
):
    member = make_user()
    with django_assert_num_queries(1):
        log_lists(user=member, lists=[make_row(), make_row()])
    log_lists(user=member, lists=[make_row(shelf="x" * 61)])
    assert LoggedList.objects.count() == 2
    assert "not written down" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_costs_the_log_and_not_the_page(caplog, monkeypatch):
    member = make_user()
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no-such-database")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    log_lists(user=member, lists=[make_row()])
    connection.close()
    assert "not written down" in caplog.text


def test_erasing_a_member_erases_the_lists_they_were_served(member):
    log_lists(user=member, lists=[make_row()])
    log_lists(user=make_user(), lists=[make_row(shelf="kept")])
    erase_user(member)
    assert [kept.shelf for kept in LoggedList.objects.all()] == ["kept"]
