"""The games of the arcade as titles of the catalog, so that they are found and recommended."""

from arcade.results import TITLES
from arcade.serving import GAMES
from catalog.importing import Report, TitleRow
from catalog.models import Title
from catalog.upserting import upsert

BOARD, CARDS, STRATEGY, PUZZLE = "Board game", "Card game", "Strategy", "Puzzle"
ABOUT = {  # key → year, genres, description
    "tic-tac-toe": (
        None,
        (BOARD, PUZZLE),
        "Three in a row on nine cells. Nobody who takes care loses, so the trick is to wait for "
        "the other side's mistake.",
    ),
    "connect-four": (
        1974,
        (BOARD, STRATEGY),
        "Discs fall into seven columns, and the first line of four wins: across, up or slanting. "
        "Whoever begins can force a win, but few know how.",
    ),
    "othello": (
        1971,
        (BOARD, STRATEGY),
        "Enclose the discs of the other side and they turn to yours. Who has the most at the end "
        "wins, and the last moves turn over everything.",
    ),
    "breakthrough-6": (
        2000,
        (BOARD, STRATEGY),
        "Two rows of pieces walk towards each other and capture slantwise. The first to reach the "
        "far side wins. The short game, on six by six cells.",
    ),
    "breakthrough-8": (
        2000,
        (BOARD, STRATEGY),
        "Two rows of pieces walk towards each other and capture slantwise. The first to reach the "
        "far side wins. The long game, on eight by eight cells.",
    ),
    "hex-7": (
        1942,
        (BOARD, STRATEGY),
        "Connect your two edges of a board of hexagons before the other side connects theirs. "
        "There are no draws: a board that is full has exactly one winner.",
    ),
    "kuhn-poker": (
        1950,
        (CARDS,),
        "Poker with three cards and one chip to bet, made by a mathematician: small enough to "
        "be solved, and bluffing is still right.",
    ),
    "leduc-poker": (
        2005,
        (CARDS,),
        "Poker with six cards, one that all see, and two rounds of bets: the smallest game in "
        "which a hand can become better.",
    ),
}


def make_titles() -> None:
    """As often as one likes: what staff changed since stays as it is."""
    missing = set(GAMES) - set(
        Title.objects.filter(source=TITLES).values_list("source_id", flat=True)
    )
    upsert((title_row(key) for key in GAMES if key in missing), Report())


def title_row(key: str) -> TitleRow:
    year, genres, description = ABOUT.get(key, (None, (BOARD,), ""))
    return TitleRow(
        source=TITLES,
        source_id=key,
        name=GAMES[key].name,
        kind=Title.Kind.GAME,
        year=year,
        minimum_age=0,
        genres=genres,
        description=description,
    )
