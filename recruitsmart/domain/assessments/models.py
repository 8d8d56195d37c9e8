"""Rows of tests, questions, attempts and answers."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.candidates.models import Candidate


def new_seed() -> int:
    """A number that decides an order nobody can foresee."""
    return secrets.randbelow(2**31)


class TestKind(StrEnum):
    """A questionnaire gathers answers; an exam has right ones and a pass mark."""

    __test__ = False  # pytest must not collect it

    QUESTIONNAIRE = "questionnaire"
    EXAM = "exam"


class QuestionKind(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    NUMBER = "number"
    ONE_CHOICE = "one_choice"
    SEVERAL_CHOICES = "several_choices"
    DATE = "date"
    PHONE = "phone"


CHOICES = frozenset({QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES})


class AttemptStatus(StrEnum):
    """An attempt is offered (the person may begin), under way, or finished."""

    OFFERED = "offered"
    UNDER_WAY = "under_way"
    FINISHED = "finished"


class AnswerStatus(StrEnum):
    """A question that was asked is open until it is answered, passed over by the person, or its time is up."""

    OPEN = "open"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"


class Screening(StrEnum):
    """What a finished questionnaire led to."""

    QUALIFIED = "qualified"
    REVIEW = "review"
    DECLINED = "declined"


class Test(Base):
    """A set of questions. `pass_percent` belongs to exams; limits are seconds, None means no limit.

    `tries` is how often one question may be answered until it is right; more than one belongs to exams.
    """

    __tablename__ = "tests"
    __test__ = False  # pytest must not collect it

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    kind: Mapped[TestKind] = mapped_column(choice(TestKind, "kind"))
    pass_percent: Mapped[int | None] = mapped_column(SmallInteger)
    question_limit_seconds: Mapped[int | None]
    total_limit_seconds: Mapped[int | None]
    shuffle_questions: Mapped[bool] = mapped_column(default=False, server_default="false")
    shuffle_options: Mapped[bool] = mapped_column(default=False, server_default="false")
    tries: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    questions: Mapped[list["Question"]] = relationship(
        back_populates="test", order_by="Question.position", lazy="raise"
    )

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("tries between 1 and 5", name="tries_in_range"),
        CheckConstraint("question_limit_seconds between 5 and 3600", name="question_limit_in_range"),
        CheckConstraint("total_limit_seconds between 30 and 86400", name="total_limit_in_range"),
        CheckConstraint("pass_percent is null or pass_percent between 1 and 100", name="pass_percent_in_range"),
        CheckConstraint("(kind = 'exam') = (pass_percent is not null)", name="exam_has_pass_mark"),
    )

    def __str__(self) -> str:
        return self.key


class Question(Base):
    """One question; texts are per language. `lowest` and `highest` bound a number or the length of a text.

    `options` is a list of `{key, label: {language: words}, correct, points, consequence}`; `show_if` is
    `{question, options}` and refers to an earlier choice. A question that is not required may be passed over.
    `limit_seconds` goes before the limit of the test. An inactive question is skipped by everyone not yet asked.
    """

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("tests.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[QuestionKind] = mapped_column(choice(QuestionKind, "kind"))
    text: Mapped[dict[str, str]] = mapped_column(JSONB)
    hint: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    show_if: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    lowest: Mapped[int | None]
    highest: Mapped[int | None]
    required: Mapped[bool] = mapped_column(default=True, server_default="true")
    limit_seconds: Mapped[int | None]
    deleted_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    test: Mapped[Test] = relationship(back_populates="questions")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("test_id", "key"),
        CheckConstraint(
            "kind not in ('one_choice', 'several_choices') or jsonb_array_length(options) >= 2",
            name="choice_has_options",
        ),
        CheckConstraint("limit_seconds between 5 and 3600", name="limit_in_range"),
        CheckConstraint("deleted_at is null or not active", name="deleted_is_hidden"),
        CheckConstraint("lowest is null or highest is null or lowest <= highest", name="bounds_in_order"),
        Index("ix_questions_test_id_position", "test_id", "position"),
    )


class Attempt(Base):
    """One go at a test: the questions, their order, the limits and the pass mark as they were at the start; the result.

    `seed` decided the order of questions and options. `deadline_at` bounds the whole of it, `extra_percent` lengthened
    every limit, `credited_seconds` were given back because our own processes were down. A later go than the first has
    the reason for which somebody of the staff granted it. One that came with a merged card (`merged_at`) is history: it
    neither goes on nor decides anything.
    """

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("tests.id"), index=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    status: Mapped[AttemptStatus] = mapped_column(choice(AttemptStatus, "status"), default=AttemptStatus.UNDER_WAY)
    question_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    seed: Mapped[int] = mapped_column(default=new_seed, server_default="0")
    offered_at: Mapped[datetime | None]
    grant_reason: Mapped[str | None] = mapped_column(Text)
    question_limit_seconds: Mapped[int | None]
    total_limit_seconds: Mapped[int | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    pass_percent: Mapped[int | None] = mapped_column(SmallInteger)
    extra_percent: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    credited_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    started_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    score: Mapped[int | None]
    score_percent: Mapped[int | None] = mapped_column(SmallInteger)
    passed: Mapped[bool | None]
    screening: Mapped[Screening | None] = mapped_column(choice(Screening, "screening"))
    screening_reasons: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    merged_at: Mapped[datetime | None]

    test: Mapped[Test] = relationship()
    candidate: Mapped[Candidate] = relationship()
    answers: Mapped[list["Answer"]] = relationship(back_populates="attempt", order_by="Answer.id")

    __table_args__ = (
        CheckConstraint("(status = 'finished') = (finished_at is not null)", name="finished_has_moment"),
        CheckConstraint("(status = 'offered') = (started_at is null)", name="started_has_moment"),
        CheckConstraint("extra_percent between 0 and 100", name="extra_in_range"),
        Index(
            "uq_attempts_open", "candidate_id", "test_id", unique=True,
            postgresql_where=text("status <> 'finished' and merged_at is null"),
        ),
        Index("ix_attempts_candidate_id_id", "candidate_id", "id"),
        Index(
            "ix_attempts_finished", "test_id", "finished_at", postgresql_include=["started_at", "passed"],
            postgresql_where=text("status = 'finished'"),
        ),
    )  # fmt: skip


class Answer(Base):
    """A question as it was asked of one person, and what came back.

    `asked` keeps kind, text, hint, options in the order shown, bounds, limit and version, so history never changes with
    an edit. `asked_at` is when the question left for the person; until then, since when it waits to be sent: the one
    before it closed, or the clock was stopped. The clock of a limit starts with it: `deadline_at`. `left_seconds` is
    what was left of the limit when the clock was stopped. `draft` holds the options ticked so far, `tries` counts wrong
    answers, `puts` how often the question was put, or its clock was stopped after that.
    `correct` is None where nothing is right or wrong. When the time is up, what was ticked by then is the value.
    """

    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    status: Mapped[AnswerStatus] = mapped_column(choice(AnswerStatus, "status"), default=AnswerStatus.OPEN)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    credited_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    left_seconds: Mapped[int | None]
    draft: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    puts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    correct: Mapped[bool | None]
    value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    answered_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship(back_populates="answers")

    @property
    def is_timed(self) -> bool:
        """Whether a clock runs for this question once it has been sent."""
        return bool(self.asked.get("limit_seconds") or self.attempt.total_limit_seconds)

    @property
    def put_as(self) -> str:
        """The name under which the newest putting stands in the outbox; the clock starts with that one only."""
        return f"answer:{self.id}#{self.puts}"

    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        CheckConstraint(
            "case status when 'answered' then value is not null when 'timed_out' then true else value is null end",
            name="answered_has_value",
        ),
        CheckConstraint("(status = 'open') = (answered_at is null)", name="settled_has_moment"),
        Index("uq_answers_open", "attempt_id", unique=True, postgresql_where=text("status = 'open'")),
        # The statistics read this alone: rows of answers are wide, a million of them would be a gigabyte.
        Index(
            "ix_answers_settled", "question_id", "asked_at", postgresql_include=["status", "correct", "answered_at"],
            postgresql_where=text("status <> 'open'"),
        ),
    )  # fmt: skip
