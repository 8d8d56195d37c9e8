"""ENTRY for `celery -A workers.app`."""

import os
import sys

from celery.signals import setup_logging

from config.logging import configure_logging
from config.settings import settings_or_exit
from workers.factory import make_celery

_settings = settings_or_exit()


@setup_logging.connect
def _log_our_way(**_: object) -> None:
    """Celery leaves logging alone when this signal has a receiver."""
    configure_logging(_settings, os.environ.get("PROCESS_TYPE") or _process_type())


def _process_type() -> str:
    return "beat" if "beat" in sys.argv else "worker"


app = make_celery(_settings)
