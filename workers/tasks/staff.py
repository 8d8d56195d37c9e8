"""What staff do in Telegram."""

from recruitsmart.domain.dialogue import staff, staff_bookings
from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.staff_lists import obey
from workers import contract
from workers.registry import answers


@answers(contract.LinkAccount)
def link(turn: StaffTurn, message: contract.LinkAccount) -> None:
    staff.link_account(turn, message.code)


@answers(contract.StaffCommand)
def command(turn: StaffTurn, message: contract.StaffCommand) -> None:
    obey(turn, message.name, message.words)


@answers(contract.ShowBooking)
def show_booking(turn: StaffTurn, message: contract.ShowBooking) -> None:
    staff_bookings.show(turn, message.booking_id)


@answers(contract.ApproveBooking)
def approve(turn: StaffTurn, message: contract.ApproveBooking) -> None:
    staff_bookings.approve(turn, message.booking_id)


@answers(contract.AskToRefuse)
def ask_to_refuse(turn: StaffTurn, message: contract.AskToRefuse) -> None:
    staff_bookings.ask_refusal(turn, message.booking_id)


@answers(contract.RefuseBooking)
def refuse(turn: StaffTurn, message: contract.RefuseBooking) -> None:
    staff_bookings.refuse(turn, message.booking_id, message.reason)


@answers(contract.NoteOutcome)
def note_outcome(turn: StaffTurn, message: contract.NoteOutcome) -> None:
    staff_bookings.note_outcome(turn, message.booking_id, message.result)


@answers(contract.PassInterview)
def pass_interview(turn: StaffTurn, message: contract.PassInterview) -> None:
    staff_bookings.pass_interview(turn, message.booking_id)
