"""What recruiters decide about people in Telegram after a meeting: hired, not taken, or taken back."""

from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.staff_bookings import act, booking_seen, reasons_keyboard, show, values_for
from recruitsmart.domain.directory.models import About
from recruitsmart.domain.directory.queries import reason_pressed
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.pipeline import decisions
from recruitsmart.domain.slots.listing import booking_in


def hire(turn: StaffTurn, booking_id: int) -> None:
    """“Hired”. A second press, or a colleague's, changes nothing."""

    def work() -> None:
        candidate = booking_in(turn.session, booking_id, turn.scope).candidate
        decisions.hire(turn.session, candidate, actor=turn.actor, now=turn.now)

    act(turn, booking_id, work)


def ask_rejection(turn: StaffTurn, booking_id: int) -> None:
    """“Not taken” asks why, which stays inside and is the second thought."""
    booking = booking_seen(turn, booking_id)
    if booking is None:
        return
    if decisions.verdict_on(booking) is None:
        show(turn, booking_id)
        return
    keyboard = reasons_keyboard(turn, About.REJECTION, Action.STAFF_REJECT, booking_id)
    turn.reply("staff.why_reject", keyboard, replace=True, **values_for(turn, booking))


def reject(turn: StaffTurn, booking_id: int, why: str) -> None:
    """A pressed reason: the candidate is told kindly after a while, until then it can be taken back."""
    reason = reason_pressed(turn.session, About.REJECTION, why)
    if reason is None:
        show(turn, booking_id)
        return
    words = reason.words_in(turn.language)

    def work() -> None:
        booking = booking_in(turn.session, booking_id, turn.scope)
        if decisions.verdict_on(booking) is not None:
            decisions.reject(turn.session, booking.candidate, reason=words, actor=turn.actor, now=turn.now)

    act(turn, booking_id, work)


def bring_back(turn: StaffTurn, booking_id: int) -> None:
    """“Take it back”: the application goes on where it ended."""

    def work() -> None:
        candidate = booking_in(turn.session, booking_id, turn.scope).candidate
        decisions.bring_back(turn.session, candidate, actor=turn.actor, now=turn.now)

    act(turn, booking_id, work)
