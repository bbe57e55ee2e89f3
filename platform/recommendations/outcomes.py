"""What became of the lists that were served: seen, opened, finished, by what made them.

Rates are of titles that came into view, of all people together; their 95 % intervals take each
person, not each title, for one observation: what one person does is alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from django.db import connection

from recommendations.reports import Score

FINISHED_WITHIN = timedelta(days=7)  # of opening it from the list

Dimension = Literal["all", "shelf", "rung", "artifact", "arm"]

# what a visitor did is the account's once they have logged in: their lists stay the visitor's
OUTCOMES = """
WITH lists AS MATERIALIZED (
    SELECT list_id, user_id, visitor, coalesce(user_id::text, nullif(visitor, '')) AS person,
        surface, shelf, rung, artifact, experiment_id, arm, title_ids
    FROM recommendations_loggedlist WHERE served_at >= %(since)s AND served_at < %(until)s
),
said AS (
    SELECT list_id, title_id, title_ids, e.user_id, NULL AS visitor, kind, happened_at
    FROM lists JOIN events_event e USING (list_id)
    WHERE undone_at IS NULL
        AND (e.user_id = lists.user_id OR lists.user_id IS NULL AND lists.visitor <> '')
    UNION ALL
    SELECT list_id, title_id, title_ids, NULL, visitor, kind, happened_at
    FROM lists JOIN events_visitorevent USING (visitor, list_id)
),
happened AS (
    SELECT list_id, title_id, min(user_id) AS user_id, min(visitor) AS visitor,
        min(happened_at) FILTER (WHERE kind IN ('click', 'play', 'finish')) AS opened_at,
        bool_or(kind = 'finish') AS is_finished
    FROM said WHERE title_id = ANY (title_ids) GROUP BY list_id, title_id
),
by_list AS (
    SELECT list_id, count(*) AS seen, count(opened_at) AS opened,
        count(*) FILTER (WHERE is_finished OR EXISTS (
            SELECT FROM events_event later
            WHERE later.user_id = happened.user_id AND later.title_id = happened.title_id
                AND later.kind = 'finish' AND later.undone_at IS NULL
                AND later.happened_at BETWEEN opened_at AND opened_at + %(within)s
        ) OR EXISTS (
            SELECT FROM events_visitorevent later
            WHERE later.visitor = happened.visitor AND later.title_id = happened.title_id
                AND later.kind = 'finish'
                AND later.happened_at BETWEEN opened_at AND opened_at + %(within)s
        )) AS finished
    FROM happened GROUP BY list_id
),
by_person AS (
    SELECT person, surface, shelf, rung, artifact, experiment_id, arm, count(*) AS lists,
        GROUPING(shelf, rung, artifact, arm) AS cut,
        sum(cardinality(title_ids)) AS listed, coalesce(sum(seen), 0) AS seen,
        coalesce(sum(opened), 0) AS opened, coalesce(sum(finished), 0) AS finished
    FROM lists LEFT JOIN by_list USING (list_id)
    GROUP BY GROUPING SETS (
        (person), (person, surface, shelf), (person, rung), (person, artifact),
        (person, experiment_id, arm)
    )
)
SELECT cut, coalesce(surface, ''), coalesce(shelf, rung, artifact, arm, ''), experiment_id,
    sum(lists), count(person), sum(listed), sum(seen), sum(opened), sum(finished),
    count(*) FILTER (WHERE seen > 0), sum(seen ^ 2), sum(opened ^ 2), sum(opened * seen),
    sum(finished ^ 2), sum(finished * seen)
FROM by_person GROUP BY cut, surface, shelf, rung, artifact, experiment_id, arm
ORDER BY sum(lists) DESC, 2, 3, 4
"""
CUTS: dict[int, Dimension] = {
    0b1111: "all", 0b0111: "shelf", 0b1011: "rung", 0b1101: "artifact", 0b1110: "arm",
}  # fmt: skip  # what GROUPING answers: a bit for each column that is not told apart


@dataclass(frozen=True)
class Outcome:
    """One line of a table: what was served there and what became of it."""

    surface: str  # of a shelf, else ""
    name: str  # of the shelf, rung, artifact or arm; "" for all
    experiment_id: int | None
    lists: int
    people: int  # of those the log can tell apart
    listed: int  # titles, in view or not
    seen: int
    opened: int
    finished: int
    open_rate: Score | None  # of what was seen; None before anything was
    finish_rate: Score | None

    @property
    def open_percent(self) -> Score | None:
        return _percent(self.open_rate)

    @property
    def finish_percent(self) -> Score | None:
        return _percent(self.finish_rate)


def _percent(rate: Score | None) -> Score | None:
    return rate and Score(100 * rate.value, 100 * rate.low, 100 * rate.high)


def outcomes(*, since: datetime, until: datetime) -> dict[Dimension, list[Outcome]]:
    """What was served in [since, until), as a whole and by dimension, most lists first."""
    values: dict[str, Any] = {"since": since, "until": until, "within": FINISHED_WITHIN}
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, values)
        rows = cursor.fetchall()
    found: dict[Dimension, list[Outcome]] = {dimension: [] for dimension in get_args(Dimension)}
    for cut, *row in rows:
        dimension = CUTS[cut]
        if dimension != "arm" or row[2] is not None:  # not of an experiment
            found[dimension].append(_outcome(row))
    return found


def _outcome(row: list[Any]) -> Outcome:
    surface, name, experiment_id, *figures = row
    lists, people, listed, seen, opened, finished = map(int, figures[:6])
    units, seen2, opened2, both, finished2, finished_both = map(float, figures[6:])
    return Outcome(
        surface, name, experiment_id, lists, people, listed, seen, opened, finished,
        clustered_rate(int(units), opened, seen, hits2=opened2, of2=seen2, both=both),
        clustered_rate(int(units), finished, seen, hits2=finished2, of2=seen2, both=finished_both),
    )  # fmt: skip


def clustered_rate(
    people: int, hits: int, of: int, *, hits2: float, of2: float, both: float
) -> Score | None:
    """hits / of with its 95 % interval over people (Korn and Graubard 1998); None of nothing.

    hits2, of2, both: sums over people of hits², of² and hits x of. Of one person: 0 to 1.
    The variance of the ratio gives the number of independent trials that would be as sure,
    for which Clopper and Pearson's interval is taken: it is right for rare hits too.
    """
    from scipy.special import betaincinv, stdtrit  # a third of a second: only where it is shown

    if not of:
        return None
    rate = hits / of
    if people < 2:
        return Score(rate, 0.0, 1.0)
    spread = max(hits2 - 2 * rate * both + rate**2 * of2, 0.0)
    variance = people / (people - 1) * spread / of**2
    if 0 < hits < of:
        trials = min(rate * (1 - rate) / variance, of) if variance > 0 else of
    else:
        trials = min(people, of)  # nothing varied: as sure as one trial a person
    trials *= (stdtrit(of - 1, 0.975) / stdtrit(people - 1, 0.975)) ** 2 if of > 1 else 1.0
    took, missed = rate * trials, (1 - rate) * trials
    low = betaincinv(took, missed + 1, 0.025) if took > 0 else 0.0
    high = betaincinv(took + 1, missed, 0.975) if missed > 0 else 1.0
    return Score(rate, float(low), float(high))
