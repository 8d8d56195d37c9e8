"""Rows of the dialogue: what is open with a person, which updates have been seen, what was asked on the page."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.dialogue.machine import Prompt


class Conversation(Base):
    """What a typed text means right now. `asked_at` is when the open prompt was last put to the person."""

    __tablename__ = "conversations"

    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    prompt: Mapped[Prompt] = mapped_column(choice(Prompt, "prompt"))
    answer_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    asked_at: Mapped[datetime | None]
    flood_since: Mapped[datetime]
    flood_count: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class SeenUpdate(Base):
    """One update that was answered. `id` is ours and never comes again; Telegram's numbers may after a quiet week."""

    __tablename__ = "seen_updates"

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(unique=True)
    chat_id: Mapped[int]
    seen_at: Mapped[datetime]
    failure: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (Index("ix_seen_updates_seen_at", "seen_at"),)


class PageOutcome(StrEnum):
    """What came of a tap on the page; the values are the codes of its answer."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"
    TAKEN = "taken"
    CLOSED = "closed"
    TOO_SOON = "too_soon"
    ALREADY_BOOKED = "already_booked"
    BOOKING_GONE = "booking_gone"
    TOO_LATE = "too_late"
    WRONG_STAGE = "wrong_stage"
    TROUBLE = "trouble"


class PageRequest(Base):
    """One tap on the Mini App's page that was answered, so that a repeat with the same key gets the same answer.

    `fingerprint` tells what was asked; `details` goes along with the answer as it is.
    """

    __tablename__ = "page_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    outcome: Mapped[PageOutcome] = mapped_column(choice(PageOutcome, "outcome"), default=PageOutcome.TROUBLE)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")

    __table_args__ = (
        UniqueConstraint("candidate_id", "key"),
        Index("ix_page_requests_received_at", "received_at"),
    )
