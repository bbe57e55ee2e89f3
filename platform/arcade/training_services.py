"""Writes on trainings of agents: queue, rate, publish, roll back, tidy up."""

import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from arcade.loading import (
    AgentDamaged,
    agents_folder,
    copy_agent,
    copy_ratings,
    loaded,
    read_facts,
)
from arcade.serving import GAMES, forget_current
from arcade.training_models import LONGEST_NAME, Agent, AgentRun
from jobs.models import Job
from jobs.services import queue_job

TRAIN, RATE = "arcade.tasks.train_agent", "arcade.tasks.rate_agent"
KEPT_RUNS = 5  # failed and cancelled ones that can still go on
ARTIFACT, RESUMING, GAMES_PLAYED = "agent", "agent.run", "rating.games"
TRAINABLE = {key: game.name for key, game in GAMES.items() if not game.is_hidden}


class AgentRefused(Exception):
    """This cannot be done with this training or agent now; the message says why."""


# ── Folders ───────────────────────────────────────────────────────────────────────────────────────


def runs_folder() -> Path:
    """Where runs keep what they need to go on, and their artifact, one folder each."""
    return Path(settings.STATE_DIR) / "agent-runs"


def folder_of(run: AgentRun) -> Path:
    return runs_folder() / str(run.pk)


def artifact_of(run: AgentRun) -> Path:
    return folder_of(run) / ARTIFACT


def games_of(run: AgentRun) -> Path:
    """What its levels have played to be rated."""
    return folder_of(run) / GAMES_PLAYED


def published_folder(agent: Agent) -> Path:
    return agents_folder() / agent.key


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Wish:
    """What is to learn what, and for how long."""

    game: str
    preset: str
    minutes: int
    seed: int = 0
    note: str = ""


@transaction.atomic
def queue_agent_run(*, owner: User, wish: Wish, key: str | None = None) -> AgentRun:
    """A training on the heavy queue; the same owner's same key gives the same run. AgentRefused"""
    known = _run_of(owner, key)
    if known:
        return known
    if wish.game not in TRAINABLE:
        raise AgentRefused(_("Nothing learns %(game)s by self-play.") % {"game": wish.game})
    job = queue_job(
        task=TRAIN,
        label=_label(wish),
        owner=owner,
        queue=Job.Queue.HEAVY,
        key=_own(key),
    )
    return AgentRun.objects.get_or_create(job=job, defaults=asdict(wish))[0]


def _label(wish: Wish) -> str:
    words = {"game": TRAINABLE[wish.game], "minutes": wish.minutes}
    if wish.preset == AgentRun.Preset.TINY:
        return _("Train a tiny agent of %(game)s (%(minutes)d min)") % words
    return _("Train an agent of %(game)s (%(minutes)d min)") % words


def is_known_run(*, owner: User, key: str | None) -> bool:
    """Whether this key has started a run already."""
    return _run_of(owner, key) is not None


def _run_of(owner: User, key: str | None) -> AgentRun | None:
    runs = AgentRun.objects.filter(job__owner=owner, job__key=_own(key))
    return runs.first() if key else None


def _own(key: str | None) -> str | None:
    """Keys of trainings are apart from those of other work."""
    return f"agent:{key}" if key else None


@transaction.atomic
def queue_rating(*, run: AgentRun, owner: User | None) -> Job:
    """The job in which its levels play for their ratings: the one there is, else a new one."""
    found = AgentRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    job = found.rating or queue_job(
        task=RATE,
        label=_("Rate the levels of agent run %(number)d") % {"number": run.pk},
        owner=owner,
        queue=Job.Queue.HEAVY,
    )
    AgentRun.objects.filter(pk=run.pk).update(rating=job)
    run.rating = job
    return job


def others_wait() -> bool:
    """Whether heavy work waits that is no rating of an agent: it goes first."""
    waiting = Job.objects.startable(timezone.now()).filter(queue=Job.Queue.HEAVY)
    return waiting.exclude(task=RATE).exists()


# ── What plays ────────────────────────────────────────────────────────────────────────────────────


def publish_run(*, run: AgentRun, name: str, by: User | None = None) -> Agent:
    """Members play against what it left from now on. AgentRefused

    The same network again is the same agent, whose files are made whole.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise AgentRefused(_("Members need a name to choose it by."))
    if run.job.state != Job.State.DONE:
        raise AgentRefused(_("The training has not come to its end."))
    try:
        with transaction.atomic():
            agent = _publish(run, name, by)
    except AgentDamaged as error:
        raise AgentRefused(_("Its files are missing or damaged: train again.")) from error
    forget_current()
    run.published = agent
    return agent


def _publish(run: AgentRun, name: str, by: User | None) -> Agent:
    facts = read_facts(artifact_of(run))
    sha256 = facts.pop("sha256")
    now = timezone.now()
    fields = {"name": name, "facts": facts, "published_by": by, "published_at": now}
    AgentRun.objects.select_for_update(of=["self"]).get(pk=run.pk)  # its rating waits for this
    _hold(run.game)
    agent, _is_new = Agent.objects.update_or_create(game=run.game, sha256=sha256, defaults=fields)
    copy_agent(artifact_of(run), published_folder(agent), name)
    AgentRun.objects.filter(pk=run.pk).update(published=agent)
    _use(agent)
    return agent


def roll_back(*, game: str) -> Agent | None:
    """Withdraws what plays; the one before it plays again, None: what comes with the site does.

    AgentRefused when nothing that was published plays.
    """
    with transaction.atomic():
        kept = _hold(game)
        current = next((agent for agent in kept if agent.is_current), None)
        if current is None:
            raise AgentRefused(_("Nothing that was published plays this game."))
        Agent.objects.filter(pk=current.pk).update(state=Agent.State.WITHDRAWN)
        before = next((agent for agent in kept if _can_return(agent)), None)
        if before:
            _use(before)
    forget_current()
    return before


def _hold(game: str) -> list[Agent]:
    """All of a game, locked, the newest first."""
    return list(Agent.objects.select_for_update().filter(game=game).order_by("-published_at"))


def _can_return(agent: Agent) -> bool:
    return agent.state == Agent.State.KEPT and loaded(published_folder(agent)) is not None


def _use(agent: Agent) -> None:
    """The one that played is kept, to go back to."""
    Agent.objects.current().filter(game=agent.game).exclude(pk=agent.pk).update(
        state=Agent.State.KEPT
    )
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.CURRENT)
    agent.state = Agent.State.CURRENT
    transaction.on_commit(forget_current)


def tell_published(run: AgentRun) -> None:
    """What its levels were rated, for the copy that members play against; a damaged one stays."""
    if run.published:
        with suppress(AgentDamaged):
            copy_ratings(artifact_of(run), published_folder(run.published))


# ── Tidying up ────────────────────────────────────────────────────────────────────────────────────


def prune_agent_runs() -> None:
    """What a run needs to go on stays while it can; its artifact as long as the run."""
    # before the rows: the folder of a run that starts meanwhile is none of these
    folders = list(runs_folder().iterdir()) if runs_folder().is_dir() else []
    runs = AgentRun.objects.all()
    over = [Job.State.FAILED, Job.State.CANCELLED]
    whole = _names(
        runs.filter(job__in=Job.objects.unfinished()),
        runs.filter(job__state__in=over)[:KEPT_RUNS],
    )
    every = _names(runs)
    for folder in folders:
        if folder.name not in every:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.name not in whole:
            shutil.rmtree(folder / RESUMING, ignore_errors=True)


def clear_leftovers(run: AgentRun) -> None:
    """Of killed attempts: what is half written."""
    for path in list(folder_of(run).rglob(".*.part")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _names(*found: QuerySet[AgentRun]) -> set[str]:
    """Of the folders of these runs."""
    return {str(pk) for runs in found for pk in runs.values_list("pk", flat=True)}
