"""Rows of messaging: overridden texts and the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from recruitsmart.domain.base import Base, choice


class MessageState(StrEnum):
    """What became of a message. `unknown`: we died between Telegram's acceptance and our commit."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class TextOverride(Base):
    """One saved version of a text; the highest version of (key, language, city) is in force.

    `body` None means: back to the text the system ships. A version never changes; `broken_at` and `broken_reason` note
    that it could not be sent to somebody, who got the shipped text instead.
    """

    __tablename__ = "text_overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    body: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())
    broken_at: Mapped[datetime | None]
    broken_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__: Any = (
        CheckConstraint("(broken_at is null) = (broken_reason is null)", name="broken_whole"),
        Index(
            "uq_text_overrides_key_language_city_version",
            "key", "language", text("coalesce(city_id, 0)"), "version",
            unique=True,
        ),
    )  # fmt: skip


class OutboxMessage(Base):
    """A message that must leave the system, and what became of it. Never deleted while its candidate lives.

    `about` names the subject (`turn:812`, `booking:17`); with `kind` and `chat_id` it is unique for ever, so posting
    twice is impossible. `leased_until` bounds how long a sender may hold the row. `doubts` counts the attempts of which
    nobody knows whether Telegram accepted them. `trail` lists the attempts, oldest first; see `delivery.step`. What is
    not sent by `valid_until` is no longer worth sending. With `edits_only` the message changes the one it replaces and
    is never sent as a new one.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[int]
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    lane: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    keyboard: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    replaces_message_id: Mapped[int | None]
    edits_only: Mapped[bool] = mapped_column(default=False, server_default="false")
    valid_until: Mapped[datetime | None]
    file_name: Mapped[str | None] = mapped_column(String(120))
    file_text: Mapped[str | None] = mapped_column(Text)
    state: Mapped[MessageState] = mapped_column(
        choice(MessageState, "state"), default=MessageState.QUEUED, server_default="queued"
    )
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    doubts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    trail: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    telegram_message_id: Mapped[int | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("about", "kind", "chat_id"),
        CheckConstraint("(file_name is null) = (file_text is null)", name="file_whole"),
        CheckConstraint("lane between 0 and 2", name="lane_known"),
        CheckConstraint("not edits_only or replaces_message_id is not null", name="edit_has_message"),
        CheckConstraint("(state = 'sending') = (leased_until is not null)", name="lease_only_while_sending"),
        Index("ix_outbox_queued", "lane", "due_at", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_outbox_leased_until", "leased_until", postgresql_where=text("state = 'sending'")),
        Index(
            "ix_outbox_chat_unsettled", "chat_id", "lane", "id",
            postgresql_where=text("state in ('queued', 'sending')"),
        ),
        Index("ix_outbox_candidate_id_id", "candidate_id", "id"),
        # What names people to recruiters, until its words are forgotten.
        Index("ix_outbox_to_staff", "id", postgresql_where=text("candidate_id is null and body <> ''")),
        # The ledger of one state, newest first; and what ended badly of late.
        Index("ix_outbox_failed", "id", postgresql_where=text("state in ('failed', 'unknown')")),
        Index("ix_outbox_skipped", "id", postgresql_where=text("state = 'skipped'")),
        Index(
            "ix_outbox_unwell", "state", "settled_at", postgresql_include=["lane"],
            postgresql_where=text("state in ('failed', 'unknown')"),
        ),
    )  # fmt: skip
