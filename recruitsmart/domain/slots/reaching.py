"""A chat that no longer takes our messages: nothing more is sent, and who expects the person is told to call."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.messaging.delivery import skip_queued
from recruitsmart.domain.slots import notices
from recruitsmart.domain.slots.models import LIVE, Booking, Slot


def lose_contact(session: Session, chat_id: int, *, reason: str, now: datetime) -> None:
    """This chat cannot be reached: what is queued for it is skipped; recruiters who expect the person are told once."""
    candidate_id = mark_unreachable(session, chat_id, reason=reason, now=now)
    skip_queued(session, chat_id, reason=reason, now=now)
    if candidate_id is None:
        return
    expected = (
        select(Booking)
        .join(Booking.slot)
        .options(joinedload(Booking.slot).joinedload(Slot.recruiter), joinedload(Booking.candidate))
        .where(Booking.candidate_id == candidate_id, Booking.status.in_(LIVE), Slot.ends_at > now)
        .order_by(Booking.id)
    )
    for booking in session.scalars(expected):
        notices.lost(session, booking, now=now)
