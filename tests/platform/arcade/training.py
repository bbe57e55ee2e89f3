"""Trainings of agents, small enough for a test, and agents as they are published."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from accounts.models import User
from arcade.tasks import rate_agent, train_agent
from arcade.training_models import Agent, AgentRun
from arcade.training_services import Wish, artifact_of, publish_run, queue_agent_run
from genai.games import self_play
from genai.games.presets import TINY
from genai.games.rules import game_of
from genai.games.training import train
from jobs.models import Job
from tests.factories import make_user

GAME = "tic-tac-toe"
WEIGHTS = "weights.safetensors"


@pytest.fixture(scope="session")
def trained_agents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Artifacts of two tiny trainings."""
    folder = tmp_path_factory.mktemp("agents")
    return [
        train(game_of(GAME), folder / str(seed) / "agent", TINY, seed=seed).artifact
        for seed in (0, 1)
    ]


@pytest.fixture
def own_state(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs have a folder of their own, and nothing is sent to a broker."""
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    return tmp_path


def make_run(**changes: Any) -> AgentRun:
    """Queued; `owner` is staff."""
    fields: dict[str, Any] = {"game": GAME, "preset": "tiny", "minutes": 5} | changes
    owner: User = fields.pop("owner", None) or make_user(is_staff=True)
    key = fields.pop("key", None)
    return queue_agent_run(owner=owner, wish=Wish(**fields), key=key)


def make_done_run(trained: Path, **changes: Any) -> AgentRun:
    """As if a worker had trained it: a copy of an artifact of the fixture `trained_agents`."""
    from arcade.training_work import facts_of, newest_of, read_manifest

    run = make_run(**changes)
    shutil.copytree(trained, artifact_of(run))
    manifest = read_manifest(trained)
    curve = manifest["curve"]
    AgentRun.objects.filter(pk=run.pk).update(
        facts=facts_of(manifest), curve=curve, newest=newest_of(curve)
    )
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE, progress=1)
    return AgentRun.objects.select_related("job").get(pk=run.pk)


def make_agent(trained: Path, name: str = "Ada") -> Agent:
    """Published, and playing now."""
    return publish_run(run=make_done_run(trained), name=name)


def work_on(run: AgentRun) -> AgentRun:
    """One delivery of its wake-up."""
    train_agent(run.job_id)
    return AgentRun.objects.select_related("job", "rating").get(pk=run.pk)


def rate(run: AgentRun) -> AgentRun:
    """One delivery of the wake-up of its rating."""
    rate_agent(run.rating_id)
    return AgentRun.objects.select_related("job", "rating", "published").get(pk=run.pk)


def weights_of(folder: Path) -> bytes:
    return (folder / WEIGHTS).read_bytes()


def each_round_of_play(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """act(number) before every move of all games at once, counted over all attempts."""
    real, counted = self_play.Table.move, iter(range(1, 1_000_000))

    def move(self: self_play.Table) -> None:
        act(next(counted))
        real(self)

    monkeypatch.setattr(self_play.Table, "move", move)
