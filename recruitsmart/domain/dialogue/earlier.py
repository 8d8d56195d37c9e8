"""Hours that are offered, and “I could come earlier”, in the chat."""

from recruitsmart.domain.dialogue.asking import put_booking
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.errors import BookingGone, TooLate
from recruitsmart.domain.slots import earlier, waiting
from recruitsmart.domain.slots.announcements import booking_keyboard
from recruitsmart.domain.slots.wording import values_of


def come_earlier(turn: Turn, booking_id: int) -> None:
    """“I could come earlier.”"""
    try:
        booking = earlier.would_come_earlier(turn.session, turn.candidate, booking_id, now=turn.now)
    except BookingGone as error:
        turn.reply(error.key)
    except TooLate as error:
        turn.reply(error.key, [turn.way_to_human])
    else:
        values = values_of(booking, turn.language)
        keyboard = booking_keyboard(booking, turn.language, now=turn.now)
        turn.reply("booking.earlier_noted", keyboard, day=values["day"], hour=values["hour"])


def keep_hour(turn: Turn, booking_id: int) -> None:
    """“Not earlier after all.”"""
    try:
        booking = earlier.keep_hour(turn.session, turn.candidate, booking_id, now=turn.now)
    except BookingGone as error:
        turn.reply(error.key)
    else:
        put_booking(turn, booking, replace=True)


def decline(turn: Turn, offer_id: int) -> None:
    """“Does not suit me”: the held hour goes to the next person."""
    offer = waiting.decline(turn.session, turn.candidate, offer_id, now=turn.now)
    has_hour = offer is not None and offer.booking_id is not None
    turn.reply("hour.earlier_declined" if has_hour else "hour.declined", [], replace=True)
