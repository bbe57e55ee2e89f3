"""Bridge to genai.games: positions by the rules, and agents in memory. No torch."""

import logging
import random
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from genai.errors import GenaiError
from genai.games.agents import Decision
from genai.games.levels import INLINE, Level
from genai.games.rules import GAMES, Game, State, apply
from genai.games.serving import LoadedAgent, builtin_agents, load_agent

log = logging.getLogger(__name__)

__all__ = ["GAMES", "Decision", "Game", "Level", "LoadedAgent", "State", "apply"]
BUILTIN = "builtin:"  # before the kind of an agent that needs no artifact
SHIPPED = "shipped"  # the agent whose artifact comes with the site
LOADED = 8  # artifacts that a process keeps in memory
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


def agents_of(game: str) -> dict[str, LoadedAgent]:
    """By key, the site's own agent first: all that can play this game here."""
    builtin, shipped = _builtin_agents(game), shipped_agent(game)
    if shipped is None:
        return builtin
    same = BUILTIN + shipped.manifest["kind"]  # the same without what was measured of it
    return {SHIPPED: shipped} | {key: agent for key, agent in builtin.items() if key != same}


def agent_of(game: str, key: str) -> LoadedAgent:
    try:
        return agents_of(game)[key]
    except KeyError as error:
        raise AgentUnusable(_("There is no agent %(key)s any more.") % {"key": key}) from error


def level_of(game: str, agent: str, level: str) -> Level:
    try:
        return agent_of(game, agent).level(level)
    except GenaiError as error:
        raise AgentUnusable(str(error)) from error


def agent_name(game: str, key: str) -> str:
    """For people; its key when it is gone."""
    agent = agents_of(game).get(key)
    return agent.name if agent else key


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


def shipped_agent(game: str) -> LoadedAgent | None:
    """None when this site has none that can be used."""
    folder = Path(settings.ROOT) / "fixtures" / "agents" / game
    return _load(folder) if folder.is_dir() else None


@lru_cache(maxsize=LOADED)
def _load(folder: Path) -> LoadedAgent | None:
    try:
        return load_agent(folder)
    except GenaiError:
        log.exception("an agent cannot be used")
        return None
