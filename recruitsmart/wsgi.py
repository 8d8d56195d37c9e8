"""ENTRY for gunicorn and the `flask` command."""

import threading

from celery import Celery

from bot.spinners import Spinners
from config.logging import configure_logging
from config.settings import Settings, settings_with_servers_or_exit
from recruitsmart import metrics, reporting
from recruitsmart.app import Nudges, create_app
from recruitsmart.extensions import BEGIN
from recruitsmart.telegram.client import Telegram
from recruitsmart.web.webhook import Intake
from workers.arrivals import Arrivals
from workers.beating import keep_beating
from workers.bell import Bell
from workers.client import make_client
from workers.connections import redis_client
from workers.contract import send, send_update
from workers.nudges import delivery_nudge, timers_nudge
from workers.replies import Taps


def _intake(settings: Settings, celery: Celery, telegram: Telegram | None) -> Intake | None:
    if telegram is None or not settings.takes_webhooks:
        return None
    arrivals = Arrivals(redis_client(settings), lambda message: send_update(celery, message))
    return Intake(settle=arrivals.settle, stop_spinner=Spinners(telegram).stop)


_settings = settings_with_servers_or_exit()
configure_logging(_settings, "web")
_celery = make_client(_settings)
_telegram = Telegram(_settings.bot_token, _settings.telegram_api_url) if _settings.bot_token else None


def begin() -> None:
    """Called by gunicorn in each process that serves, not by commands."""
    metrics.begin(_settings.metrics_dir)
    reporting.begin(_settings, "web")
    keep_beating(_celery, "web", threading.Event())
    if _settings.takes_webhooks:
        keep_beating(_celery, "bot", threading.Event())  # it stands in for the bot: people reach us through it


app = create_app(
    _settings,
    Nudges(delivery=delivery_nudge(_celery, Bell(redis_client(_settings))), timers=timers_nudge(_celery)),
    telegram=_telegram,
    intake=_intake(_settings, _celery, _telegram),
    taps=Taps(redis_client(_settings), lambda tap: send(_celery, tap)).settle,
)
app.extensions[BEGIN] = begin
