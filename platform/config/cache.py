"""The cache is a convenience: when its server is away, a read is a miss and a write is nothing."""

import logging
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.commands.core import Script
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, TimeoutError

log = logging.getLogger(__name__)

# what each operation answers without its server, from its arguments
ANSWERS: dict[str, Callable[..., Any]] = {
    "get": lambda key, default: default,
    "get_many": lambda keys: {},
    "has_key": lambda key: False,
    "add": lambda key, value, timeout: True,  # nobody holds it: limits and locks let everyone pass
    "set": lambda key, value, timeout: None,
    "set_many": lambda data, timeout: None,
    "touch": lambda key, timeout: False,
    "incr": lambda key, delta: delta,
    "delete": lambda key: False,
    "delete_many": lambda keys: None,
}
# away, or full, or a replica since a moment ago
AWAY = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError)
# the newest moments of a key, as many as a period allows: the last of them says when there is room
TAKE = """
local most, period, now, wanted = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if tonumber(most) < 1 then return {0, now} end
local function in_the_way(count)
    local moment = redis.call('LINDEX', KEYS[1], most - count)
    return moment and tonumber(moment) + period > tonumber(now) and moment
end
if in_the_way(wanted) then wanted = 1 end
local moment = in_the_way(wanted)
if moment then return {0, moment} end
for _ = 1, wanted do redis.call('LPUSH', KEYS[1], now) end
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('EXPIRE', KEYS[1], period)
return {tonumber(wanted)}
"""
Taken = tuple[int, float]


class ForgivingClient(RedisCacheClient):
    """Every operation in ANSWERS does without a server that is away."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._made: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Django makes one for every operation, which takes longer than the operation."""
        if write not in self._made:
            self._made[write] = super().get_client(key, write=write)
        return self._made[write]

    @cached_property
    def _take(self) -> Script:
        return self.get_client(write=True).register_script(TAKE)

    def take(self, key: str, most: int, period: int, now: float, wanted: int) -> Taken:
        """As many of so many a period (seconds) as are wanted, else one; and seconds until then.

        None taken: it is to wait so long. wanted: 1..most. Who has to wait is not counted.
        """
        try:
            count, *moments = self._take([key], [most, period, now, wanted])
        except AWAY as error:
            log.warning("cache: take failed: %s", error)
            return wanted, 0.0
        return count, max((float(moment) + period - now for moment in moments), default=0.0)


def forgiving(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """That operation of Django's client, or its answer when the server cannot be asked."""
    ask = getattr(RedisCacheClient, name)

    @wraps(ask)
    def ask_or_do_without(self: ForgivingClient, *arguments: Any) -> Any:
        try:
            return ask(self, *arguments)
        except AWAY as error:
            log.warning("cache: %s failed: %s", name, error)
            return answer(*arguments)

    return ask_or_do_without


for _name, _answer in ANSWERS.items():
    setattr(ForgivingClient, _name, forgiving(_name, _answer))


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache for pages that must not fail because Valkey is restarting."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def take(self, key: str, most: int, period: int, now: float, wanted: int = 1) -> Taken:
        """How many were taken under this key, none or 1..wanted, and how long to wait for one."""
        client = cast(ForgivingClient, self._cache)
        return client.take(self.make_and_validate_key(key), most, period, now, wanted)
