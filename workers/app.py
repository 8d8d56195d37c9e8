"""ENTRY for `celery -A workers.app`."""

import os
import sys

from celery.signals import setup_logging

from config.logging import configure_logging
from config.settings import process_number, settings_with_servers_or_exit
from recruitsmart import metrics, reporting
from workers import pulse, unreadable
from workers.alive import Alive
from workers.connections import redis_client
from workers.factory import make_celery

_settings = settings_with_servers_or_exit()


@setup_logging.connect
def _log_our_way(**_: object) -> None:
    """Celery leaves logging alone when this signal has a receiver."""
    configure_logging(_settings, os.environ.get("PROCESS_TYPE") or _process_type())
    unreadable.hide_bodies()


def _process_type() -> str:
    return "beat" if "beat" in sys.argv else "worker"


metrics.begin(_settings.metrics_dir)
reporting.begin(_settings, os.environ.get("PROCESS_TYPE") or _process_type())
app = make_celery(_settings)
pulse.attach(
    app,
    Alive(redis_client(_settings)),
    process=os.environ.get("PROCESS_TYPE") or "worker",
    # More often is of no use; less often and a lone worker would be taken for one that is away.
    every_seconds=process_number("PULSE_SECONDS", pulse.BEAT_SECONDS, lowest=0.05, highest=pulse.LONGEST_BEAT_SECONDS),
)
