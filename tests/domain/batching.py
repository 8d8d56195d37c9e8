"""Acts around one batch that tests have in common."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.batches import acting, operations
from recruitsmart.domain.batches.models import Act, Batch, BatchPerson
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.directory.models import Account, City, Recruiter, Role
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots.models import Booking, BookingStatus, Slot
from tests.factories import NOW, add_candidate

EVERYBODY = Wanted()
NO = {"reason": "Нет мест"}


def account(session: Session, recruiter: Recruiter | None = None) -> Account:
    """An administrator, or the recruiter's own account."""
    if recruiter is not None:
        return session.scalars(select(Account).where(Account.recruiter_id == recruiter.id)).one()
    boss = Account(login="boss", password_hash="!", role=Role.ADMIN)
    session.add(boss)
    session.flush()
    return boss


def staff(who: Account) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=who.id)


def drafted(
    session: Session,
    who: Account,
    act: Act = Act.REJECT,
    details: dict[str, Any] = NO,
    wanted: Wanted = EVERYBODY,
    scope: Scope = EVERYTHING,
) -> Batch:
    return operations.draft(session, act, details, wanted, scope=scope, actor=staff(who), now=NOW)


def started(session: Session, who: Account, *args: Any, **more: Any) -> Batch:
    batch = drafted(session, who, *args, **more)
    return operations.start(session, batch.id, scope=EVERYTHING, actor=staff(who), now=NOW)


def stopped(session: Session, batch: Batch, who: Account) -> Batch:
    return operations.stop(session, batch.id, scope=EVERYTHING, actor=staff(who), now=NOW)


def step(session: Session, batch_id: int) -> bool:
    """One person's turn; whether there was one."""
    session.flush()
    turn = acting.next_turn(session, batch_id, now=NOW)
    if turn is not None:
        acting.act(session, turn, now=NOW)
    return turn is not None


def carry_out(session: Session, batch: Batch) -> None:
    while step(session, batch.id):
        pass


def became(session: Session, batch: Batch) -> dict[int, tuple[str, str | None]]:
    rows = session.scalars(
        select(BatchPerson).where(BatchPerson.batch_id == batch.id).execution_options(populate_existing=True)
    )
    return {row.candidate_id: (row.state, row.why) for row in rows}


def book(session: Session, candidate: Candidate, slot: Slot, status: BookingStatus = BookingStatus.BOOKED) -> Booking:
    booking = Booking(
        slot=slot, candidate=candidate, purpose=slot.purpose, slot_capacity=1, seat=1, status=status, created_at=NOW,
        time_zone="Europe/Moscow",
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def told(session: Session, kind: str) -> list[tuple[int | None, int | None]]:
    """Who acted on whom, by the journal."""
    entries = select(Entry.actor_id, Entry.candidate_id).where(Entry.kind == kind).order_by(Entry.candidate_id)
    return [(actor_id, candidate_id) for actor_id, candidate_id in session.execute(entries)]


def in_city(session: Session, city: City | None, **values: Any) -> Candidate:
    return add_candidate(session, full_name="Анна Иванова", city=city, **values)
