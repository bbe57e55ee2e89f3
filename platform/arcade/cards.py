"""Poker with a handful of cards: who holds what, what is in the pot, what one may say."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from arcade.layouts import Move

State = Any  # pyspiel.State
ANTE = 1
RANKS = [("J", gettext_lazy("Jack")), ("Q", gettext_lazy("Queen")), ("K", gettext_lazy("King"))]
SUITS = [("♠", gettext_lazy("of spades")), ("♥", gettext_lazy("of hearts"))]
FOLD, CHECK, CALL, BET, RAISE = "fold", "check", "call", "bet", "raise"
WORDS = {
    FOLD: gettext_lazy("fold"),
    CHECK: gettext_lazy("check"),
    CALL: gettext_lazy("call"),
    BET: gettext_lazy("bet"),
    RAISE: gettext_lazy("raise"),
}


@dataclass(frozen=True)
class CardGame:
    """What OpenSpiel's numbers mean there."""

    goal: str | Promise
    suits: int  # cards of each rank; 1 = they are not told apart
    steps: tuple[int, ...]  # what a bet costs, by round
    quiet: int  # the action that folds, or checks where nothing is to pay
    passes: int | None = None  # the action that checks or calls; None = paying is betting
    example: tuple[int, ...] = ()

    def card(self, number: int) -> "Card":
        rank, suit = divmod(number, self.suits)
        sign, name = RANKS[rank]
        if self.suits == 1:
            return Card(sign, "", str(name))
        return Card(sign, SUITS[suit][0], f"{name} {SUITS[suit][1]}")


@dataclass(frozen=True)
class Card:
    rank: str
    suit: str
    name: str


@dataclass(frozen=True)
class Table:
    """What one viewer sees. hands: by side, None = face down or not dealt."""

    hands: tuple[Card | None, Card | None]
    public: Card | None
    has_public: bool
    stakes: tuple[int, int]
    round: int

    @property
    def pot(self) -> int:
        return sum(self.stakes)


CARD_GAMES = {
    "kuhn-poker": CardGame(
        gettext_lazy("Three cards, one each, one bet. The higher card takes the pot."),
        suits=1,
        steps=(1,),
        quiet=0,
        example=(2, 0, 1),
    ),
    "leduc-poker": CardGame(
        gettext_lazy("Six cards, one each and one for both. A pair beats the higher card."),
        suits=2,
        steps=(2, 4),
        quiet=0,
        passes=1,
        example=(4, 3, 1, 1, 5),
    ),
}


class Deal:
    """Follows a game move by move."""

    def __init__(self, game: CardGame) -> None:
        self.game = game
        self.dealt: list[int] = []
        self.stakes = [ANTE, ANTE]

    @property
    def round(self) -> int:
        return max(0, len(self.dealt) - 2)

    def word(self, side: int, action: int) -> str:
        """What the action is called where one is: nothing to pay = a check."""
        owes = self.stakes[1 - side] > self.stakes[side]
        if action == self.game.quiet:
            return FOLD if owes or self.game.passes is not None else CHECK
        if action == self.game.passes or (self.game.passes is None and owes):
            return CALL if owes else CHECK
        return RAISE if owes else BET

    def move(self, side: int, action: int) -> Move:
        word = self.word(side, action)
        return Move(action, str(WORDS[word]), word)

    def follow(self, side: int, action: int) -> None:
        """side: negative when a card is dealt."""
        if side < 0:
            self.dealt.append(action)
            return
        word, most = self.word(side, action), max(self.stakes)
        if word == CALL:
            self.stakes[side] = most
        elif word in (BET, RAISE):
            self.stakes[side] = most + self.game.steps[self.round]

    def cost(self, side: int, action: int) -> int:
        """Chips one pays for it."""
        before = Deal(self.game)
        before.dealt, before.stakes = self.dealt, list(self.stakes)
        before.follow(side, action)
        return before.stakes[side] - self.stakes[side]

    def table(self, *, viewer_side: int | None, is_open: bool) -> Table:
        cards = [self.game.card(number) for number in self.dealt]
        shown = [
            card if is_open or side == viewer_side else None for side, card in enumerate(cards[:2])
        ]
        shown += [None] * (2 - len(shown))
        return Table(
            (shown[0], shown[1]),
            cards[2] if len(cards) > 2 else None,
            len(self.game.steps) > 1,
            (self.stakes[0], self.stakes[1]),
            self.round + 1,
        )
