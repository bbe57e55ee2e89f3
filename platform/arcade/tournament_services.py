"""Writes on tournaments: queue them, let the ladder go by them, tidy up."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from arcade.ladder import deviation_of, first_rating
from arcade.models import SURE, Rating
from arcade.opponents import names_of
from arcade.serving import GAMES, has_openings
from arcade.tournament_models import Tournament, key_of
from jobs.models import Job
from jobs.services import queue_job

PLAY = "arcade.tasks.play_tournament"
FEWEST, MOST = 2, 12  # contenders
MOST_GAMES, LONGEST_OPENING = 200, 10  # of each pair; random moves
RANKED_GAMES = [key for key, game in GAMES.items() if not game.is_hidden]


class TournamentRefused(Exception):
    """This cannot be done with this tournament now; the message says why."""


@dataclass(frozen=True)
class Wish:
    """Who is to play what, and how often."""

    game: str
    contenders: list[str]  # agent/level
    games: int = 20
    opening: int = 2
    seed: int = 0
    note: str = ""

    @property
    def wrong(self) -> dict[str, str]:
        """By field, what keeps it from being played; {} when nothing does."""
        if self.game not in RANKED_GAMES:
            known = ", ".join(RANKED_GAMES)
            return {"game": _("One of %(known)s.") % {"known": known}}
        found = {}
        known_keys = [f"{agent}/{level}" for agent, level in names_of(self.game)]
        unknown = [key for key in self.contenders if key not in known_keys]
        if unknown:
            found["contenders"] = _("There is no %(key)s; there are: %(known)s.") % {
                "key": unknown[0],
                "known": ", ".join(known_keys),
            }
        elif not FEWEST <= len(set(self.contenders)) <= MOST:
            found["contenders"] = _("Choose from %(least)d to %(most)d levels.") % {
                "least": FEWEST,
                "most": MOST,
            }
        if not 2 <= self.games <= MOST_GAMES or self.games % 2:
            found["games"] = _("An even number from 2 to %(most)d.") % {"most": MOST_GAMES}
        if not has_openings(self.game, self.opening):
            found["opening"] = _("At %(game)s too few games go on after so many random moves.") % {
                "game": GAMES[self.game].name
            }
        return found


def folder_of(tournament: Tournament) -> Path:
    """Where its games are written down while it is played."""
    return _folder() / str(tournament.pk)


def _folder() -> Path:
    return Path(settings.STATE_DIR) / "tournaments"


@transaction.atomic
def queue_tournament(*, owner: User, wish: Wish, key: str | None = None) -> Tournament:
    """On the heavy queue; the same owner's same key gives the same one. TournamentRefused"""
    known = tournament_of(owner, key)
    if known:
        return known
    if wish.wrong:
        raise TournamentRefused(" ".join(wish.wrong.values()))
    names = names_of(wish.game)
    chosen = [one for one in names if f"{one[0]}/{one[1]}" in wish.contenders]
    job = queue_job(
        task=PLAY,
        label=_("Tournament at %(game)s: %(n)d levels, %(games)d games of each pair")
        % {"game": GAMES[wish.game].name, "n": len(chosen), "games": wish.games},
        owner=owner,
        queue=Job.Queue.HEAVY,
        key=_own(key),
    )
    fields = {
        "game": wish.game,
        "contenders": [
            {"agent": agent, "level": level, "name": names[agent, level]} for agent, level in chosen
        ],
        "games": wish.games,
        "opening": wish.opening,
        "seed": wish.seed,
        "note": wish.note,
    }
    return Tournament.objects.get_or_create(job=job, defaults=fields)[0]


def tournament_of(owner: User, key: str | None) -> Tournament | None:
    """What this key has started."""
    found = Tournament.objects.filter(job__owner=owner, job__key=_own(key))
    return found.first() if key else None


def _own(key: str | None) -> str | None:
    """Keys of tournaments are apart from those of other work."""
    return f"tournament:{key}" if key else None


@dataclass(frozen=True)
class Anchored:
    """A level on the scale of the ladder. before: None = nothing was known of it."""

    agent: str
    level: str
    name: str
    before: float | None
    rating: float
    deviation: float

    @property
    def spread(self) -> float:
        """To either side, 95 %."""
        return SURE * self.deviation


def anchored(tournament: Tournament) -> list[Anchored]:
    """Its contenders that there still are, the best first, moved together so that the mean of
    those with a rating stays what it is on the ladder."""
    rows = {row["name"]: row for row in tournament.table.get("contenders", [])}
    there = names_of(tournament.game)
    by_key = {key_of(one): one for one in tournament.contenders}
    found = [by_key[key] for key in rows if (by_key[key]["agent"], by_key[key]["level"]) in there]
    before = {key_of(one): _present(tournament.game, one) for one in found}
    gaps = [present - rows[key]["rating"] for key, present in before.items() if present is not None]
    shift = sum(gaps) / len(gaps) if gaps else 0.0
    return [
        Anchored(
            one["agent"],
            one["level"],
            one["name"],
            before[key_of(one)],
            rows[key_of(one)]["rating"] + shift,
            deviation_of(rows[key_of(one)]["low"], rows[key_of(one)]["high"]),
        )
        for one in found
    ]


def _present(game: str, contender: dict[str, str]) -> float | None:
    """On the ladder, or where it would begin there."""
    level = {"agent": contender["agent"], "level": contender["level"]}
    row = Rating.objects.filter(game=game, user=None, **level).first()
    return row.rating if row else first_rating(game, **level).get("rating")


@transaction.atomic
def take_over(*, tournament: Tournament) -> list[Anchored]:
    """The ladder's ratings of its contenders are those that it measured. TournamentRefused"""
    held = Tournament.objects.select_for_update(of=["self"]).get(pk=tournament.pk)
    if held.job.state != Job.State.DONE:
        raise TournamentRefused(_("It has not been played to its end."))
    # in one order: whoever rates a match holds a single one of them
    list(Rating.objects.filter(game=held.game, user=None).order_by("pk").select_for_update())
    found = anchored(held)
    if not found:
        raise TournamentRefused(_("None of its contenders is there any more."))
    for one in found:
        Rating.objects.update_or_create(
            game=held.game,
            user=None,
            agent=one.agent,
            level=one.level,
            defaults={"rating": one.rating, "deviation": one.deviation, "measured_in": held},
        )
    held.taken_over_at = timezone.now()
    held.save(update_fields=["taken_over_at"])
    return found


def prune_tournaments() -> None:
    """Games are kept of those that can go on; of the others the table is."""
    folders = list(_folder().iterdir()) if _folder().is_dir() else []
    goes_on = Tournament.objects.exclude(job__state=Job.State.DONE)
    kept = {str(pk) for pk in goes_on.values_list("pk", flat=True)}
    for folder in folders:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
