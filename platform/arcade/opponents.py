"""Whom one can play against: agents with their levels, in the words of the page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arcade import serving
from arcade.serving import Level, LoadedAgent

KNOWING = {"minimax", "perfect"}  # kinds that know the outcome of every move
LOOKING = {"network", "rollouts"}  # kinds that look ahead, more at a higher level
SELDOM, OFTEN = 1.0, 3.5  # temperatures up to which a level strays seldom, and at times


@dataclass(frozen=True)
class LevelChoice:
    agent: str  # key
    key: str
    name: str
    note: str  # "8 looks ahead, strays at times"
    looks: int | None  # None = this kind does not look ahead
    rating: float | None
    spread: float | None  # to either side, 95 %

    @property
    def value(self) -> str:
        return f"{self.agent}/{self.key}"


@dataclass(frozen=True)
class Opponent:
    """An agent, or a group of those with one level each, whose key is ""."""

    key: str
    name: str
    levels: list[LevelChoice]


def opponents_of(game: str) -> list[Opponent]:
    """The site's own first; those with one level only stand together at the end."""
    found = [
        Opponent(key, agent.name, level_choices(key, agent))
        for key, agent in serving.agents_of(game).items()
    ]
    several = [each for each in found if len(each.levels) > 1]
    single = [level for each in found if len(each.levels) == 1 for level in each.levels]
    return [*several, Opponent("", _("Others"), single)] if single else several


def level_choices(key: str, agent: LoadedAgent) -> list[LevelChoice]:
    """Of one agent, the weakest first."""
    return [_choice(key, agent, level) for level in agent.levels]


def names_of(game: str) -> dict[tuple[str, str], str]:
    """By (agent, level), how each of these is called where all stand together."""
    return {
        (level.agent, level.key): f"{each.name}, {level.name}" if each.key else level.name
        for each in opponents_of(game)
        for level in each.levels
    }


def level_choice(game: str, agent: str, level: str) -> LevelChoice | None:
    """None when it is gone since."""
    try:
        loaded, found = serving.agent_of(game, agent), serving.level_of(game, agent, level)
    except serving.AgentUnusable:
        return None
    return _choice(agent, loaded, found)


def _choice(key: str, agent: LoadedAgent, level: Level) -> LevelChoice:
    looks = level.limit.simulations if agent.manifest.get("kind") in LOOKING else None
    spread = None
    if level.rating is not None and level.low is not None and level.high is not None:
        spread = (level.high - level.low) / 2
    note = ""
    if looks is not None:
        note = looking(looks, level.limit.temperature)
    elif len(agent.levels) == 1:
        note = agent.name
    elif _solves(agent, level):
        note = _("solves the game")
    return LevelChoice(key, level.key, level.name, note, looks, level.rating, spread)


def looking(looks: int, temperature: float) -> str:
    """How far a level looks, and how often it makes another move than it thinks best."""
    if not temperature:
        said = ngettext("%(n)d look ahead", "%(n)d looks ahead", looks)
    elif temperature <= SELDOM:
        said = ngettext(
            "%(n)d look ahead, seldom strays", "%(n)d looks ahead, seldom strays", looks
        )
    elif temperature <= OFTEN:
        said = ngettext(
            "%(n)d look ahead, strays at times", "%(n)d looks ahead, strays at times", looks
        )
    else:
        said = ngettext("%(n)d look ahead, often strays", "%(n)d looks ahead, often strays", looks)
    return said % {"n": looks}


def _solves(agent: LoadedAgent, level: Level) -> bool:
    """It plays without a mistake: of tables the last alone was worked out to the end."""
    kind = agent.manifest.get("kind")
    if kind == "table":
        return level == agent.levels[-1]
    return kind in KNOWING and not level.limit.temperature
