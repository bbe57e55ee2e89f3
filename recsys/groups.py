"""Groups that members were declared to be in: is any of them served worse than another?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import ArrowException

from recsys.bootstrap import Draws, PerUser, gap
from recsys.errors import DataError
from recsys.ids import IdMap
from recsys.interactions import Rows
from recsys.metrics import NOTHING
from recsys.slices import Mask, Slice, head_and_tail
from recsys.trial import Trial

MIN_GROUP = 20  # measured members; smaller groups are put together
OTHERS, NOT_SAID = "(others)", "(not said)"
TAKEN = ("activity", "title_age", "popularity")


def load_groups(path: Path) -> pd.DataFrame:
    """Text columns by user_id as text, "" where nothing was said; DataError when it is unusable."""
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            frame = pd.read_parquet(path).convert_dtypes()  # 25, not 25.0
        else:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, ArrowException) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read: {reason}") from error
    if "user_id" not in frame or len(frame.columns) < 2:
        raise DataError(f"{path}, row 1: needs the column user_id and at least one of groups")
    if taken := [name for name in frame.columns if name in TAKEN]:
        raise DataError(f"{path}, row 1: no column of groups may be called {taken[0]}")
    repeated = np.flatnonzero(frame["user_id"].astype(str).duplicated())
    if len(repeated):
        user_id = frame["user_id"].iloc[repeated[0]]
        raise DataError(f"{path}, row {repeated[0] + 2}: user_id {user_id} is there twice")
    return frame.astype(object).where(frame.notna(), "").astype(str).set_index("user_id")


def by_group(groups: pd.DataFrame, trial: Trial, user_ids: IdMap) -> dict[str, list[Slice]]:
    """One family per column; values of fewer than MIN_GROUP measured members become one slice."""
    ids = [str(user_ids.ids[user]) for user in trial.users]
    found = {}
    for column in groups.columns:
        said = groups[column].str.strip().reindex(ids).fillna("").to_numpy(dtype=object)
        said[said == ""] = NOT_SAID
        values, counts = np.unique(said.astype(str), return_counts=True)
        said[np.isin(said.astype(str), values[(counts < MIN_GROUP) & (values != NOT_SAID)])] = (
            OTHERS
        )
        order = sorted(set(said), key=lambda value: (value in (OTHERS, NOT_SAID), value))
        found[str(column)] = [Slice(value, value, users=said == value) for value in order]
    return found


def tail_shares(lists: Rows, trial: Trial, counts: Rows) -> tuple[PerUser, PerUser]:
    """(U,) each: the share of the long tail in each list, and in what its user liked."""
    _, tail = head_and_tail(counts)
    full = lists != NOTHING
    in_lists = (tail[lists] & full).sum(axis=1) / np.maximum(full.sum(axis=1), 1)
    liked = [tail[rows].mean() if len(rows) else 0.0 for rows in trial.liked]
    return in_lists, np.array(liked, dtype=np.float64)


def add_exposure(
    measured: list[dict[str, Any]],
    slices: list[Slice],
    shares: Mapping[str, tuple[PerUser, PerUser]],
) -> None:
    """To each group of a family how much of its lists, and of its own likes, is the long tail."""
    users = {each.key: each.users for each in slices}
    for part in measured:
        among = users[part["key"]]
        part["exposure"] = {name: float(of[among].mean()) for name, (of, _) in shares.items()}
        part["liked_exposure"] = next(float(liked[among].mean()) for _, liked in shares.values())


def gaps_of(
    slices: list[Slice],
    ndcg: Mapping[str, PerUser],
    shares: Mapping[str, tuple[PerUser, PerUser]],
    draws: Draws,
) -> dict[str, dict[str, Any]]:
    """Per model how far apart the best and the worst served declared groups are.

    accuracy: in NDCG. exposure: in the share of the long tail in the lists beyond that in the
    group's own likes, so that lists which follow every taste equally closely have no gap; after the
    popularity lift of Abdollahpouri et al. 2020 (The Connection Between Popularity Bias,
    Calibration, and Fairness in Recommendation).
    """
    declared = {
        each.key: each.users
        for each in slices
        if each.key not in (OTHERS, NOT_SAID) and each.users is not None
    }
    if len(declared) < 2:
        return {}
    return {
        name: {
            "accuracy": _widest(values, declared, draws),
            "exposure": _widest(shares[name][0] - shares[name][1], declared, draws),
        }
        for name, values in ndcg.items()
    }


def _widest(
    values: NDArray[np.float64], groups: Mapping[str, Mask], draws: Draws
) -> dict[str, Any]:
    """The largest minus the smallest group mean, and which groups they are."""
    means = {key: float(values[mask].mean()) for key, mask in groups.items()}
    most, least = max(means, key=lambda key: means[key]), min(means, key=lambda key: means[key])
    if most == least:  # all the same: any two will do
        least = next(key for key in groups if key != most)
    return {**gap(values, groups[most], groups[least], draws), "most": most, "least": least}
