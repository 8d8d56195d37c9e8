"""Hours as recruiters type them: local date and time in a stated zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.directory.rules import zone_named
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots import drafting, waiting
from recruitsmart.domain.slots.conflicts import hour_of
from recruitsmart.domain.slots.drafting import refuse_far
from recruitsmart.domain.slots.models import Purpose, Slot
from recruitsmart.domain.slots.rules import refuse_size
from recruitsmart.domain.slots.seats import insert_guarded


@dataclass(frozen=True, kw_only=True)
class EnteredHour:
    """One hour as typed; `time_zone` None means the recruiter's, `city_id` None any of the recruiter's cities."""

    recruiter_id: int
    city_id: int | None
    purpose: Purpose
    day: date
    starts: time
    duration: timedelta
    capacity: int
    time_zone: str | None = None


def instant(day: date, local: time, zone: ZoneInfo) -> datetime:
    """The moment of a local time; of an hour that comes twice (clocks put back) the first.

    Raises:
        BadInput: the clocks skip this hour on that day.
    """
    refuse_far(day)
    moment = drafting.instant(datetime.combine(day, local), zone)
    if moment is None:
        raise BadInput("The clocks skip this hour on that day.")
    return moment


def offer_entered(session: Session, hour: EnteredHour, *, scope: Scope, account_id: int, now: datetime) -> Slot:
    """Offer an hour as it was typed.

    Raises:
        NotFound: the recruiter is out of the scope.
        BadInput: which says what is wrong.
        HoursOverlap
    """
    recruiter, starts_at = placed(session, hour, scope)
    if starts_at <= now:
        raise BadInput("This moment has already passed in the zone chosen.")
    taken = hour_of(recruiter, hour.purpose, starts_at, hour.duration)
    return offer(
        session, recruiter_id=recruiter.id, city_id=hour.city_id, purpose=hour.purpose, starts_at=starts_at,
        ends_at=taken.ends_at, busy_until=taken.busy_until, capacity=hour.capacity, account_id=account_id, now=now,
    )  # fmt: skip


def offer(
    session: Session,
    *,
    recruiter_id: int,
    city_id: int | None,
    purpose: Purpose,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    busy_until: datetime,
    account_id: int,
    now: datetime,
) -> Slot:
    """Offer one hour; people who wait for one are looked for.

    Raises:
        HoursOverlap: the recruiter already has an open hour of this purpose then.
    """
    slot = Slot(
        recruiter_id=recruiter_id, city_id=city_id, purpose=purpose, starts_at=starts_at, ends_at=ends_at,
        busy_until=busy_until, capacity=capacity,
    )  # fmt: skip
    insert_guarded(session, slot)
    actor = Actor(kind=ActorKind.STAFF, id=account_id)
    record(session, "slot.offered", actor=actor, now=now, subject_id=slot.id, starts_at=starts_at.isoformat())
    waiting.look_for_takers(session, slot, now=now)
    return slot


def placed(session: Session, hour: EnteredHour, scope: Scope) -> tuple[Recruiter, datetime]:
    """Whose hour it would be, and the moment of its start.

    Raises:
        NotFound: the recruiter is out of the scope.
        BadInput: which says what is wrong.
    """
    recruiter = session.get(Recruiter, hour.recruiter_id)
    if recruiter is None or not any(scope.includes(city.id) for city in recruiter.cities):
        raise NotFound
    _check(hour, recruiter, scope)
    return recruiter, instant(hour.day, hour.starts, zone_named(hour.time_zone or recruiter.time_zone))


def _check(hour: EnteredHour, recruiter: Recruiter, scope: Scope) -> None:
    cities = {city.id for city in recruiter.cities}
    if not recruiter.active:
        raise BadInput("This recruiter is not active.")
    if hour.city_id is not None and (hour.city_id not in cities or not scope.includes(hour.city_id)):
        raise BadInput("This recruiter does not work in that city.")
    refuse_size(hour.duration, hour.capacity)
