"""Finding candidates and looking at them, within what an account may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage

LEAST_DIGITS = 3  # fewer digits would find everybody


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list of candidates shows; absent parts do not narrow it."""

    words: str = ""
    stage: Stage | None = None
    outcome: Outcome | None = None
    city_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in the list of candidates, newest first: everything after it is older."""

    created_at: datetime
    id: int


def matching(scope: Scope, wanted: Wanted) -> Select[Candidate]:
    """Candidates within a scope who match, newest first, with city and contact."""
    return (
        select(Candidate)
        .outerjoin(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(*conditions(scope, wanted))
        .order_by(Candidate.created_at.desc(), Candidate.id.desc())
    )


def list_page(
    session: Session, candidates: Select[Candidate], *, after: Place | None, limit: int
) -> Sequence[Candidate]:
    """Some of `matching`, from a place on; the place itself is not in it."""
    if after is not None:
        older = tuple_(Candidate.created_at, Candidate.id) < tuple_(after.created_at, after.id)
        candidates = candidates.where(older)
    return session.scalars(candidates.limit(limit)).all()


def conditions(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a candidate of a list must be; the statement must have joined the contact, which may be absent."""
    needed: list[ColumnElement[bool]] = []
    if scope.city_ids is not None:
        needed.append(Candidate.city_id.in_(scope.city_ids))
    if wanted.stage is not None:
        needed.append(Candidate.stage == wanted.stage)
    if wanted.outcome is not None:
        needed.append(Candidate.outcome == wanted.outcome)
    if wanted.city_id is not None:
        needed.append(Candidate.city_id == wanted.city_id)
    return needed + _named(wanted.words)


def _named(words: str) -> list[ColumnElement[bool]]:
    """Each word must be found in the name; or it is a username, or the digits of a phone number."""
    typed = words.replace("\0", "").split()
    if not typed:
        return []
    digits = "".join(char for char in words if char.isdecimal())
    in_name = [Candidate.full_name.icontains(word, autoescape=True) for word in typed]
    username = "".join(typed).removeprefix("@")
    ways = [and_(*in_name), Contact.username.icontains(username, autoescape=True)]
    if len(digits) >= LEAST_DIGITS:
        ways.append(Candidate.phone.contains(_national(digits), autoescape=True))
    return [or_(*ways)]


def _national(digits: str) -> str:
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
        .where(Candidate.reference == reference)
    )
    if candidate is None or not scope.includes(candidate.city_id):
        raise NotFound
    return candidate


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
