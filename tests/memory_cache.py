"""The cache of most tests: of their own process, and empty at the start of each."""

from django.core.cache.backends.locmem import LocMemCache


class MemoryCache(LocMemCache):
    def is_within(self, key: str, most: int, period: int, now: float) -> bool:
        """As `config.cache` has it, of one period without end."""
        self.add(key, 0, timeout=None)
        if self.get(key) >= most:
            return False
        self.incr(key)
        return True
