"""One client of redis-py for each channel."""

from collections.abc import Callable

from config.settings import Settings
from workers.client import make_client


def test_a_channel_keeps_its_client_as_long_as_its_connections(
    settings_for: Callable[..., Settings], redis_url: str
) -> None:
    with make_client(settings_for(redis_url=redis_url)).connection() as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert first.ping()
        channel._disconnect_pools()
        with channel.conn_or_acquire() as third:
            assert third is not first
            assert third.ping()
