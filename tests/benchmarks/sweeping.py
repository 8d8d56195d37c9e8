"""A worker with one more timer kind, `bench`: firing it posts a message, like a reminder."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from workers.app import app
from workers.tasks.timers import FIRINGS

KIND = "bench"


def remind(session: Session, subject_id: int, planned_at: datetime, now: datetime) -> None:
    """What a reminder does: one message into the outbox."""
    recipient = Recipient(chat_id=subject_id, language="ru")
    post(session, Wording(key="help"), recipient, about=f"bench:{subject_id}", lane=Lane.PROMISED, now=now)


FIRINGS[KIND] = remind
__all__ = ["app"]
