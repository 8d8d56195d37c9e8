"""Making the Celery application: settings, tasks and what happens around a fork."""

from contextlib import suppress
from importlib import import_module
from typing import Any

from billiard import pool
from celery import Celery
from celery.signals import worker_process_init, worker_shutting_down

from config.settings import Settings
from recruitsmart.metrics import measured_task
from workers import alone, contract, registry
from workers.client import make_client
from workers.contract import Message
from workers.nudges import delivery_nudge, timers_nudge
from workers.schedule import beat_schedule
from workers.services import Services
from workers.unit import Postponed, answer

FAREWELL_SECONDS = 3
TASKS = (
    "assessments", "batches", "broadcasts", "candidates", "delivery", "dialogue", "intake", "privacy", "slots", "staff",
    "timers", "upkeep",
)  # fmt: skip


def make_celery(settings: Settings) -> Celery:
    """The workers' application: every message of the contract is a task, and each has its function."""
    app = make_client(settings)
    app.conf.beat_schedule = beat_schedule()
    app.set_default()
    services = Services(settings=settings, celery=app)
    services.database.nudge_with(delivery_nudge(app, services.bell), timers_nudge(app))
    for module in TASKS:
        import_module(f"workers.tasks.{module}")
    registry.check_complete()
    alone.attach(services)
    for kind in contract.all_messages():
        _make_task(app, services, kind)
    # A child that ends waits until its parent has noted its last result, and a parent that is ending never does: by
    # default 30 s, all that a shutdown has. The message of that task comes again and finds its work done.
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = round(
        FAREWELL_SECONDS / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL
    )
    worker_process_init.connect(lambda **_: services.database.forget_connections(), weak=False)
    worker_shutting_down.connect(lambda **_: services.bell.close(), weak=False)
    return app


def _make_task(app: Celery, services: Services, kind: type[Message]) -> None:
    def run(task: Any, **arguments: Any) -> None:
        request = task.request
        redelivered = bool((request.delivery_info or {}).get("redelivered"))
        with suppress(Postponed), measured_task(kind.task):
            answer(services, kind, arguments, task_id=request.id, redelivered=redelivered)

    run.__doc__ = kind.__doc__
    app.task(run, name=kind.task, bind=True, shared=False)  # Celery would give it to every application there is
