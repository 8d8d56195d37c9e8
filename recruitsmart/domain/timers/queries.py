"""Looking at what is planned."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.timers.models import Timer, TimerState


def due_between(session: Session, start: datetime, end: datetime, *, limit: int = 500) -> Sequence[datetime]:
    """Distinct moments after `start` and up to `end` at which something is due, earliest first."""
    moments = (
        select(Timer.due_at)
        .where(Timer.state == TimerState.PENDING, Timer.due_at > start, Timer.due_at <= end)
        .distinct()
        .order_by(Timer.due_at)
        .limit(limit)
    )
    return session.scalars(moments).all()


def oldest_due_at(session: Session, *, now: datetime) -> datetime | None:
    """The moment of the longest overdue timer, None when nothing is overdue."""
    overdue = Timer.state == TimerState.PENDING, Timer.due_at <= now
    return session.scalar(select(func.min(Timer.due_at)).where(*overdue))
