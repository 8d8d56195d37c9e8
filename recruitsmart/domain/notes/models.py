"""Rows of notes, of files, and of days on which somebody wants to look at a candidate again."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Account


class Note(Base):
    """What somebody of the staff wrote about a candidate, for colleagues. Never changed."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship()

    __table_args__ = (Index("ix_notes_candidate_id_id", "candidate_id", "id"),)


class File(Base):
    """A file that somebody of the staff keeps on a card. It never changes; its content is read for whoever takes it."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(150))
    size_bytes: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kept_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_files_candidate_id_id", "candidate_id", "id"),
        CheckConstraint("octet_length(content) = size_bytes", name="size_is_true"),
    )


class FollowUp(Base):
    """The day on which to look at a candidate again; at most one each, gone once it is done."""

    __tablename__ = "follow_ups"

    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    due_on: Mapped[date]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)

    candidate: Mapped[Candidate] = relationship()
    account: Mapped[Account | None] = relationship()

    __table_args__ = (Index("ix_follow_ups_due_on", "due_on"),)
