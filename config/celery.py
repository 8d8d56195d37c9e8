"""Celery's settings, each with its reason. Figures come from trials named in ARCHITECTURE.md."""

from datetime import timedelta
from typing import Any

from config.settings import Settings

VISIBILITY_TIMEOUT = timedelta(minutes=10)
SOFT_TIME_LIMIT_SECONDS = 30
TIME_LIMIT_SECONDS = 45


def celery_config(settings: Settings) -> dict[str, Any]:
    """The configuration of every Celery application of ours, senders included; queues and schedule come on top.

    Raises:
        ValueError: REDIS_URL is empty.
    """
    if settings.redis_url is None:
        raise ValueError("REDIS_URL is empty: start with `make run`, or set it")
    return {
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,  # a worker that starts before Redis waits for it
        "broker_connection_max_retries": None,  # and never gives up: a supervisor could only start it again
        "broker_transport_options": {
            # Our ETAs end within the timers' window of 10 s; a longer ETA would be delivered again and again.
            "visibility_timeout": VISIBILITY_TIMEOUT.total_seconds(),
            "queue_order_strategy": "workers.turns:Turns",  # the queue a worker names first, but the others too
            # A Redis that hangs must raise within seconds, in the bot, the web process and the workers: publishing
            # waits for three such time-outs (the old connection, the retry, the new connection) before it raises.
            "socket_timeout": 3,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        "task_publish_retry": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0.1},
        "result_backend": None,  # Postgres says what became of a task
        "task_ignore_result": True,
        "accept_content": ["json"],  # pickle from a queue is remote code execution
        "task_serializer": "json",
        "enable_utc": True,
        "timezone": "UTC",
        "task_create_missing_queues": False,  # a mistyped queue must fail, not collect messages nobody reads
        "task_acks_late": True,  # a killed child means one repeat, not a loss
        "task_reject_on_worker_lost": True,  # without it the task of a killed child never finished
        "worker_prefetch_multiplier": 1,  # a prefetched backlog would make lanes and priorities meaningless
        "task_soft_time_limit": SOFT_TIME_LIMIT_SECONDS,
        "task_time_limit": TIME_LIMIT_SECONDS,
        "worker_soft_shutdown_timeout": 20.0,  # SIGQUIT too lets running tasks finish
        "worker_enable_soft_shutdown_on_idle": False,
        "worker_max_memory_per_child": 250_000,  # KiB; not by number of tasks: an ending child pauses
        "worker_send_task_events": False,  # events cost a third of the throughput; `-E` when somebody watches
        "worker_hijack_root_logger": False,
        "beat_max_loop_interval": 5,
    }
