"""How a booking ends before its hour: cancelled, refused, called off, released, or never answered.

Each operation is part of the caller's transaction, locks slot and booking, and frees the seat for whoever waits.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.candidates.operations import move as move_stage
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.errors import BookingGone, TooLate
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor
from recruitsmart.domain.slots import announcements, notices, waiting
from recruitsmart.domain.slots.approvals import withdraw_waiting
from recruitsmart.domain.slots.journaling import note
from recruitsmart.domain.slots.models import Booking, BookingStatus, EndedBy
from recruitsmart.domain.slots.queries import city_of, live_booking, policy_of
from recruitsmart.domain.slots.reminding import withdraw_reminders
from recruitsmart.domain.slots.rules import BOOKED_AT, CHOOSES_AT, FreeHour, may_change
from recruitsmart.domain.slots.seats import locked_booking


def refuse(
    session: Session, booking_id: int, *, reason: str, instead: Sequence[FreeHour] = (), actor: Actor, now: datetime
) -> Booking:
    """Turn a pending booking down; the candidate is told and offered other hours: these `instead`, or any.

    Locks slot and booking.

    Raises:
        BookingGone: it is no longer pending.
    """
    booking = locked_booking(session, booking_id)
    if booking.status != BookingStatus.PENDING:
        raise BookingGone
    _end(session, booking, EndedBy.RECRUITER, reason=reason, actor=actor, now=now)
    announcements.refused(session, booking, instead=instead, now=now)
    return booking


def cancel(session: Session, candidate: Candidate, booking_id: int, *, reason: str, now: datetime) -> Booking:
    """The candidate gives the seat back, until the city's deadline. Cancelling twice changes nothing.

    Raises:
        BookingGone: not this candidate's, or it ended otherwise.
        TooLate: the deadline has passed.
    """
    booking = locked_booking(session, booking_id)
    if booking.candidate_id != candidate.id:
        raise BookingGone
    if booking.status == BookingStatus.CANCELLED and booking.ended_by == EndedBy.CANDIDATE:
        return booking
    if not booking.is_live:
        raise BookingGone
    if not may_change(booking.slot.starts_at, policy_of(city_of(candidate)), now=now):
        raise TooLate
    had_calendar = booking.status != BookingStatus.PENDING
    _end(session, booking, EndedBy.CANDIDATE, reason=reason, actor=actor_of(candidate), now=now)
    notices.cancelled_by_candidate(session, booking, now=now)
    if had_calendar:
        announcements.out_of_calendar(session, booking, now=now)
    return booking


def cancel_by_staff(session: Session, booking_id: int, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """A recruiter calls a live booking off; the candidate is told and offered other hours. The reason stays inside.

    Raises:
        BookingGone: it ended in the meantime.
    """
    booking = locked_booking(session, booking_id)
    if not booking.is_live:
        raise BookingGone
    had_calendar = booking.status != BookingStatus.PENDING
    _end(session, booking, EndedBy.RECRUITER, reason=reason, actor=actor, now=now)
    announcements.called_off(session, booking, now=now)
    if had_calendar:
        announcements.out_of_calendar(session, booking, now=now)
    return booking


def release(session: Session, booking_id: int, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """The candidate's application ends: the seat is free again and the recruiter told; the candidate hears elsewhere.

    A booking that has ended already stays as it is, and nobody is told of an hour that has begun. Whoever is rejected
    learns of it by no calendar file: that comes with the words.
    """
    booking = locked_booking(session, booking_id)
    if not booking.is_live:
        return booking
    had_calendar = booking.status != BookingStatus.PENDING
    by = EndedBy.CANDIDATE if actor.kind == ActorKind.CANDIDATE else EndedBy.RECRUITER
    _end(session, booking, by, reason=reason, actor=actor, now=now)
    if booking.slot.starts_at <= now:
        return booking
    notices.cancelled_by_candidate(session, booking, now=now)
    if had_calendar and booking.candidate.outcome != Outcome.REJECTED:
        announcements.out_of_calendar(session, booking, now=now)
    return booking


def expire_pending(session: Session, booking_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: at the slot's start an unanswered request ends as cancelled by us, with new hours offered."""
    booking = locked_booking(session, booking_id)
    if booking.status != BookingStatus.PENDING:
        return "answered in time"
    _end(session, booking, EndedBy.SYSTEM, reason="not answered in time", actor=SYSTEM, now=now)
    announcements.refused(session, booking, now=now)
    return None


def _end(session: Session, booking: Booking, by: EndedBy, *, reason: str, actor: Actor, now: datetime) -> None:
    booking.status, booking.ended_at = BookingStatus.CANCELLED, now
    booking.ended_by, booking.end_reason = by, reason
    withdraw_everything(session, booking, reason=announcements.CANCELLED, now=now)
    booking.calendar_sequence += 1
    note(session, booking, "booking.cancelled", actor=actor, now=now, by=by, reason=reason)
    back_to_choosing(session, booking, actor=actor, now=now)
    waiting.look_for_takers(session, booking.slot, now=now)


def back_to_choosing(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """An application that has ended stays at the stage where it did."""
    if booking.candidate.outcome != Outcome.ACTIVE:
        return
    has_another = live_booking(session, booking.candidate_id, booking.purpose) is not None
    if booking.candidate.stage == BOOKED_AT[booking.purpose] and not has_another:
        move_stage(session, booking.candidate, CHOOSES_AT[booking.purpose], actor=actor, now=now)


def withdraw_everything(session: Session, *bookings: Booking, reason: str, now: datetime) -> None:
    """What was planned or offered because of these bookings, which are of one purpose, is so no longer."""
    withdraw_waiting(session, *bookings, now=now)
    withdraw_reminders(session, *bookings, reason=reason, now=now)
    waiting.end_offers(session, *bookings, now=now)
