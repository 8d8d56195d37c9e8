"""Reading texts in force and the state of the outbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride


def override_for(session: Session, key: str, *, language: str, city_id: int | None) -> str | None:
    """The overridden body in force: the city's, else the one for all cities, else None (shipped).

    Read at every message, so an edit is visible at once in every process; one index look-up.
    """
    which = {"key": key, "language": language, "city": city_id or 0}
    return next((body for body in session.scalars(_IN_FORCE, which) if body is not None), None)


_of_city = func.coalesce(TextOverride.city_id, 0)
_IN_FORCE = (
    select(TextOverride.body)
    .ext(distinct_on(_of_city))
    .where(
        TextOverride.key == bindparam("key"),
        TextOverride.language == bindparam("language"),
        or_(_of_city == 0, _of_city == bindparam("city")),
    )
    .order_by(_of_city.desc(), TextOverride.version.desc())
)


def is_newest(session: Session, candidate_id: int, telegram_message_id: int) -> bool:
    """Whether this message of ours is the last one the candidate sees, so that editing it will be noticed.

    One that is just being sent counts: its number is not known yet, and who presses has seen it. So does one that is
    about to become an edit of this very message.
    """
    newest = session.execute(_NEWEST, {"candidate_id": candidate_id}).one_or_none()
    if newest is None:
        return False
    numbers = (newest.telegram_message_id, newest.replaces_message_id)
    return bool(newest.state == MessageState.SENDING or telegram_message_id in numbers)


_NEWEST = (
    select(OutboxMessage.state, OutboxMessage.telegram_message_id, OutboxMessage.replaces_message_id)
    .where(
        OutboxMessage.candidate_id == bindparam("candidate_id"),
        OutboxMessage.state.in_([MessageState.QUEUED, MessageState.SENDING, MessageState.SENT]),
    )
    .order_by(OutboxMessage.id.desc())
    .limit(1)
)


def oldest_unsent_at(session: Session, *, now: datetime) -> datetime | None:
    """When the longest waiting message that is due was posted; None when none waits."""
    waiting = (OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    return session.scalar(select(func.min(OutboxMessage.created_at)).where(*waiting))


def failed_count(session: Session) -> int:
    """How many messages failed or ended in doubt, at most 1,000 are counted."""
    failed = select(OutboxMessage.id).where(OutboxMessage.state.in_([MessageState.FAILED, MessageState.UNKNOWN]))
    return session.scalar(select(func.count()).select_from(failed.limit(1000).subquery())) or 0


def messages_to(session: Session, candidate_id: int, *, limit: int = 200) -> Sequence[OutboxMessage]:
    """What a candidate was or will be sent, newest first."""
    messages = select(OutboxMessage).where(OutboxMessage.candidate_id == candidate_id)
    return session.scalars(messages.order_by(OutboxMessage.id.desc()).limit(limit)).all()


def override_versions(session: Session, key: str, *, language: str, city_id: int | None) -> Sequence[TextOverride]:
    """The saved versions of a text for a language and a city (None: all cities), newest first."""
    of_city = TextOverride.city_id.is_(None) if city_id is None else TextOverride.city_id == city_id
    versions = select(TextOverride).where(TextOverride.key == key, TextOverride.language == language, of_city)
    return session.scalars(versions.order_by(TextOverride.version.desc()).limit(100)).all()


def overridden_texts(session: Session) -> dict[tuple[str, str], int]:
    """For each key and language: in how many places (all cities, or one) an override is in force."""
    of_city = func.coalesce(TextOverride.city_id, 0)
    newest = (
        select(TextOverride.key, TextOverride.language, TextOverride.body)
        .ext(distinct_on(TextOverride.key, TextOverride.language, of_city))
        .order_by(TextOverride.key, TextOverride.language, of_city, TextOverride.version.desc())
        .subquery()
    )
    counted = select(newest.c.key, newest.c.language, func.count()).where(newest.c.body.is_not(None))
    rows = session.execute(counted.group_by(newest.c.key, newest.c.language))
    return {(key, language): places for key, language, places in rows}


def sent_message_id(session: Session, about: str, kind: str, chat_id: int) -> int | None:
    """Telegram's number of a message that was sent; None while it was not, or when nobody knows."""
    return session.scalar(
        select(OutboxMessage.telegram_message_id).where(
            OutboxMessage.about == about, OutboxMessage.kind == kind, OutboxMessage.chat_id == chat_id
        )
    )
