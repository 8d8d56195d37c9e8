"""`flask outbox`: the list, and sending again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.extensions import db
from tests.factories import add_message
from tests.panel import Nudged, make_app

HOUR = timedelta(hours=1)


@pytest.fixture
def nudged() -> Nudged:
    return Nudged()


@pytest.fixture
def app(database_url: str, redis_url: str, nudged: Nudged) -> Iterator[Flask]:
    app = make_app(database_url, redis_url, nudged)
    yield app
    with app.app_context():
        db.engine.dispose()


def add(app: Flask, state: MessageState, *, ago: timedelta = HOUR) -> int:
    with app.app_context(), Session(db.engine) as session:
        message = add_message(session, state=state, reason="because", settled_at=clock.now() - ago, doubts=1)
        session.commit()
        return message.id


def state_of(app: Flask, message_id: int) -> MessageState:
    with app.app_context(), Session(db.engine) as session:
        return session.get_one(OutboxMessage, message_id).state


def run(app: Flask, *arguments: Any, answer: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["outbox", *map(str, arguments)], input=answer)


def test_the_list_shows_ids_and_reasons_and_no_texts(app: Flask) -> None:
    failed, sent = add(app, MessageState.FAILED), add(app, MessageState.SENT)
    printed = run(app, "list").output
    assert f"{failed}\t" in printed
    assert "because" in printed
    assert f"{sent}\t" not in printed
    assert "Слова" not in printed


def test_a_message_is_sent_again_by_its_id(app: Flask, nudged: Nudged) -> None:
    failed = add(app, MessageState.FAILED)
    assert "queued again: 1" in run(app, "retry", "--id", failed).output
    assert (state_of(app, failed), nudged.deliveries) == (MessageState.QUEUED, 1)


def test_what_was_sent_is_not_sent_again(app: Flask) -> None:
    sent = add(app, MessageState.SENT)
    assert "queued again: 0" in run(app, "retry", "--id", sent, "--yes").output
    assert state_of(app, sent) == MessageState.SENT


def test_all_that_failed_since_a_moment_is_sent_again_and_nothing_in_doubt(app: Flask) -> None:
    recent, old = add(app, MessageState.FAILED), add(app, MessageState.FAILED, ago=3 * HOUR)
    doubtful = add(app, MessageState.UNKNOWN)
    run(app, "retry", "--failed-since", "2h")
    assert [state_of(app, each) for each in (recent, old, doubtful)] == ["queued", "failed", "unknown"]


@pytest.mark.parametrize(("answer", "state"), [("n\n", MessageState.UNKNOWN), ("y\n", MessageState.QUEUED)])
def test_what_is_in_doubt_is_asked_about(app: Flask, answer: str, state: MessageState) -> None:
    doubtful = add(app, MessageState.UNKNOWN)
    assert "second copy" in run(app, "retry", "--failed-since", "2h", "--unknown", answer=answer).output
    assert state_of(app, doubtful) == state


@pytest.mark.parametrize("arguments", [[], ["--id", "1", "--failed-since", "2h"], ["--failed-since", "yesterday"]])
def test_a_request_that_is_not_clear_is_refused(app: Flask, arguments: list[str]) -> None:
    assert run(app, "retry", *arguments).exit_code == 2


def test_while_somebody_thinks_about_a_second_copy_no_transaction_is_open(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres ends one that is idle for 15 s."""
    doubtful = add(app, MessageState.UNKNOWN)
    open_meanwhile = []
    monkeypatch.setattr(
        click, "confirm", lambda *_, **__: open_meanwhile.append(db.session.registry().in_transaction())
    )
    assert run(app, "retry", "--id", doubtful).exit_code == 0
    assert (open_meanwhile, state_of(app, doubtful)) == ([False], MessageState.QUEUED)
