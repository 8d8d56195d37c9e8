"""Rows of the dialogue: what is open with a person, and which updates have been seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String
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
