"""Whom to call: candidates our messages no longer reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.slots.models import LIVE, Booking, Slot, Waiting, WaitingStatus


@dataclass(frozen=True, kw_only=True)
class Call:
    """Somebody to call, with the start of the next hour they have booked."""

    candidate: Candidate
    next_hour_at: datetime | None


def to_call(scope: Scope, *, now: datetime) -> Select[Candidate, datetime]:
    """Active candidates within a scope who cannot be reached: who has the nearest hour first, then the newest."""
    next_hour = _next_hour(now)
    calls = (
        select(Candidate, next_hour.label("next_hour_at"))
        .join(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(Contact.unreachable_since.is_not(None), Candidate.outcome == Outcome.ACTIVE)
        .order_by(next_hour.asc().nulls_last(), Contact.unreachable_since.desc(), Candidate.id.desc())
    )
    return calls if scope.city_ids is None else calls.where(Candidate.city_id.in_(scope.city_ids))


def _next_hour(now: datetime) -> ScalarSelect[datetime]:
    return (
        select(func.min(Slot.starts_at))
        .join(Booking, Booking.slot_id == Slot.id)
        .where(Booking.candidate_id == Candidate.id, Booking.status.in_(LIVE), Slot.starts_at > now)
        .scalar_subquery()
    )


def urgent(calls: Select[Candidate, datetime], *, now: datetime) -> Select[Candidate, datetime]:
    """Of `to_call` those who have an hour ahead or wait for one."""
    waits = exists().where(Waiting.candidate_id == Candidate.id, Waiting.status == WaitingStatus.WAITING)
    return calls.where(or_(_next_hour(now).is_not(None), waits))


def count_calls(session: Session, calls: Select[Candidate, datetime]) -> int:
    """How many there are, at most 1,000 are counted."""
    ids = calls.with_only_columns(Candidate.id).order_by(None).limit(1000)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def calls_page(session: Session, calls: Select[Candidate, datetime], *, offset: int, limit: int) -> Sequence[Call]:
    """Some of `to_call`."""
    rows = session.execute(calls.offset(offset).limit(limit))
    return [Call(candidate=candidate, next_hour_at=next_hour_at) for candidate, next_hour_at in rows]
