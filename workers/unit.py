"""One task is one unit: a transaction, a clock reading, a log context; acknowledgement and nudges after the commit."""

import logging
from datetime import UTC, datetime
from typing import Any

from psycopg2.errors import DeadlockDetected, SerializationFailure
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from config.logging import log_context
from recruitsmart import clock
from recruitsmart.domain.dialogue.turn import Sender, Turn, note_failure, open_turn
from workers.contract import FromPerson, Message
from workers.registry import HANDLERS, Handler
from workers.services import Services

log = logging.getLogger(__name__)

RACES = (StaleDataError, DeadlockDetected, SerializationFailure)
MOST_RACES = 3
MOST_TRIES = 5


def answer(services: Services, kind: type[Message], arguments: dict[str, Any], *, task_id: str | None) -> None:
    """Answer one Celery message."""
    message = kind(**arguments)
    handler = HANDLERS[kind]
    if isinstance(message, FromPerson):
        with log_context(update_id=message.update_id, task_id=task_id):
            _answer_person(services, message, handler)
    else:
        with log_context(task_id=task_id):
            handler(services, message)


def _answer_person(services: Services, message: FromPerson, handler: Handler) -> None:
    """Run the update once for ever; say “got it” only when Postgres has it.

    A Postgres that is away is no failure of the update: nothing is acknowledged, so the bot asks again. What fails
    otherwise, or has killed its worker time and again, is poison: remembered as failed, and the person is told.
    """
    try:
        if message.tries >= MOST_TRIES:
            raise RuntimeError(f"gave up after {message.tries} tries")
        _run(services, message, handler)
    except (OperationalError, InterfaceError):
        log.warning("Postgres is away; the update will come again", extra={"action": "unit.postpone"})
        return
    except Exception as error:
        log.exception("an update failed for good", extra={"action": "unit.fail"})
        with services.database.unit() as session:
            note_failure(session, _sender(message), failure=type(error).__name__, now=clock.now())
        _acknowledge(services, message, failed=True)
    else:
        _acknowledge(services, message, failed=False)


def _run(services: Services, message: FromPerson, handler: Handler) -> None:
    for race in range(MOST_RACES):
        try:
            with services.database.unit() as session:
                most = services.settings.flood_most_updates
                turn = open_turn(session, _sender(message), now=clock.now(), flood_most=most)
                if turn is not None:
                    _answer_turn(turn, message, handler)
        except (StaleDataError, DBAPIError) as error:
            if race + 1 == MOST_RACES or not _is_race(error):
                raise
        else:
            return


def _answer_turn(turn: Turn, message: FromPerson, handler: Handler) -> None:
    with log_context(candidate_id=turn.candidate.id):
        handler(turn, message)
        log.info("answered", extra={"action": message.task})


def _is_race(error: StaleDataError | DBAPIError) -> bool:
    return isinstance(error, RACES) or isinstance(getattr(error, "orig", None), RACES)


def _sender(message: FromPerson) -> Sender:
    return Sender(
        update_id=message.update_id,
        chat_id=message.chat_id,
        first_name=message.first_name,
        username=message.username,
        language_code=message.language_code,
        received_at=datetime.fromtimestamp(message.received_at, UTC),
        pressed_message_id=message.pressed_message_id,
    )


def _acknowledge(services: Services, message: FromPerson, *, failed: bool) -> None:
    try:
        services.acknowledgements.tell(message.update_id, failed=failed)
    except RedisError:
        log.warning("Redis is away; the bot will ask again", extra={"action": "unit.acknowledge"})
