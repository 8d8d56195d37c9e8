"""Reading batches: how far one has got, what became of each person, the story of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.batches.models import Batch, BatchPerson, BatchState, PersonState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import NotFound

MOST_REASONS = 20


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many people of a batch are in which state, and why the refused ones were."""

    by_state: Mapping[PersonState, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Everybody who is still on the list."""
        return sum(self.by_state.values())

    @property
    def waiting(self) -> int:
        """Those whose turn has not come."""
        return self.by_state.get(PersonState.WAITING, 0)


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """What became of one person; no candidate when that one is not the reader's to see."""

    person: BatchPerson
    candidate: Candidate | None


def by_id(session: Session, batch_id: int, scope: Scope, *, lock: bool = False) -> Batch:
    """A batch that reached nobody outside the scope; locked, as it is now, when asked for.

    Raises:
        NotFound: there is none, or it is not this account's to see.
    """
    found = select(Batch).where(Batch.id == batch_id, *_visible(scope))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    batch = session.scalar(found)
    if batch is None:
        raise NotFound
    return batch


def _visible(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.city_ids is None else [Batch.city_ids.contained_by(list(scope.city_ids))]


def listed(session: Session, scope: Scope, *, before_id: int | None, limit: int) -> Sequence[Batch]:
    """Batches that were started, newest first, with who began them; those with ids under `before_id`."""
    batches = select(Batch).options(joinedload(Batch.account)).where(*_visible(scope), Batch.state != BatchState.DRAFT)
    if before_id is not None:
        batches = batches.where(Batch.id < before_id)
    return session.scalars(batches.order_by(Batch.id.desc()).limit(limit)).all()


def progress(session: Session, ids: Sequence[int]) -> dict[int, Mapping[PersonState, int]]:
    """How far each of these has got; one query over one index."""
    person = BatchPerson
    counted = select(person.batch_id, person.state, func.count()).where(person.batch_id.in_(ids))
    by_state: dict[int, dict[PersonState, int]] = {each: {} for each in ids}
    for each, state, count in session.execute(counted.group_by(person.batch_id, person.state)):
        by_state[each][state] = count
    return dict(by_state)


def how_far(session: Session, batch: Batch) -> Progress:
    """How far it has got, with the commonest reasons of refusals."""
    person, count = BatchPerson, func.count()
    refused = (person.batch_id == batch.id, person.state == PersonState.REFUSED)
    reasons = select(person.why, count).where(*refused).group_by(person.why).order_by(count.desc()).limit(MOST_REASONS)
    return Progress(
        by_state=progress(session, [batch.id])[batch.id],
        reasons={str(why): people for why, people in session.execute(reasons)},
    )


def people(
    session: Session, batch: Batch, scope: Scope, *, state: PersonState | None, after_id: int | None, limit: int
) -> list[PersonLine]:
    """What became of each person, in the order of the work, from a candidate's id on."""
    person = BatchPerson
    seen = Candidate.id == person.candidate_id
    if scope.city_ids is not None:
        seen = and_(seen, Candidate.city_id.in_(scope.city_ids))
    lines = select(person, Candidate).outerjoin(Candidate, seen).where(person.batch_id == batch.id)
    if state is not None:
        lines = lines.where(person.state == state)
    if after_id is not None:
        lines = lines.where(person.candidate_id > after_id)
    found = session.execute(lines.order_by(person.candidate_id).limit(limit))
    return [PersonLine(person=row, candidate=candidate) for row, candidate in found]


def under_way(session: Session) -> Sequence[int]:
    """The ids of batches that a sweep has something to do for, oldest first."""
    return session.scalars(select(Batch.id).where(Batch.state == BatchState.RUNNING).order_by(Batch.id)).all()
