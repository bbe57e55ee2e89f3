"""What a member does in a match. Each is one change of a held match; the agent answers after it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from arcade.models import Match
from arcade.results import drop_thought, end_match, lost_by, movers, moves_of
from arcade.serving import GAMES, AgentUnusable, chance, deal, offered_level, position_of
from arcade.settling import elapsed, end_if_late
from arcade.thinking import answer, hold, play

MAX_ACTIVE = 50  # matches of one member
MAX_CLOCK_MINUTES = 180
BIGGEST = 10_000  # of any action or ply: no game here is as long, or has as many moves
MINUTE = 60_000  # milliseconds


class MatchRefused(Exception):
    """This cannot be done in this match now; the message says why, `code` says it to programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StaleMove(MatchRefused):
    """The match has gone on since; `is_repeat`: by this very move, sent twice."""

    def __init__(self, *, is_repeat: bool = False) -> None:
        super().__init__("stale", _("The game has gone on since: look at it again, then move."))
        self.is_repeat = is_repeat


@dataclass(frozen=True)
class Wish:
    """The match that a member asks for. side: theirs; None: by chance."""

    game: str
    agent: str
    level: str
    side: int | None = None
    clock_minutes: int | None = None


def start_match(*, owner: User, wish: Wish, key: str = "") -> Match:
    """When the agent is to begin, it has, or a job thinks; a key sent twice starts one match."""
    fresh = Match(
        game=wish.game,
        agent=wish.agent,
        level=wish.level,
        clock_minutes=wish.clock_minutes,
        key=key,
    )
    _check_choice(fresh)
    side = chance.randrange(2) if wish.side is None else wish.side
    return answer(_begin(fresh, owner, side))


@transaction.atomic
def _begin(fresh: Match, owner: User, side: int) -> Match:
    User.objects.select_for_update(of=("self",)).get(pk=owner.pk)
    if known := match_of(owner, fresh.key) or _same_try(owner, fresh):
        return known
    if Match.objects.owned_by(owner).active().count() >= MAX_ACTIVE:
        raise MatchRefused(
            "too-many",
            _("You are in %(n)d games: end one before you start another.") % {"n": MAX_ACTIVE},
        )
    state = fresh.position
    deal(state)
    fresh.actions = list(state.history())
    fresh.first, fresh.second = (owner, None) if side == 0 else (None, owner)
    if fresh.clock_minutes:
        fresh.remaining = [fresh.clock_minutes * MINUTE] * 2
    fresh.save()
    return fresh


def _same_try(owner: User, fresh: Match) -> Match | None:
    """One that begins at the same place of the same match, and in which nothing was done yet."""
    if fresh.tried_from is None:
        return None
    tries = Match.objects.owned_by(owner).active()
    same = tries.filter(tried_from=fresh.tried_from, tried_ply=fresh.tried_ply)
    return next((one for one in same if not moves_of(one, 1 - one.agent_side)), None)


def match_of(owner: User, key: str) -> Match | None:
    """What this key has started."""
    return Match.objects.owned_by(owner).filter(key=key).first() if key else None


def _check_choice(fresh: Match) -> None:
    if fresh.game not in GAMES:
        raise MatchRefused("unknown-game", _("There is no game %(key)s.") % {"key": fresh.game})
    try:
        offered_level(fresh.game, fresh.agent, fresh.level)
    except AgentUnusable as error:
        raise MatchRefused("unknown-agent", str(error)) from error
    minutes = fresh.clock_minutes
    if minutes is not None and not 1 <= minutes <= MAX_CLOCK_MINUTES:
        raise MatchRefused("clock", _("A clock has 1 to %(n)d minutes.") % {"n": MAX_CLOCK_MINUTES})


def make_move(
    *, match: Match, user: User, action: int, ply: int, now: datetime | None = None
) -> Match:
    """ply: how many moves the member saw. The match after it, and after the agent's answer if that
    is quick. MatchRefused, StaleMove."""
    now = now or timezone.now()
    with transaction.atomic():
        held = hold(match)
        side = _side_of(held, user)
        if ply != held.ply:
            raise StaleMove(is_repeat=_is_repeat(held, side, action, ply))
        _check_active(held)
        is_late = end_if_late(held, now)  # before this returns: the end must be kept
        if not is_late:
            _check_legal(held, side, action)
            _stop_clock(held, side, now)
            play(held, action, now=now)
    if is_late:
        raise MatchRefused("over", _("Your time had run out: the game is over."))
    return answer(held)


def take_back(*, match: Match, user: User, ply: int | None = None) -> Match:
    """The member's last move and what came after it are undone; the match is not rated any more.

    ply: as of a move; None: whatever was seen.
    """
    with transaction.atomic():
        held = hold(match)
        side = _side_of(held, user)
        if ply not in (None, held.ply):
            raise StaleMove
        _check_active(held)
        if GAMES[held.game].is_hidden:
            raise MatchRefused("cards", _("A move cannot be taken back once cards were seen."))
        if held.clock_minutes:
            raise MatchRefused("clock", _("A move cannot be taken back against the clock."))
        own = moves_of(held, side)
        if not own:
            raise MatchRefused("nothing", _("You have made no move yet."))
        held.actions = held.actions[: own[-1]]
        held.decisions = {
            place: decision for place, decision in held.decisions.items() if int(place) < own[-1]
        }
        held.is_rated, held.moved_at = False, timezone.now()
        drop_thought(held)
        held.save()
    return held


@transaction.atomic
def resign(*, match: Match, user: User) -> Match:
    held = hold(match)
    side = _side_of(held, user)
    _check_active(held)
    end_match(held, by=Match.End.RESIGNATION, outcome=lost_by(side))
    return held


def rematch(*, match: Match, user: User) -> Match:
    """The same with sides changed; asked for twice, it is the same match."""
    with transaction.atomic():
        held = hold(match)
        side = _side_of(held, user)
        if not held.is_over:
            raise MatchRefused("active", _("This game is not over yet."))
        if known := Match.objects.filter(rematch_of=held).first():
            return known
        fresh = Match(
            game=held.game,
            agent=held.agent,
            level=held.level,
            clock_minutes=held.clock_minutes,
            rematch_of=held,
        )
        _check_choice(fresh)
        begun = _begin(fresh, user, 1 - side)
    return answer(begun)


def try_again(*, match: Match, user: User, ply: int) -> Match:
    """A new match that begins where this one was after so many moves; it is not rated. Asked for
    twice, it is the same match until a move is made in it."""
    side = _side_of(match, user)
    if GAMES[match.game].is_hidden and not match.is_over:
        raise MatchRefused("active", _("This game is not over yet."))
    if not 0 <= ply <= match.ply or position_of(match.game, match.actions[:ply]).is_terminal():
        raise MatchRefused("over", _("There is no move to make from there."))
    fresh = Match(
        game=match.game,
        agent=match.agent,
        level=match.level,
        actions=match.actions[:ply],
        decisions={place: one for place, one in match.decisions.items() if int(place) < ply},
        is_rated=False,
        tried_from=match,
        tried_ply=ply,
    )
    _check_choice(fresh)
    return answer(_begin(fresh, user, side))


def _stop_clock(match: Match, side: int, now: datetime) -> None:
    if match.remaining:
        match.remaining[side] -= elapsed(match, now)


def _side_of(match: Match, user: User) -> int:
    side = match.side_of(user)
    if side is None:
        raise MatchRefused("not-yours", _("This is somebody else's game."))
    return side


def _check_active(match: Match) -> None:
    if match.is_over:
        raise MatchRefused("over", _("The game is over."))


def _check_legal(match: Match, side: int, action: int) -> None:
    state = match.position
    if state.current_player() != side:
        raise MatchRefused("not-your-turn", _("It is not your turn."))
    if action not in state.legal_actions():
        raise MatchRefused(
            "illegal-move", _("%(action)s is not a legal move here.") % {"action": action}
        )


def _is_repeat(match: Match, side: int, action: int, ply: int) -> bool:
    made = 0 <= ply < match.ply and match.actions[ply] == action
    return made and movers(match)[ply] == side
