from jobs.models import Job
from tests.factories import make_job


def test_a_job_is_told_to_its_owner_and_to_staff(owner, stranger, staff, anonymous):
    job = make_job(owner=owner.user, progress=0.5, message="Half")

    assert owner.get(f"jobs/{job.pk}/").json()["progress"] == 0.5
    codes = [who.get(f"jobs/{job.pk}/").status_code for who in (anonymous, stranger, staff)]
    assert codes == [401, 404, 200]


def test_parameters_and_workers_stay_inside(owner):
    job = make_job(owner=owner.user, params={"secret": 1}, worker="host")

    assert not {"params", "worker", "task"} & owner.get(f"jobs/{job.pk}/").json().keys()


def test_a_waiting_job_is_cancelled_at_once(owner, stranger, anonymous):
    job = make_job(owner=owner.user)

    codes = [who.post(f"jobs/{job.pk}/cancel/").status_code for who in (anonymous, stranger)]
    assert codes == [401, 404]
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
    assert owner.post(f"jobs/{job.pk}/cancel/").json()["state"] == "cancelled"
    assert owner.get(f"jobs/{job.pk}/cancel/").status_code == 405


def test_a_finished_job_stays_as_it_is(staff):
    job = make_job(state=Job.State.DONE)

    assert staff.post(f"jobs/{job.pk}/cancel/").json()["state"] == "done"
