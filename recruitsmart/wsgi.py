"""ENTRY for gunicorn and the `flask` command."""

from config.logging import configure_logging
from config.settings import settings_or_exit
from recruitsmart.app import Nudges, create_app
from workers.client import make_client
from workers.connections import redis_client
from workers.nudges import delivery_nudge, timers_nudge

_settings = settings_or_exit()
configure_logging(_settings, "web")
_celery = make_client(_settings)

app = create_app(
    _settings, Nudges(delivery=delivery_nudge(_celery, redis_client(_settings)), timers=timers_nudge(_celery))
)
