"""Made-up applications, told event by event: what happened to a person, as rows of bookings, attempts and the journal.

Pure but for the dice. Nothing is sent, no timer is set: these people have no chat.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from recruitsmart.cli.agenda import Agenda, Hour, Place
from recruitsmart.domain.candidates.stages import MOVES, Outcome, Stage
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.slots.models import BookingStatus, EndedBy, Purpose

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_BOOKINGS = 9
_WITHDRAWALS = ("нашёл другую работу", "далеко ездить", "не подходит график", "передумал")
_REJECTIONS = ("не отвечает", "нет опыта", "не прошёл собеседование")
_STAND_FOR = {
    Purpose.INTERVIEW: (Stage.TO_SCHEDULE, Stage.INTERVIEW),
    Purpose.INTRO_DAY: (Stage.TO_INTRO_DAY, Stage.INTRO_DAY),
}


class _Over(Exception):  # the story ends here, which is no error
    """The application ended, or the present has come."""


@dataclass(kw_only=True)
class Ids:
    """Numbers for new rows."""

    bookings: Iterator[int]
    attempts: Iterator[int]


@dataclass(kw_only=True)
class Life:
    """One application from Start to its end, or to the present."""

    id: int
    place: Place
    at: datetime
    until: datetime
    tests: dict[str, int]
    agenda: Agenda
    ids: Ids
    dice: Random
    stage: Stage = Stage.STARTED
    outcome: Outcome = Outcome.ACTIVE
    reason: str | None = None
    consent_at: datetime | None = None
    registered_at: datetime | None = None
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    bookings: list[list[Any]] = field(default_factory=list)
    attempts: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.created_at = self.stage_since = self.at

    def tell(self) -> None:
        """Let it happen."""
        try:
            self._register()
            self._take_test1()
            self._meet(Purpose.INTERVIEW)
            self._take_test2()
            self._meet(Purpose.INTRO_DAY)
            self._become_hired()
        except _Over:
            return

    def _wait(self, shortest: timedelta, longest: timedelta) -> None:
        self._wait_until(self.at + shortest + (longest - shortest) * self.dice.random())

    def _wait_until(self, moment: datetime) -> None:
        if moment > self.until:
            raise _Over
        self.at = moment

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _note(self, kind: str, actor: ActorKind = ActorKind.CANDIDATE, subject: int | None = None, **more: Any) -> None:
        actor_id = self.id if actor == ActorKind.CANDIDATE else None
        self.entries.append((self.at, kind, actor.value, actor_id, self.id, subject, more))

    def _move(self, to: Stage, actor: ActorKind = ActorKind.SYSTEM) -> None:
        if to not in MOVES[self.stage]:
            raise ValueError(f"no way from {self.stage} to {to}")
        self._note("candidate.moved", actor, before=self.stage.value, after=to.value)
        self.stage, self.stage_since = to, self.at

    def _go_on_or_stop(self, share: float) -> None:
        """Most go on; some say goodbye, some fall silent and are let go after weeks."""
        if self._chance(share):
            return
        if self._chance(0.3):
            self._wait(HOUR, 3 * DAY)
            self._end(Outcome.WITHDRAWN, "candidate.withdrew", self.dice.choice(_WITHDRAWALS), ActorKind.CANDIDATE)
        if self._chance(0.8):
            self._wait(5 * DAY, 25 * DAY)
            self._end(Outcome.REJECTED, "candidate.rejected", self.dice.choice(_REJECTIONS), ActorKind.STAFF)
        raise _Over

    def _end(self, outcome: Outcome, kind: str, reason: str, actor: ActorKind) -> None:
        self.outcome, self.reason = outcome, reason
        self._note(kind, actor, reason=reason, stage=self.stage.value)
        raise _Over

    def _register(self) -> None:
        self._note("candidate.started")
        self._go_on_or_stop(0.97)
        self._wait(MINUTE / 6, 3 * MINUTE)
        self.consent_at = self.at
        self._note("candidate.consented", version="1")
        self._go_on_or_stop(0.95)
        self._wait(MINUTE, 10 * MINUTE)
        self.registered_at = self.at
        self._note("candidate.registered")

    def _take_test1(self) -> None:
        self._move(Stage.TEST1, ActorKind.CANDIDATE)
        number, began = next(self.ids.attempts), self.at
        self._note("attempt.started", subject=number, test="test1")
        if not self._chance(0.92):
            self._keep_attempt(number, "test1", began, finished=None)
            self._go_on_or_stop(0)
        self._wait(3 * MINUTE, 20 * MINUTE)
        screening = self.dice.choices(("qualified", "review", "declined"), (85, 11, 4))[0]
        self._keep_attempt(number, "test1", began, finished=self.at, screening=screening)
        self._note("attempt.finished", ActorKind.SYSTEM, subject=number, test="test1", screening=screening)
        self._be_screened(screening)

    def _keep_attempt(
        self, number: int, test: str, began: datetime, *, finished: datetime | None,
        screening: str | None = None, percent: int | None = None, passed: bool | None = None,
    ) -> None:  # fmt: skip
        status = "finished" if finished else "under_way"
        test_id = self.tests[test]
        self.attempts.append((number, test_id, self.id, status, "{}", began, finished, percent, passed, screening))

    def _be_screened(self, screening: str) -> None:
        if screening == "qualified":
            self._move(Stage.TO_SCHEDULE)
            return
        self._move(Stage.SCREENING)
        if screening == "declined":
            self._end(Outcome.REJECTED, "candidate.rejected", "Test 1: age", ActorKind.SYSTEM)
        self._wait(HOUR / 2, 2 * DAY)
        self._go_on_or_stop(0.8)
        self._note("screening.accepted", ActorKind.STAFF, reason=None)
        self._move(Stage.TO_SCHEDULE, ActorKind.STAFF)

    def _meet(self, purpose: Purpose) -> None:
        """Book until one hour was kept; move, cancel and miss some before."""
        waits, booked = _STAND_FOR[purpose]
        replaces = None
        for left in range(MOST_BOOKINGS - 1, -1, -1):
            if replaces is None:
                self._go_on_or_stop(0.93)
                self._wait(2 * MINUTE, 10 * HOUR)
            booking, hour = self._book(purpose, booked, replaces)
            fate = self._fate_of(hour, purpose)
            if fate == BookingStatus.MOVED and not left:
                fate = BookingStatus.CANCELLED
            self._live_through(booking, hour, fate)
            if fate in (BookingStatus.ATTENDED, BookingStatus.LATE):
                return
            replaces = booking[0] if fate == BookingStatus.MOVED else None
            if replaces is None:
                self._move(waits)
        self._go_on_or_stop(0)

    def _book(self, purpose: Purpose, stage: Stage, replaces: int | None) -> tuple[list[Any], Hour]:
        hour = self.agenda.hour_after(self.place, purpose, self.at + self._lead())
        number = next(self.ids.bookings)
        booking = [
            number, hour.id, purpose.value, hour.capacity, 1, self.id, BookingStatus.BOOKED.value, self.at, self.at,
            None, None, None, replaces, self.place.time_zone, f"seed-{replaces or number}",
        ]  # fmt: skip
        self.bookings.append(booking)
        if self.stage != stage:
            self._move(stage, ActorKind.CANDIDATE)
        self._note("booking.moved" if replaces else "booking.reserved", subject=number, slot_id=hour.id)
        return booking, hour

    def _lead(self) -> timedelta:
        return 2 * HOUR + min(self.dice.expovariate(1 / 2.2), 12) * DAY

    def _fate_of(self, hour: Hour, purpose: Purpose) -> BookingStatus:
        days = (hour.starts_at - self.at) / DAY
        early = 0.06 if hour.local_hour < 11 else 0.0
        missed = min(0.08 + 0.035 * days + early, 0.5)
        change = 1.0 if purpose == Purpose.INTERVIEW else 0.4
        ways = (BookingStatus.MOVED, BookingStatus.CANCELLED, BookingStatus.NO_SHOW)
        weights = (0.54 * change, 0.17 * change, 0.3 * missed)
        kept = 1 - sum(weights)
        return self.dice.choices((*ways, BookingStatus.LATE, BookingStatus.ATTENDED), (*weights, 0.02, kept - 0.02))[0]

    def _live_through(self, booking: list[Any], hour: Hour, fate: BookingStatus) -> None:
        """Until the booking ends; one that has not ended by now holds its seat."""
        changed = fate in (BookingStatus.MOVED, BookingStatus.CANCELLED)
        end = self.at + (hour.starts_at - self.at) * self.dice.random() if changed else hour.ends_at
        if end > self.until or not changed:
            booking[4] = hour.take_seat()
        if end > self.until:
            booking[6] = self._standing(hour).value
            booking[8] = None if booking[6] == BookingStatus.PENDING else booking[8]
            raise _Over
        self.at, booking[6], booking[9] = end, fate.value, end
        if fate == BookingStatus.CANCELLED:
            booking[10], booking[11] = EndedBy.CANDIDATE.value, self.dice.choice(_WITHDRAWALS)
            self._note("booking.cancelled", subject=booking[0], by="candidate", reason=booking[11])
        elif not changed:
            self._note("booking.outcome", ActorKind.STAFF, subject=booking[0], before="booked", after=fate.value)

    def _standing(self, hour: Hour) -> BookingStatus:
        if self._chance(0.08) and hour.starts_at > self.until:
            return BookingStatus.PENDING
        near = hour.starts_at < self.until + DAY
        return BookingStatus.CONFIRMED if near and self._chance(0.7) else BookingStatus.BOOKED

    def _take_test2(self) -> None:
        self._go_on_or_stop(0.65)
        self._move(Stage.TEST2, ActorKind.STAFF)
        number = next(self.ids.attempts)
        self._note("attempt.offered", ActorKind.STAFF, subject=number, reason=None)
        self._go_on_or_stop(0.9)
        self._wait(5 * MINUTE, 30 * HOUR)
        began = self.at
        self._note("attempt.started", subject=number, test="test2")
        self._wait(4 * MINUTE, 15 * MINUTE)
        percent = min(100, max(0, round(self.dice.gauss(74, 16))))
        self._keep_attempt(number, "test2", began, finished=self.at, percent=percent, passed=percent >= 60)
        self._note("attempt.finished", ActorKind.SYSTEM, subject=number, test="test2", percent=percent)
        if percent < 60:
            self._go_on_or_stop(0)
        self._move(Stage.TO_INTRO_DAY)

    def _become_hired(self) -> None:
        self._wait(HOUR, 2 * DAY)
        self._go_on_or_stop(0.6)
        self.outcome = Outcome.HIRED
        self._move(Stage.HIRED, ActorKind.STAFF)
        self._note("candidate.hired", ActorKind.STAFF)
