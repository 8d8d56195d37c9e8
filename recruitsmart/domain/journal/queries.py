"""Reading what has happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.journal.models import ActorKind, Entry, Heartbeat, Outage

SILENCE = timedelta(seconds=15)  # three missed heartbeats of the bot: it is taken for dead


def history_of(session: Session, candidate_id: int, *, limit: int = 500) -> Sequence[Entry]:
    """What happened to a candidate, newest first."""
    entries = select(Entry).where(Entry.candidate_id == candidate_id).order_by(Entry.id.desc()).limit(limit)
    return session.scalars(entries).all()


def entries_about(session: Session, kinds: Sequence[str], subject_id: int, *, limit: int = 20) -> Sequence[Entry]:
    """What was written down about a subject in these kinds, newest first."""
    about = (Entry.kind.in_(kinds), Entry.subject_id == subject_id)
    return session.scalars(select(Entry).where(*about).order_by(Entry.id.desc()).limit(limit)).all()


def heartbeats(session: Session, *, since: datetime) -> Sequence[Heartbeat]:
    """Instances of our processes that gave a sign of life since a moment."""
    alive = select(Heartbeat).where(Heartbeat.beat_at >= since).order_by(Heartbeat.process, Heartbeat.instance)
    return session.scalars(alive).all()


def last_beat_at(session: Session, process: str) -> datetime | None:
    """The last sign of life of any process of a type; None when there never was one."""
    return session.scalar(select(func.max(Heartbeat.beat_at)).where(Heartbeat.process == process))


def silences_between(session: Session, process: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches that touch this range in which no process of a type lived, also the one that lasts at its end."""
    over = select(Outage.began_at, Outage.ended_at).where(
        Outage.process == process, Outage.ended_at > start, Outage.began_at < end
    )
    silences = [(began_at, ended_at) for began_at, ended_at in session.execute(over)]
    last = last_beat_at(session, process)
    if last is not None and end - last > SILENCE:
        silences.append((last, end))
    return silences


def who_did_last(session: Session, candidate_id: int, *, subject_id: int) -> str | None:
    """The login of the staff member who last did something to a candidate's subject; None when nobody did."""
    deeds = select(Account.login).join(Entry, Entry.actor_id == Account.id).where(
        Entry.candidate_id == candidate_id, Entry.subject_id == subject_id, Entry.actor_kind == ActorKind.STAFF
    )  # fmt: skip
    return session.scalar(deeds.order_by(Entry.id.desc()).limit(1))
