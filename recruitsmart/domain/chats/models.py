"""Rows of conversations with a human and of what was written in them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Account

CORRECTION = "correction"  # among what may be `sent`; nothing of Telegram's is called so


class Reason(StrEnum):
    """Why a conversation was opened."""

    ASKED = "asked"
    CAME_BACK = "came_back"
    STAFF = "staff"


class Chat(Base):
    """One conversation of a candidate with a human; at most one of a candidate is open.

    `account` answers in it. While `human_until` is set typed words go to that human; then the bot says that it is back.
    `turned_at` is when one of the two last turned to the other. `unread_since` is when the person began to wait for an
    answer, `said_at` when they last wrote.
    """

    __tablename__ = "chats"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    reason: Mapped[Reason] = mapped_column(choice(Reason, "reason"))
    opened_at: Mapped[datetime]
    turned_at: Mapped[datetime | None]
    human_until: Mapped[datetime | None]
    unread_since: Mapped[datetime | None]
    said_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    candidate: Mapped[Candidate] = relationship()
    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        CheckConstraint(
            "closed_at is null or (human_until is null and unread_since is null)", name="closed_is_over"
        ),
        CheckConstraint("human_until is null or turned_at is not null", name="human_has_turned"),
        Index("uq_chats_open", "candidate_id", unique=True, postgresql_where=text("closed_at is null")),
        Index("ix_chats_candidate_id_id", "candidate_id", "id"),
        Index("ix_chats_waiting", "unread_since", "id", postgresql_where=text("closed_at is null")),
        Index("ix_chats_closed", "id", postgresql_where=text("closed_at is not null")),
    )  # fmt: skip


class ChatLine(Base):
    """What a candidate wrote to a human, or what staff wrote to the candidate: then it has an account.

    Telegram's name of what was sent stands in `sent` where it was no words; `text` is then what is written under it.
    `CORRECTION` stands there where the words take the place of earlier ones.
    `token` names the form it was typed into and the words, so that a form sent twice is one line.
    """

    __tablename__ = "chat_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    by_staff: Mapped[bool] = mapped_column(default=False, server_default="false")
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    sent: Mapped[str | None] = mapped_column(String(32))
    token: Mapped[str | None] = mapped_column(String(64))
    said_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        CheckConstraint("(token is not null) = by_staff", name="staff_has_token"),
        CheckConstraint("by_staff or account_id is null", name="account_is_staff"),
        UniqueConstraint("candidate_id", "token"),
        Index("ix_chat_lines_candidate_id_id", "candidate_id", "id"),
    )
