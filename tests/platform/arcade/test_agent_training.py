"""An agent's training from its row to its artifact, stopped, killed and cancelled on the way."""

import shutil

import pytest

from arcade.training_models import AgentRun
from arcade.training_services import artifact_of, folder_of, prune_agent_runs
from genai.games.training import Run
from jobs.holding import Hold
from jobs.models import Job
from jobs.services import retry
from studio.models import Dataset
from tests.platform.arcade.training import each_round_of_play, make_run, weights_of, work_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_state"),
]


@pytest.fixture
def unbroken(trained_agents) -> bytes:
    """The weights of the same training, with nobody in between."""
    return weights_of(trained_agents[0])


@pytest.fixture
def holds(monkeypatch) -> list[Hold]:
    """Every worker's hold on a job, the newest last."""
    real, found = Hold.__init__, []

    def remember(self, job) -> None:
        real(self, job)
        found.append(self)

    monkeypatch.setattr(Hold, "__init__", remember)
    return found


def cancel(run: AgentRun, hold: Hold) -> None:
    Job.objects.filter(pk=run.job_id).update(cancel_requested=True)
    hold.beat()


def test_a_run_leaves_an_artifact_its_curve_and_a_rating(unbroken):
    run = work_on(make_run(note="a first one"))
    assert run.job.state == Job.State.DONE, run.job.error
    assert weights_of(artifact_of(run)) == unbroken
    assert (run.facts["rounds"], run.facts["games"]) == (3, 48)
    assert [point["round"] for point in run.curve] == [1, 2, 3]
    assert {"games_a_second", "policy_loss", "value_loss", "rating"} <= set(run.curve[-1])
    assert run.newest["round"] == 3
    assert run.job.result["url"] == run.get_absolute_url()
    assert (run.rating.state, run.rating.queue) == (Job.State.QUEUED, Job.Queue.HEAVY)
    assert run.rating.owner == run.job.owner


def test_the_curve_and_the_progress_grow_while_it_trains(monkeypatch):
    monkeypatch.setattr("arcade.training_work.REPORT_SECONDS", 0.0)
    run, seen = make_run(), []

    def look(number: int) -> None:
        found = AgentRun.objects.select_related("job").get(pk=run.pk)
        seen.append((len(found.curve), round(found.job.progress, 1), found.job.message))

    each_round_of_play(monkeypatch, look)
    work_on(run)
    assert seen[0] == (0, 0.0, "Playing")
    assert (1, 0.3, "Round 1 of 3") in seen
    assert (1, 0.3, "Round 2: 8 of 16 games are played") in seen


def test_the_share_of_moves_that_keep_the_value_is_measured_where_it_is_known():
    run = work_on(make_run(game="connect-four"))
    assert run.job.state == Job.State.DONE, run.job.error
    assert {"value_kept_1", "value_kept_64"} <= set(run.curve[-1])
    assert 0 < run.newest["value_kept_64"] < 1


def test_a_killed_worker_s_run_ends_in_the_same_bytes(unbroken, monkeypatch):
    run, rounds = make_run(), []

    class Killed(BaseException):
        pass

    def die(number: int) -> None:
        if number in {150, 300}:
            raise Killed
        if number in {151, 301}:  # of the next attempt
            rounds.append(len(AgentRun.objects.get(pk=run.pk).curve))

    each_round_of_play(monkeypatch, die)
    for _ in range(2):
        with pytest.raises(Killed):
            work_on(run)
        assert not artifact_of(run).exists()
        Job.objects.filter(pk=run.job_id).update(lease_until="2026-01-01T00:00Z")  # it ran out
    run = work_on(run)
    assert (run.job.state, run.job.attempt) == (Job.State.DONE, 3), run.job.error
    assert rounds == [1, 2]  # it goes on after what was done
    assert weights_of(artifact_of(run)) == unbroken


def test_a_cancelled_run_stops_within_its_round_and_goes_on_after_the_last(
    unbroken, holds, monkeypatch
):
    run, moves = make_run(), []

    def stop(number: int) -> None:
        moves.append(number)
        if number == 150:
            cancel(run, holds[-1])

    each_round_of_play(monkeypatch, stop)
    run = work_on(run)
    assert run.job.state == Job.State.CANCELLED
    assert len(moves) < 150 + 16  # the games at once have moved, no more
    assert run.rating is None
    assert len(run.curve) == 1
    assert not artifact_of(run).exists()
    retry(run.job)
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert weights_of(artifact_of(run)) == unbroken


def test_a_worker_that_lost_the_run_stops_and_writes_nothing(holds, monkeypatch):
    """Another has taken it over; the row and the files are now the other's."""
    run = make_run()

    def lose(number: int) -> None:
        if number == 150:
            Job.objects.filter(pk=run.job_id).update(attempt=2, worker="another")
            AgentRun.objects.filter(pk=run.pk).update(curve=[{"round": 9}])
            (folder_of(run) / "agent.run" / "checkpoint.safetensors").write_bytes(b"the other's")
            holds[-1].beat()

    each_round_of_play(monkeypatch, lose)
    run = work_on(run)
    assert (run.job.state, run.curve) == (Job.State.RUNNING, [{"round": 9}])
    checkpoint = folder_of(run) / "agent.run" / "checkpoint.safetensors"
    assert checkpoint.read_bytes() == b"the other's"
    assert not artifact_of(run).exists()


def test_minutes_count_what_earlier_attempts_took(monkeypatch):
    """So a kill buys no time: with 50 s a round, one minute is two rounds."""
    run = make_run(minutes=1)
    real = Run._clock

    def slow_clock(self: Run) -> None:
        real(self)
        self.progress.seconds += 25

    class Killed(BaseException):
        pass

    def die(number: int) -> None:
        if number == 150:
            raise Killed

    monkeypatch.setattr(Run, "_clock", slow_clock)
    each_round_of_play(monkeypatch, die)
    with pytest.raises(Killed):
        work_on(run)
    Job.objects.filter(pk=run.job_id).update(lease_until="2026-01-01T00:00Z")
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert run.facts["rounds"] == 2


def test_an_attempt_that_died_after_the_artifact_does_not_train_again(monkeypatch):
    run = work_on(make_run())
    Job.objects.filter(pk=run.job_id).update(state=Job.State.QUEUED)
    AgentRun.objects.update(facts={})
    shutil.rmtree(folder_of(run) / "agent.run")
    each_round_of_play(monkeypatch, lambda number: pytest.fail("trained again"))
    assert work_on(run).facts["rounds"] == 3


def test_a_training_makes_room_between_two_rounds_for_images_that_wait_to_be_read(
    unbroken, monkeypatch
):
    run, moves = make_run(), []

    def send_images(number: int) -> None:
        moves.append(number)
        if number == 150:
            job = Job.objects.create(label="images", task="studio.tasks.read_dataset")
            Dataset.objects.create(name="New", job=job)

    each_round_of_play(monkeypatch, send_images)
    run = work_on(run)
    assert (run.job.state, len(run.curve)) == (Job.State.QUEUED, 2)
    assert "images wait to be read" in run.job.message
    played = len(moves)
    assert work_on(run).job.state == Job.State.QUEUED  # they wait still
    assert len(moves) == played
    Job.objects.filter(label="images").update(state=Job.State.DONE)
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert weights_of(artifact_of(run)) == unbroken


def test_what_a_run_needs_to_go_on_stays_while_it_can(monkeypatch):
    monkeypatch.setattr("arcade.training_services.KEPT_RUNS", 1)
    states = [Job.State.CANCELLED, Job.State.FAILED, Job.State.QUEUED, Job.State.DONE]
    runs = [make_run() for _ in states]
    for run, state in zip(runs, states, strict=True):
        Job.objects.filter(pk=run.job_id).update(state=state)
        for name in ("agent", "agent.run"):
            (folder_of(run) / name).mkdir(parents=True)
    gone = folder_of(runs[0]).with_name("999")
    gone.mkdir()
    prune_agent_runs()
    assert [(folder_of(run) / "agent.run").is_dir() for run in runs] == [False, True, True, False]
    assert all(artifact_of(run).is_dir() for run in runs)
    assert not gone.exists()
