"""The cache is a convenience: when its server is away, a read is a miss and a write is nothing."""

import logging
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.commands.core import Script
from redis.exceptions import ConnectionError, TimeoutError

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
IS_WITHIN = """
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
local before = tonumber(redis.call('GET', KEYS[2]) or '0')
if now + before * tonumber(ARGV[1]) >= tonumber(ARGV[2]) then return 0 end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
return 1
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
    def _is_within(self) -> Script:
        return self.get_client(write=True).register_script(IS_WITHIN)

    def is_within(self, key: str, most: int, period: int, now: float) -> bool:
        """Counts one more under this key, if that is not more than so many in a period (seconds).

        What was counted in the period before is taken as spread evenly over it.
        """
        number, passed = divmod(now, period)
        keys = [f"{key}:{number:.0f}", f"{key}:{number - 1:.0f}"]
        try:
            return bool(self._is_within(keys, [1 - passed / period, most, 2 * period]))
        except (ConnectionError, TimeoutError) as error:
            log.warning("cache: is_within failed: %s", error)
            return True


def forgiving(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """That operation of Django's client, or its answer when the server cannot be asked."""
    ask = getattr(RedisCacheClient, name)

    @wraps(ask)
    def ask_or_do_without(self: ForgivingClient, *arguments: Any) -> Any:
        try:
            return ask(self, *arguments)
        except (ConnectionError, TimeoutError) as error:
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

    def is_within(self, key: str, most: int, period: int, now: float) -> bool:
        """Counts one more request, if so many are allowed in a period of seconds."""
        client = cast(ForgivingClient, self._cache)
        return client.is_within(self.make_and_validate_key(key), most, period, now)
