"""From the text of one environment variable to its value; each parser refuses with a reason."""

import difflib
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.model import PRODUCTION, NotificationBroker, SameSite

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
_POSTGRES = frozenset({"postgres", "postgresql"})
_DRIVER = "postgresql+psycopg2"
# "prod" and "prd" are too short for a similarity to find them
_SHORT_FOR_PRODUCTION = ("prod", "prd", "pord")
_SIMILARITY = 0.7
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


class WrongValue(ValueError):
    """The text of a variable is refused; the reason never repeats the text."""

    def __init__(self, reason: str, *, in_production: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.in_production = in_production or reason


def environment(text: str) -> str:
    """The environment's name in lower case; only the exact word switches the production rules on."""
    name = text.casefold()
    if name != PRODUCTION and _is_near_production(name):
        raise WrongValue("looks like a misspelt 'production'")
    return name


def boolean(text: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise WrongValue("is neither yes nor no")


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """A parser of whole numbers within both bounds."""

    def parse(text: str) -> int:
        # int() would also take "1_000", "+5" and digits of other scripts
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise WrongValue("is not a whole number")
        if not lowest <= int(text) <= highest:
            raise WrongValue(f"is not between {lowest} and {highest}")
        return int(text)

    return parse


def text_as_is(text: str) -> str:
    return text


def database_url(text: str) -> str:
    """PostgreSQL's address with the driver of requirements.txt, whatever driver was written."""
    scheme, separator, rest = text.partition("://")
    backend = scheme.casefold().split("+")[0]
    if backend == "sqlite":
        raise WrongValue(
            "SQLite database is not supported",
            in_production="SQLite database is forbidden in production",
        )
    if backend not in _POSTGRES:
        raise WrongValue("not a PostgreSQL address")
    url = f"{_DRIVER}{separator}{rest}"
    if not _database_name(url):
        raise WrongValue("the address names no database")
    return url


def redis_url(text: str) -> str:
    parts = _split(text)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise WrongValue("not a Redis address")
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise WrongValue("the address names no socket")
        return text
    if not parts.hostname:
        raise WrongValue("the address names no host")
    # redis-py takes database 0 without a word when this is not a number
    if not re.fullmatch(r"/?|/[0-9]+", parts.path):
        raise WrongValue("the address does not end in a database number")
    return text


def addresses(text: str) -> frozenset[str]:
    """IP addresses with commas between, or `*`, in the spelling the system uses."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return frozenset(word if word == "*" else str(ip_address(word)) for word in words)
    except ValueError:
        raise WrongValue("names something that is no IP address") from None


def http_url(text: str) -> str:
    """An http or https address without the slash at its end."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        raise WrongValue("not an http or https address")
    return text.rstrip("/")


def sentry_dsn(text: str) -> str:
    """Where Sentry takes events: an address with a key before the host and the number of a project at the end."""
    address = http_url(text)
    parts = _split(address)
    if not parts.username or not re.fullmatch(r"(?:/[^/]+)*/[0-9]+", parts.path, re.ASCII):
        raise WrongValue("is not whole: it has a key before an @ and ends in the number of a project")
    return address


def broker(text: str) -> NotificationBroker:
    try:
        return NotificationBroker(text.casefold())
    except ValueError:
        raise WrongValue("is not a broker we know") from None


def same_site(text: str) -> SameSite:
    try:
        return SameSite(text.capitalize())
    except ValueError:
        raise WrongValue("is not a SameSite policy we allow") from None


def log_level(text: str) -> str:
    level = text.upper()
    if level not in _LOG_LEVELS:
        raise WrongValue("is not a log level")
    return level


def zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as "Europe"
        raise WrongValue("is not a time zone") from None


def folder(text: str) -> Path:
    """An absolute path that is a folder or does not exist yet."""
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError:
        raise WrongValue("names the home of an unknown person") from None
    if path.exists() and not path.is_dir():
        raise WrongValue("is a file, not a folder")
    return path


def webhook_secret(text: str) -> str:
    if not _WEBHOOK_SECRET.fullmatch(text):
        raise WrongValue("not a secret Telegram accepts")
    return text


def _is_near_production(name: str) -> bool:
    if name.startswith(_SHORT_FOR_PRODUCTION):
        return True
    return bool(difflib.get_close_matches(name, [PRODUCTION], cutoff=_SIMILARITY))


def _database_name(url: str) -> str | None:
    """Read with the standard library: the bot reads the settings too, and must not load SQLAlchemy for it."""
    return unquote(_split(url).path).lstrip("/") or None


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # checked only when it is read
    except ValueError:
        raise WrongValue("the address cannot be read") from None
    return parts
