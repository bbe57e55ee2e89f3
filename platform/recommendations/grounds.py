"""What the lists of one person are made from, as it stands at one moment."""

from dataclasses import dataclass
from typing import Any, Self
from weakref import ref

import orjson
from django.db import connection

from accounts.models import NO_AGE_LIMIT
from catalog import changes
from catalog.census import Census, current_census
from events import taste_version
from events.fatigue import WAS_SHOWN_SQL
from events.past import MEMBER_JSON_SQL, SPEAKING, Said
from recommendations.dataset import known_version
from recommendations.experiments import Arm, arm_of, running
from recommendations.loading import NEWEST_SQL, Live, current, forget_rivals, named
from recommendations.rulebook import Rulebook, current_rulebook

# one statement: to ask takes longer than each of the answers
STANDING_SQL = f"""
SELECT version, was_shown, notes, newest, CASE WHEN version <> %s THEN ({MEMBER_JSON_SQL})::text END
FROM (
    SELECT coalesce(({taste_version.READ_SQL}), 0), ({WAS_SHOWN_SQL}), ({changes.COUNT_SQL}),
        ({NEWEST_SQL})
) AS standing (version, was_shown, notes, newest)
"""  # noqa: S608  # statements of our own


@dataclass(frozen=True, eq=False)
class Grounds:
    """What a list is made from, but for what was shown and what is popular."""

    taste_version: int  # 0 of somebody without an account, or who did nothing
    said: list[Said] | None  # what a member did, if this process knew only an older version
    was_shown: bool  # to a member: a title, of which a client said so
    age_limit: int
    arm: Arm | None  # of the experiment that runs, if what it serves could be loaded
    census: Census
    is_current: bool  # the census: nothing of it had changed at that moment
    rulebook: Rulebook
    live: Live | None

    @classmethod
    def of(cls, user: Any, visitor: str = "") -> Self:
        """visitor: keyed hash of the session of somebody without an account.

        One small query; in the arm of an experiment with an artifact of its own, two.
        """
        is_member = user.is_authenticated
        arm, census = arm_of(user if is_member else visitor), current_census()
        with connection.cursor() as cursor:
            said_since = [known_version(user.pk), user.pk, SPEAKING]
            cursor.execute(STANDING_SQL, [*said_since, user.pk, user.pk, census.until])
            version, was_shown, notes, newest, said = cursor.fetchone()
        live = named(arm.artifact, newest) if arm and arm.artifact else current(newest)
        if running() is None:
            forget_rivals()
        return cls(
            version,
            None if said is None else orjson.loads(said),
            was_shown,
            user.age_limit if is_member else NO_AGE_LIMIT,
            None if arm and arm.artifact and (live is None or live.name != arm.artifact) else arm,
            census,
            notes == census.notes,
            current_rulebook(census),
            live,
        )

    def stamp(self) -> "Stamp":
        """To know them again by."""
        parts = tuple(None if part is None else ref(part) for part in self.parts)
        return Stamp(self.facts, parts)

    @property
    def facts(self) -> tuple[object, ...]:
        """What is the same when it is equal."""
        return self.taste_version, self.age_limit, self.arm

    @property
    def parts(self) -> tuple[object, ...]:
        """What is the same only while it is the very same."""
        return self.census, self.rulebook, self.live


@dataclass(frozen=True, eq=False)
class Stamp:
    """What tells whether grounds still hold. It keeps nothing in memory that no longer serves."""

    facts: tuple[object, ...]
    parts: tuple[ref[Any] | None, ...]

    def holds(self, now: Grounds) -> bool:
        """A list made now would be the same, but for what was shown since and what is popular."""
        pairs = zip(self.parts, now.parts, strict=True)
        return (
            self.facts == now.facts
            and now.is_current
            and all((kept and kept()) is part for kept, part in pairs)
        )
