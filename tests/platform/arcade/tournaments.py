"""Tournaments that a test plays itself."""

from typing import Any

from arcade import tasks
from arcade.tournament_models import Tournament
from arcade.tournament_services import Wish, folder_of, queue_tournament
from jobs.models import Job
from tests.factories import make_user

LEVELS = ["builtin:random/random", "shipped/beginner", "shipped/medium"]


def make_tournament(**changes: Any) -> Tournament:
    """Queued; `owner` is staff."""
    owner, key = changes.pop("owner", None) or make_user(is_staff=True), changes.pop("key", None)
    fields: dict[str, Any] = {"game": "tic-tac-toe", "contenders": LEVELS, "games": 4} | changes
    return queue_tournament(owner=owner, wish=Wish(**fields), key=key)


def make_played(ratings: dict[str, tuple[float, float, float]], **changes: Any) -> Tournament:
    """Done, with this table: by level (rating, low, high), the best first."""
    found = make_tournament(contenders=list(ratings), **changes)
    rows = [
        {"name": key, "rating": rating, "low": low, "high": high, "score": 0.5}
        | {"milliseconds_median": 1.0, "milliseconds_p95": 2.0}
        for key, (rating, low, high) in ratings.items()
    ]
    size, games = len(rows), found.games
    gaps = [
        {"points": one["rating"] - two["rating"], "low": 5.0, "high": 90.0}
        for one, two in zip(rows, rows[1:], strict=False)
    ]
    met = [[0 if row == column else games for column in range(size)] for row in range(size)]
    points = [[games / 2 if each else 0 for each in line] for line in met]
    table = {"contenders": rows, "gaps": gaps, "points": points, "games_played": met}
    Tournament.objects.filter(pk=found.pk).update(table=table, played=found.all_games)
    set_state(found, Job.State.DONE)
    return fresh(found)


def set_state(tournament: Tournament, state: str) -> None:
    Job.objects.filter(pk=tournament.job_id).update(state=state)


def fresh(tournament: Tournament) -> Tournament:
    return Tournament.objects.select_related("job").get(pk=tournament.pk)


def work_on(tournament: Tournament) -> Tournament:
    """One delivery of its wake-up."""
    tasks.play_tournament(tournament.job_id)
    return fresh(tournament)


def lines_of(tournament: Tournament) -> list[str]:
    """Of the file of its games, without its head."""
    return (folder_of(tournament) / "games.jsonl").read_text().splitlines()[1:]
