"""The first page of the arcade: the games there are, what one plays, what one has played."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from arcade.boards import BoardView, board_view, example_view, goal_of
from arcade.models import Match
from arcade.opponents import Opponent, level_choice, opponents_of
from arcade.records import Record, finished_of, own_outcome, records_by_game
from arcade.serving import GAMES, Game

SHOWN_RESULTS = 8
SHOWN_MATCHES = 6


@dataclass(frozen=True)
class GameCard:
    game: Game
    goal: str
    board: BoardView  # of a game that was played
    opponents: list[Opponent]
    record: Record

    @property
    def levels(self) -> int:
        return sum(len(each.levels) for each in self.opponents)


@dataclass(frozen=True)
class MatchCard:
    match: Match
    game: Game
    board: BoardView
    level: str
    is_my_turn: bool
    is_unanswered: bool  # no agent thinks, though it is its turn


@dataclass(frozen=True)
class Result:
    match: Match
    game: Game
    level: str
    word: str
    tone: str


def game_cards(user: Any) -> list[GameCard]:
    records = records_by_game(user)
    return [
        GameCard(
            game,
            goal_of(game.key),
            example_view(game.key),
            opponents_of(game.key),
            records.get(game.key, Record()),
        )
        for game in GAMES.values()
    ]


def match_cards(user: Any) -> list[MatchCard]:
    """What one is in the middle of, the last touched first."""
    found = []
    matches = Match.objects.owned_by(user).active().select_related("thinking")
    for match in matches.order_by("-updated_at")[:SHOWN_MATCHES]:
        side = match.side_of(user)
        board = board_view(match.game, match.actions, viewer_side=side)
        is_mine = board.turn == side
        is_unanswered = not is_mine and match.thinking is not None and not match.is_thinking
        found.append(
            MatchCard(match, GAMES[match.game], board, level_name(match), is_mine, is_unanswered)
        )
    return found


def results(user: Any) -> list[Result]:
    words = {1: (_("won"), "good"), 0: (_("drawn"), "even"), -1: (_("lost"), "bad")}
    return [
        Result(match, GAMES[match.game], level_name(match), *words[own_outcome(match)])
        for match in finished_of(user).order_by("-updated_at")[:SHOWN_RESULTS]
    ]


def level_name(match: Match) -> str:
    level = level_choice(match.game, match.agent, match.level)
    return level.name if level else match.level
