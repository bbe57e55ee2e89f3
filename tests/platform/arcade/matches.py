"""Matches to play in tests, agents that do as they are told, and a worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.models import User
from arcade import serving, tasks
from arcade.models import Match
from arcade.serving import Decision, Level, LoadedAgent
from genai.games.agents import Limit
from jobs.models import Job

RANDOM = {"agent": "builtin:random", "level": "random"}
SLOW = {"agent": "builtin:scripted", "level": "slow"}
QUICK = {"agent": "builtin:scripted", "level": "quick"}


def make_match(owner: User, **changes: Any) -> Match:
    """A row as it stands after some moves; nobody answers by itself."""
    side = changes.pop("side", 0)
    seats = {"first": owner, "second": None} if side == 0 else {"first": None, "second": owner}
    return Match.objects.create(**{"game": "tic-tac-toe"} | seats | RANDOM | changes)


class Scripted:
    """Plays these moves, then the first legal one; `before` happens while it thinks."""

    def __init__(self, *actions: int, before: Callable[[], Any] | None = None) -> None:
        self.actions, self.before = list(actions), before
        self.thoughts = 0

    def decide(self, state: Any, limit: Limit, rng: Any) -> Decision:
        self.thoughts += 1
        if self.before:
            before, self.before = self.before, None
            before()
        action = self.actions.pop(0) if self.actions else state.legal_actions()[0]
        return Decision(
            action, {action: 1.0}, 0.25, simulations=7, milliseconds=3.0, line=(action,)
        )


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    """Puts an agent with the levels quick and slow into every game."""

    def put(*actions: int, before: Callable[[], Any] | None = None) -> Scripted:
        agent = Scripted(*actions, before=before)
        levels = [
            Level("quick", "Quick", Limit(milliseconds=50)),
            Level("slow", "Slow", Limit(milliseconds=5000), rating=1800, low=1741.2, high=1858.8),
        ]

        def agents_of(game: str) -> dict[str, LoadedAgent]:
            rules = serving.GAMES[game]
            return {"builtin:scripted": LoadedAgent({"name": "Ada"}, rules, levels, agent)}

        monkeypatch.setattr(serving, "agents_of", agents_of)
        return agent

    return put


def work_off() -> None:
    """As a worker does: every thought that waits."""
    for job in Job.objects.filter(task="arcade.tasks.think").unfinished():
        tasks.think(job.pk)


@contextmanager
def nothing_changes(match: Match) -> Iterator[None]:
    before = Match.objects.filter(pk=match.pk).values().get()
    yield
    assert Match.objects.filter(pk=match.pk).values().get() == before


@pytest.fixture
def scripted_levels(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts an agent with the levels a, b and c, or others, into every game; nobody measured it."""

    def put(*keys: str) -> None:
        levels = [Level(key, key.upper(), Limit(milliseconds=50)) for key in keys]

        def agents_of(game: str) -> dict[str, LoadedAgent]:
            rules = serving.GAMES[game]
            return {"builtin:scripted": LoadedAgent({"name": "Ada"}, rules, levels, Scripted())}

        monkeypatch.setattr(serving, "agents_of", agents_of)

    put("a", "b", "c")
    return put
