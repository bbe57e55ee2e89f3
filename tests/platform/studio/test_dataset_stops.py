"""The reading of a zip that is killed, cancelled or overtaken: nothing half stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.media import keep_file
from jobs.models import Job
from jobs.services import retry
from studio import dataset_work
from studio.dataset_services import remove_dataset
from studio.training_models import Dataset
from tests.platform.studio.sets import (
    good_zip,
    has_upload,
    kept_files,
    read,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cancelled_one_leaves_nothing_but_what_was_sent_and_can_be_tried_again(monkeypatch):
    dataset, check = send(good_zip()), dataset_work.Hold.check
    asked = []

    def cancelling(hold):
        asked.append(1)
        if len(asked) == 4:
            hold.cancelled.set()
        check(hold)

    monkeypatch.setattr(dataset_work.Hold, "check", cancelling)
    dataset = read(dataset)
    monkeypatch.setattr(dataset_work.Hold, "check", check)
    assert dataset.job.state == Job.State.CANCELLED
    assert kept_files() == [dataset.upload]
    retry(dataset.job)
    assert read(dataset).is_ready
    assert not has_upload(dataset)


@pytest.mark.parametrize("where", ["read_images", "keep_images", "refuse_twin"])
def test_a_worker_that_is_killed_leaves_a_job_that_goes_on(where, monkeypatch):
    dataset, whole = send(good_zip()), getattr(dataset_work, where)

    def dying(*given, **more):
        if where == "keep_images":
            keep_file(f"datasets/{dataset.pk}/.half.npz.part", b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset_work, where, dying)
    with pytest.raises(KeyboardInterrupt):
        read(dataset)
    assert not Dataset.objects.get(pk=dataset.pk).file
    monkeypatch.setattr(dataset_work, where, whole)
    found = read(dataset)
    assert found.is_ready
    assert kept_files() == [f"datasets/{found.pk}/{n}.png" for n in (0, 1)] + [found.file]


def test_a_worker_that_was_killed_when_all_was_kept_has_nothing_left_to_do(monkeypatch):
    dataset, drop = send(good_zip()), dataset_work.drop_upload

    def dying(row):
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset_work, "drop_upload", dying)
    with pytest.raises(KeyboardInterrupt):
        read(dataset)
    monkeypatch.setattr(dataset_work, "drop_upload", drop)
    monkeypatch.setattr(dataset_work, "read_upload", None)
    found = read(dataset)
    assert (found.is_ready, found.job.state) == (True, Job.State.DONE)
    assert not has_upload(found)


def test_a_stale_worker_takes_nothing_from_the_one_that_took_over(monkeypatch):
    dataset, keep = send(good_zip()), dataset_work.keep_images

    def overtaken(*given):
        fields = keep(*given)
        Job.objects.filter(pk=dataset.job_id).update(attempt=2)
        return fields

    monkeypatch.setattr(dataset_work, "keep_images", overtaken)
    found = read(dataset)
    assert not found.file  # the attempt that holds the job writes it
    assert has_upload(found)
    assert found.job.state == Job.State.RUNNING


def test_a_set_that_is_removed_while_it_is_read_does_not_come_back(monkeypatch):
    dataset, keep = send(good_zip()), dataset_work.keep_images

    def removed(*given):
        fields = keep(*given)
        remove_dataset(dataset=Dataset.objects.get(pk=dataset.pk))
        return fields

    monkeypatch.setattr(dataset_work, "keep_images", removed)
    found = read(dataset)
    assert (found.is_removed, found.file) == (True, "")
    assert found.job.is_finished
    assert kept_files() == []


def test_a_stale_worker_deletes_nothing_of_what_its_successor_has_kept(monkeypatch):
    dataset, begin = send(good_zip()), dataset_work.read_upload

    def overtaken(hold, row):
        monkeypatch.setattr(dataset_work, "read_upload", begin)
        Job.objects.filter(pk=row.job_id).update(lease_until=timezone.now() - timedelta(hours=1))
        read(dataset)
        begin(hold, row)

    monkeypatch.setattr(dataset_work, "read_upload", overtaken)
    found = read(dataset)
    assert (found.is_ready, found.job.state) == (True, Job.State.DONE)
    assert kept_files() == [f"datasets/{found.pk}/{n}.png" for n in (0, 1)] + [found.file]
