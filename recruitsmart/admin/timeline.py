"""What a candidate gets and got, in one line of time and in their zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from recruitsmart.admin.words import reason_word, word
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import Booking
from recruitsmart.domain.slots.reminders import Reminder
from recruitsmart.domain.slots.reminding import Expected
from recruitsmart.domain.timers.models import TimerState

MOST = 8  # the rest is on the page of messages
MOMENTLESS = (TimerState.SKIPPED, TimerState.WITHDRAWN, None)


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A reminder ahead: when, or why not. `at` None when it does not come."""

    booking: Booking
    kind: Reminder
    at: datetime | None
    reason: str

    @property
    def what(self) -> str:
        """Its name in words."""
        return word(self.kind)


def coming(booking: Booking, expected: Iterable[Expected]) -> list[Coming]:
    """The reminders of a booking that are still ahead or do not come; those sent stand among the messages."""
    return [
        Coming(
            booking=booking,
            kind=one.kind,
            at=None if one.state in MOMENTLESS and one.reason else one.at,
            reason=reason_word(one.reason),
        )
        for one in expected
        if one.state != TimerState.DONE
    ]


def newest_first(messages: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """Messages by what became of them last, the newest first."""
    return sorted(messages, key=lambda message: (message.settled_at or message.due_at, message.id), reverse=True)[:MOST]
