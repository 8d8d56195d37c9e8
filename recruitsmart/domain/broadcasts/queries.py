"""Reading broadcasts: whom one reaches, examples of it, and how far it has got."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Case, ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.broadcasts.models import (
    Broadcast,
    BroadcastRecipient,
    BroadcastState,
    RecipientState,
    SkipReason,
)
from recruitsmart.domain.broadcasts.rules import from_json
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.queries import Wanted, conditions, matching
from recruitsmart.domain.candidates.stages import ENDED
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.texts import LANGUAGES

SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who would get a broadcast that started now: people by language, and those passed over by reason."""

    by_language: Mapping[str, int]
    skipped: Mapping[SkipReason, int]

    @property
    def people(self) -> int:
        """How many would get it."""
        return sum(self.by_language.values())


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many people of a broadcast are in which state."""

    by_state: Mapping[RecipientState, int] = field(default_factory=dict)
    skipped: Mapping[SkipReason, int] = field(default_factory=dict)

    def count(self, *states: RecipientState) -> int:
        """The people in one of these states."""
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        """Everybody on the list."""
        return sum(self.by_state.values())

    @property
    def unsent(self) -> int:
        """Those whose message has not left yet."""
        return self.count(RecipientState.WAITING, RecipientState.QUEUED)


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """What became of one person's message; no candidate when that person is not the reader's to see."""

    recipient: BroadcastRecipient
    candidate: Candidate | None
    why: str | None
    settled_at: datetime | None


def skip_reason(wanted: Wanted, city_ids: Iterable[int] | None) -> Case[Any]:
    """As SQL: why this candidate would get nothing now, null when nothing stands against it.

    The statement must have joined the contact, which may be absent.
    """
    ended = Candidate.outcome.in_(ENDED) if wanted.outcome is None else Candidate.outcome != wanted.outcome
    reasons: list[tuple[ColumnElement[bool], SkipReason]] = [
        (Contact.id.is_(None), SkipReason.NO_CONTACT),
        (Candidate.consent_at.is_(None), SkipReason.NO_CONSENT),
        (Contact.unreachable_since.is_not(None), SkipReason.UNREACHABLE),
        (ended, SkipReason.ENDED),
    ]
    if city_ids is not None:
        here = Candidate.city_id.in_(list(city_ids))
        reasons.append((or_(Candidate.city_id.is_(None), ~here), SkipReason.ELSEWHERE))
    kind = BroadcastRecipient.reason.type
    return case(*((condition, literal(reason, kind)) for condition, reason in reasons))


def reached_by(broadcast: Broadcast) -> Scope:
    """The cities it may reach, as a scope."""
    return Scope(city_ids=None if broadcast.city_ids is None else frozenset(broadcast.city_ids))


def list_of(broadcast: Broadcast) -> tuple[Case[Any], list[ColumnElement[bool]]]:
    """As SQL over candidates and their contacts: the reason to skip, and the conditions of being on the list."""
    wanted = from_json(broadcast.wanted)
    return skip_reason(wanted, broadcast.city_ids), conditions(reached_by(broadcast), wanted)


def reach(session: Session, broadcast: Broadcast) -> Reach:
    """Whom it would reach if it started now; one query."""
    reason, needed = list_of(broadcast)
    counted = select(reason.label("reason"), Candidate.language, func.count()).outerjoin(Candidate.contact)
    rows = session.execute(counted.where(*needed).group_by("reason", Candidate.language)).all()
    by_language: dict[str, int] = {}
    skipped: dict[SkipReason, int] = {}
    for why, language, count in rows:
        if why is None:
            by_language[language] = by_language.get(language, 0) + count
        else:
            skipped[why] = skipped.get(why, 0) + count
    return Reach(by_language=by_language, skipped=skipped)


def sample_people(session: Session, broadcast: Broadcast) -> list[Candidate]:
    """Up to three people who would get it, the newest, of every language somebody reads it in."""
    wanted = from_json(broadcast.wanted)
    fitting = matching(reached_by(broadcast), wanted).where(skip_reason(wanted, broadcast.city_ids).is_(None))
    of_each = [
        session.scalars(fitting.where(Candidate.language == language).limit(SAMPLES)).all() for language in LANGUAGES
    ]
    in_turn = [people[place] for place in range(SAMPLES) for people in of_each if place < len(people)]
    return in_turn[:SAMPLES]


def by_id(session: Session, broadcast_id: int, scope: Scope, *, lock: bool = False) -> Broadcast:
    """A broadcast that reaches nobody outside the scope; locked, as it is now, when asked for.

    Raises:
        NotFound: there is none, or it is not this account's to see.
    """
    found = select(Broadcast).where(Broadcast.id == broadcast_id, *_visible(scope))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    broadcast = session.scalar(found)
    if broadcast is None:
        raise NotFound
    return broadcast


def _visible(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.city_ids is None else [Broadcast.city_ids.contained_by(list(scope.city_ids))]


def listed(session: Session, scope: Scope, *, before_id: int | None, limit: int) -> Sequence[Broadcast]:
    """Broadcasts within a scope with their authors, newest first, those with ids under `before_id`."""
    broadcasts = select(Broadcast).options(joinedload(Broadcast.account)).where(*_visible(scope))
    if before_id is not None:
        broadcasts = broadcasts.where(Broadcast.id < before_id)
    return session.scalars(broadcasts.order_by(Broadcast.id.desc()).limit(limit)).all()


def progress(session: Session, ids: Sequence[int]) -> dict[int, Progress]:
    """How far each of these has got; one query over one index."""
    person = BroadcastRecipient
    counted = select(person.broadcast_id, person.state, person.reason, func.count()).where(person.broadcast_id.in_(ids))
    by_state: dict[int, dict[RecipientState, int]] = {each: {} for each in ids}
    skipped: dict[int, dict[SkipReason, int]] = {each: {} for each in ids}
    for each, state, reason, count in session.execute(
        counted.group_by(person.broadcast_id, person.state, person.reason)
    ):
        by_state[each][state] = by_state[each].get(state, 0) + count
        if reason is not None:
            skipped[each][reason] = count
    return {each: Progress(by_state=by_state[each], skipped=skipped[each]) for each in ids}


def people(
    session: Session,
    broadcast: Broadcast,
    scope: Scope,
    *,
    state: RecipientState | None,
    after_id: int | None,
    limit: int,
) -> list[PersonLine]:
    """What became of each person's message, in the order of sending, from a candidate's id on."""
    person = BroadcastRecipient
    seen = Candidate.id == person.candidate_id
    if scope.city_ids is not None:
        seen = and_(seen, Candidate.city_id.in_(scope.city_ids))
    lines = (
        select(person, Candidate, OutboxMessage.reason, OutboxMessage.settled_at)
        .outerjoin(Candidate, seen)
        .outerjoin(OutboxMessage, OutboxMessage.id == person.outbox_id)
        .where(person.broadcast_id == broadcast.id)
        .order_by(person.candidate_id)
        .limit(limit)
    )
    if state is not None:
        lines = lines.where(person.state == state)
    if after_id is not None:
        lines = lines.where(person.candidate_id > after_id)
    return [
        PersonLine(recipient=recipient, candidate=candidate, why=why, settled_at=settled_at)
        for recipient, candidate, why, settled_at in session.execute(lines)
    ]


def under_way(session: Session) -> Sequence[int]:
    """The ids of broadcasts a sweep has something to do for, oldest first."""
    running = select(Broadcast.id).where(Broadcast.state == BroadcastState.RUNNING)
    queued = select(BroadcastRecipient.broadcast_id).where(BroadcastRecipient.state == RecipientState.QUEUED)
    return sorted(session.scalars(running.union(queued)))


def next_waiting(
    session: Session, broadcast: Broadcast, *, limit: int
) -> Sequence[tuple[Candidate, SkipReason | None]]:
    """The next people of the list and what stands against each now.

    Locks the candidates against being erased, passing over those that just are.
    """
    reason = skip_reason(from_json(broadcast.wanted), broadcast.city_ids)
    waiting = (
        select(Candidate, reason)
        .join(BroadcastRecipient, BroadcastRecipient.candidate_id == Candidate.id)
        .outerjoin(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(
            BroadcastRecipient.broadcast_id == broadcast.id,
            BroadcastRecipient.state == RecipientState.WAITING,
        )
        .order_by(BroadcastRecipient.candidate_id)
        .limit(limit)
        .with_for_update(of=Candidate, key_share=True, read=True, skip_locked=True)
    )
    return [(candidate, why) for candidate, why in session.execute(waiting)]


def story(session: Session, broadcast_id: int) -> Sequence[Entry]:
    """Who did what to it, newest first."""
    about = (Entry.kind.in_(KINDS), Entry.subject_id == broadcast_id)
    return session.scalars(select(Entry).where(*about).order_by(Entry.id.desc()).limit(100)).all()


KINDS = tuple(f"broadcast.{step}" for step in ("drafted", "started", "paused", "resumed", "stopped", "finished"))
