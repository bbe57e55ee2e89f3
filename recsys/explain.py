"""Which liked items carry a score: each is really left out, and the item scored again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recsys.history import History, Vector
from recsys.interactions import Rows
from recsys.pipeline import Blend, Tables, rank, rank_without_each

MAX_REASONS = 20  # newest liked items that may be named as a reason
CACHED_USERS = 64
Encode = Callable[[list[History]], NDArray[np.float32]]  # B of one length → (B, D)


class LeaveOneOut:
    """Scores without each of the newest liked items; remembers the users it has encoded."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._known: OrderedDict[bytes, tuple[Vector, NDArray[np.float32]]] = OrderedDict()
        self._lock = Lock()

    def drops(
        self, history: History, rows: Rows, tables: Tables, blend: Blend
    ) -> tuple[Rows, NDArray[np.float64]]:
        """The newest liked rows (R,), and how far each item's score falls without each (R, C)."""
        user, without = self._users(history)
        first = len(history.liked) - len(without)
        places = np.arange(first, len(history.liked))
        score = rank(user, history, rows, tables, blend)
        others = rank_without_each(without, places, history, rows, tables, blend)
        return history.liked[first:], score - others

    def _users(self, history: History) -> tuple[Vector, NDArray[np.float32]]:
        """The user (D,), and the same without each of the newest liked items (R, D)."""
        if len(history.liked) == 1:  # nothing is left without it: the zero vector
            user = self._encode([history])[0]
            return user, np.zeros_like(user)[None]
        key = b"".join(
            part.tobytes() for part in (history.rows, history.weights, history.kinds, history.times)
        )
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        count = min(MAX_REASONS, len(history.liked))
        first = len(history.liked) - count
        user = self._encode([history])[0]
        found = user, self._encode([history.without(first + place) for place in range(count)])
        with self._lock:
            self._known[key] = found
            while len(self._known) > CACHED_USERS:
                self._known.popitem(last=False)
        return found
