"""A chat that no longer takes our messages: nothing more is sent, and who expects the person is told to call.

A recruiter's chat that takes none is noted on the account: the panel shows it until they write again.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.operations import mark_unreachable, other_account
from recruitsmart.domain.directory.linking import lose_chat, regain_chat
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.messaging.withdrawing import send_elsewhere, skip_queued
from recruitsmart.domain.slots import notices
from recruitsmart.domain.slots.models import LIVE, Booking, Slot


def lose_contact(session: Session, chat_id: int, *, reason: str, now: datetime) -> None:
    """This chat cannot be reached: what is queued for it is skipped; recruiters who expect the person are told once.

    Whoever has another account gets there what was promised.
    """
    candidate_id = mark_unreachable(session, chat_id, reason=reason, now=now)
    other = other_account(session, chat_id)
    if other is not None:
        send_elsewhere(session, chat_id, instead=other.chat_id, candidate_id=other.candidate_id, now=now)
    skip_queued(session, chat_id, reason=reason, now=now)
    account_id = lose_chat(session, chat_id, reason=reason, now=now)
    if account_id is not None:
        record(session, "account.unreachable", actor=SYSTEM, now=now, subject_id=account_id, reason=reason)
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


def regain_account(session: Session, chat_id: int, *, now: datetime) -> None:
    """Somebody wrote from this chat: if it is a staff member's, who could not be reached, they can be again."""
    account_id = regain_chat(session, chat_id)
    if account_id is not None:
        actor = Actor(kind=ActorKind.STAFF, id=account_id)
        record(session, "account.reachable", actor=actor, now=now, subject_id=account_id)
