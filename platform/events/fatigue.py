"""Titles that were shown and left alone: the less their place was seen, the less that says."""

from typing import Any

from django.db import connection

from events.weights import NEUTRAL_STARS

MOST_IMPRESSIONS = 1000  # the newest of one person
MOST_DAYS = 30  # the newest of those on which something was shown
HALF_TIRED = 5.0  # views at the top of a list after which fatigue is 0.5, twice as many: 0.75
UNSAID_POSITION = 9  # where a title counts as shown when nobody said where

# A view counts 1 / log2(2 + position), as in NDCG, once a list (without a list: once a day), and
# only after the last event that spoke for the title. Everything is read from what stands, nothing
# from the clock: an undo leaves no trace.
FATIGUE_SQL = """
WITH own AS (
    (SELECT title_id, list_id, position, happened_at FROM events_event
    WHERE user_id = %(user)s AND kind = 'impression' AND undone_at IS NULL
    ORDER BY happened_at DESC, id DESC LIMIT %(most)s)
    UNION ALL
    SELECT title_id, list_id, position, happened_at FROM events_visitorevent
    WHERE visitor = %(visitor)s AND kind = 'impression'
),
shown AS (
    SELECT title_id, happened_at, coalesce(list_id, md5(happened_at::date::text)::uuid) AS list,
        ln(2) / ln(2 + coalesce(position, %(unsaid)s)) AS seen,
        dense_rank() OVER (ORDER BY happened_at::date DESC) AS day
    FROM own
),
answered AS (
    SELECT title_id, max(happened_at) AS at FROM events_event
    WHERE user_id = %(user)s AND undone_at IS NULL AND kind <> 'impression'
        AND (kind IN ('click', 'play', 'finish', 'save')
            OR (kind = 'rate' AND value > %(neutral)s))
    GROUP BY title_id
    UNION ALL
    SELECT title_id, max(happened_at) FROM events_visitorevent
    WHERE visitor = %(visitor)s AND kind IN ('click', 'play', 'finish', 'save')
    GROUP BY title_id
),
views AS (
    SELECT title_id, max(seen) AS seen FROM shown LEFT JOIN answered USING (title_id)
    WHERE day <= %(days)s AND (at IS NULL OR happened_at > at)
    GROUP BY title_id, list
)
SELECT title_id, 1 - power(0.5, sum(seen ORDER BY seen) / %(half)s) FROM views GROUP BY title_id
"""

WAS_SHOWN_SQL = """
SELECT EXISTS (
    SELECT FROM events_event WHERE user_id = %s AND kind = 'impression' AND undone_at IS NULL
)
"""


def fatigue_of(user: Any) -> dict[int, float]:
    """How tired this person may be of each title that was shown in vain, above 0 to 1; one query.

    Nothing of it goes into a training: a list not clicked is no opinion.
    """
    return _fatigue({"user": user.pk, "visitor": None})


def fatigue_of_visitor(visitor: str) -> dict[int, float]:
    """The same for a browser session."""
    return _fatigue({"user": None, "visitor": visitor})


def _fatigue(owner: dict[str, Any]) -> dict[int, float]:
    values = owner | {
        "most": MOST_IMPRESSIONS,
        "days": MOST_DAYS,
        "half": HALF_TIRED,
        "unsaid": UNSAID_POSITION,
        "neutral": NEUTRAL_STARS,
    }
    with connection.cursor() as cursor:
        cursor.execute(FATIGUE_SQL, values)
        return dict(cursor.fetchall())
