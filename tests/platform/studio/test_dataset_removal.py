"""A set of images that is removed, also while it is read, and files that nobody needs."""

import os
import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.media import keep_file, media_path
from jobs.models import Job
from jobs.services import cancel, retry
from studio import dataset_work
from studio.dataset_files import KEPT_UPLOAD
from studio.dataset_services import DatasetRefused, remove_dataset
from studio.tasks import clear_files, read_dataset
from studio.training_models import Dataset, GeneratorRun
from tests.factories import make_job
from tests.platform.studio.sets import (
    good_zip,
    kept_files,
    make_set,
    read,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_giving_up_locks_sets_before_jobs_as_removing_does():
    with CaptureQueriesContext(connection) as asked:
        found = read(send(b"some text"))
    assert found.job.state == Job.State.FAILED
    locked = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    tables = [re.search(r'FROM "(\w+)"', sql)[1] for sql in locked]
    assert tables[-2:] == ["studio_dataset", "jobs_job"]


@pytest.mark.parametrize("where", ["begin_anew", "keep_images"])
def test_a_set_that_goes_for_good_while_it_is_read_is_a_reason_and_no_crash(where, monkeypatch):
    dataset, whole = send(good_zip()), getattr(dataset_work, where)

    def removed(*given):
        Dataset.objects.filter(pk=dataset.pk).delete()
        return whole(*given)

    monkeypatch.setattr(dataset_work, where, removed)
    read_dataset(dataset.job_id)
    job = Job.objects.get(pk=dataset.job_id)
    assert (job.state, job.error) == (Job.State.FAILED, "This set is gone.")
    assert kept_files() == []


def test_a_removal_that_is_taken_back_keeps_what_was_sent():
    dataset = send(good_zip())
    with transaction.atomic():
        remove_dataset(dataset=dataset)
        transaction.set_rollback(True)
    found = read(dataset)
    assert found.is_ready, found.job.error


def test_a_set_that_is_gone_is_removed_no_second_time():
    found = make_set()
    Dataset.objects.all().delete()
    with pytest.raises(DatasetRefused, match="is gone"):
        remove_dataset(dataset=found)


def test_a_set_that_a_run_needs_is_not_removed():
    found = make_set()
    run = GeneratorRun.objects.create(job=make_job(), dataset=found, minutes=1)
    with pytest.raises(DatasetRefused, match=f"Run {run.pk} learns from it"):
        remove_dataset(dataset=found)
    assert media_path(found.file).is_file()
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    remove_dataset(dataset=found)
    assert kept_files() == []
    assert GeneratorRun.objects.filter(pk=run.pk, dataset=found).exists()
    with pytest.raises(DatasetRefused, match="runs have learned from it"):
        send(good_zip())  # its name is that of what the run learned from


def test_the_name_of_a_removed_set_that_nothing_learned_from_is_free():
    remove_dataset(dataset=make_set())
    assert make_set().is_ready
    with pytest.raises(DatasetRefused, match="of this name"):
        send(good_zip(4))
    assert not [name for name in kept_files() if name.startswith("uploads")]


def age(name: str, by: timedelta) -> None:
    moment = (timezone.now() - by).timestamp()
    os.utime(media_path(name), (moment, moment))


def test_files_that_no_job_can_need_are_cleared_after_a_time():
    ready, waiting = make_set(), send(good_zip(4), name="Waiting")
    failed, fresh = send(good_zip(5), name="Failed"), send(good_zip(6), name="Fresh")
    for dataset in (failed, fresh):
        cancel(dataset.job)
    keep_file("uploads/orphan", b"x")
    keep_file("datasets/999999/0.png", b"x")
    for name in ("uploads/orphan", "datasets/999999", waiting.upload, failed.upload, ready.file):
        age(name, KEPT_UPLOAD * 2)
    age(f"datasets/{ready.pk}", KEPT_UPLOAD * 2)
    clear_files()
    assert set(kept_files()) == {
        ready.file,
        *(f"datasets/{ready.pk}/{n}.png" for n in (0, 1)),
        waiting.upload,
        fresh.upload,
    }
    retry(failed.job)
    assert "no longer kept" in read(failed).job.error
