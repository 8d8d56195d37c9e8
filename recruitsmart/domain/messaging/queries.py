"""Reading texts in force and the state of the outbox."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride


def override_for(session: Session, key: str, *, language: str, city_id: int | None) -> str | None:
    """The overridden body in force: the city's, else the one for all cities, else None (shipped).

    Read at every message, so an edit is visible at once in every process; one index look-up.
    """
    of_city = func.coalesce(TextOverride.city_id, 0)
    newest = (
        select(TextOverride.body)
        .distinct(of_city)
        .where(TextOverride.key == key, TextOverride.language == language, of_city.in_({0, city_id or 0}))
        .order_by(of_city.desc(), TextOverride.version.desc())
    )
    return next((body for body in session.scalars(newest) if body is not None), None)


def oldest_unsent_at(session: Session, *, now: datetime) -> datetime | None:
    """When the longest waiting message that is due was posted; None when none waits."""
    waiting = (OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    return session.scalar(select(func.min(OutboxMessage.created_at)).where(*waiting))


def failed_count(session: Session) -> int:
    """How many messages failed or ended in doubt, at most 1,000 are counted."""
    failed = select(OutboxMessage.id).where(OutboxMessage.state.in_([MessageState.FAILED, MessageState.UNKNOWN]))
    return session.scalar(select(func.count()).select_from(failed.limit(1000).subquery())) or 0
