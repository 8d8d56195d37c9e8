"""“Propose other hours” under a request: free hours to tick, which the candidate then takes with one tap."""

from collections.abc import Sequence

from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.staff_bookings import act, booking_seen, show, values_for, zone_for
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.slots import proposing
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.rules import FreeHour


def ask_hours(turn: StaffTurn, booking_id: int, ticked: Sequence[int]) -> None:
    """The hours that would do, those ticked marked. Each button carries the ticks that hold once it is pressed."""
    booking = booking_seen(turn, booking_id)
    if booking is None:
        return
    if booking.status != BookingStatus.PENDING:
        show(turn, booking_id)
        return
    hours = proposing.hours_to_propose(turn.session, booking, now=turn.now)
    back = [Button(label=turn.label("button.staff_back"), action=Action.STAFF_SHOW, args=(booking_id,))]
    keyboard = [*_choices(turn, booking, hours, ticked), back]
    key = "staff.which_hours" if hours else "staff.no_hours"
    turn.reply(key, keyboard, replace=True, **values_for(turn, booking))


def _choices(turn: StaffTurn, booking: Booking, hours: Sequence[FreeHour], ticked: Sequence[int]) -> Keyboard:
    """An hour a row, and once something is ticked the way on."""
    zone, shown = zone_for(turn, booking), {hour.slot_id for hour in hours}
    ticked = [slot_id for slot_id in ticked if slot_id in shown]
    keyboard: Keyboard = []
    for hour in hours:
        label = (
            f"{'☑' if hour.slot_id in ticked else '☐'} {local_time.day_and_hour(hour.starts_at, zone, turn.language)}"
        )
        args = (booking.id, _carried(_toggled(ticked, hour.slot_id)))
        keyboard.append([Button(label=label, action=Action.STAFF_ASK_HOURS, args=args)])
    if ticked:
        label = f"{turn.label('button.send_hours')} ({len(ticked)})"
        keyboard.append([Button(label=label, action=Action.STAFF_PROPOSE, args=(booking.id, _carried(ticked)))])
    return keyboard


def _toggled(ticked: Sequence[int], slot_id: int) -> list[int]:
    """The ticks after a press; one too many takes the place of the oldest."""
    if slot_id in ticked:
        return [other for other in ticked if other != slot_id]
    return [*ticked, slot_id][-proposing.MOST_PROPOSED :]


def _carried(ticked: Sequence[int]) -> str:
    return "-".join(map(str, ticked))


def propose(turn: StaffTurn, booking_id: int, ticked: Sequence[int]) -> None:
    """“Send”: the request is refused, and the candidate takes one of these hours or any other."""
    act(
        turn,
        booking_id,
        lambda: proposing.propose(
            turn.session, booking_id, ticked, language=turn.language, actor=turn.actor, now=turn.now
        ),
    )
