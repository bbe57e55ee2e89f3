"""What a training reads of everybody's events: likes and dislikes, with strength and kind."""

from datetime import timedelta

import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from events.models import Event
from recommendations import dataset
from tests.factories import make_event, make_title, make_titles, make_user

pytestmark = pytest.mark.django_db


def test_a_dislike_is_a_row_too_but_counts_as_no_example(tmp_path):
    seen, hidden, poor = make_title(), make_title(), make_title()
    fond, cross = make_user(), make_user()
    make_event(fond, seen, Event.Kind.FINISH)
    make_event(fond, poor, Event.Kind.RATE, value=0.5)
    make_event(cross, hidden, Event.Kind.HIDE)
    make_event(cross, poor, Event.Kind.DISLIKE)
    counts = dataset.snapshot(tmp_path)
    rows = pd.read_parquet(tmp_path / "interactions.parquet").set_index(["user_id", "item_id"])
    assert counts == {"interactions": 1, "members": 1, "titles": 3}
    said = {key: (row.kind, round(row.weight, 6)) for key, row in rows.iterrows()}
    assert said == {
        (fond.pk, seen.pk): ("finish", 1.0),
        (fond.pk, poor.pk): ("rate", -1.0),
        (cross.pk, poor.pk): ("dislike", -1.0),
        (cross.pk, hidden.pk): ("hide", -0.3),
    }
    assert rows["weight"].dtype == "float32"
    assert dataset.members_of(tmp_path) == {fond.pk, cross.pk}


def test_the_kind_is_that_of_the_event_that_counted(member):
    title, now = make_title(), timezone.now()
    for minutes, kind, value in (
        (3, Event.Kind.RATE, 5.0),
        (2, Event.Kind.PLAY, None),
        (1, Event.Kind.CLICK, None),
    ):
        make_event(member, title, kind, value=value, now=now - timedelta(minutes=minutes))
    [entry] = dataset.past_of(member).history
    assert (entry.kind, entry.weight) == ("rate", 1.0)
    assert entry.timestamp == int((now - timedelta(minutes=1)).timestamp())


def test_what_was_only_shown_is_no_row(tmp_path, member):
    for _ in range(20):
        make_event(member, make_title(), Event.Kind.IMPRESSION)
    assert dataset.snapshot(tmp_path)["interactions"] == 0
    assert pq.read_table(tmp_path / "interactions.parquet").num_rows == 0


def test_the_file_is_written_and_can_be_read_in_groups_of_rows(tmp_path, monkeypatch, member):
    monkeypatch.setattr(dataset, "ROW_GROUP", 2)
    titles = make_titles(5)
    for title in titles:
        make_event(member, title)
    dataset.snapshot(tmp_path)
    file = pq.ParquetFile(tmp_path / "interactions.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [2, 2, 1]
    assert file.read()["item_id"].to_pylist() == [title.pk for title in titles]


def test_a_site_without_events_leaves_a_file_with_columns_and_no_rows(tmp_path):
    assert dataset.snapshot(tmp_path) == {"interactions": 0, "members": 0, "titles": 0}
    frame = pd.read_parquet(tmp_path / "interactions.parquet")
    assert list(frame.columns) == ["user_id", "item_id", "timestamp", "weight", "kind"]
