"""Many timers at once: writing them down and withdrawing them, in one statement however many they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, DateTime, Table, Text, bindparam, case, func, null, select, tuple_, update
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import NUDGES, on_grid

_timers = cast(Table, Timer.__table__)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a timer is to fire; with `skipped`: that this moment was planned and will not be kept, and why."""

    kind: str
    subject_id: int
    at: datetime
    skipped: str | None = None


def write_timers(session: Session, moments: Sequence[Moment], *, now: datetime) -> None:
    """As `set_timer` for each; one that is skipped ends so, also when it was pending."""
    if not moments:
        return
    columns = {
        "kinds": [moment.kind for moment in moments],
        "subject_ids": [moment.subject_id for moment in moments],
        "moments": [moment.at for moment in moments],
        "reasons": [moment.skipped for moment in moments],
    }
    session.execute(_WRITE, {**columns, "now": now})
    ahead = (on_grid(moment.at) for moment in moments if moment.skipped is None)
    session.info.setdefault(NUDGES, set()).update(ahead)


_moments = (
    func.unnest(
        cast_to(bindparam("kinds"), ARRAY(Text)),
        cast_to(bindparam("subject_ids"), ARRAY(BigInteger)),
        cast_to(bindparam("moments"), ARRAY(DateTime(timezone=True))),
        cast_to(bindparam("reasons"), ARRAY(Text)),
    )
    .table_valued("kind", "subject_id", "at", "reason")
    .render_derived()
)
_now = cast_to(bindparam("now", type_=_timers.c.due_at.type), _timers.c.due_at.type)
_is_kept = _moments.c.reason.is_(None)
_written = {
    "kind": _moments.c.kind,
    "subject_id": _moments.c.subject_id,
    "planned_at": _moments.c.at,
    "due_at": _moments.c.at,
    "state": case((_is_kept, TimerState.PENDING.value), else_=TimerState.SKIPPED.value),
    "reason": _moments.c.reason,
    "settled_at": case((_is_kept, null()), else_=_now),
}
_insert = insert(_timers).from_select([*_written], select(*_written.values()))
_afresh = {name: _insert.excluded[name] for name in _written if name not in ("kind", "subject_id")}
_WRITE = _insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=_afresh | {"failures": 0})


def withdraw_each(session: Session, timers: Collection[tuple[str, int]], *, reason: str | None, now: datetime) -> None:
    """As `withdraw` for each kind and subject, all for one reason."""
    pending = (tuple_(_timers.c.kind, _timers.c.subject_id).in_(timers), _timers.c.state == TimerState.PENDING)
    session.execute(
        update(_timers).where(*pending).values(state=TimerState.WITHDRAWN, reason=reason, settled_at=now)
    )  # fmt: skip
