"""A message that a worker cannot take is named in the log, and nothing of what it carries."""

import logging
from unittest.mock import MagicMock

import pytest
from celery.exceptions import NotRegistered
from celery.worker.consumer import Consumer, consumer

from workers import unreadable

BODY = [[], {"text": "Иванов, +79991234567"}, {}]


@pytest.fixture(autouse=True)
def without_bodies():
    before = list(consumer.logger.filters)
    unreadable.hide_bodies()
    yield
    consumer.logger.filters[:] = before


def _message() -> MagicMock:
    headers = {"task": "slots.invent", "id": "update-812"}
    return MagicMock(headers=headers, delivery_info={"routing_key": "dialogue"}, body=BODY, content_type="json")


@pytest.mark.parametrize(
    "refuse, named",
    [
        (lambda self, message: Consumer.on_unknown_task(self, BODY, message, NotRegistered("x")), "slots.invent"),
        (lambda self, message: Consumer.on_invalid_task(self, BODY, message, TypeError(str(BODY))), "TypeError"),
        (lambda self, message: Consumer.on_decode_error(self, message, ValueError(str(BODY))), "ValueError"),
        (lambda self, message: Consumer.on_unknown_message(self, BODY, message), "unknown form"),
    ],
    ids=["a task we do not have", "wrong arguments", "no JSON", "no task at all"],
)
def test_what_people_wrote_is_not_logged_with_a_message_that_is_refused(caplog, refuse, named):
    taker = MagicMock()
    taker._message_report = lambda body, message: Consumer._message_report(taker, body, message)
    with caplog.at_level(logging.WARNING):
        try:
            raise ValueError("what is being handled")
        except ValueError:
            refuse(taker, _message())
    (record,) = [each for each in caplog.records if each.name == consumer.logger.name]
    written = f"{record.getMessage()} {vars(record)} {caplog.text}"
    assert "Иванов" not in written and "\\u0418" not in written and "99912" not in written
    assert named in f"{record.getMessage()} {record.__dict__['task']}"
