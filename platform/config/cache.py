"""The cache is a convenience: when its server is away, a read is a miss and a write is nothing."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError, TimeoutError

log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache for pages that must not fail because Valkey is restarting."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (ConnectionError, TimeoutError) as error:
            log.warning("cache read of %s failed: %s", key, error)
            return default

    def set(self, key: str, value: Any, timeout: Any = ..., version: int | None = None) -> None:
        options = {} if timeout is ... else {"timeout": timeout}
        try:
            super().set(key, value, version=version, **options)
        except (ConnectionError, TimeoutError) as error:
            log.warning("cache write of %s failed: %s", key, error)
