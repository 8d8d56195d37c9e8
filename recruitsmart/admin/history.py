"""The journal in words: who did what, for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.admin.answers import in_language
from recruitsmart.admin.moments import language
from recruitsmart.admin.reasons import reason_word
from recruitsmart.admin.words import word
from recruitsmart.domain.assessments.models import Screening, Test
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.slots.models import BookingStatus
from recruitsmart.domain.slots.wording import reason_in_words

Details = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One fact, as a person reads it."""

    at: datetime
    who: str
    what: str
    more: str


KINDS = {
    "candidate.started": _l("pressed Start"),
    "candidate.consented": _l("agreed to data processing"),
    "candidate.registered": _l("finished registration"),
    "candidate.moved": _l("moved to another stage"),
    "candidate.erased": _l("erased all data"),
    "candidate.asked_to_be_erased": _l("asked to be erased, which a legal hold forbids"),
    "candidate.held": _l("put a legal hold on the data"),
    "candidate.hold_ended": _l("ended the legal hold"),
    "candidate.exported": _l("took the data along"),
    "candidate.rejected": _l("rejected the candidate"),
    "candidate.withdrew": _l("the candidate withdrew"),
    "candidate.brought_back": _l("brought back"),
    "candidate.hired": _l("hired"),
    "candidate.unreachable": _l("our messages no longer arrive"),
    "candidate.reachable": _l("our messages arrive again"),
    "attempt.started": _l("began a test"),
    "attempt.finished": _l("the test is finished"),
    "attempt.offered": _l("offered a test"),
    "candidate.extra_time": _l("time in tests was lengthened"),
    "screening.accepted": _l("accepted after the questionnaire"),
    "attempt.credited": _l("time lost on our side was given back"),
    "question.skipped": _l("a question was removed meanwhile and passed over"),
    "booking.reserved": _l("reserved an hour"),
    "booking.approved": _l("approved the hour"),
    "booking.confirmed": _l("said “I will come”"),
    "booking.cancelled": _l("the booking was cancelled"),
    "booking.moved": _l("moved the booking"),
    "booking.runs_late": _l("is running late"),
    "booking.would_come_earlier": _l("would come earlier"),
    "booking.keeps_the_hour": _l("keeps the hour after all"),
    "booking.outcome": _l("noted how the meeting went"),
    "message.sent_again": _l("sent a message again"),
    "chat.asked": _l("asked for a human"),
    "chat.taken": _l("took the conversation over"),
    "chat.closed": _l("gave the conversation back to the bot"),
    "attempt.paused": _l("wrote in the middle of a test; its clock stood still"),
    "note.written": _l("wrote a note"),
    "file.kept": _l("kept a file"),
    "candidate.hire_taken_back": _l("took the hire back"),
    "file.taken_away": _l("took a file away"),
    "candidate.follow_up": _l("wants to look again"),
    "candidate.followed_up": _l("has looked again"),
    "candidate.waits": _l("waits for a free hour"),
    "slot.held": _l("holds a freed hour for the candidate"),
    "candidate.assigned": _l("given to a recruiter"),
    "candidate.relocated": _l("moved to another city"),
    "candidate.imported": _l("came from a file"),
    "candidate.entered": _l("entered by hand"),
    "candidate.invited": _l("made a personal link"),
    "candidate.joined": _l("came to the bot by the personal link"),
    "candidate.told_apart": _l("told apart from another card"),
    "candidate.perhaps_one": _l("said that another card may be the same person after all"),
    "candidate.perhaps_twice": _l("opened the personal link of this card, having a card already"),
    "candidate.merged": _l("merged another card into this one"),
    "candidate.other_account": _l("writes from another Telegram account"),
    "candidate.corrected": _l("corrected the card, which said before:"),
    "candidate.filled": _l("a file filled what the card lacked"),
    "account.made": _l("made the account"),
    "account.changed": _l("changed its rights"),
    "account.deactivated": _l("switched it off"),
    "account.activated": _l("switched it on"),
    "account.sessions_ended": _l("ended its sessions"),
    "account.password_reset": _l("reset its password"),
    "account.lock_lifted": _l("lifted the lock on signing in"),
    "account.password_set": _l("set a password with a code"),
    "account.password_changed": _l("changed the password"),
    "account.second_factor_added": _l("turned the second factor on"),
    "account.second_factor_removed": _l("turned the second factor off"),
    "account.linked": _l("linked Telegram"),
    "account.unlinked": _l("unlinked Telegram"),
    "account.unreachable": _l("nothing arrives in Telegram any more:"),
    "account.reachable": _l("wrote in Telegram, where messages arrive again"),
    "intake.started": _l("began it"),
    "intake.stopped": _l("stopped it"),
    "intake.finished": _l("it is through"),
    "candidates.exported": _l("exported candidates"),
    "batch.started": _l("began it"),
    "batch.stopped": _l("stopped it"),
    "batch.finished": _l("it is through"),
    "broadcast.drafted": _l("wrote the broadcast"),
    "broadcast.started": _l("started the broadcast"),
    "broadcast.paused": _l("paused the broadcast"),
    "broadcast.resumed": _l("resumed the broadcast"),
    "broadcast.stopped": _l("stopped the broadcast"),
    "broadcast.finished": _l("the broadcast is through"),
}


def in_words(session: Session, entries: Sequence[Entry], tests: Iterable[Test] = ()) -> list[Line]:
    """Entries as lines; the names of accounts are read in one query.

    Of these tests the title stands where the journal has the key.
    """
    names, titles = _logins(session, entries), {test.key: in_language(test.title) for test in tests}
    return [
        Line(
            at=entry.at, who=_who(entry, names), what=str(KINDS.get(entry.kind) or entry.kind),
            more=_more(entry, titles),
        )
        for entry in entries
    ]  # fmt: skip


def _logins(session: Session, entries: Sequence[Entry]) -> dict[int, str]:
    ids = {entry.actor_id for entry in entries if entry.actor_kind == ActorKind.STAFF} - {None}
    if not ids:
        return {}
    accounts = session.execute(select(Account.id, Account.login).where(Account.id.in_(ids)))
    return {row.id: row.login for row in accounts}


def _who(entry: Entry, names: Mapping[int, str]) -> str:
    match entry.actor_kind:
        case ActorKind.CANDIDATE:
            return _("candidate")
        case ActorKind.STAFF:
            return names.get(entry.actor_id or 0) or _("a colleague")
        case ActorKind.OPERATOR:
            return _("an operator, at the command line")
        case _:
            return _("system")


def _more(entry: Entry, titles: Mapping[str, str]) -> str:
    reading, details = _MORE.get(entry.kind), entry.details
    if reading is None:
        return ""
    return reading({**details, "test": titles.get(details["test"], details["test"])} if "test" in details else details)


def _stages(details: Details) -> str:
    return f"{_word(Stage, details.get('before'))} → {_word(Stage, details.get('after'))}"


def _outcome(details: Details) -> str:
    return _word(BookingStatus, details.get("after"))


def _minutes(details: Details) -> str:
    return _("%(minutes)s min", minutes=details.get("minutes", "?"))


def _result(details: Details) -> str:
    parts = [str(details.get("test", "")), _word(Screening, details.get("screening"))]
    if details.get("percent") is not None:
        parts.append(f"{details['percent']} %")
    return " · ".join(part for part in parts if part)


def _people(details: Details) -> str:
    return _("people concerned: %(count)s", count=details.get("people", "?"))


def _reason(details: Details) -> str:
    return str(details.get("reason") or "")


def _rights(details: Details) -> str:
    """Role and recruiter, before and after."""
    before, after = (_right(details.get(when) or {}) for when in ("before", "after"))
    return f"{before} → {after}"


def _right(said: Details) -> str:
    return ", ".join(part for part in (_word(Role, said.get("role")), str(said.get("recruiter") or "")) if part)


def _given_up(details: Details) -> str:
    """What the card that was given up said and the other does not say."""
    parts = [str(details[name]) for name in ("full_name", "phone", "city", "source") if details.get(name)]
    return " · ".join([*parts, _word(Stage, details.get("stage"))])


def _before(details: Details) -> str:
    return " · ".join(str(details[name]) for name in ("full_name", "phone") if name in details)


def _why_cancelled(details: Details) -> str:
    return reason_in_words(_reason(details), language()) or ""


def _extra_time(details: Details) -> str:
    return f"{details.get('before', 0)} % → {details.get('after', 0)} %"


def _test(details: Details) -> str:
    return str(details.get("test", ""))


_MORE: dict[str, Callable[[Details], str]] = {
    "candidate.moved": _stages,
    "candidate.held": _reason,
    "candidate.rejected": _reason,
    "candidate.withdrew": _reason,
    "candidate.unreachable": lambda details: reason_word(_reason(details)),
    "account.unreachable": lambda details: reason_word(_reason(details)),
    "candidate.imported": lambda details: _("line %(number)s", number=details.get("line", "?")),
    "candidate.merged": _given_up,
    **dict.fromkeys(("file.kept", "file.taken_away"), lambda details: str(details.get("name", ""))),
    "candidate.corrected": lambda details: _before(details) or "—",
    **dict.fromkeys(
        ("candidate.told_apart", "candidate.perhaps_one"), lambda details: str(details.get("reference", ""))
    ),
    "account.made": _right,
    "account.changed": _rights,
    "candidate.assigned": lambda details: str(details.get("recruiter", "")),
    "candidate.relocated": lambda details: f"{details.get('before') or '—'} → {details.get('after', '')}",
    "message.sent_again": lambda details: str(details.get("text", "")),
    "attempt.started": _test,
    "candidate.follow_up": lambda details: str(details.get("day", "")),
    "attempt.offered": _reason,
    "screening.accepted": _reason,
    "candidate.extra_time": _extra_time,
    "attempt.finished": _result,
    "booking.cancelled": _why_cancelled,
    "booking.outcome": _outcome,
    "booking.runs_late": _minutes,
    **dict.fromkeys(("batch.started", "batch.stopped"), _people),
    **dict.fromkeys(("broadcast.started", "broadcast.paused", "broadcast.resumed", "broadcast.stopped"), _people),
}


def _word(kind: type[StrEnum], value: Any) -> str:
    """The word for a value that was written down once; a value nobody knows any more stays as it is."""
    return word(kind(value)) if value in {member.value for member in kind} else str(value or "")
