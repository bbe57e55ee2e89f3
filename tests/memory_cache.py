"""The cache of most tests: of their own process, and empty at the start of each."""

from django.core.cache.backends.locmem import LocMemCache


class MemoryCache(LocMemCache):
    def wait(self, key: str, most: int, period: int, now: float) -> float:
        """As `config.cache` has it."""
        moments = [*self.get(key, []), now]
        if len(moments) > most and moments[-most - 1] + period > now:
            return moments[-most - 1] + period - now
        self.set(key, moments)
        return 0.0
