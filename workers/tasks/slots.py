"""Choosing, confirming and giving up an hour."""

from recruitsmart.domain.dialogue import booking, earlier, page, wishing
from recruitsmart.domain.dialogue.page import PageTurn
from recruitsmart.domain.dialogue.turn import Turn
from workers import contract
from workers.registry import answers


@answers(contract.ShowDays)
def show_days(turn: Turn, message: contract.ShowDays) -> None:
    booking.show_days(turn, message.page, message.recruiter_id)


@answers(contract.ChooseRecruiter)
def choose_recruiter(turn: Turn, message: contract.ChooseRecruiter) -> None:
    booking.choose_recruiter(turn, message.recruiter_id)


@answers(contract.ShowHours)
def show_hours(turn: Turn, message: contract.ShowHours) -> None:
    booking.show_hours(turn, message.day, message.recruiter_id, message.page)


@answers(contract.ReserveSlot)
def reserve(turn: Turn, message: contract.ReserveSlot) -> None:
    booking.reserve(turn, message.slot_id)


@answers(contract.ConfirmBooking)
def confirm(turn: Turn, message: contract.ConfirmBooking) -> None:
    booking.confirm(turn, message.booking_id)


@answers(contract.RunLate)
def run_late(turn: Turn, message: contract.RunLate) -> None:
    booking.run_late(turn, message.booking_id, message.minutes)


@answers(contract.ShowDaysToMove)
def show_days_to_move(turn: Turn, message: contract.ShowDaysToMove) -> None:
    booking.show_days_to_move(turn, message.booking_id, message.page, message.recruiter_id, replace=message.again)


@answers(contract.ShowHoursToMove)
def show_hours_to_move(turn: Turn, message: contract.ShowHoursToMove) -> None:
    booking.show_hours_to_move(turn, message.booking_id, message.day, message.page, message.recruiter_id)


@answers(contract.MoveBooking)
def move(turn: Turn, message: contract.MoveBooking) -> None:
    booking.move(turn, message.booking_id, message.slot_id)


@answers(contract.AskToCancel)
def ask_to_cancel(turn: Turn, message: contract.AskToCancel) -> None:
    booking.ask_why_cancel(turn, message.booking_id)


@answers(contract.CancelBooking)
def cancel(turn: Turn, message: contract.CancelBooking) -> None:
    booking.cancel(turn, message.booking_id, message.reason)


@answers(contract.AskOtherTime)
def ask_other_time(turn: Turn, message: contract.AskOtherTime) -> None:
    wishing.ask_wish(turn)


@answers(contract.ComeEarlier)
def come_earlier(turn: Turn, message: contract.ComeEarlier) -> None:
    earlier.come_earlier(turn, message.booking_id)


@answers(contract.KeepHour)
def keep_hour(turn: Turn, message: contract.KeepHour) -> None:
    earlier.keep_hour(turn, message.booking_id)


@answers(contract.DeclineOffer)
def decline(turn: Turn, message: contract.DeclineOffer) -> None:
    earlier.decline(turn, message.offer_id)


@answers(contract.ReserveOnPage)
def reserve_on_page(tapped: PageTurn, message: contract.ReserveOnPage) -> None:
    page.reserve(tapped, message.slot_id)


@answers(contract.MoveOnPage)
def move_on_page(tapped: PageTurn, message: contract.MoveOnPage) -> None:
    page.move(tapped, message.booking_id, message.slot_id)


@answers(contract.CancelOnPage)
def cancel_on_page(tapped: PageTurn, message: contract.CancelOnPage) -> None:
    page.cancel(tapped, message.booking_id, message.reason)
