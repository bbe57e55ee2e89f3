"""The card of an agent: how it was made, how strong its levels are, how it fares."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arcade.models import Match, Rating
from arcade.opponents import KNOWING, LevelChoice, level_choices
from arcade.serving import GAMES, SHIPPED, Game, LoadedAgent, agents_of
from arcade.training_figures import progress_charts

LAST_MATCHES = 100  # rated ones, that the score is of
ENDS = {1: "won", 0: "drawn", -1: "lost"}  # by the outcome for the agent


@dataclass(frozen=True)
class Score:
    """Of an agent against members."""

    won: int = 0
    drawn: int = 0
    lost: int = 0

    @property
    def played(self) -> int:
        return self.won + self.drawn + self.lost

    @property
    def percent(self) -> float:
        return 100 * (self.won + self.drawn / 2) / (self.played or 1)


@dataclass(frozen=True)
class LevelLine:
    level: LevelChoice
    milliseconds: float | None  # most that a move takes
    exploitability: float | None  # chips a hand that a perfect opponent wins; None: no poker
    ladder: Rating | None  # what matches with members made of it
    score: Score


@dataclass(frozen=True)
class AgentCard:
    """Of an agent that can be chosen."""

    game: Game
    key: str
    name: str
    made: str  # in words: by self-play, solved, searching
    facts: list[tuple[str, str]]
    lines: list[LevelLine]
    curve: list[dict[str, float]]
    score: Score

    @property
    def charts(self) -> dict[str, Any]:
        return progress_charts(self.curve)

    @property
    def is_poker(self) -> bool:
        return any(line.exploitability is not None for line in self.lines)


def card_of(game: str, key: str) -> AgentCard | None:
    """None when there is no such agent to choose."""
    agent = agents_of(game).get(key) if game in GAMES else None
    if agent is None:
        return None
    ladder = {row.level: row for row in Rating.objects.filter(game=game, agent=key, matches__gt=0)}
    scores = scores_of(game, key)
    known = agent.manifest.get("metrics", {}).get("exploitability", {})
    lines = [
        LevelLine(
            choice,
            level.limit.milliseconds,
            known.get(level.key),
            ladder.get(level.key),
            scores.get(level.key, Score()),
        )
        for choice, level in zip(level_choices(key, agent), agent.levels, strict=True)
    ]
    total = Score(
        sum(each.won for each in scores.values()),
        sum(each.drawn for each in scores.values()),
        sum(each.lost for each in scores.values()),
    )
    curve = agent.manifest.get("curve", [])
    return AgentCard(
        GAMES[game], key, agent.name, made_of(agent), facts_of(key, agent), lines, curve, total
    )


def scores_of(game: str, key: str) -> dict[str, Score]:
    """By level, in its last rated matches against members."""
    matches = Match.objects.filter(
        game=game, agent=key, state=Match.State.OVER, is_rated=True, outcome__isnull=False
    )
    found: dict[str, Score] = {}
    for level, first, outcome in matches.order_by("-id").values_list("level", "first", "outcome")[
        :LAST_MATCHES
    ]:
        name = ENDS[int(outcome or 0) * (1 if first is None else -1)]
        score = found.get(level, Score())
        found[level] = replace(score, **{name: getattr(score, name) + 1})
    return found


def made_of(agent: LoadedAgent) -> str:
    kind = agent.manifest.get("kind")
    if kind == "network":
        return _("It knew the rules only, and learnt by playing against itself.")
    if kind == "table":
        return _("Solved: what it plays was worked out until nobody could exploit it.")
    if kind in KNOWING:
        return _("It looks at every position to the end of the game: it makes no mistake.")
    if kind == "rollouts":
        return _("It searches: positions are played out at random, and what wins more is made.")
    return _("It makes any legal move, each as likely as the other.")


def facts_of(key: str, agent: LoadedAgent) -> list[tuple[str, str]]:
    """What there is to count of how it was made."""
    manifest = agent.manifest
    found = [(_("From"), _("the site itself") if key == SHIPPED else _("staff"))]
    if key.startswith("builtin:"):
        found = []
    if "rounds" in manifest:
        games = int(manifest["games"])
        found += [
            (_("Rounds of self-play"), f"{int(manifest['rounds']):,}"),
            (_("Games against itself"), f"{games:,}"),
        ]
    seconds = manifest.get("seconds") or manifest.get("metrics", {}).get("cpu_seconds")
    if seconds:
        found.append((_("Computing"), duration(float(seconds))))
    return found


def duration(seconds: float) -> str:
    """Of computing on one core."""
    if seconds >= 3600:
        return _("%(n).1f CPU-hours") % {"n": seconds / 3600}
    if seconds >= 60:
        return _("%(n).0f CPU-minutes") % {"n": seconds / 60}
    whole = round(seconds)
    return ngettext("%(n)d CPU-second", "%(n)d CPU-seconds", whole) % {"n": whole}
