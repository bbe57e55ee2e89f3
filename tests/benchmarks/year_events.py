"""A year of members: who turns to which film when, made of MovieLens' ratings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

WEEK = 7 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Rated:
    """One rating. member: their place in the order of joining; at: seconds into the year."""

    member: int
    film: str  # its id at MovieLens
    stars: float
    at: int

    @property
    def week(self) -> int:
        return self.at // WEEK


def year_of(
    ratings: pd.DataFrame, *, members: int, weeks: int, rng: np.random.Generator
) -> list[list[Rated]]:
    """What some members rate in each week, in time order.

    They join evenly over the year, in the order in which they joined MovieLens, and from then on
    keep the pace that they had there. What they do after the year is left out.
    """
    times = ratings["timestamp"].astype(np.int64)
    first = times.groupby(ratings["user_id"]).min().sort_values(kind="stable")
    joined = first.iloc[np.sort(rng.choice(len(first), members, replace=False))]
    places = {user: place for place, user in enumerate(joined.index)}
    own = ratings.assign(timestamp=times)[ratings["user_id"].isin(places)]
    rows = zip(own["user_id"], own["item_id"], own["rating"], own["timestamp"], strict=True)
    length = weeks * WEEK
    year = [
        Rated(place, film, float(stars), place * length // members + time - int(joined[user]))
        for user, film, stars, time in rows
        for place in [places[user]]
    ]
    year.sort(key=lambda rated: rated.at)
    by_week = {week: list(own) for week, own in groupby(year, key=lambda rated: rated.week)}
    return [by_week.get(week, []) for week in range(weeks)]


class Popular:
    """What most members have turned to so far: the floor that a site's lists are held against."""

    def __init__(self, titles: int) -> None:
        self.counts = np.zeros(titles, dtype=np.int64)

    def add(self, title: int) -> None:
        self.counts[title] += 1

    def best(self, count: int, *, seen: set[int]) -> list[int]:
        """The most popular that somebody has had, none of those seen; equals by their number."""
        order = np.argsort(-self.counts, kind="stable")[: count + len(seen)]
        return [int(one) for one in order if self.counts[one] and one not in seen][:count]
