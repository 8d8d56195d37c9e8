"""Making the web application, in a readable order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import Settings
from recruitsmart import admin, cli, web
from recruitsmart.db import engine_options
from recruitsmart.extensions import NUDGES, TELEGRAM, csrf, db, limiter, login, migrate
from recruitsmart.web.places import Places
from recruitsmart.web.proxies import Believing
from recruitsmart.web.webapp.api import Settle
from recruitsmart.web.webhook import Intake

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LONGEST_REQUEST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Nudges:
    """What is called after a commit that posted messages, or that set timers (with the earliest moment)."""

    delivery: Callable[[], None]
    timers: Callable[[datetime], None]


def create_app(
    settings: Settings,
    nudges: Nudges,
    *,
    telegram: Any = None,
    intake: Intake | None = None,
    taps: Settle | None = None,
) -> Flask:
    """The application of the web process and of the `flask` command.

    `telegram` is the client for commands, None without a token; `intake` takes the webhook's updates, if there is one;
    `taps` has what is tapped on the Mini App's page answered.

    Raises:
        ValueError: DATABASE_URL or REDIS_URL is empty.
    """
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("DATABASE_URL or REDIS_URL is empty: start with `make run`, or set both")
    app = Flask("recruitsmart")
    _configure(app, settings)
    _bind_extensions(app)
    app.extensions[NUDGES] = nudges
    app.extensions[TELEGRAM] = telegram
    web.init_app(app)
    places = Places(settings)
    web.webapp.init_app(app, places, taps)
    if intake is not None:
        web.webhook.init_app(app, settings, places, intake)
    admin.init_app(app)
    cli.init_app(app)
    app.wsgi_app = Believing(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.session_secret,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
        SESSION_COOKIE_NAME="recruitsmart",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.session_cookie_secure,
        SESSION_COOKIE_SAMESITE=settings.session_cookie_samesite,
        SESSION_REFRESH_EACH_REQUEST=False,  # a page that looks by itself must not bring back what another tab ended
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=LONGEST_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as the session: a form left open over lunch still saves
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
        BABEL_DEFAULT_LOCALE="ru",
        BABEL_TRANSLATION_DIRECTORIES=str(admin.TRANSLATIONS),
        BABEL_DEFAULT_TIMEZONE=settings.timezone.key,
    )


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS), compare_type=True, render_as_batch=False)
    login.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    web.locale.init_app(app)
