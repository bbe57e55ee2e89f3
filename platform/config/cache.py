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
WAIT = """
if tonumber(ARGV[1]) < 1 then return ARGV[3] end
local moment = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
if moment and tonumber(moment) + ARGV[2] > tonumber(ARGV[3]) then return moment end
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""


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
    def _wait(self) -> Script:
        return self.get_client(write=True).register_script(WAIT)

    def wait(self, key: str, most: int, period: int, now: float) -> float:
        """Seconds until there is room for one more under this key; 0: there was, and it counts.

        At most so many in any period (seconds); those that had to wait are not counted.
        """
        try:
            moment = self._wait([key], [most, period, now])
        except AWAY as error:
            log.warning("cache: wait failed: %s", error)
            return 0.0
        return 0.0 if moment is None else float(moment) + period - now


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

    def wait(self, key: str, most: int, period: int, now: float) -> float:
        """Seconds until one more is allowed of so many a period; 0: it is, and was counted."""
        client = cast(ForgivingClient, self._cache)
        return client.wait(self.make_and_validate_key(key), most, period, now)
