"""The table of moments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from recruitsmart.domain.base import Base, choice


class TimerState(StrEnum):
    """A timer is pending until it fired, was withdrawn, was skipped with a reason, or failed too often."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Timer(Base):
    """At `planned_at` the operation named by `kind` must look at its subject once.

    `due_at` is when the next sweep may try: the same moment, or later after a failure.
    """

    __tablename__ = "timers"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int]
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    state: Mapped[TimerState] = mapped_column(
        choice(TimerState, "state"), default=TimerState.PENDING, server_default="pending"
    )
    reason: Mapped[str | None] = mapped_column(String(200))
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_timers_due_at_pending", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_timers_settled_at_failed", "settled_at", postgresql_where=text("state = 'failed'")),
    )
