"""The table of environment variables: how each is read, its default, and what to do when it is wrong."""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from config import parsers
from config.model import DEVELOPMENT, PRODUCTION, NotificationBroker, SameSite

TELEGRAM_API_URL = "https://api.telegram.org"

# from the variables that are set, and whether this is production
Default = Callable[[Mapping[str, str], bool], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """One environment variable and the field of `Settings` it fills.

    `is_secret` also marks addresses, since people put passwords into them: such a value is never shown.
    """

    name: str
    field: str
    parse: Callable[[str], object]
    default: Default
    hint: str
    is_secret: bool = False


def _fixed(value: object) -> Default:
    return lambda _given, _is_production: value


def _by_environment(*, production: object, elsewhere: object) -> Default:
    return lambda _given, is_production: production if is_production else elsewhere


def _generated_secret(_given: Mapping[str, str], is_production: bool) -> str:
    """Production must bring its own: sessions would end at each restart and differ between hosts."""
    return "" if is_production else secrets.token_urlsafe(48)


def _user_data_folder(given: Mapping[str, str], _is_production: bool) -> Path:
    home = Path(given["HOME"]) if "HOME" in given else Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "RecruitSmart"
    shared = Path(given.get("XDG_DATA_HOME", ""))
    # the XDG specification says that a relative path is to be ignored
    return (shared if shared.is_absolute() else home / ".local" / "share") / "recruitsmart"


_YES_OR_NO = "Set it to 1 or 0."
_UNSET = _fixed(None)

ENVIRONMENT = Variable(
    name="ENVIRONMENT",
    field="environment",
    parse=parsers.environment,
    default=_by_environment(production=PRODUCTION, elsewhere=DEVELOPMENT),  # the first stands in for a typo
    hint="Write 'production', or a name that cannot be mistaken for it, such as 'development' or 'staging'.",
)


def _switch(name: str, default: Default) -> Variable:
    return Variable(name=name, field=name.lower(), parse=parsers.boolean, default=default, hint=_YES_OR_NO)


def _count(name: str, default: int, *, lowest: int, highest: int, field: str = "") -> Variable:
    return Variable(
        name=name,
        field=field or name.lower(),
        parse=parsers.whole_number(lowest, highest),
        default=_fixed(default),
        hint=f"Set it to a whole number from {lowest} to {highest}; the default is {default}.",
    )


def _secret(name: str, *, parse: Callable[[str], object], hint: str, default: Default = _UNSET) -> Variable:
    return Variable(name=name, field=name.lower(), parse=parse, default=default, hint=hint, is_secret=True)


VARIABLES: tuple[Variable, ...] = (
    ENVIRONMENT,
    _secret(
        "DATABASE_URL",
        parse=parsers.database_url,
        hint="Set it to a PostgreSQL address: postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
    ),
    _secret(
        "REDIS_URL",
        parse=parsers.redis_url,
        hint="Set it to redis://HOST:6379/0, rediss://HOST:6379/0 or unix:///PATH/TO/SOCKET; "
        "percent-encode special characters in the password.",
    ),
    Variable(
        name="NOTIFICATION_BROKER",
        field="notification_broker",
        parse=parsers.broker,
        default=_fixed(NotificationBroker.REDIS),
        hint="Set it to redis; memory is for tests in one process.",
    ),
    Variable(
        name="DATA_DIR",
        field="data_dir",
        parse=parsers.folder,
        default=_user_data_folder,
        hint="Set it to the path of a folder.",
    ),
    _secret("SESSION_SECRET", parse=str, hint="", default=_generated_secret),
    _secret("BOT_TOKEN", parse=str, hint=""),
    Variable(name="ADMIN_USER", field="admin_user", parse=str, default=_UNSET, hint=""),
    _secret("ADMIN_PASSWORD", parse=str, hint=""),
    _switch("ADMIN_SECOND_FACTOR", _fixed(False)),
    _switch("BOT_ENABLED", _fixed(True)),
    _switch("BOT_INTEGRATION_ENABLED", _fixed(True)),
    _switch("BOT_AUTOSTART", _by_environment(production=False, elsewhere=True)),
    _switch("BOT_USE_WEBHOOK", _fixed(False)),
    _secret("BOT_WEBHOOK_URL", parse=parsers.http_url, hint="Set it to https://HOST/PATH."),
    _secret(
        "BOT_WEBHOOK_SECRET",
        parse=parsers.webhook_secret,
        hint="Use 1 to 256 of the characters A-Z a-z 0-9 _ -, for example: openssl rand -hex 32.",
    ),
    _secret(
        "TELEGRAM_API_URL",
        parse=parsers.http_url,
        hint="Set it to an address such as https://bot-api.example.org, or unset it to use Telegram's.",
        default=_fixed(TELEGRAM_API_URL),
    ),
    _secret("WEBAPP_URL", parse=parsers.http_url, hint="Set it to https://HOST/webapp."),
    _count("TELEGRAM_MESSAGES_PER_SECOND", 28, lowest=1, highest=1000),
    _count("TELEGRAM_CHAT_MESSAGES_PER_SECOND", 1, lowest=1, highest=100),
    _count("FLOOD_MOST_UPDATES", 20, lowest=1, highest=10_000),
    Variable(
        name="TZ",
        field="timezone",
        parse=parsers.zone,
        default=_fixed(ZoneInfo("Europe/Moscow")),
        hint="Set it to an IANA name such as Europe/Moscow.",
    ),
    Variable(
        name="LOG_LEVEL",
        field="log_level",
        parse=parsers.log_level,
        default=_fixed("INFO"),
        hint="Set it to DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    ),
    _switch("LOG_JSON", _fixed(False)),
    _switch("SESSION_COOKIE_SECURE", _by_environment(production=True, elsewhere=False)),
    Variable(
        name="SESSION_COOKIE_SAMESITE",
        field="session_cookie_samesite",
        parse=parsers.same_site,
        default=_fixed(SameSite.STRICT),
        hint="Set it to strict; lax is possible outside production.",
    ),
    # SQLAlchemy takes a pool of 0 as unlimited and a recycle of -1 as never: neither is meant by a budget
    Variable(
        name="FORWARDED_ALLOW_IPS",
        field="trusted_proxies",
        parse=parsers.addresses,
        default=_fixed(frozenset({"127.0.0.1", "::1"})),
        hint="Write the addresses of the proxies in front, with commas between, or * when nobody else gets in.",
    ),
    _count("RETENTION_REJECTED_DAYS", 180, lowest=0, highest=36_500),
    _count("RETENTION_WITHDRAWN_DAYS", 180, lowest=0, highest=36_500),
    _count("DB_POOL_SIZE", 20, lowest=1, highest=500),
    _count("DB_MAX_OVERFLOW", 10, lowest=0, highest=500),
    _count("DB_POOL_TIMEOUT", 30, lowest=1, highest=600, field="db_pool_timeout_seconds"),
    _count("DB_POOL_RECYCLE", 3600, lowest=1, highest=86_400, field="db_pool_recycle_seconds"),
    _secret("METRICS_TOKEN", parse=str, hint=""),
    _secret("SENTRY_DSN", parse=parsers.sentry_dsn, hint="Copy it again from the Sentry project's page."),
)
