"""Rows of batches and of the people each one is about."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Account


class Act(StrEnum):
    """What can be done to many at once. Writing to them is a broadcast."""

    REJECT = "reject"
    MOVE = "move"
    RECRUITER = "recruiter"
    CITY = "city"


class BatchState(StrEnum):
    """Where a batch stands. The people are chosen with the draft; the last two are ends."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class PersonState(StrEnum):
    """What became of one person; `unchanged` was so already, `failed` is a defect of ours."""

    WAITING = "waiting"
    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


class Batch(Base):
    """An act with its details, and the filter by which people were chosen.

    `details` holds `reason`, `stage`, `recruiter_id` or `city_id`, whichever the act needs. `city_ids` are the cities
    of the account then, None for every one: who may see the batch is decided by them.
    """

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    act: Mapped[Act] = mapped_column(choice(Act, "act"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    city_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    state: Mapped[BatchState] = mapped_column(
        choice(BatchState, "state"), default=BatchState.DRAFT, server_default="draft"
    )
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship()

    __table_args__ = (
        CheckConstraint("cardinality(city_ids) > 0", name="reaches_somewhere"),
        CheckConstraint("(state = 'draft') = (started_at is null)", name="draft_not_started"),
        CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name="end_has_moment"),
        Index("ix_batches_running", "id", postgresql_where=text("state = 'running'")),
        Index("ix_batches_drafts", "created_at", postgresql_where=text("state = 'draft'")),
    )


class BatchPerson(Base):
    """One person of a batch, where they stood when chosen, and what became of them.

    Settled in the transaction that did the act, so nobody is touched twice. `why` is a sentence in English.
    """

    __tablename__ = "batch_people"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"))
    state: Mapped[PersonState] = mapped_column(
        choice(PersonState, "state"), default=PersonState.WAITING, server_default="waiting"
    )
    why: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (settled_at is null)", name="settled_has_moment"),
        CheckConstraint("state <> 'refused' or why is not null", name="refused_has_reason"),
        Index("ix_batch_people_progress", "batch_id", "state", "candidate_id"),
    )
