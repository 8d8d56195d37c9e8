"""Rows of broadcasts and of the people each one is for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.directory.models import Account


class BroadcastState(StrEnum):
    """Where a broadcast stands. A draft has no recipients; the last two are ends."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


class RecipientState(StrEnum):
    """What became of one person's message; from `queued` on it is a row of the outbox."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class SkipReason(StrEnum):
    """Why a person of the list gets nothing."""

    NO_CONTACT = "no_contact"
    NO_CONSENT = "no_consent"
    UNREACHABLE = "unreachable"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    NO_TEXT = "no_text"
    STOPPED = "stopped"


class Broadcast(Base):
    """A text per language and the filter of its recipients, who are frozen when it starts.

    `city_ids` are all cities it can reach, None for every one: who may see it is decided by them. `revision` grows with
    every change of the draft, so that what starts is what was looked at.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    bodies: Mapped[dict[str, str]] = mapped_column(JSONB)
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    city_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    state: Mapped[BroadcastState] = mapped_column(
        choice(BroadcastState, "state"), default=BroadcastState.DRAFT, server_default="draft"
    )
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    account: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("bodies ->> 'ru' is not null", name="has_russian"),
        CheckConstraint("cardinality(city_ids) > 0", name="reaches_somewhere"),
        CheckConstraint("(state = 'draft') = (started_at is null)", name="draft_not_started"),
        CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name="end_has_moment"),
        Index("ix_broadcasts_running", "id", postgresql_where=text("state = 'running'")),
    )


class BroadcastRecipient(Base):
    """One person of a broadcast's list.

    What became of the message is copied from the outbox once it is settled: so 100,000 people are counted by one index.
    Of three foreign keys two are left out, for checking them takes as long as writing the list: a broadcast that has
    started is never deleted, and a message only together with its candidate.
    """

    __tablename__ = "broadcast_recipients"

    broadcast_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[RecipientState] = mapped_column(choice(RecipientState, "state"))
    reason: Mapped[SkipReason | None] = mapped_column(choice(SkipReason, "reason"))
    outbox_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("(state = 'skipped') = (reason is not null)", name="skipped_has_reason"),
        CheckConstraint("state in ('waiting', 'skipped') or outbox_id is not null", name="posted_has_message"),
        Index(
            "ix_broadcast_recipients_progress", "broadcast_id", "state", "candidate_id", postgresql_include=["reason"]
        ),
        Index("ix_broadcast_recipients_queued", "broadcast_id", postgresql_where=text("state = 'queued'")),
    )
