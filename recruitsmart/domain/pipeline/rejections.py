"""Telling a rejection: kindly, after a cool-down in which a recruiter can still take it back.

At night only who would set out for a meeting that went with it: better woken than sent for nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.quiet import allowed_from
from recruitsmart.domain.messaging.operations import Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.announcements import out_of_calendar_if_in
from recruitsmart.domain.slots.models import Booking, Purpose
from recruitsmart.domain.slots.queries import newest_booking
from recruitsmart.domain.timers.models import TimerState
from recruitsmart.domain.timers.operations import set_timer, withdraw
from recruitsmart.domain.timers.queries import timers_of

TELLS_REJECTION = "pipeline.tells_rejection"
COOL_DOWN = timedelta(minutes=30)
SETTING_OUT = timedelta(hours=2)  # so long before a meeting somebody may leave home for it


def plan_telling(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """The person reads of the rejection when the cool-down is over, or as soon as it may be after that."""
    due_at = _kindly_from(session, candidate, now + COOL_DOWN)
    set_timer(session, TELLS_REJECTION, candidate.id, due_at=due_at)


def _kindly_from(session: Session, candidate: Candidate, at: datetime) -> datetime:
    """The first moment from this one on at which the person may be told."""
    morning = allowed_from(candidate.city, at)
    would_set_out = any(at < lost.slot.starts_at < morning + SETTING_OUT for lost in _lost_with_it(session, candidate))
    return at if would_set_out else morning


def _lost_with_it(session: Session, candidate: Candidate) -> Iterator[Booking]:
    for purpose in Purpose:
        booking = newest_booking(session, candidate.id, purpose)
        if booking is not None and not booking.is_live and booking.end_reason == candidate.outcome_reason:
            yield booking


def keep_from_telling(session: Session, candidate: Candidate, *, now: datetime) -> bool:
    """The rejection was taken back; whether that was in time, so that nobody hears of it."""
    return bool(withdraw(session, (TELLS_REJECTION,), candidate.id, now=now))


def hand_on_telling(session: Session, given_up: Candidate, survivor: Candidate, *, now: datetime) -> None:
    """Two cards become one: who was rejected on both and has heard of neither still hears of it, once."""
    if not keep_from_telling(session, given_up, now=now) or survivor.outcome != Outcome.REJECTED:
        return
    own = timers_of(session, (TELLS_REJECTION,), survivor.id).get(TELLS_REJECTION)
    if own is None or own.state not in (TimerState.PENDING, TimerState.DONE):
        plan_telling(session, survivor, now=now)


def tell_rejection(session: Session, candidate_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: the cool-down is over; who is still rejected is told kindly."""
    candidate = session.get(Candidate, candidate_id)
    if candidate is None or candidate.outcome != Outcome.REJECTED:
        return "taken back"
    if candidate.contact is None:
        return "no contact"
    allowed_at = _kindly_from(session, candidate, now)
    if allowed_at > now:
        set_timer(session, TELLS_REJECTION, candidate_id, due_at=allowed_at)  # late, or in another city by now
        return "quiet hours"
    about = f"candidate:{candidate_id}@{planned_at:%Y%m%d%H%M}"
    wording = Wording(key=rejection_key(candidate))
    post(session, wording, candidate.recipient, about=about, lane=Lane.PROMISED, now=now)
    for purpose in Purpose:
        if (lost := newest_booking(session, candidate_id, purpose)) is not None:
            out_of_calendar_if_in(session, lost, now=now)
    return None


def rejection_key(candidate: Candidate) -> str:
    """The text: who has only answered the questionnaire reads other words than who was met."""
    return "screening.declined" if candidate.stage == Stage.SCREENING else "rejected"


def rejection_told_at(session: Session, candidate: Candidate) -> datetime | None:
    """When a rejected person will be told; None when they were told already, or are not rejected."""
    if candidate.outcome != Outcome.REJECTED:
        return None
    timer = timers_of(session, (TELLS_REJECTION,), candidate.id).get(TELLS_REJECTION)
    return timer.due_at if timer is not None and timer.state == TimerState.PENDING else None
