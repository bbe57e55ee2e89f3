"""All that somebody did and did not take back, as lists read it: rows, oldest first.

By hand, as it is read after every event: Django takes several times as long, above all with times.
"""

from django.db import connection

from events.weights import KINDS

SPEAKING = [str(kind) for kind in KINDS]
MEMBER_SQL = """
SELECT title_id, kind, value, floor(extract(epoch FROM happened_at))::bigint FROM events_event
WHERE user_id = %s AND undone_at IS NULL AND kind = ANY(%s) ORDER BY happened_at, id
"""
VISITOR_SQL = """
SELECT title_id, kind, NULL, floor(extract(epoch FROM happened_at))::bigint
FROM events_visitorevent WHERE visitor = %s AND kind = ANY(%s) ORDER BY happened_at, id
"""


# the same as one value of a larger statement: JSON of lists, none for who did nothing
MEMBER_JSON_SQL = f"""
SELECT coalesce(json_agg(json_build_array(title_id, kind, value, seconds)), '[]')
FROM ({MEMBER_SQL}) AS said (title_id, kind, value, seconds)
"""  # noqa: S608  # statements of our own


# an event that says something of its title: id of the title, kind, stars, seconds
Said = tuple[int, str, float | None, int]


def said_by_member(user_id: int) -> list[Said]:
    return _said(MEMBER_SQL, user_id)


def said_by_visitor(visitor: str) -> list[Said]:
    """visitor: keyed hash of a browser's session"""
    return _said(VISITOR_SQL, visitor)


def _said(sql: str, owner: int | str) -> list[Said]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [owner, SPEAKING])
        return cursor.fetchall()
