"""What the sweep does for a file under way: looks at its lines, then takes them in, some at a time in one transaction.

The file's row is locked, so two workers take turns. A line is settled in the transaction that made its person; a crash
leaves a whole part undone, and the next sweep does it. Two files never make the same person twice: they take turns.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.inviting import invite
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import NOT_ANY_MORE, Scope
from recruitsmart.domain.directory.queries import working_scope
from recruitsmart.domain.errors import OUR_DEFECT
from recruitsmart.domain.intake import queries
from recruitsmart.domain.intake.models import Intake, IntakeLine, IntakeState, LineState, Verdict
from recruitsmart.domain.intake.rules import Reading, marks_of, read
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE

log = logging.getLogger(__name__)

BATCH = 100
TURNS = 7_204_113  # of the advisory lock by which files take turns
OF_COLLEAGUES = "This person is a candidate of colleagues in another city."
TWO_PEOPLE = "The phone number and the name in Telegram belong to two different candidates."
OTHER_PHONE = (
    "A candidate with this name in Telegram has another phone number: leave the name out, or correct the card."
)
SEVERAL = "Several candidates have this name in Telegram: leave the name out."
KNOWN = "This person is here already."
NOTHING_NEW = "This person is here already, and nothing is missing on the card."


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a line means with the people of now; `candidate` is the known one."""

    verdict: Verdict
    reading: Reading
    why: str | None = None
    candidate: Candidate | None = None


def advance(session: Session, intake_id: int, *, now: datetime, batch: int = BATCH) -> bool:
    """The next lines of a file; whether there is more to do at once. One that another worker holds is left to it."""
    moving = Intake.state.in_((IntakeState.CHECKING, IntakeState.RUNNING))
    row = select(Intake).where(Intake.id == intake_id, moving)
    locked = row.with_for_update(skip_locked=True, of=Intake).execution_options(populate_existing=True)
    intake = session.scalar(locked)
    if intake is None:
        return False
    if intake.state == IntakeState.CHECKING:
        return _look_at_next(session, intake, batch=batch)
    session.execute(select(func.pg_advisory_xact_lock(TURNS)))
    return _take_next(session, intake, now=now, batch=batch)


def _look_at_next(session: Session, intake: Intake, *, batch: int) -> bool:
    lines = _lines(session, intake, IntakeLine.verdict.is_(None), batch)
    if not lines:
        intake.state = IntakeState.CHECKED
        return False
    for line, meaning in zip(lines, _meanings(session, intake, lines), strict=True):
        line.verdict, line.why, line.phone = meaning.verdict, meaning.why, meaning.reading.phone
        line.candidate_id = None if meaning.candidate is None else meaning.candidate.id
    return True


def _take_next(session: Session, intake: Intake, *, now: datetime, batch: int) -> bool:
    lines = _lines(session, intake, IntakeLine.state == LineState.WAITING, batch)
    if not lines:
        intake.state, intake.ended_at = IntakeState.FINISHED, now
        record(session, "intake.finished", actor=SYSTEM, now=now, subject_id=intake.id)
        return False
    actor = Actor(kind=ActorKind.STAFF, id=intake.account_id)
    for line, meaning in zip(lines, _meanings(session, intake, lines), strict=True):
        _take(session, intake, line, meaning, actor=actor, now=now)
    return True


def _lines(session: Session, intake: Intake, left: ColumnElement[bool], batch: int) -> Sequence[IntakeLine]:
    """Under their locks: whoever forgets a person blanks lines first, and what was read before must not come back."""
    of_file = select(IntakeLine).where(IntakeLine.intake_id == intake.id, left).order_by(IntakeLine.number)
    locked = of_file.limit(batch).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()


def _meanings(session: Session, intake: Intake, lines: Sequence[IntakeLine]) -> list[Meaning]:
    """What each of these lines means, with few queries for all of them; the rights are those of now."""
    scope = working_scope(session, intake.account_id)
    if scope is None:
        nothing = Reading()
        return [Meaning(verdict=Verdict.REFUSED, reading=nothing, why=NOT_ANY_MORE) for _ in lines]
    frame = queries.frame_of(session, intake, scope)
    readings = [read(line.cells, frame) for line in lines]
    phones = [reading.phone for reading in readings if reading.phone]
    people = queries.known(session, phones, [reading.username for reading in readings if reading.username])
    above = queries.named_before(session, intake, readings, before=lines[0].number)
    meanings = []
    for line, reading in zip(lines, readings, strict=True):
        meaning = _meaning(reading, people, above, scope)
        if meaning.verdict in (Verdict.NEW, Verdict.KNOWN):
            above |= {mark: line.number for mark in marks_of(reading) if mark not in above}
        meanings.append(meaning)
    return meanings


def _meaning(reading: Reading, people: queries.Known, above: dict[str, int], scope: Scope) -> Meaning:
    if reading.problems:
        return Meaning(verdict=Verdict.REFUSED, reading=reading, why="\n".join(reading.problems))
    mark = next((mark for mark in marks_of(reading) if mark in above), None)
    if mark is not None:
        what = "name in Telegram" if mark.startswith("@") else "phone number"
        return Meaning(verdict=Verdict.TWICE, reading=reading, why=f"The same {what} as on line {above[mark]}.")
    person, unsure = person_of(people, reading.phone, reading.username)
    if unsure:
        return Meaning(verdict=Verdict.REFUSED, reading=reading, why=unsure)
    if person is None:
        return Meaning(verdict=Verdict.NEW, reading=reading)
    if not scope.includes(person.city_id):
        return Meaning(verdict=Verdict.REFUSED, reading=reading, why=OF_COLLEAGUES)
    return Meaning(verdict=Verdict.KNOWN, reading=reading, why=KNOWN, candidate=person)


def person_of(people: queries.Known, phone: str | None, username: str | None) -> tuple[Candidate | None, str]:
    """Who is here already with this phone or name in Telegram; or nobody and the sentence why that is not sure.

    Names in Telegram are given up and taken by others: one alone means somebody only as long as nothing speaks against.
    """
    by_phone = people.by_phone.get(phone or "")
    named = people.by_username.get((username or "").lower(), ())
    if by_phone is not None:
        is_sure = not named or by_phone.id in {person.id for person in named}
        return (by_phone, "") if is_sure else (None, TWO_PEOPLE)
    if len(named) > 1:
        return None, SEVERAL
    person = next(iter(named), None)
    if person is not None and phone and person.phone and person.phone != phone:
        return None, OTHER_PHONE
    return person, ""


def _take(session: Session, intake: Intake, line: IntakeLine, meaning: Meaning, *, actor: Actor, now: datetime) -> None:
    line.verdict, line.phone = meaning.verdict, meaning.reading.phone
    try:
        with session.begin_nested():
            state, candidate_id, why = _settled(session, intake, line.number, meaning, actor=actor, now=now)
    except (OperationalError, InterfaceError, StaleDataError):  # Postgres is away or busy, or a colleague was first
        raise
    except Exception:  # what no rule foresaw; the other lines go on
        log.exception("a line failed", extra={"action": "intake.fail", "intake_id": intake.id, "line_id": line.number})
        state, candidate_id, why = LineState.FAILED, None, OUR_DEFECT
    line.state, line.candidate_id, line.why = state, candidate_id, why


def _settled(
    session: Session, intake: Intake, number: int, meaning: Meaning, *, actor: Actor, now: datetime
) -> tuple[LineState, int | None, str | None]:
    match meaning.verdict:
        case Verdict.REFUSED:
            return LineState.REFUSED, None, meaning.why
        case Verdict.TWICE:
            return LineState.SKIPPED, None, meaning.why
        case Verdict.NEW:
            return LineState.CREATED, _make(session, intake, number, meaning.reading, actor=actor, now=now), None
    person = meaning.candidate
    if person is None:
        raise ValueError("a known line without its person")
    if not intake.fills:
        return LineState.SKIPPED, person.id, KNOWN
    if not _fill(session, person, meaning.reading, intake.id, actor=actor, now=now):
        return LineState.SKIPPED, person.id, NOTHING_NEW
    return LineState.FILLED, person.id, None


def _make(session: Session, intake: Intake, number: int, reading: Reading, *, actor: Actor, now: datetime) -> int:
    """A person who has not written to the bot yet: at the first stage, without contact and consent, with a link."""
    person = Candidate(
        full_name=reading.full_name, phone=reading.phone, city_id=reading.city_id, source=reading.source,
        language=DEFAULT_LANGUAGE, stage_since=now, created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    about = {"candidate_id": person.id, "subject_id": intake.id, "line": number}
    record(session, "candidate.imported", actor=actor, now=now, **about)
    invite(session, person, actor=actor, now=now)
    return person.id


def _fill(
    session: Session, person: Candidate, reading: Reading, intake_id: int, *, actor: Actor, now: datetime
) -> list[str]:
    """Write what the card does not say; what it says stays."""
    said = {
        "full_name": reading.full_name,
        "phone": reading.phone,
        "city_id": reading.city_id,
        "source": reading.source,
    }
    new = {name: value for name, value in said.items() if value and getattr(person, name) in (None, "")}
    for name, value in new.items():
        setattr(person, name, value)
    if new:
        record(
            session, "candidate.filled", actor=actor, now=now, candidate_id=person.id, subject_id=intake_id,
            fields=sorted(new),
        )  # fmt: skip
        session.flush()
    return sorted(new)
