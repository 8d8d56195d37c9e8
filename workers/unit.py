"""One task is one unit: a transaction, a clock reading, a log context; acknowledgement and nudges after the commit."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from config.logging import log_context
from recruitsmart import clock
from recruitsmart.domain.chats.models import CORRECTION
from recruitsmart.domain.dialogue.page import Tap, note_trouble, open_page_turn
from recruitsmart.domain.dialogue.staff import open_staff_turn
from recruitsmart.domain.dialogue.turn import Sender, mark_seen, note_failure, open_turn
from recruitsmart.domain.messaging.operations import POSTED
from workers.contract import (
    Block,
    Command,
    Edit,
    FromPage,
    FromPerson,
    FromStaff,
    Message,
    Say,
    SendOther,
    ShareContact,
    Start,
)  # fmt: skip
from workers.registry import HANDLERS, Handler
from workers.services import Services

log = logging.getLogger(__name__)

MOST_DEATHS = 5


class Postponed(Exception):
    """Postgres is away; what the message asked for is found by a later sweep."""


class Deadly(Exception):
    """The update has killed whoever tried to answer it."""


def answer(
    services: Services,
    kind: type[Message],
    arguments: dict[str, Any],
    *,
    task_id: str | None,
    redelivered: bool = False,
) -> None:
    """Answer one Celery message; a `redelivered` one was already begun by somebody who did not end it.

    Raises: Postponed, when a message that is neither a person's nor the page's finds no Postgres.
    """
    message = kind(**arguments)
    handler = HANDLERS[kind]
    if isinstance(message, FromPerson):
        with log_context(update_id=message.update_id, task_id=task_id):
            _answer_person(services, message, handler, suspect=redelivered or message.tries > 0)
    elif isinstance(message, FromPage):
        with log_context(task_id=task_id):
            _answer_page(services, message, handler, suspect=redelivered)
    else:
        with log_context(task_id=task_id):
            _answer_sweep(services, message, handler)


def _answer_sweep(services: Services, message: Message, handler: Handler) -> None:
    """An outage would fill the log, and Celery the memory, with a traceback of every sweep: one line says it all.

    A statement that takes too long, or waits for a lock too long, is an error like any other.
    """
    try:
        handler(services, message)
    except (OperationalError, InterfaceError) as error:
        if not _is_away(error):
            raise
        log.warning("Postgres is away: %s", type(error.orig).__name__, extra={"action": "unit.postpone"})
        raise Postponed from None


def _is_away(error: OperationalError | InterfaceError) -> bool:
    """Postgres said nothing, or that the connection is lost (class 08) or the server goes down (57P)."""
    return (getattr(error.orig, "pgcode", None) or "08").startswith(("08", "57P"))


def _answer_person(services: Services, message: FromPerson, handler: Handler, *, suspect: bool) -> None:
    """Run the update once for ever; say “got it” only when Postgres has it.

    A Postgres that is away is no failure of the update: nothing is acknowledged, so the bot asks again. What fails
    otherwise, or has killed its worker or taken too long time and again, is poison: remembered as failed, and the
    person is told.
    """
    try:
        with _survived(services, message.update_id) if suspect else nullcontext():
            services.database.run(lambda session: _answer_update(services, session, message, handler))
    except (OperationalError, InterfaceError) as error:
        log.warning("the update will come again: %s", type(error.orig).__name__, extra={"action": "unit.postpone"})
        return
    except Exception as error:
        log.exception("an update failed for good", extra={"action": "unit.fail"})
        with services.database.unit() as session:
            note_failure(session, _sender(message), failure=type(error).__name__, now=clock.now())
        _acknowledge(services, message, failed=True)
    else:
        _acknowledge(services, message, failed=False)


@contextmanager
def _survived(services: Services, name: int | str) -> Iterator[None]:
    """Only a death, or a statement that waited or took too long, leaves the count behind: every other ending, also one
    with an error, takes it back."""
    takes_too_long = False
    try:
        deaths = services.attempts.begin(name)
    except RedisError:
        deaths = 0
    if deaths >= MOST_DEATHS:
        raise Deadly(f"{deaths} attempts never ended")
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        takes_too_long = not _is_away(error)
        raise
    finally:
        if not takes_too_long:
            with suppress(RedisError):
                services.attempts.end(name)


def _answer_page(services: Services, message: FromPage, handler: Handler, *, suspect: bool) -> None:
    """The same for a tap on the page: whoever waits is told when Postgres has the answer, be it that it failed."""
    tap = _tap(message)
    try:
        with _survived(services, message.request_id) if suspect else nullcontext():
            services.database.run(lambda session: _answer_tap(session, message, handler))
    except (OperationalError, InterfaceError) as error:
        log.warning("the tap will come again: %s", type(error.orig).__name__, extra={"action": "unit.postpone"})
        return
    except Exception:
        log.exception("a tap failed for good", extra={"action": "unit.fail"})
        with services.database.unit() as session:
            note_trouble(session, tap)
    try:
        services.replies.tell(message.request_id)
    except RedisError:
        log.warning("Redis is away; whoever waits looks into Postgres", extra={"action": "unit.acknowledge"})


def _answer_tap(session: Session, message: FromPage, handler: Handler) -> None:
    tapped = open_page_turn(session, _tap(message), now=clock.now())
    if tapped is None:
        return
    with log_context(candidate_id=tapped.turn.candidate.id):
        handler(tapped, message)
        _log_answer(session, message)


def _tap(message: FromPage) -> Tap:
    return Tap(
        chat_id=message.chat_id,
        key=message.key,
        fingerprint=message.fingerprint,
        received_at=datetime.fromtimestamp(message.received_at, UTC),
    )


def _answer_update(services: Services, session: Session, message: FromPerson, handler: Handler) -> None:
    if isinstance(message, FromStaff):
        _answer_staff(services, session, message, handler)
    elif isinstance(message, Block):
        _note_left(session, message, handler)
    else:
        _answer_candidate(session, message, handler, flood_most=services.settings.flood_most_updates)


def _answer_staff(services: Services, session: Session, message: FromStaff, handler: Handler) -> None:
    settings = services.settings
    rules = {"flood_most": settings.flood_most_updates, "factor_required": settings.admin_second_factor}
    turn = open_staff_turn(session, _sender(message), now=clock.now(), **rules)
    if turn is not None:
        handler(turn, message)
        _log_answer(session, message)


def _note_left(session: Session, message: Block, handler: Handler) -> None:
    if mark_seen(session, _sender(message), now=clock.now()) is not None:
        handler(session, message)
        _log_answer(session, message)


def _answer_candidate(session: Session, message: FromPerson, handler: Handler, *, flood_most: int) -> None:
    turn = open_turn(session, _sender(message), now=clock.now(), flood_most=flood_most)
    if turn is None:
        return
    with log_context(candidate_id=turn.candidate.id):
        handler(turn, message)
        _log_answer(session, message)


def _log_answer(session: Session, message: FromPerson | FromPage) -> None:
    """The way from an update or a tap to its messages can be followed by their numbers."""
    log.info("answered", extra={"action": message.task, "message_ids": session.info.get(POSTED, [])})


def _sender(message: FromPerson) -> Sender:
    text, sent = _line(message)
    return Sender(
        update_id=message.update_id,
        chat_id=message.chat_id,
        first_name=message.first_name,
        username=message.username,
        language_code=message.language_code,
        received_at=datetime.fromtimestamp(message.received_at, UTC),
        pressed_message_id=message.pressed_message_id,
        payload=message.payload if isinstance(message, Start) else "",
        text=text,
        sent=sent,
    )


def _line(message: FromPerson) -> tuple[str, str | None]:
    """What the thread holds of it: its words, and what it is besides words."""
    match message:
        case SendOther():
            return message.caption, message.kind
        case Edit():
            return message.text, CORRECTION
        case ShareContact():
            return message.phone, None
        case Command() if len(message.text.split()) == 1:
            return "", None
        case Say() | Command():
            return message.text, None
        case _:
            return "", None


def _acknowledge(services: Services, message: FromPerson, *, failed: bool) -> None:
    try:
        services.acknowledgements.tell(message.update_id, failed=failed)
    except RedisError:
        log.warning("Redis is away; the bot will ask again", extra={"action": "unit.acknowledge"})
