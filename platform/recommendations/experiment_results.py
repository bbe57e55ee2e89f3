"""What an experiment has shown so far: who got which arm, and what they opened."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from recommendations.models import Experiment
from recommendations.sequential import (
    FEWEST_AN_ARM,
    FEWEST_OPENERS,
    RATIO_ALARM,
    Look,
    confidence_sequence,
    looks_of,
    openers_if_alike,
    ratio_p,
    standing,
    thinned,
)

SERVED = """
SELECT count(DISTINCT (user_id, visitor)) FILTER (WHERE arm = 'A'),
    count(DISTINCT (user_id, visitor)) FILTER (WHERE arm = 'B')
FROM recommendations_loggedlist
WHERE experiment_id = %(experiment)s AND (user_id IS NOT NULL OR visitor <> '')
"""
# a member counts once their days are over, with what they saw and opened in those days
MEMBERS = """
WITH entered AS (
    SELECT DISTINCT ON (user_id) user_id, arm, served_at AS since
    FROM recommendations_loggedlist
    WHERE experiment_id = %(experiment)s AND user_id IS NOT NULL ORDER BY user_id, served_at
),
seen AS (
    SELECT entered.user_id, bool_or(e.kind IN ('click', 'play', 'finish')) AS is_opened
    FROM entered
    JOIN recommendations_loggedlist served ON served.user_id = entered.user_id
        AND served.experiment_id = %(experiment)s
    JOIN events_event e ON e.list_id = served.list_id AND e.user_id = served.user_id
        AND e.title_id = ANY (served.title_ids)
        AND e.undone_at IS NULL AND e.happened_at < since + %(days)s
    WHERE since + %(days)s <= %(until)s
    GROUP BY entered.user_id, e.list_id, e.title_id
)
SELECT arm = 'B', avg(is_opened::int)::float
FROM seen JOIN entered USING (user_id) GROUP BY user_id, arm, since ORDER BY since, user_id
"""


@dataclass(frozen=True)
class Result:
    """Of arms A and B: people served, members judged and the mean share they opened (percent)."""

    served: tuple[int, int]
    ratio_p: float  # of those served
    judged: tuple[int, int]
    means: tuple[float, float]
    looks: tuple[Look, ...]  # in points of percent; the last has up to LOOK_EVERY - 1 fewer
    openers: tuple[int, int] | None = None  # of those judged; None as kept before it was counted

    @property
    def is_ratio_off(self) -> bool:
        return self.ratio_p < RATIO_ALARM

    @property
    def last(self) -> Look | None:
        return self.looks[-1] if self.looks else None

    @property
    def openers_if_alike(self) -> float:
        """As the sequence counts them, of all who are judged; not counted: 0."""
        return float(openers_if_alike(*self.judged, openers=sum(self.openers or ())))

    @property
    def has_too_few_openers(self) -> bool:
        """Is nothing judged although both arms are large, because few members opened anything?"""
        is_large = min(self.judged) >= FEWEST_AN_ARM
        is_few = self.openers is not None and self.openers_if_alike < FEWEST_OPENERS
        return not self.looks and is_large and is_few

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        looks = tuple(Look(**look) for look in kept["looks"])
        named = ("served", "judged", "means", "openers")
        pairs = {name: tuple(kept[name]) for name in named if kept.get(name)}
        return cls(ratio_p=kept["ratio_p"], looks=looks, **pairs)


@dataclass(frozen=True)
class Verdict:
    tone: Literal["good", "warn", "bad"]
    text: str


def result_of(experiment: Experiment, *, now: datetime) -> Result | None:
    """As it was when it was stopped, or as it is now; None before the start."""
    if experiment.state == Experiment.State.DRAFT:
        return None
    if experiment.state == Experiment.State.STOPPED:
        return Result.read(experiment.result)
    return measure(experiment, now=now)


def measure(experiment: Experiment, *, now: datetime) -> Result:
    values: dict[str, Any] = {
        "experiment": experiment.pk,
        "days": timedelta(days=experiment.days),
        "until": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(SERVED, values)
        n_a, n_b = cursor.fetchone()
        cursor.execute(MEMBERS, values)
        rows = cursor.fetchall()
    is_b = np.array([row[0] for row in rows], bool)
    opened = 100 * np.array([row[1] for row in rows], float)
    arms = [opened[~is_b], opened[is_b]]
    return Result(
        served=(n_a, n_b),
        ratio_p=ratio_p(n_a, n_b, share_b=experiment.share_b),
        judged=(len(arms[0]), len(arms[1])),
        means=(_mean(arms[0]), _mean(arms[1])),
        looks=tuple(thinned(confidence_sequence(opened, is_b, looks_of(len(opened))))),
        openers=(int((arms[0] > 0).sum()), int((arms[1] > 0).sum())),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def verdict(result: Result) -> Verdict:
    """One sentence on what was shown."""
    if result.is_ratio_off:
        return Verdict(
            "bad",
            _(
                "The arms do not have the people they should (%(a)d and %(b)d, p = %(p).1g): "
                "something is broken, and no figure here is to be trusted."
            )
            % {"a": result.served[0], "b": result.served[1], "p": result.ratio_p},
        )
    if result.last is None:
        return Verdict("warn", why_no_look(result))
    shown = standing(result.looks)
    return Verdict("good" if shown else "warn", what_is_shown(result.last, shown))


def why_no_look(result: Result) -> str:
    """What is waited for before anything is judged."""
    counts: dict[str, float] = {
        "a": result.judged[0],
        "b": result.judged[1],
        "least": FEWEST_AN_ARM,
    }
    if result.openers and result.has_too_few_openers:
        counts |= {"n": sum(result.judged), "opened": sum(result.openers)}
        counts |= {"alike": round(result.openers_if_alike, 1), "openers": FEWEST_OPENERS}
        return (
            _(
                "Too few events yet to judge: %(opened)d of %(n)d members opened anything, "
                "which makes %(alike).1f for the smaller arm. The first look is taken at "
                "%(openers)d."
            )
            % counts
        )
    return (
        _(
            "Too early to say: %(a)d and %(b)d members are judged. The first look is taken "
            "once each arm has %(least)d, at the next full hundred of both."
        )
        % counts
    )


def what_is_shown(last: Look, shown: int) -> str:
    """shown: 1 for B, -1 against it, 0 nothing"""
    words = {
        1: _("B is better than A"),
        -1: _("B is worse than A"),
        0: _("No difference is shown"),
    }
    figures = _("%(difference)+.2f points opened, %(low)+.2f to %(high)+.2f") % {
        "difference": last.difference,
        "low": last.low,
        "high": last.high,
    }
    text = _("%(words)s after %(n)s members: %(figures)s.") % {
        "words": words[shown],
        "n": f"{last.members:,}",
        "figures": figures,
    }
    return text.replace("-", "−")
