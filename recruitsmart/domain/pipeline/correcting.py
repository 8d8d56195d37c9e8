"""Mending what a card says of a person: a slip in the name, a wrong phone number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.intake.rules import full_name_of, phone_of
from recruitsmart.domain.journal.operations import Actor, record

CORRECTED = "candidate.corrected"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card says, as people type it; empty where it says nothing."""

    full_name: str = ""
    phone: str = ""


def said_by(candidate: Candidate) -> Card:
    """What the card says now."""
    return Card(full_name=candidate.full_name or "", phone=candidate.phone or "")


def correct(session: Session, candidate: Candidate, typed: Card, *, seen: Card, actor: Actor, now: datetime) -> None:
    """Write what was typed; what the card said before stays in the history. The same again changes nothing.

    What is known can be replaced, not taken away: that is what erasing is for.

    Raises:
        Changed: the card no longer says what was `seen`.
        BadInput: the name or the phone number is none; says which.
    """
    before = said_by(candidate)
    if before != seen:
        raise Changed
    after = Card(
        full_name=_read(full_name_of, typed.full_name, before.full_name),
        phone=_read(phone_of, typed.phone, before.phone),
    )
    if after == before:
        return
    candidate.full_name, candidate.phone = after.full_name or None, after.phone or None
    candidate.phone_declined = candidate.phone_declined and candidate.phone is None
    lost = {
        name: getattr(before, name) for name in ("full_name", "phone") if getattr(before, name) != getattr(after, name)
    }
    record(session, CORRECTED, actor=actor, now=now, candidate_id=candidate.id, **lost)


def _read(reading: Callable[[str], tuple[str | None, str]], typed: str, before: str) -> str:
    words = " ".join(typed.split())
    if not words and not before:
        return ""
    read, wrong = reading(words)
    if wrong:
        raise BadInput(wrong)
    return read or ""
