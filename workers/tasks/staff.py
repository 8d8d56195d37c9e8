"""What staff do in Telegram."""

from recruitsmart.domain.dialogue import staff, staff_bookings, staff_decisions, staff_groups, staff_hours
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


@answers(contract.ShowGroup)
def show_group(turn: StaffTurn, message: contract.ShowGroup) -> None:
    staff_groups.show_group(turn, message.slot_id, message.page)


@answers(contract.TickPerson)
def tick(turn: StaffTurn, message: contract.TickPerson) -> None:
    staff_groups.tick(turn, message.booking_id, message.result, message.page)


@answers(contract.TickAll)
def tick_all(turn: StaffTurn, message: contract.TickAll) -> None:
    staff_groups.tick_all(turn, message.slot_id)


@answers(contract.HirePerson)
def hire(turn: StaffTurn, message: contract.HirePerson) -> None:
    staff_decisions.hire(turn, message.booking_id)


@answers(contract.AskToReject)
def ask_to_reject(turn: StaffTurn, message: contract.AskToReject) -> None:
    staff_decisions.ask_rejection(turn, message.booking_id)


@answers(contract.RejectPerson)
def reject(turn: StaffTurn, message: contract.RejectPerson) -> None:
    staff_decisions.reject(turn, message.booking_id, message.reason)


@answers(contract.BringBack)
def bring_back(turn: StaffTurn, message: contract.BringBack) -> None:
    staff_decisions.bring_back(turn, message.booking_id)


@answers(contract.AskWhichHours)
def ask_which_hours(turn: StaffTurn, message: contract.AskWhichHours) -> None:
    staff_hours.ask_hours(turn, message.booking_id, contract.numbers(message.ticked))


@answers(contract.ProposeHours)
def propose_hours(turn: StaffTurn, message: contract.ProposeHours) -> None:
    staff_hours.propose(turn, message.booking_id, contract.numbers(message.ticked))
