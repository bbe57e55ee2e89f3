"""What waits at the broker: wake-ups, never the jobs themselves."""

from dataclasses import dataclass

import redis
from django.conf import settings


@dataclass(frozen=True)
class BrokerFacts:
    version: str
    memory_bytes: int
    waiting: dict[str, int]  # queue → wake-ups nobody has taken


def connect() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def waiting_wakeups(queue: str) -> int | None:
    """How many wake-ups a queue holds; None when the broker is away."""
    try:
        with connect() as client:
            return int(client.llen(queue))
    except redis.RedisError:
        return None


def facts(queues: list[str]) -> BrokerFacts | None:
    """None when the broker is away."""
    try:
        with connect() as client:
            info = client.info()
            return BrokerFacts(
                version=str(info.get("valkey_version") or info.get("redis_version", "")),
                memory_bytes=int(info.get("used_memory", 0)),
                waiting={queue: int(client.llen(queue)) for queue in queues},
            )
    except redis.RedisError:
        return None
