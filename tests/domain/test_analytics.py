"""The numbers of Analytics, counted again in Python from the raw events of random lives."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.cli import crowd
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline import analytics
from recruitsmart.domain.pipeline.analytics import LEADS, GroupBy, Line, Period, Step
from recruitsmart.domain.slots.models import Booking, Slot

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PERIOD = Period(
    begins=datetime(2026, 3, 10, 21, 0, tzinfo=UTC),
    ends=datetime(2026, 10, 1, 21, 0, tzinfo=UTC),
    time_zone="Europe/Moscow",
)
KEPT = {"attended", "late"}


@pytest.fixture(params=[1, 2])
def crowded(session: Session, request: pytest.FixtureRequest) -> Iterator[Session]:
    load_shipped_tests(session)
    crowd.seed(session, people=220, now=NOW, dice=Random(request.param))
    yield session


def within(moment: datetime) -> bool:
    return PERIOD.begins <= moment < PERIOD.ends


class Told:
    """All events, by person."""

    def __init__(self, session: Session) -> None:
        self.people = session.scalars(select(Candidate)).all()
        self.entries: dict[int, list[Entry]] = {person.id: [] for person in self.people}
        for entry in session.scalars(select(Entry).where(Entry.candidate_id.is_not(None)).order_by(Entry.id)):
            self.entries[entry.candidate_id or 0].append(entry)
        self.bookings: dict[int, list[tuple[Booking, Slot]]] = {person.id: [] for person in self.people}
        for booking, slot in session.execute(select(Booking, Slot).join(Slot).order_by(Booking.id)):
            self.bookings[booking.candidate_id].append((booking, slot))

    def cohort(self) -> list[int]:
        return [
            number for number, entries in self.entries.items()
            if any(entry.kind == "candidate.started" and within(entry.at) for entry in entries)
        ]  # fmt: skip

    def steps_of(self, number: int) -> set[Step]:
        met = [(booking.purpose.value, booking.status.value) for booking, _ in self.bookings[number]]
        facts = {
            Step.STARTED: True,
            Step.TEST1: any(
                e.kind == "attempt.finished" and e.details["test"] == "test1" for e in self.entries[number]
            ),
            Step.BOOKED: any(purpose == "interview" for purpose, _ in met),
            Step.CAME: any(purpose == "interview" and status in KEPT for purpose, status in met),
            Step.PASSED: any(
                e.kind == "candidate.moved" and (e.details["before"], e.details["after"]) == ("test2", "to_intro_day")
                for e in self.entries[number]
            ),
            Step.INTRO_DAY: any(purpose == "intro_day" and status in KEPT for purpose, status in met),
            Step.HIRED: any(e.kind == "candidate.hired" for e in self.entries[number]),
        }
        return {step for step, true in facts.items() if true}

    def key_of(self, number: int, by: GroupBy) -> Any:
        person = next(each for each in self.people if each.id == number)
        if by == GroupBy.RECRUITER:
            talked = [slot.recruiter_id for booking, slot in self.bookings[number] if booking.purpose == "interview"]
            return talked[-1] if talked else None
        if by == GroupBy.WEEK:
            day = person.created_at.astimezone(ZoneInfo(PERIOD.time_zone)).date()
            return day - timedelta(days=day.weekday())
        return person.source if by == GroupBy.SOURCE else person.city_id


@pytest.mark.parametrize("by", list(GroupBy))
def test_the_funnel_counts_people_by_what_the_journal_and_bookings_say(crowded: Session, by: GroupBy) -> None:
    told = Told(crowded)
    expected: dict[Any, Counter[Step]] = {}
    for number in told.cohort():
        expected.setdefault(told.key_of(number, by), Counter()).update(told.steps_of(number))

    found = analytics.funnel(crowded, PERIOD, by, scope=EVERYTHING)

    assert {line.key: line.counts for line in found} == {
        key: {step: counts[step] for step in Step} for key, counts in expected.items()
    }
    assert analytics.summed(found)[Step.HIRED] > 0


def test_show_rates_count_the_interviews_of_the_period_whose_outcome_was_noted(crowded: Session) -> None:
    by_lead: dict[int, list[bool]] = {}
    by_hour: dict[int, list[bool]] = {}
    for pairs in Told(crowded).bookings.values():
        for booking, slot in pairs:
            if booking.purpose != "interview" or booking.status not in {*KEPT, "no_show"} or not within(slot.starts_at):
                continue
            hours = (slot.starts_at - booking.created_at) / timedelta(hours=1)
            came = booking.status in KEPT
            by_lead.setdefault(sum(hours >= bound for bound in LEADS), []).append(came)
            by_hour.setdefault(slot.starts_at.astimezone(ZoneInfo(booking.time_zone)).hour, []).append(came)

    rates = analytics.show_rates(crowded, PERIOD, scope=EVERYTHING)

    assert {key: (rate.came, rate.met) for key, rate in rates.by_lead.items()} == _tallied(by_lead)
    assert {key: (rate.came, rate.met) for key, rate in rates.by_hour.items()} == _tallied(by_hour)
    assert len(by_lead) >= 4


def _tallied(groups: dict[int, list[bool]]) -> dict[int, tuple[int, int]]:
    return {key: (sum(came), len(came)) for key, came in groups.items()}


def test_time_in_a_stage_is_from_the_move_into_it_to_the_move_out(crowded: Session) -> None:
    stays: dict[str, list[float]] = {}
    for entries in Told(crowded).entries.values():
        steps = [entry for entry in entries if entry.kind in {"candidate.started", "candidate.moved"}]
        for before, after in pairwise(steps):
            if within(after.at):
                stays.setdefault(after.details["before"], []).append((after.at - before.at).total_seconds())

    found = analytics.time_in_stages(crowded, PERIOD, scope=EVERYTHING)

    assert {stage.value: stay.people for stage, stay in found.items()} == {k: len(v) for k, v in stays.items()}
    for stage, stay in found.items():
        assert stay.seconds == pytest.approx(median(stays[stage.value]), abs=0.01)
    assert Stage.HIRED not in found


def test_a_scope_and_a_city_narrow_every_number(crowded: Session) -> None:
    city = next(person.city_id for person in crowded.scalars(select(Candidate)) if person.city_id)
    for about in ({"scope": Scope(city_ids=frozenset({city}))}, {"scope": EVERYTHING, "city_id": city}):
        lines = analytics.funnel(crowded, PERIOD, GroupBy.CITY, **about)
        assert [line.key for line in lines] == [city]
        whole = analytics.show_rates(crowded, PERIOD, scope=EVERYTHING).by_hour
        narrow = analytics.show_rates(crowded, PERIOD, **about).by_hour
        assert 0 < _met(narrow) < _met(whole)
        few, many = (analytics.time_in_stages(crowded, PERIOD, **each) for each in (about, {"scope": EVERYTHING}))
        assert 0 < few[Stage.INTERVIEW].people < many[Stage.INTERVIEW].people
    nobody = Scope(city_ids=frozenset())
    assert analytics.funnel(crowded, PERIOD, GroupBy.SOURCE, scope=nobody) == []


def _met(rates: dict[int, Any]) -> int:
    return sum(rate.met for rate in rates.values())


def test_an_edit_of_a_person_moves_no_number(crowded: Session) -> None:
    before = analytics.funnel(crowded, PERIOD, GroupBy.WEEK, scope=EVERYTHING)
    for person in crowded.scalars(select(Candidate)):
        person.full_name, person.stage_since = "Другое Имя", NOW
    crowded.flush()
    assert analytics.funnel(crowded, PERIOD, GroupBy.WEEK, scope=EVERYTHING) == before


def _line(key: str, started: int) -> Line:
    return Line(key=key, counts=dict.fromkeys(Step, started))


def test_small_groups_become_one_line_and_nobody_is_lost() -> None:
    lines: Sequence[Line] = [_line(f"source{number}", number) for number in range(1, 41)]
    ordered = analytics.in_order(lines, GroupBy.SOURCE)
    assert (len(ordered), ordered[0].key, ordered[-1].rest) == (31, "source40", True)
    assert analytics.summed(ordered) == analytics.summed(lines)
