"""Forgetting a person: what was said, asked, answered and written about them goes; an anonymous count stays.

Every table that refers to a candidate has its place in the plan below; `tests/domain/test_erasing.py` fails when a new
one has none, and looks for an erased person's words in the whole database.
"""

from datetime import datetime, timedelta
from typing import Any

from markupsafe import escape
from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    and_,
    case,
    column,
    delete,
    exists,
    func,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.candidates.models import Candidate, new_reference
from recruitsmart.domain.candidates.stages import ENDED, Outcome
from recruitsmart.domain.chats.models import Chat
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.intake.models import IntakeLine
from recruitsmart.domain.intake.operations import NO_WORDS
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.queries import stands_in_staff_text
from recruitsmart.domain.pipeline import belongings, mentions
from recruitsmart.domain.pipeline.decisions import let_go
from recruitsmart.domain.pipeline.rejections import keep_from_telling
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus
from recruitsmart.domain.slots.seats import lock_slots

ERASED = "erased"  # stands where a reason must stand

# What is deleted whole, children first; what stays as a bare fact without words is handled below.
DELETED = (
    "answers", "attempts", "offers", "waiting", "conversations", "chat_lines", "chats", "notes", "files", "follow_ups",
    "invitations", "contacts", "broadcast_recipients", "merged_cards", "outbox", "page_requests",
)  # fmt: skip
KEPT_BARE = ("bookings", "journal", "intake_lines", "batch_people")
STAFF_WORDS_KEPT = timedelta(days=30)
LAST_WORDS = "forget.done"
TO_STAFF = and_(OutboxMessage.candidate_id.is_(None), OutboxMessage.body != "")
# The funnel is counted from these; their details are stages and the key of a test.
COUNTED = ("candidate.moved", "attempt.finished")


class OnHold(DomainError):
    """The law requires us to keep this person's data for now."""

    key = "forget.held"


def erase(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """Forget everything about a person. Erasing twice changes nothing.

    Live bookings are given up first, and their recruiters told. Locks lists that name the person, then the
    conversation, slot, booking, candidate.

    Raises:
        OnHold
    """
    if candidate.erased_at is not None:
        return
    if candidate.hold_reason is not None:
        raise OnHold
    person = mentions.person_of(session, candidate)
    mentions.forget(session, person)
    belongings.lock_conversations(session, [candidate.id])
    _blank_what_staff_read(session, candidate, person, now=now)
    _lock_bookings(session, candidate.id)
    phone, candidate.full_name, candidate.phone = candidate.phone, None, None
    if candidate.outcome == Outcome.ACTIVE:
        let_go(session, candidate, reason=ERASED, actor=actor, now=now)  # recruiters read that an hour is free, no name
    keep_from_telling(session, candidate, now=now)
    session.flush()
    for name in DELETED:
        rows, theirs = _of(name, candidate.id)
        session.execute(delete(rows).where(theirs))
    _keep_bare_facts(session, candidate.id, phone)
    _make_anonymous(candidate, now=now)
    record(session, "candidate.erased", actor=actor, now=now, candidate_id=candidate.id)
    session.flush()
    session.expire(candidate, ["contact"])


def _lock_bookings(session: Session, candidate_id: int) -> None:
    """Before the person's own row is written: whoever closes an hour locks it first, then the people in it."""
    live = Booking.candidate_id == candidate_id, Booking.status.in_(LIVE)
    lock_slots(session, session.scalars(select(Booking.slot_id).where(*live)).all())
    session.execute(select(Booking.id).where(*live).order_by(Booking.id).with_for_update(of=Booking))


def _of(name: str, candidate_id: int) -> tuple[TableClause, ColumnElement[bool]]:
    """A table, and which of its rows belong to a person: directly, or through the row they hang on.

    Known by name only: some lie above this subject, and a worker need not have imported their models.
    """
    if name in _HANG_ON:
        rows = table(name, *(column(key) for key in _HANG_ON[name].values()))
        return rows, or_(
            *(rows.c[key].in_(_numbers_of(parent, candidate_id)) for parent, key in _HANG_ON[name].items())
        )
    key = "survivor_id" if name == "merged_cards" else "candidate_id"
    rows = table(name, column(key))
    return rows, rows.c[key] == candidate_id


# By table: the rows they hang on, and the column that says so.
_HANG_ON = {
    "answers": {"attempts": "attempt_id"},
    "offers": {"waiting": "waiting_id", "bookings": "booking_id"},
}


def _numbers_of(name: str, candidate_id: int) -> Select[Any]:
    rows = table(name, column("id"), column("candidate_id"))
    return select(rows.c.id).where(rows.c.candidate_id == candidate_id)


def _blank_what_staff_read(session: Session, candidate: Candidate, person: mentions.Person, *, now: datetime) -> None:
    """Messages to recruiters name people; those about this one, or with a name or a phone, lose their words.

    A name that our own texts say, “Новая заявка”, tells of nobody: anybody may register with it.
    """
    words = [str(escape(word)) for word in person.said if not stands_in_staff_text(session, word)]  # a body is HTML
    theirs = [
        select(func.concat(f"{subject}:", rows.id)).where(rows.candidate_id == candidate.id)
        for subject, rows in (("attempt", Attempt), ("booking", Booking), ("chat", Chat))
    ]
    subject_of = func.substring(OutboxMessage.about, r"^\w+:\d+")  # without what happened to it: `booking:17@late`
    named = [mentions.tell(OutboxMessage.body, word) for word in words]
    _blank(session, or_(subject_of.in_(union_all(*theirs)), *named), now=now)


def _blank(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Take the words out of messages to recruiters; what has not left yet never leaves."""
    waits = OutboxMessage.state == MessageState.QUEUED
    session.execute(
        update(OutboxMessage)
        .where(TO_STAFF, which)
        .values(
            body="", file_name=None, file_text=None, keyboard=None,
            state=case((waits, MessageState.SKIPPED.value), else_=OutboxMessage.state),
            reason=case((waits, ERASED), else_=OutboxMessage.reason),
            settled_at=case((waits, now), else_=OutboxMessage.settled_at),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def forget_what_staff_read(session: Session, *, now: datetime) -> None:
    """After a month the words of messages to recruiters, which name people, are not needed any more.

    Nor are the last words to those who were forgotten, which still say in whose chat they stand.
    """
    is_old = OutboxMessage.settled_at < now - STAFF_WORDS_KEPT
    session.execute(delete(OutboxMessage).where(TO_STAFF, is_old, OutboxMessage.kind == LAST_WORDS))
    _blank(session, is_old, now=now)


def _keep_bare_facts(session: Session, candidate_id: int, phone: str | None) -> None:
    lines = IntakeLine.candidate_id == candidate_id
    if phone:
        lines = or_(lines, IntakeLine.phone == phone)
    session.execute(update(IntakeLine).where(lines).values(**NO_WORDS).execution_options(synchronize_session=False))
    cancelled = (Booking.candidate_id == candidate_id, Booking.status == BookingStatus.CANCELLED)
    session.execute(update(Booking).where(*cancelled).values(end_reason=ERASED))
    told = (Entry.candidate_id == candidate_id, Entry.kind.not_in(COUNTED), Entry.details != {})
    session.execute(update(Entry).where(*told).values(details={}))


def _make_anonymous(candidate: Candidate, *, now: datetime) -> None:
    """City, source, stage, outcome and moments stay: they are counted."""
    candidate.reference = new_reference()
    candidate.consent_at = candidate.consent_version = None
    candidate.recruiter_id, candidate.extra_time_percent, candidate.phone_declined = None, 0, False
    candidate.outcome_reason = ERASED if candidate.outcome in ENDED else None
    candidate.erased_at = now


def due_to_be_erased(
    session: Session, *, rejected_days: int, withdrawn_days: int, limit: int, now: datetime
) -> list[int]:
    """Ids of people whose application ended, and about whom nothing has happened for so many days; 0 days: never."""
    days = ((Outcome.REJECTED, rejected_days), (Outcome.WITHDRAWN, withdrawn_days))
    due: list[int] = []
    for outcome, kept in days:
        if kept:
            due += session.scalars(_silent_since(outcome, now - timedelta(days=kept)).limit(limit - len(due)))
    return due


def erase_when_due(session: Session, candidate_id: int, *, now: datetime) -> None:
    """Erase somebody of `due_to_be_erased`, unless the person was brought back, held or erased meanwhile."""
    found = select(Candidate).where(Candidate.id == candidate_id, Candidate.outcome.in_(ENDED))
    candidate = session.scalar(found.where(Candidate.erased_at.is_(None), Candidate.hold_reason.is_(None)))
    if candidate is not None:
        erase(session, candidate, actor=SYSTEM, now=now)


def _silent_since(outcome: Outcome, moment: datetime) -> Select[int]:
    later = exists().where(Entry.candidate_id == Candidate.id, Entry.at >= moment)
    ended = (Candidate.outcome == outcome, Candidate.erased_at.is_(None), Candidate.hold_reason.is_(None))
    return select(Candidate.id).where(*ended, Candidate.stage_since < moment, ~later).order_by(Candidate.stage_since)


def hold(session: Session, candidate: Candidate, *, reason: str, actor: Actor, now: datetime) -> None:
    """Keep a person's data whatever the retention says, for a stated reason; an empty one ends the hold."""
    candidate.hold_reason = " ".join(reason.split())[:500] or None
    kind = "candidate.held" if candidate.hold_reason else "candidate.hold_ended"
    record(session, kind, actor=actor, now=now, candidate_id=candidate.id, reason=candidate.hold_reason)
