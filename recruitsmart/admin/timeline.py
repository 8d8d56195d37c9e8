"""What a candidate gets and got, in one line of time and in their zone; and what recruiters get about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from recruitsmart.admin.reasons import reason_word
from recruitsmart.admin.words import word
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.planned import REMINDERS, Planned
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.reminding import Expected
from recruitsmart.domain.timers.models import TimerState

MOST = 8  # the rest is on the page of messages
MOMENTLESS = (TimerState.SKIPPED, TimerState.WITHDRAWN, None)
FIRST_OF_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Coming:
    """Something ahead: when, or why not. `at` None when it does not come; without a timer there are no words yet."""

    what: str
    about: str
    at: datetime | None
    zone: str | None
    reason: str = ""
    once_approved: bool = False
    is_for_staff: bool = False
    timer_id: int | None = None


def coming(expected: Iterable[tuple[Booking, Expected]], planned: Sequence[Planned]) -> list[Coming]:
    """What is ahead or does not come, the next first; what was sent stands among the messages."""
    timers = {(one.booking.id, REMINDERS[one.kind]): one for one in planned if one.booking and one.kind in REMINDERS}
    reminders = [
        _reminder(booking, one, timers.get((booking.id, one.kind)))
        for booking, one in expected
        if one.state != TimerState.DONE
    ]
    others = [_other(one) for one in planned if one.kind not in REMINDERS]
    return sorted([*reminders, *others], key=lambda one: one.at or FIRST_OF_ALL)


def _reminder(booking: Booking, one: Expected, timer: Planned | None) -> Coming:
    comes_not = one.state in MOMENTLESS and one.reason
    return Coming(
        what=word(one.kind),
        about=word(booking.purpose),
        at=None if comes_not else one.at,
        zone=booking.time_zone,
        reason=reason_word(one.reason),
        once_approved=booking.status == BookingStatus.PENDING,
        timer_id=None if timer is None else timer.timer_id,
    )


def _other(one: Planned) -> Coming:
    return Coming(
        what=word(one.kind),
        about=about(one),
        at=one.at,
        zone=one.time_zone,
        is_for_staff=one.is_for_staff,
        timer_id=one.timer_id,
    )


def about(one: Planned) -> str:
    """Which meeting it belongs to; empty when to none."""
    if one.booking is not None:
        return word(one.booking.purpose)
    return "" if one.offer is None else word(one.offer.slot.purpose)


def newest_first(messages: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """Messages by what became of them last, the newest first."""
    return sorted(messages, key=lambda message: (message.settled_at or message.due_at, message.id), reverse=True)[:MOST]
