"""The journal's entries about a booking."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots.models import Booking


def note(
    session: Session, booking: Booking, kind: str, *, actor: Actor, now: datetime, **details: str | int | None
) -> None:
    """Write down what happened to a booking."""
    record(
        session, kind, actor=actor, now=now, candidate_id=booking.candidate_id, subject_id=booking.id,
        slot_id=booking.slot_id, **details,
    )  # fmt: skip
