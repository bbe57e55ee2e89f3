"""The cache of most tests: of their own process, and empty at the start of each."""

from django.core.cache.backends.locmem import LocMemCache


class MemoryCache(LocMemCache):
    def take(
        self, key: str, most: int, period: int, now: float, wanted: int = 1
    ) -> tuple[int, float]:
        """As `config.cache` has it."""
        for count in (wanted, 1):
            moments = [*self.get(key, []), *[now] * count]
            if len(moments) <= most or moments[-most - 1] + period <= now:
                self.set(key, moments)
                return count, 0.0
        return 0, moments[-most - 1] + period - now
