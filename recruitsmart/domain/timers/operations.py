"""Setting, withdrawing and firing timers."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from recruitsmart.domain.timers.models import Timer, TimerState

log = logging.getLogger(__name__)

Firing = Callable[[Session, int, datetime, datetime], str | None]
NUDGES = "timers_due_at"
MOST_FAILURES = 10
GRID = timedelta(milliseconds=20)


_timers = cast(Table, Timer.__table__)


def set_timer(session: Session, kind: str, subject_id: int, *, due_at: datetime) -> None:
    """Plan one firing; setting it again moves it and makes it pending again.

    The session remembers the moments set, so that whoever commits can send a nudge for those that are near.
    """
    session.execute(_SET, {"kind": kind, "subject_id": subject_id, "due_at": due_at})
    session.info.setdefault(NUDGES, set()).add(on_grid(due_at))


def on_grid(moment: datetime) -> datetime:
    """The first moment of the grid that is not before this one: many timers, few nudges."""
    return moment + (datetime.min.replace(tzinfo=UTC) - moment) % GRID


_fresh = {
    "planned_at": bindparam("due_at", type_=Timer.due_at.type),
    "due_at": bindparam("due_at", type_=Timer.due_at.type),
    "failures": 0,
    "state": TimerState.PENDING,
}
_SET = (
    insert(_timers)
    .values(kind=bindparam("kind"), subject_id=bindparam("subject_id"), **_fresh)
    .on_conflict_do_update(index_elements=["kind", "subject_id"], set_=_fresh | {"reason": None, "settled_at": None})
)


def withdraw(
    session: Session, kinds: tuple[str, ...], subject_id: int, *, reason: str | None = None, now: datetime
) -> bool:
    """What was planned about this subject no longer applies; returns whether anything was still pending.

    Timers that fired stay as they are.
    """
    pending = (Timer.subject_id == subject_id, Timer.kind.in_(kinds), Timer.state == TimerState.PENDING)
    ended = {"state": TimerState.WITHDRAWN, "reason": reason, "settled_at": now}
    return bool(session.scalars(update(Timer).where(*pending).values(ended).returning(Timer.id)).all())


def let_go(session: Session, kinds: tuple[str, ...], subject_id: int, *, now: datetime) -> None:
    """Like `withdraw`, but waits for nobody: a timer that a sweep holds at this moment is left to it.

    For kinds whose firing finds out by itself that nothing is to be done.
    """
    session.execute(_LET_GO, {"kinds": kinds, "subject": subject_id, "at": now})


_free = (
    select(_timers.c.id)
    .where(
        _timers.c.subject_id == bindparam("subject"),
        _timers.c.kind.in_(bindparam("kinds", expanding=True)),
        _timers.c.state == TimerState.PENDING,
    )
    .with_for_update(skip_locked=True)
)
_LET_GO = update(_timers).where(_timers.c.id.in_(_free)).values(state=TimerState.WITHDRAWN, settled_at=bindparam("at"))


def run_due(session: Session, firings: Mapping[str, Firing], *, now: datetime, limit: int = 100) -> int:
    """Fire what is due, oldest first, at most `limit`; return how many rows were looked at.

    A firing is called with the subject's id, the planned moment and now; it returns None when it did its work or a
    reason when there was nothing useful to do any more. All run in one savepoint; when one of them fails, each is run
    again in a savepoint of its own. The one that fails is tried again later, with growing pauses, and given up after
    `MOST_FAILURES`. Locks the timers' rows, skipping those that another sweep holds.

    A firing wants locks while its timer is locked, others withdraw timers while they hold those locks. So it is the
    firing that gives way: it waits shorter than Postgres takes to look for a deadlock, and is tried again.

    Raises: OperationalError when Postgres goes away meanwhile; everything is due as before then.
    """
    session.execute(_WAIT_SHORTLY)
    due = (
        select(Timer)
        .where(Timer.state == TimerState.PENDING, Timer.due_at <= now)
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    timers = session.scalars(due).all()
    if timers and not _fire_together(session, timers, firings, now=now):
        for timer in timers:
            _fire(session, timer, firings, now=now)
    return len(timers)


_WAIT_SHORTLY = text("set local lock_timeout = '500ms'")


def _fire_together(session: Session, timers: Sequence[Timer], firings: Mapping[str, Firing], *, now: datetime) -> bool:
    due = [(timer.id, timer.due_at) for timer in timers]
    try:
        with session.begin_nested():
            reasons = [firings[timer.kind](session, timer.subject_id, timer.planned_at, now) for timer in timers]
    except Exception as error:
        _give_up_without_postgres(error)
        log.info("one of many timers failed; each runs alone", extra={"action": "timers.fire"}, exc_info=True)
        return False
    for reason in set(reasons):
        _settle(session, [one for one, why in zip(due, reasons, strict=True) if why == reason], reason, now=now)
    return True


def _fire(session: Session, timer: Timer, firings: Mapping[str, Firing], *, now: datetime) -> None:
    due = (timer.id, timer.due_at)
    try:
        with session.begin_nested():
            reason = firings[timer.kind](session, timer.subject_id, timer.planned_at, now)
    except Exception as error:
        _give_up_without_postgres(error)
        log.exception("a timer failed", extra={"action": "timers.fire", "timer_id": timer.id})
        _postpone(timer, now=now)
    else:
        _settle(session, [due], reason, now=now)


def _give_up_without_postgres(error: Exception) -> None:
    """No timer is to blame: nothing can be written down any more, and the rows' locks are gone with the connection."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error


def _settle(session: Session, due: list[tuple[int, datetime]], reason: str | None, *, now: datetime) -> None:
    """Those that are still due when they were: a firing may set its own timer again."""
    state = TimerState.SKIPPED if reason else TimerState.DONE
    unmoved = tuple_(_timers.c.id, _timers.c.due_at).in_(due)
    session.execute(update(_timers).where(unmoved).values(state=state, reason=reason, settled_at=now))


def _postpone(timer: Timer, *, now: datetime) -> None:
    timer.failures += 1
    if timer.failures >= MOST_FAILURES:
        timer.state, timer.reason, timer.settled_at = TimerState.FAILED, "failed too often", now
    timer.due_at = now + timedelta(seconds=2**timer.failures)
