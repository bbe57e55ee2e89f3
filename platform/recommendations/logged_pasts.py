"""What a list was made from: somebody's history and fatigue, as the log keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

import numpy as np
import orjson

from recsys.entries import HistoryEntry

Fatigue = Mapping[int, float]


@dataclass(frozen=True)
class PastRow:
    """A past as it is written down."""

    digest: UUID
    entries: str  # JSON


def past_row(
    user_id: int | None, visitor: str, history: Sequence[HistoryEntry], fatigue: Fatigue
) -> PastRow:
    """history: oldest first; of the fatigue as much as a model reads of it."""
    # in the order of HistoryEntry's fields
    items, weights, times, kinds = zip(*history, strict=True) if history else ((), (), (), ())
    said = orjson.dumps(
        {
            "items": items,
            "weights": weights,
            "times": times,
            "kinds": kinds,
            "tired_of": list(fatigue),
            "tired": np.fromiter(fatigue.values(), dtype=np.float32, count=len(fatigue)),
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )
    owner = f"{user_id} {visitor} ".encode()
    return PastRow(UUID(bytes=blake2b(owner + said, digest_size=16).digest()), said.decode())


def history_of(entries: Mapping[str, Any]) -> list[HistoryEntry]:
    columns = (entries[name] for name in ("items", "weights", "times", "kinds"))
    return [HistoryEntry(*entry) for entry in zip(*columns, strict=True)]


def fatigue_of(entries: Mapping[str, Any]) -> dict[int, float]:
    return dict(zip(entries["tired_of"], entries["tired"], strict=True))
