"""The one family of errors people may read: each docstring is the sentence shown, `key` names its text."""

from typing import ClassVar

OUR_DEFECT = "Something went wrong on our side; nothing was changed."  # what is said of a part that failed


class DomainError(Exception):
    """Something about this request cannot be done."""

    key: ClassVar[str] = "trouble"

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else (type(self).__doc__ or "").strip()


class NotFound(DomainError):
    """This does not exist, or it is not yours."""

    key = "error.not_found"


class Changed(DomainError):
    """Somebody else changed this in the meantime; look at the new state and try again."""


class BadInput(DomainError):
    """This cannot be understood."""


class BadText(BadInput):
    """This text cannot be used."""


class NotBegun(BadInput):
    """The hour has not begun yet."""

    key = "staff.not_begun"


class NotNoted(BadInput):
    """Note first whether the candidate came to the introductory day."""

    key = "staff.not_noted"


class NeedsReasonForAnother(BadInput):
    """Say why this person gets another go."""

    key = "staff.another_go"


class HourUnavailable(DomainError):
    """This hour cannot be booked."""

    key = "slot.closed"


class SlotTaken(HourUnavailable):
    """This hour has just been taken."""

    key = "slot.taken"


class SlotClosed(HourUnavailable):
    """This hour is no longer offered."""


class SlotTooSoon(HourUnavailable):
    """This hour is too near, or too far ahead, to be booked."""

    key = "slot.too_soon"


class TooLate(DomainError):
    """It is too late to change this booking."""

    key = "booking.too_late"


class AlreadyBooked(DomainError):
    """There is a live booking for this purpose already."""

    key = "booking.already"


class BookingGone(DomainError):
    """This booking has ended in the meantime."""

    key = "booking.gone"


class HoursOverlap(DomainError):
    """This recruiter already has an open hour at that time."""


class PeopleBooked(DomainError):
    """People are booked for this hour, and a booking keeps its hour: give them another one first."""


class NotInThisStage(DomainError):
    """The candidate is not at a stage where this can be done."""

    key = "error.stage"
