"""Reading files with people: how far one has got, its lines, and who is known already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.rules import CityName
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.intake.models import Intake, IntakeLine, IntakeState, LineState, Verdict
from recruitsmart.domain.intake.rules import Field, Frame, Reading, marks_of

MOST_REASONS = 15


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many lines are in which state and verdict, and what stands against those refused."""

    by_verdict: Mapping[Verdict | None, int] = field(default_factory=dict)
    by_state: Mapping[LineState, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Every line that is still there."""
        return sum(self.by_state.values())

    @property
    def unchecked(self) -> int:
        """Lines nobody has looked at."""
        return self.by_verdict.get(None, 0)

    @property
    def waiting(self) -> int:
        """Lines whose turn has not come."""
        return self.by_state.get(LineState.WAITING, 0)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line with the person it made or named; none when that one is not the reader's to see."""

    line: IntakeLine
    candidate: Candidate | None


def by_id(session: Session, intake_id: int, account_id: int, scope: Scope, *, lock: bool = False) -> Intake:
    """A file this account brought, or any for who sees everything; locked, as it is now, when asked for.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = select(Intake).where(Intake.id == intake_id, *_visible(account_id, scope))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    intake = session.scalar(found)
    if intake is None:
        raise NotFound
    return intake


def _visible(account_id: int, scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.is_everything else [Intake.account_id == account_id]


def listed(session: Session, account_id: int, scope: Scope, *, limit: int) -> Sequence[Intake]:
    """The newest files, with who brought them."""
    files = select(Intake).options(joinedload(Intake.account)).where(*_visible(account_id, scope))
    return session.scalars(files.order_by(Intake.id.desc()).limit(limit)).all()


def how_far(session: Session, intake: Intake) -> Progress:
    """How far it has got; two queries."""
    line, count = IntakeLine, func.count()
    of_file = line.intake_id == intake.id
    by_verdict: dict[Verdict | None, int] = {}
    by_state: dict[LineState, int] = {}
    for verdict, state, lines in session.execute(
        select(line.verdict, line.state, count).where(of_file).group_by(line.verdict, line.state)
    ):
        by_verdict[verdict] = by_verdict.get(verdict, 0) + lines
        by_state[state] = by_state.get(state, 0) + lines
    refused = or_(line.verdict == Verdict.REFUSED, line.state == LineState.REFUSED)
    reasons = select(line.why, count).where(of_file, refused).group_by(line.why).order_by(count.desc())
    rows = session.execute(reasons.limit(MOST_REASONS))
    return Progress(by_verdict=by_verdict, by_state=by_state, reasons={str(why): lines for why, lines in rows})


def lines(
    session: Session,
    intake: Intake,
    scope: Scope,
    *,
    verdict: Verdict | None = None,
    state: LineState | None = None,
    after: int | None = None,
    limit: int,
) -> list[Line]:
    """Lines in the order of the file, from a number on."""
    seen = Candidate.id == IntakeLine.candidate_id
    if scope.city_ids is not None:
        seen = and_(seen, Candidate.city_id.in_(scope.city_ids))
    found = select(IntakeLine, Candidate).outerjoin(Candidate, seen).where(IntakeLine.intake_id == intake.id)
    if verdict is not None:
        found = found.where(IntakeLine.verdict == verdict)
    if state is not None:
        found = found.where(IntakeLine.state == state)
    if after is not None:
        found = found.where(IntakeLine.number > after)
    rows = session.execute(found.order_by(IntakeLine.number).limit(limit))
    return [Line(line=line, candidate=candidate) for line, candidate in rows]


def absent(
    session: Session, intake: Intake, scope: Scope, *, after: int | None = None, limit: int
) -> list[tuple[int, Candidate]]:
    """People a file made who are not in Telegram yet, by the number of their line, from one on; with their cities."""
    made = (IntakeLine.intake_id == intake.id, IntakeLine.state == LineState.CREATED, Contact.id.is_(None))
    found = (
        select(IntakeLine.number, Candidate)
        .join(Candidate, Candidate.id == IntakeLine.candidate_id)
        .outerjoin(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(*made)
        .order_by(IntakeLine.number)
    )
    if scope.city_ids is not None:
        found = found.where(Candidate.city_id.in_(scope.city_ids))
    if after is not None:
        found = found.where(IntakeLine.number > after)
    return [(number, person) for number, person in session.execute(found.limit(limit))]


def under_way(session: Session) -> Sequence[int]:
    """The ids of files that a sweep has something to do for, oldest first."""
    moving = Intake.state.in_((IntakeState.CHECKING, IntakeState.RUNNING))
    return session.scalars(select(Intake.id).where(moving).order_by(Intake.id)).all()


def frame_of(session: Session, intake: Intake, scope: Scope) -> Frame:
    """What the lines of a file are read by, within a scope."""
    cities = [city for city in cities_in(session, scope) if city.active]
    return Frame(
        mapping=intake.mapping,
        cities=[CityName(id=city.id, name=city.name, aliases=tuple(city.aliases)) for city in cities],
        city_id=intake.city_id if intake.city_id in {city.id for city in cities} else None,
        city_needed=not scope.is_everything,
        source=intake.source,
    )


@dataclass(frozen=True, kw_only=True)
class Known:
    """People who are here already: by phone, of several the first; and by name in Telegram, all who have it."""

    by_phone: Mapping[str, Candidate]
    by_username: Mapping[str, Sequence[Candidate]]


def known(session: Session, phones: Iterable[str], usernames: Iterable[str]) -> Known:
    """Who of these is here already, in whatever city; two queries."""
    with_phone = select(Candidate).where(Candidate.phone.in_(set(phones))).order_by(Candidate.id.desc())
    names = {username.lower() for username in usernames}
    with_name = (
        select(Candidate, Contact.username)
        .join(Contact, Contact.candidate_id == Candidate.id)
        .where(func.lower(Contact.username).in_(names))
        .order_by(Candidate.id)
    )
    by_username: dict[str, list[Candidate]] = {}
    for person, username in session.execute(with_name) if names else ():
        by_username.setdefault(str(username).lower(), []).append(person)
    return Known(
        by_phone={str(person.phone): person for person in session.scalars(with_phone)},
        by_username=by_username,
    )


def named_before(session: Session, intake: Intake, readings: Sequence[Reading], *, before: int) -> dict[str, int]:
    """The first usable line above a number that has one of these phones or names in Telegram, by `marks_of`."""
    line, marks = IntakeLine, {mark for reading in readings for mark in marks_of(reading)}
    above = (line.intake_id == intake.id, line.number < before, line.verdict.in_((Verdict.NEW, Verdict.KNOWN)))
    numbers = select(line.phone, func.min(line.number)).where(*above, line.phone.in_(marks)).group_by(line.phone)
    found = {str(mark): number for mark, number in session.execute(numbers)}
    column = intake.mapping.get(Field.USERNAME)
    if column is not None and any(reading.username for reading in readings):
        named = func.lower(func.substring(line.cells[column + 1], r"(\w+)\W*$"))  # the letters `username_of` keeps
        at = func.concat("@", named)
        names = select(at, func.min(line.number)).where(*above, at.in_(marks)).group_by(at)
        found |= {str(mark): number for mark, number in session.execute(names)}
    return found
