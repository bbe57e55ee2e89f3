"""A history as one artifact reads it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from recsys.entries import HistoryEntry
from recsys.history import History
from recsys.loaded import Loaded
from recsys.sources import Evidence


class Reading:
    """What an artifact makes of a history, each part at the first question that needs it."""

    def __init__(
        self, loaded: Loaded, entries: Sequence[HistoryEntry], asked_at: int | None = None
    ) -> None:
        """asked_at: seconds, matters to a model with time_bias; None = at the newest entry."""
        self._loaded, self._entries, self._asked_at = loaded, entries, asked_at

    @cached_property
    def known(self) -> History:
        """What the artifact knows of it, in rows."""
        return self._loaded.reader.history_of(self._entries, self._loaded.ids, self._asked_at)

    @cached_property
    def evidence(self) -> Evidence:
        """Of a history with a like at least."""
        loaded = self._loaded
        user = loaded.reader.encode([self.known], loaded.tables.vectors)[0]
        fade, used = loaded.blend.fade, loaded.blend.used
        return Evidence.of(user, self.known, loaded.tables, fade, used, loaded.likenesses)


Past = Sequence[HistoryEntry] | Reading  # oldest first
