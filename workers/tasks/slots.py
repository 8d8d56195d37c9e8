"""Choosing, confirming and giving up an hour."""

from recruitsmart.domain.dialogue import booking
from recruitsmart.domain.dialogue.turn import Turn
from workers import contract
from workers.registry import answers


@answers(contract.ShowDays)
def show_days(turn: Turn, message: contract.ShowDays) -> None:
    booking.show_days(turn, message.page)


@answers(contract.ShowHours)
def show_hours(turn: Turn, message: contract.ShowHours) -> None:
    booking.show_hours(turn, message.day)


@answers(contract.ReserveSlot)
def reserve(turn: Turn, message: contract.ReserveSlot) -> None:
    booking.reserve(turn, message.slot_id)


@answers(contract.ConfirmBooking)
def confirm(turn: Turn, message: contract.ConfirmBooking) -> None:
    booking.confirm(turn, message.booking_id)


@answers(contract.AskToCancel)
def ask_to_cancel(turn: Turn, message: contract.AskToCancel) -> None:
    booking.ask_to_cancel(turn, message.booking_id)


@answers(contract.CancelBooking)
def cancel(turn: Turn, message: contract.CancelBooking) -> None:
    booking.cancel(turn, message.booking_id)
