"""The cache is a convenience: when its server is away, a read is a miss and a write is nothing."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
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
