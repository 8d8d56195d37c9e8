"""Redis clients with every wait bounded."""

from redis import Redis

from config.settings import Settings

SOCKET_SECONDS = 5  # a Redis that hangs is noticed after this, also by a reader that blocks for less
CONNECT_SECONDS = 2


def redis_client(settings: Settings) -> Redis:
    """A client that answers or raises within seconds.

    Raises:
        ValueError: REDIS_URL is empty.
    """
    if settings.redis_url is None:
        raise ValueError("REDIS_URL is empty: start with `make run`, or set it")
    return Redis.from_url(
        settings.redis_url,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_keepalive=True,
        health_check_interval=15,
    )
