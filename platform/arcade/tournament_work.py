"""What a worker does to play a tournament."""

import math
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arcade.serving import GAMES, AgentUnusable, agent_of, artifact_folder, level_of
from arcade.tournament_models import Tournament, key_of
from arcade.tournament_services import folder_of, prune_tournaments
from genai.errors import GenaiError, Stopped
from genai.games.agents import Agent, Decision, Limit
from genai.games.arena import Arena, ArenaConfig, Contender, arena_at
from genai.games.rules import State
from jobs.holding import Hold, JobRefused, JobYields
from studio.training_services import reading_waits

REPORT_SECONDS, TABLE_SECONDS = 1.0, 5.0  # between two writes of how far it is, and of the table
SHARE = 20  # a table may take this part of the time


def play(hold: Hold) -> None:
    """The games that are missing, and the table; goes on after a kill, a stop, a cancel."""
    tournament = Tournament.objects.get(job=hold.job)
    hold.note(_("attempt %(number)d") % {"number": hold.job.attempt})
    prune_tournaments()
    try:
        arena = arena_of(tournament, hold)
        arena.play(on_progress=Reporter(hold, tournament, arena), is_cancelled=makes_room)
    except Stopped as error:
        hold.write(message=_("Makes room: images wait to be read."))
        raise JobYields from error
    except (AgentUnusable, GenaiError) as error:
        raise JobRefused(str(error)) from error
    hold.check()
    with transaction.atomic():
        keep_table(hold, tournament, arena)
        hold.finish_with(url=tournament.get_absolute_url())


def arena_of(tournament: Tournament, hold: Hold) -> Arena:
    """With the games that there are, if they are of the same agents. AgentUnusable, GenaiError"""
    contenders = [
        Contender(
            key_of(one),
            Watched(agent_of(tournament.game, one["agent"]), hold),
            level_of(tournament.game, one["agent"], one["level"]),
            artifact_folder(tournament.game, one["agent"]),
        )
        for one in tournament.contenders
    ]
    config = ArenaConfig(tournament.games, tournament.opening, tournament.seed)
    path = folder_of(tournament) / "games.jsonl"
    return arena_at(path, GAMES[tournament.game], contenders, config)


def makes_room() -> bool:
    """A tournament can wait for minutes, whoever has sent images looks at the page."""
    return reading_waits(now=timezone.now())


@dataclass(frozen=True)
class Watched:
    """An agent of a job: it makes no move more once the job is cancelled or lost."""

    agent: Agent
    hold: Hold

    def decide(self, state: State, limit: Limit, rng: Any) -> Decision:
        self.hold.check()
        return self.agent.decide(state, limit, rng)


class Reporter:
    """Passes a tournament's progress to its job, and the table so far to its row."""

    def __init__(self, hold: Hold, tournament: Tournament, arena: Arena) -> None:
        self.hold, self.tournament, self.arena = hold, tournament, arena
        self.told_at = -math.inf
        self.table_after = -math.inf

    def __call__(self, done: int, all_games: int) -> None:
        now = time.monotonic()
        have_all_played = done >= all_games // self.tournament.games
        if have_all_played and now >= self.table_after:
            with transaction.atomic():
                keep_table(self.hold, self.tournament, self.arena)
            took = time.monotonic() - now
            self.table_after = now + max(TABLE_SECONDS, SHARE * took)
        if now - self.told_at >= REPORT_SECONDS:
            self.told_at = now
            self.hold.report(
                done / all_games,
                _("Game %(n)d of %(all)d") % {"n": done, "all": all_games},
            )


def keep_table(hold: Hold, tournament: Tournament, arena: Arena) -> None:
    """As it stands now; inside a transaction."""
    report = arena.report()
    hold.confirm()
    Tournament.objects.filter(pk=tournament.pk).update(
        table={name: report[name] for name in ("contenders", "gaps", "points", "games_played")},
        played=len(arena.rows),
    )
