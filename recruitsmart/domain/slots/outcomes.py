"""Whether the person came: attended, late or no-show, and what follows from it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.operations import move as move_stage
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.errors import BadInput, BookingGone, Changed, NotBegun
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots import announcements, waiting
from recruitsmart.domain.slots.ending import back_to_choosing, withdraw_everything
from recruitsmart.domain.slots.journaling import note
from recruitsmart.domain.slots.models import APPROVED, RESULTS, SEATED, Booking, BookingStatus
from recruitsmart.domain.slots.queries import no_shows
from recruitsmart.domain.slots.rules import BOOKED_AT, CHOOSES_AT, notable
from recruitsmart.domain.slots.seats import locked_booking

MOST_RECOVERIES = 2  # kind messages after a no-show


def record_outcome(
    session: Session,
    booking_id: int,
    result: BookingStatus,
    *,
    seen: BookingStatus | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """A recruiter says whether the person came: attended, late or no-show. A slip of the thumb can be corrected.

    After a no-show the person is written to kindly with new hours, at most twice, and may choose again. `seen` is what
    stood on the page; whoever did not see an outcome corrects none, or the person would be written to for nothing.

    Raises:
        Changed: somebody noted another outcome than the one that was `seen`.
        BadInput: `result` is no outcome, or it is too early for it: see `notable`.
        BookingGone: it was cancelled, moved, or never approved.
    """
    booking = locked_booking(session, booking_id)
    if result not in notable(booking.purpose, booking.slot.starts_at, now=now):
        raise NotBegun if result in RESULTS else BadInput("That is no outcome.")
    if booking.status not in SEATED:
        raise BookingGone
    if booking.status == result:
        return booking
    if booking.status in RESULTS and seen not in (None, booking.status):
        raise Changed
    before, booking.status, booking.ended_at = booking.status, result, now
    withdraw_everything(session, booking, reason=announcements.OVER, now=now)
    note(session, booking, "booking.outcome", actor=actor, now=now, before=before, after=result)
    if result == BookingStatus.NO_SHOW:
        _recover(session, booking, actor=actor, now=now)
        if booking.slot.recruiter.daily_cap is not None:
            waiting.look_for_takers(session, booking.slot, now=now)  # who did not come takes nothing of the day
        return booking
    waiting.serve(session, booking.candidate_id, booking.purpose, booking.slot_id, now=now)  # no other hour is needed
    if before == BookingStatus.NO_SHOW:
        _take_recovery_back(session, booking, actor=actor, now=now)
    return booking


def everybody_came(session: Session, booking_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Those of these people, booked for one slot, whose outcome is not noted yet came; returns how many. As
    `record_outcome` for each, in a few statements for all. Locks the bookings; the caller holds the slot's lock.

    Raises:
        NotBegun: it is too early.
    """
    locked = (
        select(Booking)
        .options(joinedload(Booking.slot))
        .where(Booking.id.in_(booking_ids), Booking.status.in_(APPROVED))
        .order_by(Booking.id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )
    bookings = session.scalars(locked).all()
    if not bookings:
        return 0
    if BookingStatus.ATTENDED not in notable(bookings[0].purpose, bookings[0].slot.starts_at, now=now):
        raise NotBegun
    came = {"status": BookingStatus.ATTENDED, "ended_at": now, "revision": Booking.revision + 1}
    for booking in bookings:
        before, after = booking.status, BookingStatus.ATTENDED
        note(session, booking, "booking.outcome", actor=actor, now=now, before=before, after=after)
    session.execute(update(Booking).where(Booking.id.in_([booking.id for booking in bookings])).values(came))
    withdraw_everything(session, *bookings, reason=announcements.OVER, now=now)
    waiting.serve_all(session, bookings, now=now)
    return len(bookings)


def _recover(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Who can choose again is asked to; an application that has ended or gone on is left alone."""
    back_to_choosing(session, booking, actor=actor, now=now)
    if booking.candidate.outcome != Outcome.ACTIVE or booking.candidate.stage != CHOOSES_AT[booking.purpose]:
        return
    if no_shows(session, booking.candidate_id, booking.purpose) <= MOST_RECOVERIES:
        announcements.missed(session, booking, now=now)


def _take_recovery_back(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Who came stands at the meeting again, also when the application has ended since: whoever is brought back goes on
    from there, and neither chooses nor waits for another hour. That they stand there since now keeps nothing longer:
    retention counts from the last entry of the journal, and the correction is one.
    """
    announcements.take_back_missed(session, booking, now=now)
    if booking.candidate.stage == CHOOSES_AT[booking.purpose]:
        move_stage(session, booking.candidate, BOOKED_AT[booking.purpose], actor=actor, now=now)
