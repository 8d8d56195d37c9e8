"""Choosing, confirming and giving up an hour in the chat."""

from datetime import date
from zoneinfo import ZoneInfo

from recruitsmart.domain.dialogue.asking import ask, ask_again, hour_buttons, put_booking, put_days, put_hours
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.errors import AlreadyBooked, BookingGone, HourUnavailable, NotInThisStage, TooLate
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.messaging.buttons import Action, Button, in_rows
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking, Purpose, Slot
from recruitsmart.domain.slots.queries import live_booking, nearest_free


def show_days(turn: Turn, page: int) -> None:
    """The days again, in place of the pressed message."""
    if turn.due_prompt() == Prompt.HOUR:
        turn.opens(Prompt.HOUR)
        put_days(turn, page=page, replace=True)
    else:
        ask_again(turn)


def show_hours(turn: Turn, day: str) -> None:
    """The free hours of a pressed day."""
    if turn.due_prompt() == Prompt.HOUR:
        put_hours(turn, date.fromisoformat(day))
    else:
        ask_again(turn)


def reserve(turn: Turn, slot_id: int) -> None:
    """A pressed hour. Taken meanwhile: said so, with the nearest free hours in the same reply."""
    pressed = turn.sender.pressed_message_id
    try:
        slots.reserve(turn.session, turn.candidate, slot_id, now=turn.now, replaces_message_id=pressed)
    except AlreadyBooked:
        _say_already(turn)
    except HourUnavailable as error:
        _offer_others(turn, error.key, slot_id)
    except NotInThisStage:
        ask_again(turn)
    else:
        turn.opens(Prompt.BOOKED)


def _say_already(turn: Turn) -> None:
    booking = live_booking(turn.session, turn.candidate.id, Purpose.INTERVIEW)
    if booking is not None:
        put_booking(turn, booking)


def _offer_others(turn: Turn, key: str, slot_id: int) -> None:
    city, slot = turn.candidate.city, turn.session.get(Slot, slot_id)
    if city is None:
        ask_again(turn)
        return
    zone = ZoneInfo(city.time_zone)
    around = turn.now if slot is None else slot.starts_at
    nearest = nearest_free(turn.session, city, around, purpose=Purpose.INTERVIEW, now=turn.now)
    buttons = [
        Button(
            label=f"{local_time.short_day(hour.starts_at.astimezone(zone).date(), turn.language)} {button.label}",
            action=button.action, args=button.args,
        )
        for hour, button in zip(nearest, hour_buttons(nearest, zone), strict=True)
    ]  # fmt: skip
    keyboard = in_rows(buttons, width=1)
    keyboard.append([Button(label=turn.label("button.choose_hour"), action=Action.DAYS, args=(0,))])
    turn.opens(Prompt.HOUR)
    turn.reply(key, keyboard, replace=True)


def confirm(turn: Turn, booking_id: int) -> None:
    """“I will come.”"""
    try:
        booking = slots.confirm(turn.session, turn.candidate, booking_id, now=turn.now)
    except BookingGone as error:
        turn.reply(error.key)
    else:
        put_booking(turn, booking, replace=True)


def ask_to_cancel(turn: Turn, booking_id: int) -> None:
    """“Cancel” asks once more, because the hour is gone then."""
    booking = _own_live(turn, booking_id)
    if booking is None:
        turn.reply(BookingGone.key)
        return
    keyboard = [
        [Button(label=turn.label("button.cancel_sure"), action=Action.CANCEL_SURE, args=(booking_id,))],
        [Button(label=turn.label("button.keep"), action=Action.MY)],
    ]
    turn.reply("booking.cancel_ask", keyboard, replace=True, **_when(turn, booking))


def cancel(turn: Turn, booking_id: int) -> None:
    """The candidate gives the hour up and is offered others."""
    try:
        slots.cancel(turn.session, turn.candidate, booking_id, reason="said so in the chat", now=turn.now)
    except (BookingGone, TooLate) as error:
        turn.reply(error.key)
    else:
        turn.reply("booking.cancelled", [], replace=True)
        ask(turn)


def _own_live(turn: Turn, booking_id: int) -> Booking | None:
    booking = live_booking(turn.session, turn.candidate.id, Purpose.INTERVIEW)
    return booking if booking is not None and booking.id == booking_id else None


def _when(turn: Turn, booking: Booking) -> dict[str, str]:
    zone = ZoneInfo(booking.time_zone)
    day = local_time.day_in_words(booking.slot.starts_at.astimezone(zone).date(), turn.language)
    return {"day": day, "hour": local_time.hour(booking.slot.starts_at, zone)}
