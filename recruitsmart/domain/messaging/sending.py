"""The values that pass between the outbox and whoever sends: pure, so that the sender needs no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any


class Lane(IntEnum):
    """Whose turn it is: a lower lane always goes first."""

    INTERACTIVE = 0
    PROMISED = 1
    BULK = 2


class Verdict(StrEnum):
    """What an attempt to send came to."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # Telegram will never take this
    BUSY = "busy"  # Telegram told us to wait
    BROKEN = "broken"  # surely not accepted: could not connect, or an error answer
    DOUBTFUL = "doubtful"  # the request left, no answer came
    MOOT = "moot"  # no use any more: it is too late, or there is nothing left to edit


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The verdict with what belongs to it: the new message's id, how long to wait, or why.

    `away`: Telegram could not be reached or did not answer, which says nothing about this message.
    """

    verdict: Verdict
    telegram_message_id: int | None = None
    wait: timedelta = timedelta(0)
    reason: str | None = None
    unreachable: bool = False
    away: bool = False


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What a sender needs to know of a row it holds."""

    id: int
    about: str
    kind: str
    chat_id: int
    lane: Lane
    body: str
    keyboard: list[list[dict[str, Any]]] | None
    replaces_message_id: int | None
    edits_only: bool
    valid_until: datetime | None
    file_name: str | None
    file_text: str | None
    attempts: int
    doubts: int
    leased_until: datetime
    others_wait: bool = False  # whether more messages are due
    was_patient: bool = False  # better lanes kept it waiting too long: now it is served like a reply

    def is_worth_sending(self, *, now: datetime) -> bool:
        """Whether its moment has not passed."""
        return self.valid_until is None or now < self.valid_until


# Stored with a message as the reason of what became of it; the panel says them in the reader's language.
BLOCKED = "blocked the bot"
AS_PLAIN_TEXT = "sent as plain text: Telegram could not read the markup"
NO_CONNECTION, NO_CONNECTION_IN_TIME = "no connection", "no connection in time"

TOO_LATE = Outcome(verdict=Verdict.MOOT, reason="too late")
NOTHING_TO_EDIT = Outcome(verdict=Verdict.MOOT, reason="nothing left to edit")
