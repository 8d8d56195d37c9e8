"""What a batch would do if it started now: how many, to whom first, and who will be refused and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Test
from recruitsmart.domain.batches.models import Act, Batch, BatchPerson
from recruitsmart.domain.batches.rules import Facts, Unchanged, foreseen
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.pipeline.testing import TEST2
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose, Slot

LOOKED_AT, SHOWN = 300, 8


@dataclass(frozen=True, kw_only=True)
class Example:
    """One person and what is foreseen: None when it will be done."""

    candidate: Candidate
    foreseen: str | Unchanged | None


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """How many people it will be done to, stand so already, will be refused by reason; and the first of each."""

    doing: int
    unchanged: int
    refused: Mapping[str, int]
    first: list[Example]
    first_refused: list[Example]


def outlook(session: Session, batch: Batch, *, now: datetime) -> Outlook:
    """What would become of everybody on the list; three queries however long it is."""
    served = _served(session, batch)

    def judged(facts: Facts) -> str | Unchanged | None:
        return foreseen(batch.act, batch.details, facts, served=served)

    counts: dict[str | Unchanged | None, int] = {}
    for *facts, count in session.execute(_grouped(batch, now=now)):
        verdict = judged(_facts(facts))
        counts[verdict] = counts.get(verdict, 0) + count
    first = [
        Example(candidate=candidate, foreseen=judged(_facts(facts)))
        for candidate, *facts in session.execute(_first(batch, now=now))
    ]
    return Outlook(
        doing=counts.pop(None, 0),
        unchanged=counts.pop(Unchanged.UNCHANGED, 0),
        refused={why: count for why, count in counts.items() if isinstance(why, str)},
        first=[each for each in first if each.foreseen is None][:SHOWN],
        first_refused=[each for each in first if each.foreseen is not None][:SHOWN],
    )


def _served(session: Session, batch: Batch) -> frozenset[int]:
    if batch.act != Act.RECRUITER:
        return frozenset()
    recruiter = session.get(Recruiter, batch.details["recruiter_id"])
    return frozenset() if recruiter is None or not recruiter.active else frozenset(city.id for city in recruiter.cities)


def _columns(now: datetime) -> dict[str, ColumnElement[Any]]:
    return {
        "stage": Candidate.stage.expression,
        "outcome": Candidate.outcome.expression,
        "city_id": Candidate.city_id.expression,
        "recruiter_id": Candidate.recruiter_id.expression,
        "interview_ahead": _booked(Purpose.INTERVIEW).where(Slot.starts_at > now).exists(),
        "interview_begun": _booked(Purpose.INTERVIEW).where(Slot.starts_at <= now).exists(),
        "interview_pending": _booked(Purpose.INTERVIEW).where(Booking.status == BookingStatus.PENDING).exists(),
        "intro_day_live": _booked(Purpose.INTRO_DAY).exists(),
        "exam_finished": _exam().where(Attempt.status == AttemptStatus.FINISHED).exists()
        & ~_exam().where(Attempt.status != AttemptStatus.FINISHED).exists(),
    }


def _booked(purpose: Purpose) -> Select[Any]:
    live = (Booking.candidate_id == Candidate.id, Booking.status.in_(LIVE), Booking.purpose == purpose)
    return select(Booking.id).join(Booking.slot).where(*live).correlate(Candidate)


def _exam() -> Select[Any]:
    of_person = (Attempt.candidate_id == Candidate.id, Attempt.merged_at.is_(None), Test.key == TEST2)
    return select(Attempt.id).join(Test, Test.id == Attempt.test_id).where(*of_person).correlate(Candidate)


def _chosen(batch: Batch, *columns: Any) -> Select[Any]:
    chosen = select(*columns).select_from(BatchPerson).join(Candidate, Candidate.id == BatchPerson.candidate_id)
    return chosen.where(BatchPerson.batch_id == batch.id, Candidate.erased_at.is_(None))


def _grouped(batch: Batch, *, now: datetime) -> Select[Any]:
    each = _chosen(batch, *(column.label(name) for name, column in _columns(now).items())).subquery()
    return select(*each.c, func.count()).group_by(*each.c)


def _first(batch: Batch, *, now: datetime) -> Select[Any]:
    first = _chosen(batch, Candidate, *_columns(now).values()).options(joinedload(Candidate.city))
    return first.order_by(BatchPerson.candidate_id.desc()).limit(LOOKED_AT)


def _facts(row: list[Any]) -> Facts:
    return Facts(**dict(zip(_NAMES, row, strict=True)))


_NAMES = (
    "stage", "outcome", "city_id", "recruiter_id", "interview_ahead", "interview_begun", "interview_pending",
    "intro_day_live", "exam_finished",
)  # fmt: skip
