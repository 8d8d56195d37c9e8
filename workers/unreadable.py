"""What is logged of a message that a worker cannot take: which, and why. Celery would log its body, which people wrote.

One comes whenever a new bot meets an old worker, as in every rolling update; the bot sends the update again.
"""

import logging
from typing import Any

from celery.worker.consumer import consumer

REFUSALS = (
    consumer.UNKNOWN_FORMAT, consumer.UNKNOWN_TASK_ERROR, consumer.INVALID_TASK_ERROR, consumer.MESSAGE_DECODE_ERROR,
)  # fmt: skip


def hide_bodies() -> None:
    """From now on, in this process."""
    consumer.logger.addFilter(_without_body)


def _without_body(record: logging.LogRecord) -> bool:
    if record.msg in REFUSALS:
        details: tuple[Any, ...] = record.args if isinstance(record.args, tuple) else ()
        errors = [type(detail).__name__ for detail in details if isinstance(detail, Exception)]
        headers = next((detail for detail in details if isinstance(detail, dict) and "task" in detail), {})
        record.msg, record.args, record.exc_info = "a message cannot be taken: %s", (*errors, "unknown form")[:1], None
        record.__dict__.update(action="worker.refuse", task=headers.get("task"), task_id=headers.get("id"))
    return True
