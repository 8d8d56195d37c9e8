"""Reading what has happened."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.journal.models import Entry, Heartbeat


def history_of(session: Session, candidate_id: int, *, limit: int = 500) -> Sequence[Entry]:
    """What happened to a candidate, newest first."""
    entries = select(Entry).where(Entry.candidate_id == candidate_id).order_by(Entry.id.desc()).limit(limit)
    return session.scalars(entries).all()


def heartbeats(session: Session, *, since: datetime) -> Sequence[Heartbeat]:
    """Instances of our processes that gave a sign of life since a moment."""
    alive = select(Heartbeat).where(Heartbeat.beat_at >= since).order_by(Heartbeat.process, Heartbeat.instance)
    return session.scalars(alive).all()
