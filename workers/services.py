"""What a worker process has at hand: its way to Postgres, Redis, Telegram and the queues."""

from dataclasses import dataclass
from functools import cached_property

from celery import Celery
from redis import Redis

from config.settings import Settings
from recruitsmart.db import Database
from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.limits import Limits
from workers.acknowledgements import Acknowledgements
from workers.attempts import Attempts
from workers.bell import Bell
from workers.connections import redis_client
from workers.replies import Replies


@dataclass(kw_only=True)
class Services:
    """Made once per process, before it forks; connections open at first use."""

    settings: Settings
    celery: Celery

    @cached_property
    def database(self) -> Database:
        return Database(self.settings)

    @cached_property
    def redis(self) -> Redis:
        return redis_client(self.settings)

    @cached_property
    def acknowledgements(self) -> Acknowledgements:
        return Acknowledgements(self.redis)

    @cached_property
    def bell(self) -> Bell:
        return Bell(self.redis)

    @cached_property
    def replies(self) -> Replies:
        return Replies(self.redis)

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(self.redis)

    @cached_property
    def telegram(self) -> Telegram | None:
        """None when no token is set: then nothing is sent, and what is posted waits."""
        token = self.settings.bot_token
        if token is None:
            return None
        return Telegram(token, self.settings.telegram_api_url, page=self.settings.webapp_url)

    @cached_property
    def limits(self) -> Limits:
        return Limits(
            self.redis,
            per_second=self.settings.telegram_messages_per_second,
            chat_per_second=self.settings.telegram_chat_messages_per_second,
        )
