"""The values the rest of the system sees: the settings, and what may be wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

MOST_WEB_THREADS = 16
WEBHOOK_PATH = "/telegram/webhook"

PRODUCTION = "production"
DEVELOPMENT = "development"


class NotificationBroker(StrEnum):
    REDIS = "redis"
    MEMORY = "memory"


class SameSite(StrEnum):
    STRICT = "Strict"
    LAX = "Lax"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that differs between installations; the table is product.md, section 10.

    Values that contain or may contain a secret are left out of the representation.
    """

    environment: str
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    notification_broker: NotificationBroker
    data_dir: Path
    session_secret: str = field(repr=False)
    bot_token: str | None = field(repr=False)
    admin_user: str | None
    admin_password: str | None = field(repr=False)
    admin_second_factor: bool
    bot_enabled: bool
    bot_integration_enabled: bool
    bot_autostart: bool
    bot_use_webhook: bool
    bot_webhook_url: str | None = field(repr=False)
    bot_webhook_secret: str | None = field(repr=False)
    telegram_api_url: str = field(repr=False)
    webapp_url: str | None = field(repr=False)
    telegram_messages_per_second: int
    telegram_chat_messages_per_second: int
    flood_most_updates: int
    timezone: ZoneInfo
    log_level: str
    log_json: bool
    session_cookie_secure: bool
    session_cookie_samesite: SameSite
    retention_rejected_days: int
    retention_withdrawn_days: int
    db_pool_size: int
    db_max_overflow: int
    db_pool_timeout_seconds: int
    db_pool_recycle_seconds: int
    trusted_proxies: frozenset[str]
    metrics_token: str | None = field(repr=False)
    sentry_dsn: str | None = field(repr=False)

    @property
    def is_production(self) -> bool:
        return self.environment == PRODUCTION

    @property
    def log_file(self) -> Path:
        return self.data_dir / "logs" / "app.log"

    @property
    def metrics_dir(self) -> Path:
        return self.data_dir / "metrics"

    @property
    def web_threads(self) -> int:
        """Of one web process: a request holds one connection, so no thread ever waits for the pool."""
        return min(MOST_WEB_THREADS, self.db_pool_size + self.db_max_overflow)

    @property
    def takes_webhooks(self) -> bool:
        return self.bot_enabled and self.bot_use_webhook

    @property
    def webhook_path(self) -> str:
        """Where the web process takes updates: the path of BOT_WEBHOOK_URL, or ours when that names only a host."""
        return urlsplit(self.bot_webhook_url or "").path.rstrip("/") or WEBHOOK_PATH

    @property
    def webhook_address(self) -> str:
        """What Telegram is to call."""
        parts = urlsplit(self.bot_webhook_url or "")
        return parts._replace(path=self.webhook_path, fragment="").geturl()


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One wrong setting: which variable, what is wrong and what to do. Never contains a secret."""

    variable: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.sentence}"


class ConfigurationError(Exception):
    """The settings cannot be used; every problem is listed."""

    def __init__(self, problems: Sequence[Problem], *, production: bool) -> None:
        self.problems = tuple(problems)
        self.production = production
        heading = "PRODUCTION CONFIGURATION ERRORS" if production else "CONFIGURATION ERRORS"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))
