"""Which liked items carry a score: each is really left out, and the item scored again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Rows
from recsys.pipeline import Blend, Tables, Taste, Vector, rank, rank_without_each

MAX_REASONS = 20  # newest liked items that may be named as a reason
CACHED_USERS = 64
Encode = Callable[[Rows], NDArray[np.float32]]  # (B, L) item rows → (B, D)


class LeaveOneOut:
    """Scores without each of the newest liked items; remembers the users it has encoded."""

    def __init__(self, encode: Encode, length: int) -> None:
        self._encode = encode
        self._length = length
        self._known: OrderedDict[bytes, tuple[Vector, NDArray[np.float32]]] = OrderedDict()
        self._lock = Lock()

    def drops(
        self, taste: Taste, rows: Rows, tables: Tables, blend: Blend
    ) -> tuple[Rows, NDArray[np.float64]]:
        """The newest liked rows (R,), and how far each item's score falls without each (R, C)."""
        user, without = self._users(taste)
        first = len(taste.liked) - len(without)
        places = np.arange(first, len(taste.liked))
        score = rank(user, taste, rows, tables, blend)
        others = rank_without_each(without, places, taste, rows, tables, blend)
        return taste.liked[first:], score - others

    def _users(self, taste: Taste) -> tuple[Vector, NDArray[np.float32]]:
        """The user (D,), and the same without each of the newest liked items (R, D)."""
        if len(taste.liked) == 1:  # nothing is left without it: the zero vector
            user = self._encode(taste.liked[None])[0]
            return user, np.zeros_like(user)[None]
        key = taste.liked.tobytes()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        count = min(MAX_REASONS, len(taste.liked))
        first = len(taste.liked) - count
        rows = [taste.without(first + place).liked[-self._length :] for place in range(count)]
        user = self._encode(taste.liked[None, -self._length :])[0]
        found = user, self._encode(np.stack(rows))
        with self._lock:
            self._known[key] = found
            while len(self._known) > CACHED_USERS:
                self._known.popitem(last=False)
        return found
