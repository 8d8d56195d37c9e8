"""What must be true of the surroundings before an operator trusts the system; each check looks, and changes nothing."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
import tzdata
from alembic.script import ScriptDirectory
from flask import current_app
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config.production import REPOSITORY
from config.settings import Settings
from recruitsmart import clock
from recruitsmart.extensions import TELEGRAM, db, migrate
from recruitsmart.telegram.refusal import Refused
from recruitsmart.web.health import DEAF, WELL, states
from recruitsmart.web.probes import bounded_client
from recruitsmart.web.webapp.page import TELEGRAM_ON_THE_WEB

OLDEST_POSTGRES = 12
OLDEST_REDIS = (6, 2)
MOST_SKEW = timedelta(seconds=2)
REDIS_SECONDS = 3
PAGE_SECONDS = 3
OLDEST_ZONES_YEARS = 1


class Failed(Exception):
    """A check that failed: what was found, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """`look` answers what was found, or raises Failed or what the library raises."""

    name: str
    look: Callable[[Settings], str]


def run(check: Check, settings: Settings) -> tuple[bool, str]:
    """Whether it passed, and the sentence; an error of a library is a failure and shows no secret."""
    try:
        return True, check.look(settings)
    except Failed as error:
        return False, str(error)
    except SQLAlchemyError as error:
        return False, f"{_first_line(getattr(error, 'orig', None) or error)}. Check DATABASE_URL and the server."
    except (RedisError, OSError) as error:
        return False, f"{_first_line(error)}. Check REDIS_URL and the server."
    finally:
        db.session.rollback()  # no transaction waits for Telegram: Postgres would end it, and the next check with it


def _first_line(error: Any) -> str:
    return f"{str(error).strip().partition(chr(10))[0]} ({type(error).__name__})"


def production(settings: Settings) -> str:
    """The rules themselves were obeyed, or we would not have started."""
    if not settings.is_production:
        raise Failed(f"ENVIRONMENT is {settings.environment}. Set it to production, which switches its rules on.")
    return "production, every rule is obeyed"


def _postgres(_: Settings) -> str:
    began = clock.now()
    number = int(db.session.scalar(text("show server_version_num")))
    took = (clock.now() - began).total_seconds() * 1000
    if number // 10_000 < OLDEST_POSTGRES:
        raise Failed(f"version {number // 10_000} is too old. Use PostgreSQL {OLDEST_POSTGRES} or newer.")
    return f"version {number // 10_000}.{number % 10_000}, answered in {took:.0f} ms"


def _extensions(_: Settings) -> str:
    needed = set(_words_of_migrations(r"create extension (?:if not exists )?\"?(\w+)"))
    installed = set(db.session.scalars(text("select extname from pg_extension")))
    if missing := needed - installed:
        raise Failed(f"{', '.join(sorted(missing))} missing. Run scripts/run_migrations.py as the database's owner.")
    return ", ".join(sorted(needed)) or "none is needed"


def _words_of_migrations(pattern: str) -> list[str]:
    versions = (REPOSITORY / "migrations" / "versions").glob("*.py")
    return [word for path in versions for word in re.findall(pattern, path.read_text(encoding="utf-8"), re.IGNORECASE)]


def _migrations(_: Settings) -> str:
    config = migrate.get_config(current_app.extensions["migrate"].directory)
    wanted = set(ScriptDirectory.from_config(config).get_heads())
    has_any = db.session.scalar(text("select to_regclass('alembic_version') is not null"))
    found = set(db.session.scalars(text("select version_num from alembic_version"))) if has_any else set()
    if found != wanted:
        raise Failed(
            f"the database is at {_listed(found)}, the code at {_listed(wanted)}. Run scripts/run_migrations.py."
        )
    return f"at head {_listed(found)}"


def _listed(revisions: set[str]) -> str:
    return ", ".join(sorted(revisions)) or "nothing"


def _clocks(settings: Settings) -> str:
    skews = {"PostgreSQL": _skew(lambda: db.session.scalar(text("select clock_timestamp()")))}
    with bounded_client(settings.redis_url or "", REDIS_SECONDS) as client:
        skews["Redis"] = _skew(lambda: _instant(client.time()))
    for name, skew in skews.items():
        if abs(skew) > MOST_SKEW:
            raise Failed(f"{name} is {skew.total_seconds():+.1f} s off. Synchronise all hosts with NTP.")
    return ", ".join(f"{name} {skew.total_seconds():+.2f} s" for name, skew in skews.items())


def _skew(ask: Callable[[], datetime]) -> timedelta:
    """Theirs against ours, measured in the middle of the question."""
    before = clock.now()
    theirs = ask()
    return theirs - (before + (clock.now() - before) / 2)


def _instant(seconds_and_microseconds: Any) -> datetime:
    seconds, microseconds = seconds_and_microseconds
    return datetime.fromtimestamp(seconds + microseconds / 1_000_000, clock.now().tzinfo)


def _redis_info(settings: Settings) -> dict[str, Any]:
    with bounded_client(settings.redis_url or "", REDIS_SECONDS) as client:
        return dict(client.info())


def _redis(settings: Settings) -> str:
    info = _redis_info(settings)
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise Failed(f"version {version} is too old. Use Redis 6.2 or newer, or Valkey.")
    return f"{'Valkey ' + str(info['valkey_version']) if 'valkey_version' in info else 'Redis ' + version}"


def _eviction(settings: Settings) -> str:
    policy = _redis_info(settings).get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise Failed(f"{policy} throws queued work away when memory is short. Set maxmemory-policy noeviction.")
    return str(policy)


def _persistence(settings: Settings) -> str:
    if _redis_info(settings).get("aof_enabled"):
        return "appendonly file"
    return "no appendonly file; a restart may empty the queues, and the sweeps fill them again within seconds"


def _telegram(settings: Settings) -> str:
    if not settings.bot_enabled:
        return "the bot is switched off"
    try:
        return f"@{_bot().me()['username']}"
    except Refused as error:
        raise Failed(f"{error}. Check BOT_TOKEN and the way to {settings.telegram_api_url}.") from None


def _bot() -> Any:
    client = current_app.extensions[TELEGRAM]
    if client is None:
        raise Failed("BOT_TOKEN is not set. Set it, or switch the bot off with BOT_ENABLED=0.")
    return client


def _webhook(settings: Settings) -> str:
    if not settings.bot_enabled:
        return "the bot is switched off"
    try:
        url = _bot().webhook()["url"]
    except Refused as error:
        raise Failed(f"{error}. Check BOT_TOKEN.") from None
    if settings.bot_use_webhook and url != settings.webhook_address:
        raise Failed(f"Telegram posts to {url or 'nobody'}. Run: flask --app recruitsmart.wsgi bot webhook set")
    if not settings.bot_use_webhook and url:
        raise Failed(
            f"Telegram posts to {url}, so nobody can poll. Run: flask --app recruitsmart.wsgi bot webhook delete"
        )
    return f"posts to {url}" if url else "none, the bot polls"


def _mini_app(settings: Settings) -> str:
    """Whether the address leads to our page. A host that cannot call its own public address is no failure."""
    if settings.webapp_url is None:
        return "none, WEBAPP_URL is empty"
    address = urlsplit(settings.webapp_url)
    shown = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
    if settings.is_production and address.scheme != "https":
        raise Failed(f"{shown} is not https, and Telegram opens nothing else. Set WEBAPP_URL to https://HOST/webapp.")
    try:
        answer = requests.get(settings.webapp_url, timeout=PAGE_SECONDS)
    except requests.RequestException as error:
        return f"{shown}, not reached from here ({type(error).__name__}); open it on a phone"
    if answer.status_code >= 500:  # a proxy before the web processes have begun
        return f"{shown}, answers {answer.status_code} so far"
    # no other page of ours lets Telegram frame it
    if TELEGRAM_ON_THE_WEB not in answer.headers.get("Content-Security-Policy", ""):
        raise Failed(
            f"{shown} answers {answer.status_code} and is not the page. Set WEBAPP_URL to https://HOST/webapp."
        )
    return f"{shown} shows the page"


def _data_dir(settings: Settings) -> str:
    if settings.data_dir.resolve().is_relative_to(REPOSITORY):
        raise Failed(f"{settings.data_dir} is inside the repository. Choose a folder outside.")
    try:
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        raise Failed(
            f"cannot be written: {error.strerror}. Give {settings.data_dir} to this user, or make room."
        ) from None
    return f"{settings.data_dir} can be written"


def _zones(_: Settings) -> str:
    year = int(tzdata.IANA_VERSION[:4])
    if year < clock.now().year - OLDEST_ZONES_YEARS:
        raise Failed(
            f"version {tzdata.IANA_VERSION} is old, local hours may be wrong. Update tzdata in requirements.txt."
        )
    return tzdata.IANA_VERSION


def _processes(_: Settings) -> str:
    found = states(clock.now())
    if deaf := [one["instance"] for one in found if one["state"] == DEAF]:
        raise Failed(f"{', '.join(deaf)} live but do no work. Restart them.")
    alive = sorted({one["process"] for one in found if one["state"] == WELL})
    return f"{', '.join(alive)} at work" if alive else "none is running yet"


CHECKS = (
    Check(name="PostgreSQL", look=_postgres),
    Check(name="extensions", look=_extensions),
    Check(name="migrations", look=_migrations),
    Check(name="Redis", look=_redis),
    Check(name="Redis eviction", look=_eviction),
    Check(name="Redis persistence", look=_persistence),
    Check(name="clocks", look=_clocks),
    Check(name="bot token", look=_telegram),
    Check(name="webhook", look=_webhook),
    Check(name="Mini App", look=_mini_app),
    Check(name="DATA_DIR", look=_data_dir),
    Check(name="time zones", look=_zones),
    Check(name="processes", look=_processes),
)
