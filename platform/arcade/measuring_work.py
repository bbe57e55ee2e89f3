"""What a worker does to rate the levels of a trained agent: they play each other. No torch."""

import math
import time

from django.db import transaction
from django.utils.translation import gettext as _

from arcade.serving import GAMES
from arcade.training_models import AgentRun
from arcade.training_services import artifact_of, games_of, others_wait, tell_published
from genai.errors import GenaiError, Stopped
from genai.games.arena import Arena, ArenaConfig, Contender, arena_at
from genai.games.serving import builtin_agents, load_agent
from jobs.holding import Hold, JobLost, JobRefused, JobYields

GAMES_A_PAIR = 20
RIVAL = "rollouts"  # OpenSpiel's search: its weakest and its strongest level play too
REPORT_SECONDS = 1.0


def rate(hold: Hold) -> None:
    """Ratings into the artifact and its published copy; goes on after the last whole game."""
    run = AgentRun.objects.select_related("published").get(rating=hold.job)
    watch = Watch(hold)
    try:
        arena = arena_of(run)
        arena.play(on_progress=watch.tell, is_cancelled=watch.is_over)
        report = arena.report()
        hold.check()
        arena.record_ratings(report)
    except Stopped as error:
        hold.check()
        hold.write(message=_("Makes room for other work."))
        raise JobYields from error
    except GenaiError as error:
        raise JobRefused(str(error)) from error
    keep(hold, run, report | {"games": GAMES_A_PAIR})


def keep(hold: Hold, run: AgentRun, report: dict) -> None:
    with transaction.atomic():
        hold.confirm()
        found = AgentRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        tell_published(found)  # published before or after this: never in between
        AgentRun.objects.filter(pk=run.pk).update(report=report)
        hold.finish_with(url=run.get_absolute_url())


def arena_of(run: AgentRun) -> Arena:
    """With the games that are there already."""
    game, folder = GAMES[run.game], artifact_of(run)
    agent, rival = load_agent(folder), builtin_agents(game)[RIVAL]
    contenders = [Contender(level.key, agent, level, folder) for level in agent.levels]
    contenders += [
        Contender(f"{RIVAL}:{level.key}", rival, level)
        for level in (rival.levels[0], rival.levels[-1])
    ]
    config = ArenaConfig(games=GAMES_A_PAIR, seed=run.seed)
    return arena_at(games_of(run), game, contenders, config)


class Watch:
    """Between two games: tells how far it is, and says whether that was the last."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.told_at = self.looked_at = -math.inf

    def tell(self, done: int, games: int) -> None:
        if done < games and time.monotonic() - self.told_at < REPORT_SECONDS:
            return
        self.told_at = time.monotonic()
        if not self.hold.should_stop():
            message = _("%(done)d of %(games)d games are played")
            self.hold.report(done / games, message % {"done": done, "games": games})

    def is_over(self) -> bool:
        if self.hold.lost.is_set():
            raise JobLost(f"job {self.hold.job.pk} was taken over")
        return self.hold.cancelled.is_set() or self._makes_room()

    def _makes_room(self) -> bool:
        if time.monotonic() - self.looked_at < REPORT_SECONDS:
            return False
        self.looked_at = time.monotonic()
        return others_wait()
