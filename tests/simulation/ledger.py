"""What became of every reminder of a simulated world, judged by rules written a second time and from the outside."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, make_url, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.timers.models import Timer, TimerState
from tests.simulation.world import EDITED, EDITED_AT, World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHORTEST = timedelta.resolution  # a meeting exactly an hour after the quiet hours is within an hour of them
FINAL = {MessageState.SENT, MessageState.SKIPPED, MessageState.FAILED, MessageState.UNKNOWN}
SHIPPED = {"first": 24 * 60, "second": 3 * 60, "last": 30}
NAMES = tuple(SHIPPED)
CALM = 5 * MINUTE  # nothing else happens to the booking for so long after the moment


@dataclass(kw_only=True)
class Fate:
    """One booking from the outside: since when it stood, until when, and when its person said that they will come."""

    booking: Booking
    stood_at: datetime | None
    confirmed_at: datetime | None
    sent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    @property
    def starts_at(self) -> datetime:
        return self.booking.slot.starts_at

    def moment(self, name: str) -> datetime | None:
        """When a reminder is wanted, quiet hours aside."""
        of_city = getattr(self.booking.candidate.city, f"{name}_reminder_minutes")
        before_edit = self.booking.time_zone == EDITED and self.starts_at < EDITED_AT
        minutes = SHIPPED[name] if before_edit else of_city
        return None if minutes is None else self.starts_at - timedelta(minutes=minutes)

    def offset(self, at: datetime) -> timedelta | None:
        """The candidate's zone's distance from UTC."""
        return at.astimezone(ZoneInfo(self.booking.time_zone)).utcoffset()

    def is_quiet(self, at: datetime) -> bool:
        """By the wall clock in the candidate's zone."""
        wall = at.astimezone(ZoneInfo(self.booking.time_zone)).time()
        return wall >= time(22) or wall < time(8)


def simulate(database_url: str, *, bookings: int, seed: int, at_changes: bool = False) -> "Ledger":
    """Found a `World` in an empty database, let its weeks pass and judge them."""
    # timers break in it on purpose; the ledger tells what that did
    logging.getLogger("recruitsmart.domain.timers.operations").setLevel(logging.CRITICAL)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))
    try:
        world = World(engine, bookings=bookings, seed=seed, at_changes=at_changes)
        world.found()
        world.run()
        return Ledger(world)
    finally:
        engine.dispose()


class Ledger:
    """Every reminder, and every way in which something was not as promised."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: list[str] = []
        self.lines: Counter[str] = Counter()
        self.delays: list[float] = []
        self.across_changes = 0  # of those: the clocks changed between the reminder and the meeting
        with Session(world.engine, expire_on_commit=False) as session:
            self._messages = {row.id: row for row in session.scalars(select(OutboxMessage))}
            self._timers = list(session.scalars(select(Timer).where(Timer.kind.like("slots.remind%"))))
            self._fates = self._read_fates(session)
        self._note_sent()
        self._judge()

    def _read_fates(self, session: Session) -> dict[int, Fate]:
        confirmed = select(Entry.subject_id, Entry.at).where(Entry.kind == "booking.confirmed")
        said = dict(map(tuple, session.execute(confirmed)))
        everything = joinedload(Booking.candidate).joinedload(Candidate.city)
        bookings = session.scalars(select(Booking).options(joinedload(Booking.slot), everything))
        return {row.id: Fate(booking=row, stood_at=self._stood(row), confirmed_at=said.get(row.id)) for row in bookings}

    def _stood(self, booking: Booking) -> datetime | None:
        began_at, status = self.world.began[booking.id]
        return began_at if status != BookingStatus.PENDING else booking.decided_at

    def _note_sent(self) -> None:
        for sent in self.world.sent:
            if "reminder" in sent.kind:
                booking_id = int(sent.about.removeprefix("booking:"))
                self._fates[booking_id].sent[sent.kind.removeprefix("reminder.")].append(sent.at)

    @property
    def fates(self) -> Sequence[Fate]:
        """Every booking of the world."""
        return list(self._fates.values())

    # --- the judgement

    def _judge(self) -> None:
        self._judge_rows()
        for fate in self._fates.values():
            for name, moments in fate.sent.items():
                for at in moments:
                    self._judge_sent(fate, name, at)
            self._judge_distances(fate)
            for name in NAMES:
                self._judge_missing(fate, name)

    def _fault(self, what: str, fate: Fate | None = None, **facts: Any) -> None:
        about = "" if fate is None else f" booking {fate.booking.id} {fate.booking.time_zone} at {fate.starts_at}"
        self.faults.append(f"{what}:{about} {facts}")

    def _judge_rows(self) -> None:
        """Everything promised is sent, or skipped with a reason."""
        for timer in self._timers:
            reason = timer.reason or ("sent to the outbox" if timer.state == TimerState.DONE else None)
            self.lines[f"timer {timer.state}: {reason}"] += 1
            if timer.state in {TimerState.PENDING, TimerState.FAILED} or reason is None:
                self._fault("a timer without an end", timer=timer.id, state=timer.state, reason=timer.reason)
        copies = Counter(sent.message_id for sent in self.world.sent)
        for message in self._messages.values():
            self.lines[f"{message.kind} {message.state}: {message.reason or ''}"] += 1
            if message.state not in FINAL or (message.state != MessageState.SENT and not message.reason):
                self._fault("a message without an end", message=message.id, state=message.state)
            if copies[message.id] > 1 + message.doubts:
                self._fault("sent twice", message=message.id, copies=copies[message.id], doubts=message.doubts)

    def _judge_sent(self, fate: Fate, name: str, at: datetime) -> None:
        booking = fate.booking
        if fate.stood_at is None or at < fate.stood_at:
            self._fault("reminded before it stood", fate, name=name, at=at)
        if booking.ended_at is not None and at > booking.ended_at:
            self._fault("reminded after its end", fate, name=name, at=at, ended_at=booking.ended_at)
        if at >= fate.starts_at:
            self._fault("reminded after the start", fate, name=name, at=at)
        if name != "last" and fate.confirmed_at is not None and at > fate.confirmed_at:
            self._fault("asked again", fate, name=name, at=at)
        near = name == "last" and (fate.is_quiet(fate.starts_at) or fate.is_quiet(fate.starts_at - HOUR - SHORTEST))
        if fate.is_quiet(at) and not near:
            self._fault("reminded in quiet hours", fate, name=name, at=at)

    def _judge_distances(self, fate: Fate) -> None:
        """Reminders of one booking never come together."""
        firsts = sorted((min(moments), name) for name, moments in fate.sent.items())
        if [name for _, name in firsts] != [name for name in NAMES if name in fate.sent]:
            self._fault("out of order", fate, sent=dict(fate.sent))
        for (earlier, _), (later, name) in pairwise(firsts):
            if later - earlier < 14 * MINUTE:
                self._fault("two at once", fate, name=name, at=later)

    def _judge_missing(self, fate: Fate, name: str) -> None:
        """Where nothing came in between, the reminder came, and within a minute."""
        moment = fate.moment(name)
        if moment is None or not self._was_due(fate, name, moment):
            return
        if not fate.sent[name]:
            self._fault("never reminded", fate, name=name, moment=moment)
            return
        delay = (min(fate.sent[name]) - moment).total_seconds()
        self.delays.append(delay)
        self.lines[f"surely due: {name}"] += 1
        self.across_changes += fate.offset(moment) != fate.offset(fate.starts_at)
        if not 0 <= delay <= 60:
            self._fault("not within a minute", fate, name=name, moment=moment, delay=delay)

    def _was_due(self, fate: Fate, name: str, moment: datetime) -> bool:
        booking, until = fate.booking, moment + CALM
        return not any(self._excuses(fate, name, booking, moment, until))

    def _excuses(self, fate: Fate, name: str, booking: Booking, moment: datetime, until: datetime) -> Iterator[bool]:
        yield fate.stood_at is None or fate.stood_at >= moment
        yield booking.ended_at is not None and booking.ended_at <= until
        yield name != "last" and fate.confirmed_at is not None and fate.confirmed_at <= until
        stood_at = fate.stood_at or moment
        yield name == "first" and fate.starts_at - stood_at < fate.starts_at - moment + 6 * HOUR
        yield fate.is_quiet(moment) or fate.is_quiet(until)
        yield any(begins <= until and moment <= ends for begins, ends in self.world.outages)
        blocked_at = self.world.blocked.get(booking.candidate_id)
        yield blocked_at is not None and blocked_at <= until
        yield booking.time_zone == EDITED and stood_at <= EDITED_AT <= fate.starts_at
        yield name != "last" and self._next_is_moved(fate, name)

    def _next_is_moved(self, fate: Fate, name: str) -> bool:
        """Quiet hours may have moved the next one against this one; that rule is tested elsewhere."""
        following = fate.moment(NAMES[NAMES.index(name) + 1])
        return following is None or fate.is_quiet(following)

    def report(self) -> Iterator[str]:
        """The ledger in lines."""
        world = self.world
        yield f"{len(self._fates)} bookings of {world.size} people, {len(world.sent)} messages sent"
        yield "outages: " + ", ".join(f"{begins:%d.%m %H:%M}–{ends:%H:%M}" for begins, ends in world.outages)
        yield "what happened: " + ", ".join(f"{name} {number}" for name, number in sorted(world.events.items()))
        for line, number in sorted(self.lines.items()):
            yield f"{number:7}  {line}"
        delays = sorted(self.delays) or [0.0]
        p50, p99 = (delays[int(len(delays) * share)] for share in (0.5, 0.99))
        yield f"seconds late, where nothing came in between: p50 {p50:.2f}, p99 {p99:.2f}, most {delays[-1]:.2f}"
        yield f"faults: {len(self.faults)}"
        yield from self.faults[:50]
