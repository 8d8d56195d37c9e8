"""What we hold about a person, for the person: `/mydata` and the card's export."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.queries import attempts_of
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.chats.models import ChatLine
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.notes.models import File
from recruitsmart.domain.slots.models import Booking, EndedBy, Waiting

FILE_NAME = "my-data.json"
MOST_MESSAGES = 2_000  # of each kind; more than anybody has, and a bound


def as_file(session: Session, candidate: Candidate) -> str:
    """Everything as JSON that people can read; moments in UTC."""
    return json.dumps(collected(session, candidate), ensure_ascii=False, indent=2, default=_in_words)


def collected(session: Session, candidate: Candidate) -> dict[str, Any]:
    """Profile, contact, answers, bookings, wishes, messages, names of files, history; no words of colleagues."""
    contact, ours = candidate.contact, candidate.id
    bookings = select(Booking).options(joinedload(Booking.slot)).where(Booking.candidate_id == ours)
    messages = select(OutboxMessage).where(OutboxMessage.candidate_id == ours).order_by(OutboxMessage.id)
    written = select(ChatLine).where(ChatLine.candidate_id == ours, ~ChatLine.by_staff)
    history = select(Entry).where(Entry.candidate_id == ours).order_by(Entry.id)
    return {
        "name": candidate.full_name,
        "phone": candidate.phone,
        "city": candidate.city.name if candidate.city else None,
        "language": candidate.language,
        "source": candidate.source,
        "stage": candidate.stage.value,
        "outcome": candidate.outcome.value,
        "consent": {"version": candidate.consent_version, "at": candidate.consent_at},
        "telegram": None if contact is None else _account(contact),
        "other_accounts": [
            _account(other)
            for other in session.scalars(select(Contact).where(Contact.candidate_id == ours, ~Contact.main))
        ],
        "tests": [_attempt(attempt) for attempt in attempts_of(session, ours)],
        "bookings": [_booking(booking) for booking in session.scalars(bookings.order_by(Booking.id))],
        "wishes": [
            {"since": wish.since, "from": wish.wanted_from, "until": wish.wanted_until, "words": wish.note}
            for wish in session.scalars(select(Waiting).where(Waiting.candidate_id == ours).order_by(Waiting.id))
        ],
        "messages": [
            {"at": message.settled_at or message.due_at, "state": message.state.value, "text": message.body}
            for message in session.scalars(messages.limit(MOST_MESSAGES))
        ],
        "written": [
            {"at": line.said_at, "text": line.text, "sent": line.sent}
            for line in session.scalars(written.order_by(ChatLine.id).limit(MOST_MESSAGES))
        ],
        "files": [
            {"at": file.kept_at, "name": file.name, "bytes": file.size_bytes}
            for file in session.scalars(select(File).where(File.candidate_id == ours).order_by(File.id))
        ],
        "history": [{"at": entry.at, "what": entry.kind} for entry in session.scalars(history.limit(MOST_MESSAGES))],
    }  # fmt: skip


def _account(contact: Contact) -> dict[str, Any]:
    return {"chat_id": contact.chat_id, "username": contact.username, "first_name": contact.first_name}


def _attempt(attempt: Any) -> dict[str, Any]:
    return {
        "test": attempt.test.key,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "score_percent": attempt.score_percent,
        "answers": list(_answers(attempt.answers)),
    }


def _answers(answers: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for answer in answers:
        yield {"question": answer.asked.get("text"), "answer": answer.value, "at": answer.answered_at}


def _booking(booking: Booking) -> dict[str, Any]:
    return {
        "for": booking.purpose.value,
        "starts_at": booking.slot.starts_at,
        "time_zone": booking.time_zone,
        "status": booking.status.value,
        "chosen_at": booking.created_at,
        **({"reason": booking.end_reason} if booking.ended_by == EndedBy.CANDIDATE else {}),
    }


def _in_words(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
