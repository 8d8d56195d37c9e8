"""Rows of what has happened."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from recruitsmart.domain.base import Base, choice


class ActorKind(StrEnum):
    """Who can act; an operator acts at the command line."""

    CANDIDATE = "candidate"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


class Entry(Base):
    """One fact: at that moment this actor did this to that. Never updated."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[ActorKind] = mapped_column(choice(ActorKind, "actor_kind"))
    actor_id: Mapped[int | None]
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    subject_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")

    __table_args__ = (
        Index("ix_journal_candidate_id_id", "candidate_id", "id"),
        Index("ix_journal_kind_at", "kind", "at"),
        # The steps of the funnel: read from the index alone, so that a quarter of a year costs milliseconds.
        Index(
            "ix_journal_test1_finished", "at", "candidate_id",
            postgresql_where=text("kind = 'attempt.finished' and (details ->> 'test') = 'test1'"),
        ),
        Index(
            "ix_journal_test2_passed", "at", "candidate_id",
            postgresql_where=text(
                "kind = 'candidate.moved' and (details ->> 'before') = 'test2'"
                " and (details ->> 'after') = 'to_intro_day'"
            ),
        ),
        Index("ix_journal_hired", "at", "candidate_id", postgresql_where=text("kind = 'candidate.hired'")),
    )  # fmt: skip


class Heartbeat(Base):
    """Proof of work done: one row per process type and instance, renewed by a task that passed through it."""

    __tablename__ = "heartbeats"

    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[str] = mapped_column(String(64))
    beat_at: Mapped[datetime]


class Outage(Base):
    """A stretch in which no process of a type gave a sign of life; its end is when one did again."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("began_at < ended_at", name="ends_after_start"),
        UniqueConstraint("process", "began_at"),
        Index("ix_outages_process_ended_at", "process", "ended_at"),
    )
