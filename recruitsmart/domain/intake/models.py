"""Rows of files with people and of their lines."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.directory.models import Account


class IntakeState(StrEnum):
    """Where a file stands: its columns are named, its lines looked at, then taken in. The last two are ends."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class Verdict(StrEnum):
    """What a line means by the look before: a new person, a known one, one named further up, or nothing usable."""

    NEW = "new"
    KNOWN = "known"
    TWICE = "twice"
    REFUSED = "refused"


class LineState(StrEnum):
    """What became of a line; `failed` is a defect of ours."""

    WAITING = "waiting"
    CREATED = "created"
    FILLED = "filled"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


class Intake(Base):
    """A file of people. `mapping` says which column (from 0) holds which field; `fills`, whether known ones are filled.

    `city_id` is for lines that name none. Only the account that brought the file and administrators see it.
    """

    __tablename__ = "intakes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    file_name: Mapped[str] = mapped_column(String(120))
    headings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB)
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="SET NULL"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    fills: Mapped[bool] = mapped_column(default=False, server_default="false")
    state: Mapped[IntakeState] = mapped_column(
        choice(IntakeState, "state"), default=IntakeState.UPLOADED, server_default="uploaded"
    )
    total: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        CheckConstraint(
            "(state in ('running', 'stopped', 'finished')) = (started_at is not null)", name="started_has_moment"
        ),
        CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name="end_has_moment"),
        Index("ix_intakes_under_way", "id", postgresql_where=text("state in ('checking', 'running')")),
    )


class IntakeLine(Base):
    """One line by its number in the file, the words of its cells, and what became of it.

    Settled in the transaction that made the person, so no line is taken twice. `why` are sentences in English, each on
    a line. A person who is erased takes the line along; the words go after a month in any case.
    """

    __tablename__ = "intake_lines"

    intake_id: Mapped[int] = mapped_column(
        ForeignKey("intakes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
    phone: Mapped[str | None] = mapped_column(String(20))
    verdict: Mapped[Verdict | None] = mapped_column(choice(Verdict, "verdict"))
    state: Mapped[LineState] = mapped_column(
        choice(LineState, "state"), default=LineState.WAITING, server_default="waiting"
    )
    why: Mapped[str | None] = mapped_column(Text)
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), index=True)

    __table_args__ = (
        CheckConstraint("state not in ('created', 'filled') or candidate_id is not null", name="taken_has_candidate"),
        CheckConstraint("state <> 'refused' or why is not null", name="refused_has_reason"),
        Index("ix_intake_lines_progress", "intake_id", "state", "verdict", "number"),
        Index("ix_intake_lines_phone", "intake_id", "phone", postgresql_where=text("phone is not null")),
    )
