"""Bridge to genai.games: positions by the rules, and agents in memory. No torch."""

import random
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from time import monotonic

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from arcade.loading import agents_folder, loaded
from arcade.training_models import Agent
from genai.errors import DataError, GenaiError
from genai.games.agents import Decision
from genai.games.levels import INLINE, Level
from genai.games.matches import random_opening
from genai.games.rules import GAMES, Game, State, apply
from genai.games.serving import LoadedAgent, builtin_agents

__all__ = ["GAMES", "Decision", "Game", "Level", "LoadedAgent", "State", "apply"]
BUILTIN = "builtin:"  # before the kind of an agent that needs no artifact
SHIPPED = "shipped"  # the agent whose artifact comes with the site
PUBLISHED = re.compile(r"agent-[1-9][0-9]{0,17}")  # keys of agents that staff have published
POLL_SECONDS = 1.0  # as late a process notices that another agent plays
chance = random.SystemRandom()


class AgentUnusable(Exception):
    """An agent that is missing or damaged, or cannot decide; the message says so."""


def position_of(game: str, actions: Iterable[int]) -> State:
    return GAMES[game].state_after(actions)


def deal(state: State) -> None:
    """Chance has its turn: cards are dealt until a side is to move."""
    while state.is_chance_node():
        cards, shares = zip(*state.chance_outcomes(), strict=True)
        state.apply_action(chance.choices(cards, shares)[0])


def has_openings(game: str, plies: int) -> bool:
    """Games go on after so many random moves."""
    try:
        random_opening(GAMES[game], plies, np.random.default_rng(0))
    except DataError:
        return False
    return True


def agents_of(game: str) -> dict[str, LoadedAgent]:
    """By key, the published one first, then the shipped one: all that can be chosen here."""
    key = current_keys().get(game, "")
    own = {one: stored_agent(game, one) for one in (key, SHIPPED)}
    found = {key: agent for key, agent in own.items() if agent is not None}
    same = {BUILTIN + agent.manifest["kind"] for agent in found.values()}  # but not measured
    return found | {key: agent for key, agent in _builtin_agents(game).items() if key not in same}


def agent_of(game: str, key: str) -> LoadedAgent:
    """Also one that is not offered any more: it finishes the matches that it is in."""
    agent = agents_of(game).get(key) or stored_agent(game, key)
    if agent is None:
        raise AgentUnusable(_("There is no agent %(key)s any more.") % {"key": key})
    return agent


def offered_level(game: str, agent: str, level: str) -> Level:
    """For a new match."""
    if agent not in agents_of(game):
        raise AgentUnusable(_("There is no agent %(key)s any more.") % {"key": agent})
    return level_of(game, agent, level)


def level_of(game: str, agent: str, level: str) -> Level:
    try:
        return agent_of(game, agent).level(level)
    except GenaiError as error:
        raise AgentUnusable(str(error)) from error


def agent_name(game: str, key: str) -> str:
    """For people; its key when it is gone."""
    try:
        return agent_of(game, key).name
    except AgentUnusable:
        return key


def level_name(game: str, agent: str, key: str) -> str:
    """For people, of a level of an agent; its key when it is gone."""
    try:
        return level_of(game, agent, key).name
    except AgentUnusable:
        return key


def is_quick(level: Level) -> bool:
    """Its answer is there within what a person waits for without noticing."""
    return level.limit.milliseconds is not None and level.limit.milliseconds <= INLINE


def decide(game: str, actions: list[int], agent: str, level: str) -> Decision:
    """What this level does after these moves; AgentUnusable when it cannot."""
    state, limit = position_of(game, actions), level_of(game, agent, level).limit
    try:
        decision = agent_of(game, agent).decide(state, limit, np.random.default_rng())
    except GenaiError as error:
        raise AgentUnusable(str(error)) from error
    if decision.action not in state.legal_actions():
        raise AgentUnusable(_("Its move breaks the rules."))
    return decision


@lru_cache(maxsize=len(GAMES))
def _builtin_agents(game: str) -> dict[str, LoadedAgent]:
    return {BUILTIN + kind: agent for kind, agent in builtin_agents(GAMES[game]).items()}


def artifact_folder(game: str, key: str) -> Path | None:
    """Of a shipped or published agent; None for another, which has none."""
    if key == SHIPPED:
        return Path(settings.ROOT) / "fixtures" / "agents" / game
    return agents_folder() / key if PUBLISHED.fullmatch(key) else None


def stored_agent(game: str, key: str) -> LoadedAgent | None:
    """None when nothing of this key plays this game, or its files are damaged."""
    folder = artifact_folder(game, key)
    agent = loaded(folder) if folder else None
    return agent if agent and agent.game.key == game else None


_current: dict[str, str] = {}
_looked_at = -POLL_SECONDS


def current_keys() -> dict[str, str]:
    """By game, of the published agent that plays: as it is now, or was a moment ago."""
    global _current, _looked_at
    if monotonic() - _looked_at >= POLL_SECONDS:
        _current = {agent.game: agent.key for agent in Agent.objects.current().only("game")}
        _looked_at = monotonic()
    return _current


def forget_current() -> None:
    """This process looks again."""
    global _looked_at
    _looked_at = -POLL_SECONDS
