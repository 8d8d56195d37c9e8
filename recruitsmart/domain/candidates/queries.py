"""Finding candidates and looking at them, within what an account may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import eq, ge, le, lt

from sqlalchemy import ColumnElement, Select, column, exists, false, func, literal, select, table, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate, Contact, MergedCard, folded, name_key
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Source
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage

LEAST_DIGITS = 3  # fewer digits would find everybody

# Bookings lie above this subject; for the filter by recruiter they are known as tables only.
_booking = table("bookings", column("candidate_id"), column("slot_id"), column("status"))
_slot = table("slots", column("id"), column("recruiter_id"))
_other = aliased(Candidate)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list of candidates shows; absent parts do not narrow it.

    `recruiter_id` is the recruiter of a live booking. `created_from` is in the range, `created_until` is not.
    `stage_since_until` is the latest moment at which the person may have reached the stage: the age in it.
    `assigned_id` is the recruiter who looks after the person. `references` are people named one by one.
    """

    words: str = ""
    stage: Stage | None = None
    outcome: Outcome | None = None
    city_id: int | None = None
    recruiter_id: int | None = None
    source: str = ""
    created_from: datetime | None = None
    created_until: datetime | None = None
    stage_since_until: datetime | None = None
    assigned_id: int | None = None
    references: tuple[str, ...] = ()

    @property
    def has_no_days(self) -> bool:
        """Whether the range ends before it begins, so that nobody can be in it."""
        first, until = self.created_from, self.created_until
        return first is not None and until is not None and first >= until


class Order(StrEnum):
    """In which order a list of candidates is read."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST_AT_STAGE = "longest_at_stage"


_MOMENTS = {Order.LONGEST_AT_STAGE: Candidate.stage_since}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in a list of candidates by the moment of its order: what comes after it is not yet read."""

    at: datetime
    id: int


def place_of(candidate: Candidate, order: Order) -> Place:
    """Where a candidate stands in a list of this order."""
    return Place(at=candidate.stage_since if order in _MOMENTS else candidate.created_at, id=candidate.id)


def matching(scope: Scope, wanted: Wanted, *, order: Order = Order.NEWEST) -> Select[Candidate]:
    """Candidates within a scope who match, with city and contact."""
    return _ordered(conditions(scope, wanted), order)


def nearly_matching(scope: Scope, wanted: Wanted, *, order: Order = Order.NEWEST) -> Select[Candidate]:
    """As `matching`, of people whose name is like the words: for typing errors, never for what is done to many."""
    return _ordered([*_narrowed(scope, wanted), *_nearly_named(wanted.words)], order)


def _ordered(needed: list[ColumnElement[bool]], order: Order) -> Select[Candidate]:
    moment = _MOMENTS.get(order, Candidate.created_at)
    newest_first = (moment.desc(), Candidate.id.desc())
    return (
        select(Candidate)
        .outerjoin(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(*needed)
        .order_by(*(newest_first if order == Order.NEWEST else (moment, Candidate.id)))
    )


def list_page(
    session: Session,
    candidates: Select[Candidate],
    *,
    after: Place | None,
    limit: int,
    order: Order = Order.NEWEST,
) -> Sequence[Candidate]:
    """Some of `matching` in its order, from a place on; the place itself is not in it."""
    if after is not None:
        each, place = tuple_(_MOMENTS.get(order, Candidate.created_at), Candidate.id), tuple_(after.at, after.id)
        candidates = candidates.where(each < place if order == Order.NEWEST else each > place)
    return session.scalars(candidates.limit(limit)).all()


def conditions(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a candidate of a list must be: the one definition for lists, broadcasts and whatever is done to many."""
    return _narrowed(scope, wanted) + _named(wanted.words)


def _narrowed(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    parts = (
        (Candidate.stage, eq, wanted.stage),
        (Candidate.outcome, eq, wanted.outcome),
        (Candidate.city_id, eq, wanted.city_id),
        (Candidate.source, eq, wanted.source or None),
        (Candidate.recruiter_id, eq, wanted.assigned_id),
        (Candidate.created_at, ge, wanted.created_from),
        (Candidate.created_at, lt, wanted.created_until),
        (Candidate.stage_since, le, wanted.stage_since_until),
    )
    needed: list[ColumnElement[bool]] = [meets(part, value) for part, meets, value in parts if value is not None]
    needed.append(Candidate.erased_at.is_(None))
    if scope.city_ids is not None:
        needed.append(Candidate.city_id.in_(scope.city_ids))
    if wanted.references:
        needed.append(Candidate.reference.in_(wanted.references))
    if wanted.recruiter_id is not None:
        needed.append(Candidate.id.in_(_met_by(wanted.recruiter_id)))
    return needed


def _met_by(recruiter_id: int) -> Select[int]:
    return (
        select(_booking.c.candidate_id)
        .join(_slot, _slot.c.id == _booking.c.slot_id)
        .where(_slot.c.recruiter_id == recruiter_id, _booking.c.status.in_(("pending", "booked", "confirmed")))
    )


def _named(words: str) -> list[ColumnElement[bool]]:
    """Each word must be found in the name; or it is a username, or the digits of a phone number.

    Usernames have Latin letters only, so mostly the name alone is asked for: then Postgres may read the list in its
    order until a page is full. Otherwise each way is a query of its own, so that each can use its index.
    """
    typed = words.replace("\0", "").split()
    if not typed:
        return []
    others = [*_by_username("".join(typed)), *_by_phone(words)]
    if not others:
        return _in_name(Candidate.full_name, typed)
    in_name = select(_other.id).where(*_in_name(_other.full_name, typed))
    return [Candidate.id.in_(union_all(in_name, *others))]


def _in_name(name: InstrumentedAttribute[str | None], typed: list[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [name_key(name).contains(key, autoescape=True) for key in _folded(typed)]
    return found or [false()]


def _by_username(typed: str) -> list[Select[int]]:
    username = typed.removeprefix("@")
    if not username.isascii():
        return []
    return [select(Contact.candidate_id).where(Contact.username.icontains(username, autoescape=True))]


def _by_phone(words: str) -> list[Select[int]]:
    digits = "".join(char for char in words if char.isdecimal())
    if len(digits) < LEAST_DIGITS:
        return []
    return [select(_other.id).where(_other.phone.contains(national(digits), autoescape=True))]


def _nearly_named(words: str) -> list[ColumnElement[bool]]:
    """Each word is like a part of the name, as trigrams see it."""
    alike: list[ColumnElement[bool]] = [
        literal(word).bool_op("<%")(name_key(Candidate.full_name)) for word in _folded(words.split())
    ]
    return alike or [false()]


def _folded(typed: list[str]) -> list[str]:
    return [key for word in typed if (key := folded(word.replace("\0", "")))]


def national(digits: str) -> str:
    """`8 912 …` and `+7 912 …` are one number; it is kept as `+7912…`."""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def by_reference(session: Session, reference: str, scope: Scope) -> Candidate:
    """The candidate of a public reference, with city and contact.

    Raises:
        NotFound: there is none, or it is out of the scope.
    """
    candidate = session.scalar(
        select(Candidate)
        .options(joinedload(Candidate.city), joinedload(Candidate.contact))
        .where(Candidate.reference == _as_reference(reference), Candidate.erased_at.is_(None))
    )
    if candidate is None or not scope.includes(candidate.city_id):
        raise NotFound
    return candidate


def people_by_source(session: Session, sources: Collection[str], scope: Scope) -> dict[str, int]:
    """How many people of a scope came by each of these sources."""
    came = _by_source(scope).where(Candidate.source.in_(sources))
    return {str(source): people for source, people in session.execute(came)}


def other_sources(session: Session, scope: Scope, *, limit: int) -> list[tuple[str, int]]:
    """What people of a scope came by that nobody has written down as a source, the most frequent first."""
    named = exists().where(Source.key == Candidate.source)
    came = _by_source(scope).where(Candidate.source.is_not(None), ~named)
    rows = session.execute(came.order_by(func.count().desc(), Candidate.source).limit(limit))
    return [(str(source), people) for source, people in rows]


def _by_source(scope: Scope) -> Select[str | None, int]:
    came = select(Candidate.source, func.count()).group_by(Candidate.source)
    return came if scope.city_ids is None else came.where(Candidate.city_id.in_(scope.city_ids))


def _as_reference(typed: str) -> str:
    """What stands in an address, without what Postgres cannot be asked for."""
    return typed.replace("\0", "")


def merged_into(session: Session, reference: str, scope: Scope) -> Candidate:
    """The candidate whose card took the place of the one with this reference.

    Raises:
        NotFound: no such card was merged, or the present one is out of the scope.
    """
    survivor = session.scalar(
        select(Candidate)
        .join(MergedCard, MergedCard.survivor_id == Candidate.id)
        .where(MergedCard.reference == _as_reference(reference))
    )
    if survivor is None or not scope.includes(survivor.city_id):
        raise NotFound
    return survivor


@dataclass(frozen=True, kw_only=True)
class LedgerLine:
    """A message with the candidate it is for; messages to staff have none."""

    message: OutboxMessage
    candidate: Candidate | None


def ledger(scope: Scope, *, state: MessageState | None, candidate_id: int | None) -> Select[OutboxMessage, Candidate]:
    """Messages of the outbox within a scope, newest first, each with its candidate."""
    lines = (
        select(OutboxMessage, Candidate)
        .outerjoin(Candidate, Candidate.id == OutboxMessage.candidate_id)
        .order_by(OutboxMessage.id.desc())
    )
    if scope.city_ids is not None:
        lines = lines.where(Candidate.city_id.in_(scope.city_ids))
    if state is not None:
        lines = lines.where(OutboxMessage.state == state)
    if candidate_id is not None:
        lines = lines.where(OutboxMessage.candidate_id == candidate_id)
    return lines


def ledger_page(
    session: Session, lines: Select[OutboxMessage, Candidate], *, before_id: int | None, limit: int
) -> list[LedgerLine]:
    """Some of `ledger`: those with ids under `before_id`."""
    if before_id is not None:
        lines = lines.where(OutboxMessage.id < before_id)
    rows = session.execute(lines.limit(limit))
    return [LedgerLine(message=message, candidate=candidate) for message, candidate in rows]
