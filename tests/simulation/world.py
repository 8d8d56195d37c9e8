"""Six weeks of bookings on a clock of their own: real operations on a real Postgres, and everything that goes wrong.

People book, move, confirm and cancel; two sweeps run into each other; workers are killed with a transaction or a
message in their hands; now and then everything is down. Nothing here knows the rules of reminders.
"""

import heapq
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count, islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import TOO_LATE, Claimed, Outcome, Verdict
from recruitsmart.domain.pipeline.directory import save_city
from recruitsmart.domain.slots import ending, outcomes
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking, BookingStatus, Slot
from recruitsmart.domain.slots.reaching import lose_contact
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import run_due
from workers.tasks.timers import FIRINGS

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 42
MINUTE, HOUR, DAY, BEAT = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(seconds=2)
STAFF = Actor(kind=ActorKind.STAFF, id=None)
# Clocks change in five of them within these weeks, in one of them forwards.
CITIES = (
    ("Europe/Moscow", {}),
    ("Asia/Yekaterinburg", {"approval_required": False}),
    ("Asia/Novosibirsk", {"approval_required": False, "last_reminder_minutes": 90}),
    ("Europe/Berlin", {"approval_required": False}),
    ("Europe/London", {}),
    ("America/New_York", {"approval_required": False}),
    ("Australia/Sydney", {"approval_required": False}),
    ("Africa/Cairo", {"approval_required": False, "first_reminder_minutes": 36 * 60, "second_reminder_minutes": 120}),
)
EDITED, EDITED_AT = "Asia/Yekaterinburg", BEGIN + 20 * DAY
NEW_LEADS = {"first_reminder_minutes": 20 * 60, "second_reminder_minutes": 4 * 60, "last_reminder_minutes": 45}
KILLED, BROKEN, BUSY, LOST_NUDGE, BLOCKED = 0.01, 0.01, 0.005, 0.2, 0.01


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that Telegram accepted."""

    at: datetime
    message_id: int
    about: str
    kind: str


class World:
    """The clock, the people, and what Telegram got. `began` says how each booking began.

    `at_changes`: where clocks change, everybody wants an hour of the day after that night, and books a few days before.
    """

    def __init__(self, engine: Engine, *, bookings: int, seed: int, at_changes: bool = False) -> None:
        self.engine, self.size, self.random = engine, bookings, Random(seed)
        self._at_changes = at_changes
        self._wanted: dict[int, datetime] = {}  # by city: where that day begins
        self.now = BEGIN
        self.sent: list[Sent] = []
        self.began: dict[int, tuple[datetime, BookingStatus]] = {}
        self.blocked: dict[int, datetime] = {}
        self.events: Counter[str] = Counter()
        self.outages = sorted(self._outage() for _ in range(14))
        self._script: list[tuple[datetime, int, Callable[[], None], bool]] = []
        self._numbers, self._telegram_ids = count(), count(1)
        self._free: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        self._taken: set[int] = set()

    # --- before it begins

    def found(self) -> None:
        """Eight cities in eight zones with their hours, and everybody's first act."""
        with Session(self.engine) as session:
            for zone, values in CITIES:
                city = City(name=zone, time_zone=zone, horizon_days=60, address="1 Main street", **values)
                session.add(city)
                session.flush()
                if self._at_changes and (changed := _changed_day(ZoneInfo(zone))):
                    self._wanted[city.id] = changed
                for number in range(1 + self.size // 4000):
                    self._add_hours(session, city, number)
                self._free[city.id].sort()
            self._add_people(session)
            session.commit()

    def _add_hours(self, session: Session, city: City, number: int) -> None:
        recruiter = Recruiter(name=f"{city.name} {number}", time_zone=city.time_zone, cities=[city])
        session.add(recruiter)
        session.flush()
        zone, first = ZoneInfo(city.time_zone), BEGIN.date()
        starts = [
            datetime.combine(first + timedelta(days=day), time(hour, 10 * self.random.randrange(4)), zone).astimezone(
                UTC
            )
            for day in range(DAYS + 12)
            for hour in range(6, 24, 1 if self._at_changes or self.size > 1000 else 3)
        ]
        rows = [
            {
                "recruiter_id": recruiter.id, "city_id": city.id, "purpose": "interview", "starts_at": at,
                "ends_at": at + 20 * MINUTE, "busy_until": at + 20 * MINUTE, "capacity": 1, "status": "open",
            }
            for at in starts
        ]  # fmt: skip
        for row, slot_id in zip(
            rows, session.scalars(insert(Slot).returning(Slot.id, sort_by_parameter_order=True), rows), strict=True
        ):
            self._free[city.id].append((row["starts_at"], slot_id))

    def _add_people(self, session: Session) -> None:
        cities = list(self._free)
        people = [
            {
                "full_name": "Anna Miller", "city_id": self.random.choice(cities), "stage": Stage.TO_SCHEDULE,
                "language": self.random.choice(["ru", "en"]), "stage_since": BEGIN, "created_at": BEGIN,
            }
            for _ in range(self.size)
        ]  # fmt: skip
        inserted = insert(Candidate).returning(Candidate.id, sort_by_parameter_order=True)
        ids = session.scalars(inserted, people).all()
        session.execute(insert(Contact), [{"candidate_id": id_, "chat_id": id_, "channel": "telegram"} for id_ in ids])
        for candidate_id, person in zip(ids, people, strict=True):
            at = BEGIN + timedelta(seconds=self.random.randrange(int((DAYS - 9) * DAY.total_seconds())))
            if person["city_id"] in self._wanted:
                at = self._wanted[person["city_id"]] - self.random.uniform(1.5, 4) * DAY
            self._plan(at, lambda candidate_id=candidate_id: self._reserve(candidate_id), needs_bot=True)
        self._plan(EDITED_AT, self._edit_city, needs_bot=False)

    def _outage(self) -> tuple[datetime, datetime]:
        begins = BEGIN + timedelta(minutes=self.random.randrange(DAYS * 24 * 60))
        return begins, begins + timedelta(minutes=self.random.randint(1, 180))

    def _plan(self, at: datetime, act: Callable[[], None], *, needs_bot: bool) -> None:
        heapq.heappush(self._script, (at, next(self._numbers), act, needs_bot))

    # --- what people do

    def _reserve(self, candidate_id: int) -> None:
        def work(session: Session) -> Booking:
            candidate = session.get_one(Candidate, candidate_id)
            return slots.reserve(session, candidate, self._pick(candidate.city_id or 0), now=self.now)

        self._act("reserve", work)

    def _pick(self, city_id: int) -> int:
        """A free hour, mostly within days, sometimes within hours."""
        ahead = timedelta(hours=self.random.choice([1.1, 4, 20, 26, 31, 50, 100, 180]) * self.random.uniform(1, 1.5))
        free = self._free[city_id]
        place = bisect_left(free, (max(self._wanted.get(city_id, self.now), self.now + ahead), 0))
        return next((slot_id for _, slot_id in islice(free, place, None) if slot_id not in self._taken), 0)

    def _begin(self, booking: Booking) -> None:
        """A booking has begun; its later life is decided now."""
        self._taken.add(booking.slot_id)
        self.began[booking.id] = (self.now, booking.status)
        id_, candidate_id, start = booking.id, booking.candidate_id, booking.slot.starts_at
        if booking.status == BookingStatus.PENDING and self.random.random() < 0.9:
            answer = ending.refuse if self.random.random() < 0.05 else slots.approve
            words = {"reason": "full"} if answer is ending.refuse else {}
            self._later(start, 0.3, lambda: self._staff(answer, id_, **words), needs_bot=False)
        if self.random.random() < 0.4:
            self._later(start, 1.0, lambda: self._person(slots.confirm, candidate_id, id_), needs_bot=True)
        self._end_somehow(id_, candidate_id, start)

    def _end_somehow(self, id_: int, candidate_id: int, start: datetime) -> None:
        chance = self.random.random()
        if chance < 0.12:
            self._later(
                start, 1.0, lambda: self._person(ending.cancel, candidate_id, id_, reason="plans"), needs_bot=True
            )
        elif chance < 0.3:
            self._later(start, 1.0, lambda: self._move(candidate_id, id_), needs_bot=True)
        elif chance < 0.34:
            self._later(start, 1.0, lambda: self._staff(ending.cancel_by_staff, id_, reason="ill"), needs_bot=False)
        elif chance < 0.38:
            self._later(start, 1.0, lambda: self._reassign(id_), needs_bot=False)
        elif chance < 0.8:
            result = self.random.choice([BookingStatus.ATTENDED, BookingStatus.LATE, BookingStatus.NO_SHOW])
            at = start + self.random.random() * 3 * HOUR
            self._plan(at, lambda: self._staff(outcomes.record_outcome, id_, result=result), needs_bot=False)
        if chance > 1 - BLOCKED:
            self._later(start, 1.0, lambda: self._block(candidate_id), needs_bot=True)

    def _later(self, until: datetime, share: float, act: Callable[[], None], *, needs_bot: bool) -> None:
        self._plan(self.now + (until - self.now) * share * self.random.random(), act, needs_bot=needs_bot)

    def _person(self, operation: Any, candidate_id: int, booking_id: int, **words: Any) -> None:
        def work(session: Session) -> None:
            operation(session, session.get_one(Candidate, candidate_id), booking_id, now=self.now, **words)

        self._act(operation.__name__, work)

    def _staff(self, operation: Any, booking_id: int, **words: Any) -> None:
        self._act(
            operation.__name__,
            lambda session: operation(session, booking_id, actor=STAFF, now=self.now, **words) and None,
        )

    def _move(self, candidate_id: int, booking_id: int) -> None:
        def work(session: Session) -> Booking:
            candidate = session.get_one(Candidate, candidate_id)
            return slots.move(session, candidate, booking_id, self._pick(candidate.city_id or 0), now=self.now)

        self._act("move", work)

    def _reassign(self, booking_id: int) -> None:
        def work(session: Session) -> Booking:
            city_id = session.get_one(Booking, booking_id).candidate.city_id or 0
            return slots.reassign(session, booking_id, self._pick(city_id), actor=STAFF, now=self.now)

        self._act("reassign", work)

    def _block(self, candidate_id: int) -> None:
        self.blocked[candidate_id] = self.now
        self.events["blocked"] += 1

    def _edit_city(self) -> None:
        def work(session: Session) -> None:
            city = session.scalars(select(City).where(City.name == EDITED)).one()
            for name, minutes in NEW_LEADS.items():
                setattr(city, name, minutes)
            save_city(session, city, actor=STAFF, now=self.now)

        self._act("edit city", work)

    def _act(self, name: str, work: Callable[[Session], Booking | None]) -> None:
        """One transaction; what the domain refuses changes nothing. Some die before the commit and are repeated."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                begun = work(session)
            except DomainError as error:
                self.events[f"{name}: {type(error).__name__}"] += 1
                return
            if self.random.random() < KILLED:
                session.rollback()
                self.events["killed acts"] += 1
                self._plan(self.now + 15 * BEAT, lambda: self._act(name, work), needs_bot=False)
                return
            session.commit()
            self.events[name] += 1
            if begun is not None and begun.id not in self.began:
                self._begin(begun)

    # --- the clock

    def run(self) -> None:
        """Until nobody does anything any more and nothing is planned."""
        while (moment := self._next_moment()) is not None:
            self.now = max(self.now, moment)
            while self._script and self._script[0][0] <= self.now:
                _, _, act, needs_bot = heapq.heappop(self._script)
                back = self._up_again(self.now)
                if needs_bot and back is not None:
                    self._plan(back + timedelta(seconds=self.random.random() * 60), act, needs_bot=True)
                else:
                    act()
            if self._up_again(self.now) is None:
                self._work()

    def _up_again(self, at: datetime) -> datetime | None:
        """When the outage that covers `at` ends; None when all is up."""
        return next((ends for begins, ends in self.outages if begins <= at < ends), None)

    def _next_moment(self) -> datetime | None:
        """The next act, timer, message or lease; what is due in an outage waits for its end."""
        waits = [max(at, self.now) for at in self._due() if at is not None]
        if waits:
            soonest = min(waits)
            soonest = max(soonest, self._up_again(soonest) or soonest)
            if soonest == self.now or self.random.random() < LOST_NUDGE:
                soonest += BEAT * self.random.uniform(0.01, 1)  # no nudge: the beat finds it
            waits = [soonest]
        script = [self._script[0][0]] if self._script else []
        return min(waits + script, default=None)

    def _due(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """The moments of the next timer, the next message, and the next lease that runs out."""
        with Session(self.engine) as session:
            timer, message, lease = session.execute(_DUE).one()
            return timer, message, lease

    # --- the workers

    def _work(self) -> None:
        """Sweep and send until nothing more can be done at this moment."""
        moved = True
        while moved:
            timer, message, lease = (at is not None and at <= self.now for at in self._due())
            if timer:
                self._two_sweeps()
            if lease:
                self._recover()
            moved = (message and self._deliver()) or timer or lease

    def _two_sweeps(self) -> None:
        """Two transactions that overlap; sometimes the first one dies before its commit."""
        with Session(self.engine) as one, Session(self.engine) as two:
            fired = run_due(one, FIRINGS, now=self.now, limit=self.random.choice([1, 3, 100]))
            others = run_due(two, FIRINGS, now=self.now)
            if fired and self.random.random() < KILLED:
                one.rollback()
                self.events["killed sweeps"] += 1
                fired = 0
            one.commit()
            two.commit()
        self.events["firings"] += fired + others

    def _recover(self) -> None:
        with Session(self.engine) as session:
            delivery.recover(session, now=self.now)
            session.commit()

    def _deliver(self) -> bool:
        """Two senders at the same time, each with one message in its hands; whether there was anything to send."""
        hands = [self._settle_and_claim(None), self._settle_and_claim(None)]
        found = hands != [None, None]
        while hands != [None, None]:
            hands = [self._settle_and_claim(each) for each in hands]
        return found

    def _settle_and_claim(self, claimed: Claimed | None) -> Claimed | None:
        """Send what is held; settling it and claiming the next are one transaction, as the workers do it."""
        outcome = None if claimed is None else self._send(claimed)
        with Session(self.engine) as session:
            if claimed is not None and outcome is not None:
                delivery.settle(session, claimed, outcome, spread=self.random.random(), now=self.now)
                if outcome.unreachable:
                    lose_contact(session, claimed.chat_id, reason="blocked", now=self.now)
            following = delivery.claim(session, now=self.now)
            session.commit()
            return following

    def _send(self, claimed: Claimed) -> Outcome | None:
        """Telegram's answer; None when the sender died before it could be written down."""
        if self.random.random() < KILLED / 2:
            self.events["killed before sending"] += 1
            return None
        outcome = self._answer(claimed) if claimed.is_worth_sending(now=self.now) else TOO_LATE
        if outcome.verdict == Verdict.ACCEPTED:
            self.sent.append(Sent(at=self.now, message_id=claimed.id, about=claimed.about, kind=claimed.kind))
            if self.random.random() < KILLED / 2:
                self.events["killed after sending"] += 1
                return None
        return outcome

    def _answer(self, claimed: Claimed) -> Outcome:
        """Telegram's answer."""
        chance = self.random.random()
        if claimed.chat_id in self.blocked:
            return Outcome(verdict=Verdict.REFUSED, reason="blocked", unreachable=True)
        if chance < BROKEN:
            return Outcome(verdict=Verdict.BROKEN, reason="502")
        if chance < BROKEN + BUSY:
            return Outcome(verdict=Verdict.BUSY, wait=timedelta(seconds=3), reason="429")
        return Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=next(self._telegram_ids))


def _changed_day(zone: ZoneInfo) -> datetime | None:
    """The beginning of the day on which the clocks change within these weeks; they do so before dawn."""
    days = (datetime.combine(BEGIN.date() + timedelta(days=day), time(0), zone) for day in range(DAYS))
    changed = next((day for day in days if day.utcoffset() != (day + DAY).utcoffset()), None)
    return None if changed is None else changed.astimezone(UTC)


_DUE = select(
    select(func.min(Timer.due_at)).where(Timer.state == TimerState.PENDING).scalar_subquery(),
    select(func.min(OutboxMessage.due_at)).where(OutboxMessage.state == MessageState.QUEUED).scalar_subquery(),
    select(func.min(OutboxMessage.leased_until)).where(OutboxMessage.state == MessageState.SENDING).scalar_subquery(),
)
