"""Looking at what is planned."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Interval, Select, exists, func, literal, select
from sqlalchemy.orm import Session

from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import GRID


def due_between(session: Session, start: datetime, end: datetime) -> Sequence[datetime]:
    """Moments of the grid for what is due after `start` and up to `end`, each once, earliest first."""
    before = func.date_bin(GRID, Timer.due_at - literal(_TICK, Interval()), _EPOCH, type_=Timer.due_at.type)
    due = (Timer.state == TimerState.PENDING, Timer.due_at > start, Timer.due_at <= end)
    found = session.scalars(select(before).where(*due).distinct()).all()
    return sorted(moment + GRID for moment in found)


_TICK = timedelta(microseconds=1)  # Postgres' smallest step: what is due on the grid belongs to that very moment
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def oldest_due_at(session: Session, *, now: datetime) -> datetime | None:
    """The moment of the longest overdue timer, None when nothing is overdue."""
    overdue = Timer.state == TimerState.PENDING, Timer.due_at <= now
    return session.scalar(select(func.min(Timer.due_at)).where(*overdue))


def given_up_since(moment: datetime) -> Select[int]:
    """The numbers of the timers that were given up since a moment."""
    return select(Timer.id).where(Timer.state == TimerState.FAILED, Timer.settled_at > moment)


def is_overtaken(
    session: Session, kinds: Collection[str], subject_id: int, planned_at: datetime, *, now: datetime
) -> bool:
    """Whether another timer of these kinds about the subject, planned for later, is due by now too: after an outage."""
    due = (Timer.state == TimerState.PENDING, Timer.due_at <= now, Timer.planned_at > planned_at)
    return bool(session.scalar(select(exists().where(Timer.subject_id == subject_id, Timer.kind.in_(kinds), *due))))


def timers_of(session: Session, kinds: Collection[str], subject_id: int) -> dict[str, Timer]:
    """The timers about a subject by kind, pending or not."""
    timers = select(Timer).where(Timer.subject_id == subject_id, Timer.kind.in_(kinds))
    return {timer.kind: timer for timer in session.scalars(timers.execution_options(populate_existing=True))}
