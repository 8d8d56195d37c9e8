"""Writing down what has happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from recruitsmart.domain.journal.models import ActorKind, Entry, Heartbeat, Outage
from recruitsmart.domain.journal.queries import SILENCE, last_beat_at

SHORTEST_OUTAGE = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts; `id` is the candidate's or the account's, None for system and operators."""

    kind: ActorKind
    id: int | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM)
OPERATOR = Actor(kind=ActorKind.OPERATOR)


def record(
    session: Session,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    candidate_id: int | None = None,
    subject_id: int | None = None,
    **details: Any,
) -> None:
    """Append one fact. `kind` reads like `booking.reserved`; `details` must be JSON values."""
    entry = Entry(
        at=now,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        candidate_id=candidate_id,
        subject_id=subject_id,
        details=details,
    )
    session.add(entry)


def beat(session: Session, process: str, instance: str, *, version: str, now: datetime, starts: bool = False) -> None:
    """Renew the proof that a process does work. The newest moment wins when two arrive out of order.

    A gap since the last sign of life of any process of the type is written down as an outage: when it is longer than a
    living one would be silent, or when this process `starts` and so has not worked just before.
    """
    last = last_beat_at(session, process)
    if last is not None and now - last > (SHORTEST_OUTAGE if starts else SILENCE):
        gap = {"process": process, "began_at": last, "ended_at": now}
        session.execute(insert(Outage).values(gap).on_conflict_do_nothing())
    row = {"process": process, "instance": instance, "version": version, "beat_at": now}
    statement = insert(Heartbeat).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["process", "instance"],
            set_={"version": statement.excluded.version, "beat_at": statement.excluded.beat_at},
            where=Heartbeat.beat_at < statement.excluded.beat_at,
        )
    )


def forget_lives(session: Session, *, before: datetime) -> None:
    """Drop outages that ended, and instances last heard of, before a moment; of each type of process the newest stays,
    for the next gap is measured from it."""
    session.execute(delete(Outage).where(Outage.ended_at < before))
    other = aliased(Heartbeat)
    newest = select(func.max(other.beat_at)).where(other.process == Heartbeat.process).scalar_subquery()
    session.execute(delete(Heartbeat).where(Heartbeat.beat_at < before, Heartbeat.beat_at < newest))
