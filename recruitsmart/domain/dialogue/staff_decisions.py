"""What recruiters decide about people in Telegram after a meeting: hired, not taken, or taken back."""

from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.staff_bookings import act, booking_seen, show, values_for
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
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
    keyboard: Keyboard = [
        [Button(label=turn.label(f"button.reject_{why}"), action=Action.STAFF_REJECT, args=(booking_id, why))]
        for why in decisions.REJECTIONS
    ]
    keyboard.append([Button(label=turn.label("button.staff_back"), action=Action.STAFF_SHOW, args=(booking_id,))])
    turn.reply("staff.why_reject", keyboard, replace=True, **values_for(turn, booking))


def reject(turn: StaffTurn, booking_id: int, why: str) -> None:
    """A pressed reason: the candidate is told kindly after a while, until then it can be taken back."""
    if why not in decisions.REJECTIONS:
        show(turn, booking_id)
        return
    reason = turn.label(f"button.reject_{why}")

    def work() -> None:
        booking = booking_in(turn.session, booking_id, turn.scope)
        if decisions.verdict_on(booking) is not None:
            decisions.reject(turn.session, booking.candidate, reason=reason, actor=turn.actor, now=turn.now)

    act(turn, booking_id, work)


def bring_back(turn: StaffTurn, booking_id: int) -> None:
    """“Take it back”: the application goes on where it ended."""

    def work() -> None:
        candidate = booking_in(turn.session, booking_id, turn.scope).candidate
        decisions.bring_back(turn.session, candidate, actor=turn.actor, now=turn.now)

    act(turn, booking_id, work)
