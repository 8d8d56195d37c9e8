"""What recruiters decide about people: reject, let go, bring back, hire, move along by hand.

An end frees what the person held and plans nothing more; the stage stays where it happened. Who was rejected is told
after a cool-down, so a slip of the thumb can be taken back before anybody reads of it. An end, and what takes it back,
locks the conversation first, then slot, booking, candidate.
"""

from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import move
from recruitsmart.domain.candidates.stages import ENDED, MOVES, Outcome, Stage
from recruitsmart.domain.errors import BadInput, NotInThisStage, NotNoted
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Action, Button
from recruitsmart.domain.messaging.operations import Wording, post
from recruitsmart.domain.messaging.queries import newest_promise
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.belongings import lock_conversations
from recruitsmart.domain.pipeline.rejections import keep_from_telling, plan_telling
from recruitsmart.domain.pipeline.resuming import offer_to_go_on, resume_invitation
from recruitsmart.domain.pipeline.testing import decide, offer_test2
from recruitsmart.domain.slots import announcements, waiting
from recruitsmart.domain.slots.ending import release
from recruitsmart.domain.slots.models import CAME, Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.queries import live_booking, newest_booking
from recruitsmart.domain.slots.rules import BOOKED_AT, CHOOSES_AT
from recruitsmart.domain.slots.seats import lock_slots

LONGEST_REASON = 500
HIRED = "hired"  # the text

# Stages that stand for a booking: without one the person is a step before.
_HELD_BY_BOOKING = {stage: (purpose, CHOOSES_AT[purpose]) for purpose, stage in BOOKED_AT.items()}
BOOKED_STILL = "End the booking first: note its outcome, or cancel it."
NOT_NOTED = (NotNoted.__doc__ or "").strip()
BY_OTHER_MEANS = {
    Stage.TEST1: "Test 1 begins when the candidate has registered.",
    Stage.SCREENING: "Screening follows from the answers of Test 1.",
    Stage.INTERVIEW: "Give the candidate an interview hour instead.",
    Stage.INTRO_DAY: "Give the candidate a place in an introductory day instead.",
}


def reject(session: Session, candidate: Candidate, *, reason: str, actor: Actor, now: datetime) -> None:
    """The company says no. Rejecting twice changes nothing.

    Raises:
        BadInput: no reason.
        NotInThisStage: the application has ended otherwise.
        StaleDataError: a colleague has just given the person another hour; whoever tries again finds that one.
    """
    if candidate.outcome == Outcome.REJECTED:
        return
    _end(session, candidate, Outcome.REJECTED, "candidate.rejected", reason=reason, actor=actor, now=now)
    plan_telling(session, candidate, now=now)


def let_go(session: Session, candidate: Candidate, *, reason: str, actor: Actor, now: datetime) -> None:
    """The person withdraws, in their own words or through a recruiter. Withdrawing twice changes nothing.

    Raises:
        BadInput: no reason.
        NotInThisStage: the application has ended otherwise.
        StaleDataError: a colleague has just given the person another hour; whoever tries again finds that one.
    """
    if candidate.outcome != Outcome.WITHDRAWN:
        _end(session, candidate, Outcome.WITHDRAWN, "candidate.withdrew", reason=reason, actor=actor, now=now)


def _end(
    session: Session, candidate: Candidate, outcome: Outcome, kind: str, *, reason: str, actor: Actor, now: datetime
) -> None:
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise BadInput("Say why, for your colleagues.")
    if candidate.outcome != Outcome.ACTIVE:
        raise NotInThisStage
    lock_conversations(session, [candidate.id])
    held = _lock_held(session, candidate)
    candidate.outcome, candidate.outcome_reason = outcome, reason
    record(session, kind, actor=actor, now=now, candidate_id=candidate.id, reason=reason, stage=candidate.stage)
    for booking in held:
        release(session, booking.id, reason=reason, actor=actor, now=now)
    waiting.leave(session, candidate.id, now=now)


def _lock_held(session: Session, candidate: Candidate) -> list[Booking]:
    """The live bookings, their slots locked. Who moves the hour in the chat is waited for by the conversation's lock; a
    colleague in the panel takes none, and the new hour's slot may come before the locked one in the order."""
    held = _held(session, candidate)
    lock_slots(session, {booking.slot_id for booking in held})
    if not {*_held(session, candidate)} <= {*held}:
        raise StaleDataError("the hour was moved meanwhile")
    return held


def _held(session: Session, candidate: Candidate) -> list[Booking]:
    found = (live_booking(session, candidate.id, purpose) for purpose in Purpose)
    return [booking for booking in found if booking is not None]


def bring_back(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """An ended application goes on where it ended; a stage whose hour went with the end goes a step back.

    Who has not been told of a rejection yet never hears of it, but hears of an hour that is gone, and is offered to go
    on with a test; anybody else is told that it goes on.

    Raises:
        NotInThisStage: the application has not ended, or the person was hired.
    """
    if candidate.outcome not in ENDED:
        raise NotInThisStage
    lock_conversations(session, [candidate.id])  # a question that closes at this moment puts no next one yet
    before, candidate.outcome, candidate.outcome_reason = candidate.outcome, Outcome.ACTIVE, None
    record(session, "candidate.brought_back", actor=actor, now=now, candidate_id=candidate.id, before=before)
    stood_at = candidate.stage
    lost = _step_back_without_booking(session, candidate, actor=actor, now=now)
    waiting.rejoin(session, candidate, now=now)
    resume_invitation(session, candidate, now=now)
    never_told = keep_from_telling(session, candidate, now=now)
    if never_told and lost is not None and lost.slot.starts_at > now:
        announcements.called_off(session, lost, now=now)
        announcements.out_of_calendar_if_in(session, lost, now=now)
    elif candidate.stage != stood_at or not never_told:
        button = Button(label=texts.label("button.my", candidate.language), action=Action.MY)
        _tell(session, candidate, "brought_back", button, now=now)
    else:
        offer_to_go_on(session, candidate, now=now)


def _step_back_without_booking(
    session: Session, candidate: Candidate, *, actor: Actor, now: datetime
) -> Booking | None:
    """Who has no booking at a stage of one stands a step earlier; the booking that was called off, if any."""
    if candidate.stage not in _HELD_BY_BOOKING:
        return None
    purpose, earlier = _HELD_BY_BOOKING[candidate.stage]
    newest = newest_booking(session, candidate.id, purpose)
    if newest is not None and (newest.is_live or newest.status in CAME):
        return None
    move(session, candidate, earlier, actor=actor, now=now)
    return newest if newest is not None and newest.status == BookingStatus.CANCELLED else None


def _tell(session: Session, candidate: Candidate, key: str, *buttons: Button, now: datetime) -> None:
    if candidate.contact is None:
        return
    wording = Wording(key=key, keyboard=[[button] for button in buttons] or None)
    about = f"candidate:{candidate.id}@{now:%Y%m%d%H%M%S}"
    post(session, wording, candidate.recipient, about=about, lane=Lane.PROMISED, now=now)


def hire(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """The person has the job. Hiring twice changes nothing; who was hired, taken back and heard nothing since has read
    it already.

    Raises:
        NotInThisStage: the person has not been to an introductory day, or the application has ended.
    """
    if candidate.outcome == Outcome.HIRED:
        return
    if candidate.outcome != Outcome.ACTIVE or candidate.stage != Stage.INTRO_DAY:
        raise NotInThisStage
    booking = live_booking(session, candidate.id, Purpose.INTRO_DAY)
    if booking is not None:
        raise NotNoted
    candidate.outcome = Outcome.HIRED
    move(session, candidate, Stage.HIRED, actor=actor, now=now)
    record(session, "candidate.hired", actor=actor, now=now, candidate_id=candidate.id)
    if newest_promise(session, candidate.id) != HIRED:
        _tell(session, candidate, HIRED, now=now)


def take_hire_back(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """The person does not have the job after all, and stands where they came to the introductory day. Twice is once.

    Nobody is written to: the person has read that they are hired, which a message cannot undo.

    Raises:
        NotInThisStage: the application has ended otherwise.
    """
    if candidate.outcome == Outcome.ACTIVE and candidate.stage == Stage.INTRO_DAY:
        return
    if candidate.outcome != Outcome.HIRED:
        raise NotInThisStage
    candidate.outcome = Outcome.ACTIVE
    move(session, candidate, Stage.INTRO_DAY, actor=actor, now=now)
    record(session, "candidate.hire_taken_back", actor=actor, now=now, candidate_id=candidate.id)


def verdict_on(booking: Booking) -> Purpose | None:
    """What can be decided about the person of a meeting: only after they came, while they stand where it was."""
    came = booking.status in CAME
    held = _HELD_BY_BOOKING.get(booking.candidate.stage)
    stands_there = booking.candidate.outcome == Outcome.ACTIVE and held is not None and held[0] == booking.purpose
    return booking.purpose if came and stands_there else None


def moves_by_hand(candidate: Candidate) -> list[Stage]:
    """The stages a recruiter may move this person to, in the order of the pipeline; none after an end."""
    if candidate.outcome != Outcome.ACTIVE:
        return []
    return [stage for stage in Stage if stage in MOVES[candidate.stage] and stage not in BY_OTHER_MEANS]


def move_by_hand(session: Session, candidate: Candidate, to: Stage, *, actor: Actor, now: datetime) -> None:
    """Move a person along the table of stages, with what belongs to it: whoever is accepted after screening is told so,
    Test 2 is an invitation, and so is the introductory day after it, hired is hired.

    Raises:
        NotInThisStage: the table has no such move, or the application has ended.
        BadInput: a live booking must be ended first, or the stage is reached by other means; says which.
    """
    if candidate.outcome != Outcome.ACTIVE:
        raise NotInThisStage
    if to in BY_OTHER_MEANS:
        raise BadInput(BY_OTHER_MEANS[to])
    if (candidate.stage, to) == (Stage.SCREENING, Stage.TO_SCHEDULE):
        decide(session, candidate, accept=True, reason="", actor=actor, now=now)
    elif to == Stage.TEST2:
        offer_test2(session, candidate, actor=actor, now=now)
    elif to == Stage.HIRED:
        hire(session, candidate, actor=actor, now=now)
    elif (candidate.stage, to) == (Stage.TEST2, Stage.TO_INTRO_DAY):
        move(session, candidate, to, actor=actor, now=now)
        button = Button(label=texts.label("button.choose_day", candidate.language), action=Action.DAYS, args=(0,))
        _tell(session, candidate, "intro_day.offer", button, now=now)
    else:
        _refuse_with_booking(session, candidate)
        move(session, candidate, to, actor=actor, now=now)


def _refuse_with_booking(session: Session, candidate: Candidate) -> None:
    held = _HELD_BY_BOOKING.get(candidate.stage)
    if held is not None and live_booking(session, candidate.id, held[0]) is not None:
        raise BadInput(BOOKED_STILL)
