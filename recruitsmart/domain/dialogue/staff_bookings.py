"""Requests and outcomes for recruiters in Telegram; every press is checked against today's facts and rights."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.directory.models import About
from recruitsmart.domain.directory.queries import reason_pressed, usual_reasons
from recruitsmart.domain.errors import BadInput, BookingGone, DomainError, NotFound, NotInThisStage
from recruitsmart.domain.journal.queries import who_did_last
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.pipeline.decisions import verdict_on
from recruitsmart.domain.pipeline.testing import offer_test2
from recruitsmart.domain.slots import ending, operations, outcomes
from recruitsmart.domain.slots.desk import hour_besides
from recruitsmart.domain.slots.listing import booking_in
from recruitsmart.domain.slots.models import RESULTS, SEATED, Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.notices import outcome_keyboard, request_keyboard


def approve(turn: StaffTurn, booking_id: int) -> None:
    """“Approve”. A second press, or a colleague's, changes nothing and says who it was."""
    act(turn, booking_id, lambda: operations.approve(turn.session, booking_id, actor=turn.actor, now=turn.now))


def ask_refusal(turn: StaffTurn, booking_id: int) -> None:
    """“Refuse” asks why, which stays inside."""
    booking = booking_seen(turn, booking_id)
    if booking is None:
        return
    if booking.status != BookingStatus.PENDING:
        _show(turn, booking)
        return
    keyboard = reasons_keyboard(turn, About.REFUSAL, Action.STAFF_REFUSE, booking_id)
    turn.reply("staff.why_refuse", keyboard, replace=True, **values_for(turn, booking))


def reasons_keyboard(turn: StaffTurn, about: About, action: Action, booking_id: int) -> Keyboard:
    """The usual reasons in the account's language, one a row, and the way back."""
    keyboard: Keyboard = [
        [Button(label=reason.words_in(turn.language), action=action, args=(booking_id, reason.id))]
        for reason in usual_reasons(turn.session)
        if reason.about == about
    ]
    back = Button(label=turn.label("button.staff_back"), action=Action.STAFF_SHOW, args=(booking_id,))
    return [*keyboard, [back]]


def refuse(turn: StaffTurn, booking_id: int, why: str) -> None:
    """A pressed reason: the candidate is told and offered other hours. What no button says shows the request."""
    reason = reason_pressed(turn.session, About.REFUSAL, why)
    if reason is None:
        show(turn, booking_id)
        return
    words = reason.words_in(turn.language)
    act(
        turn,
        booking_id,
        lambda: ending.refuse(turn.session, booking_id, reason=words, actor=turn.actor, now=turn.now),
    )


def note_outcome(
    turn: StaffTurn, booking_id: int, result: str, *, then: Callable[[Booking], None] | None = None
) -> None:
    """“Came”, “came late”, “did not come”; shows the booking after it, or what `then` shows."""
    if result not in RESULTS:
        show(turn, booking_id)
        return
    outcome = BookingStatus(result)
    act(
        turn,
        booking_id,
        lambda: outcomes.record_outcome(turn.session, booking_id, outcome, actor=turn.actor, now=turn.now),
        show=then,
    )


def pass_interview(turn: StaffTurn, booking_id: int) -> None:
    """“Passed”: Test 2 follows. Under an interview that came to nothing it says nothing of a later one."""

    def invite() -> None:
        booking = booking_in(turn.session, booking_id, turn.scope)
        is_open = booking.is_live or verdict_on(booking) is not None
        if booking.purpose != Purpose.INTERVIEW or not is_open:
            raise BookingGone
        offer_test2(turn.session, booking.candidate, actor=turn.actor, now=turn.now)

    act(turn, booking_id, invite)


def show(turn: StaffTurn, booking_id: int) -> None:
    """The booking as it stands now, with what can be done."""
    booking = booking_seen(turn, booking_id)
    if booking is not None:
        _show(turn, booking)


def act(
    turn: StaffTurn, booking_id: int, work: Callable[[], object], *, show: Callable[[Booking], None] | None = None
) -> None:
    """Do something with a booking that this account sees; then show how that one stands, or what `show` shows."""
    booking = booking_seen(turn, booking_id)
    if booking is not None:
        carry_out(turn, work, show=lambda: show(booking) if show else _show(turn, booking))


def carry_out(turn: StaffTurn, work: Callable[[], object], *, show: Callable[[], None]) -> None:
    """Do it if this account may; then show how things stand, whoever was first."""
    if not turn.may_work:
        turn.reply("staff.not_allowed")
        return
    try:
        with turn.session.begin_nested():
            work()
    except BadInput as error:
        _say_why_not(turn, error)
    except (BookingGone, NotInThisStage):
        show()
    except DomainError:
        turn.reply("error.not_found")
    else:
        show()


def _say_why_not(turn: StaffTurn, error: BadInput) -> None:
    """The text that says it in the account's language; what has none is said as the panel's log has it."""
    if texts.is_for_staff(error.key):
        turn.reply(error.key)
    else:
        turn.reply("staff.cannot", why=str(error))


def booking_seen(turn: StaffTurn, booking_id: int) -> Booking | None:
    """The booking if this account may see it at this moment; else a sentence, the same whether it exists or not."""
    if turn.account is None:
        turn.reply("staff.not_linked")
        return None
    try:
        return booking_in(turn.session, booking_id, turn.scope)
    except NotFound as error:
        turn.reply(error.key)
        return None


def _show(turn: StaffTurn, booking: Booking) -> None:
    turn.session.flush()
    turn.session.refresh(booking)
    by = who_did_last(turn.session, booking.candidate_id, subject_id=booking.id)
    another = hour_besides(turn.session, booking)
    at = None if another is None else (another.slot.starts_at, zone_for(turn, another))
    another_hour = "" if at is None else local_time.day_and_hour(*at, turn.language)
    values = {**values_for(turn, booking), "by": by, "another_hour": another_hour}
    turn.reply("staff.booking", keyboard_of(turn, booking), replace=True, **values)


def keyboard_of(turn: StaffTurn, booking: Booking) -> Keyboard:
    """What can be done with a booking now: answer the request, note how the meeting went, decide about the person."""
    keyboard: Keyboard = []
    if booking.status == BookingStatus.PENDING:
        keyboard += request_keyboard(booking, turn.language)
    elif booking.status in SEATED:
        keyboard += outcome_keyboard(booking, turn.language, now=turn.now) + _verdict(turn, booking)
    if booking.purpose == Purpose.INTRO_DAY:
        keyboard.append([_button(turn, "button.group", Action.STAFF_GROUP, 0, booking.slot_id)])
    return keyboard


def _verdict(turn: StaffTurn, booking: Booking) -> Keyboard:
    """Hired or not after an introductory day, not passed after an interview; what was decided can be taken back."""
    if booking.candidate.outcome == Outcome.REJECTED and booking.status != BookingStatus.NO_SHOW:
        return [[_button(turn, "button.bring_back", Action.STAFF_BRING_BACK, booking.id)]]
    match verdict_on(booking):
        case Purpose.INTRO_DAY:
            hire = _button(turn, "button.hire", Action.STAFF_HIRE, booking.id)
            return [[hire, _button(turn, "button.reject", Action.STAFF_ASK_REJECTION, booking.id)]]
        case Purpose.INTERVIEW:
            return [[_button(turn, "button.not_passed", Action.STAFF_ASK_REJECTION, booking.id)]]
        case _:
            return []


def _button(turn: StaffTurn, key: str, action: Action, *args: int) -> Button:
    return Button(label=turn.label(key), action=action, args=args)


def values_for(turn: StaffTurn, booking: Booking) -> dict[str, Any]:
    """The variables of what this account is told about a booking, in its own zone."""
    zone, at = zone_for(turn, booking), booking.slot.starts_at
    candidate = booking.candidate
    return {
        "candidate": candidate.full_name or "—",
        "phone": candidate.phone or "",
        "city": candidate.city.name if candidate.city else "",
        "day": local_time.day_in_words(at.astimezone(zone).date(), turn.language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "status": str(booking.status),
        "outcome": str(candidate.outcome),
        "purpose": turn.label(f"stage.{booking.purpose}"),
    }


def zone_for(turn: StaffTurn, booking: Booking) -> ZoneInfo:
    """The zone in which this account reads hours: its own, or that of whoever meets the candidate."""
    own = turn.account.recruiter if turn.account else None
    return ZoneInfo(own.time_zone if own else booking.slot.recruiter.time_zone)
