"""A Celery application that only sends: all that the bot and the web process need of the workers."""

from celery import Celery
from kombu import Exchange, Queue

from config.celery import celery_config
from config.settings import Settings
from workers import broker
from workers.contract import DIALOGUE, QUEUES


def make_client(settings: Settings) -> Celery:
    """The queues and the broker's settings, no task. Each queue has an exchange and a key of its own.

    Raises:
        ValueError: REDIS_URL is empty.
    """
    broker.register()
    app = Celery("recruitsmart", set_as_current=False)
    app.conf.update(celery_config(settings))
    app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
    app.conf.task_default_queue = DIALOGUE
    return app
