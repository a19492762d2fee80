"""The Redis of a production district. Nothing true lives there; so far the doors only ask whether it answers."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

_PATIENCE_SECONDS = 1.0


async def redis_answers(url: str) -> bool:
    """Whether a Redis answers at a URL within a second."""
    client = Redis.from_url(url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
