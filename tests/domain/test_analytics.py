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
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline import funnel, show_rates, stays
from recruitsmart.domain.pipeline.decisions import take_hire_back
from recruitsmart.domain.pipeline.funnel import GroupBy, Line, Step
from recruitsmart.domain.pipeline.periods import Period, Window
from recruitsmart.domain.pipeline.show_rates import LEADS
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
    hired = select(Candidate).where(Candidate.outcome == Outcome.HIRED).order_by(Candidate.id)
    for candidate in session.scalars(hired).all()[::3]:
        take_hire_back(session, candidate, actor=SYSTEM, now=NOW)
    session.flush()
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
            Step.HIRED: self._hired(number),
        }
        return {step for step, true in facts.items() if true}

    def _hired(self, number: int) -> bool:
        kinds = [e.kind for e in self.entries[number] if e.kind in ("candidate.hired", "candidate.hire_taken_back")]
        return kinds[-1:] == ["candidate.hired"]

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

    found = funnel.funnel(crowded, PERIOD, by, scope=EVERYTHING)

    assert {line.key: line.counts for line in found} == {
        key: {step: counts[step] for step in Step} for key, counts in expected.items()
    }
    assert funnel.summed(found)[Step.HIRED] > 0


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

    rates = show_rates.show_rates(crowded, PERIOD, scope=EVERYTHING)

    assert {key: (rate.came, rate.met) for key, rate in rates.by_lead.items()} == _tallied(by_lead)
    assert {key: (rate.came, rate.met) for key, rate in rates.by_hour.items()} == _tallied(by_hour)
    assert len(by_lead) >= 4


def _tallied(groups: dict[int, list[bool]]) -> dict[int, tuple[int, int]]:
    return {key: (sum(came), len(came)) for key, came in groups.items()}


def test_time_in_a_stage_is_from_the_move_into_it_to_the_move_out(crowded: Session) -> None:
    lengths: dict[str, list[float]] = {}
    for entries in Told(crowded).entries.values():
        steps = [entry for entry in entries if entry.kind in {"candidate.started", "candidate.moved"}]
        for before, after in pairwise(steps):
            if within(after.at):
                lengths.setdefault(after.details["before"], []).append((after.at - before.at).total_seconds())

    found = stays.time_in_stages(crowded, PERIOD, scope=EVERYTHING)

    assert {stage.value: stay.people for stage, stay in found.items()} == {k: len(v) for k, v in lengths.items()}
    for stage, stay in found.items():
        assert stay.seconds == pytest.approx(median(lengths[stage.value]), abs=0.01)
    assert Stage.HIRED not in found


def test_a_scope_and_a_city_narrow_every_number(crowded: Session) -> None:
    city = next(person.city_id for person in crowded.scalars(select(Candidate)) if person.city_id)
    for about in ({"scope": Scope(city_ids=frozenset({city}))}, {"scope": EVERYTHING, "city_id": city}):
        lines = funnel.funnel(crowded, PERIOD, GroupBy.CITY, **about)
        assert [line.key for line in lines] == [city]
        whole = show_rates.show_rates(crowded, PERIOD, scope=EVERYTHING).by_hour
        narrow = show_rates.show_rates(crowded, PERIOD, **about).by_hour
        assert 0 < _met(narrow) < _met(whole)
        few, many = (stays.time_in_stages(crowded, PERIOD, **each) for each in (about, {"scope": EVERYTHING}))
        assert 0 < few[Stage.INTERVIEW].people < many[Stage.INTERVIEW].people
    nobody = Scope(city_ids=frozenset())
    assert funnel.funnel(crowded, PERIOD, GroupBy.SOURCE, scope=nobody) == []


def _met(rates: dict[int, Any]) -> int:
    return sum(rate.met for rate in rates.values())


def test_an_edit_of_a_person_moves_no_number(crowded: Session) -> None:
    before = funnel.funnel(crowded, PERIOD, GroupBy.WEEK, scope=EVERYTHING)
    for person in crowded.scalars(select(Candidate)):
        person.full_name, person.stage_since = "Другое Имя", NOW
    crowded.flush()
    assert funnel.funnel(crowded, PERIOD, GroupBy.WEEK, scope=EVERYTHING) == before


def _line(key: str, started: int) -> Line:
    return Line(key=key, counts=dict.fromkeys(Step, started))


def test_small_groups_become_one_line_and_nobody_is_lost() -> None:
    lines: Sequence[Line] = [_line(f"source{number}", number) for number in range(1, 41)]
    ordered = funnel.in_order(lines, GroupBy.SOURCE)
    assert (len(ordered), ordered[0].key, ordered[-1].rest) == (31, "source40", True)
    assert funnel.summed(ordered) == funnel.summed(lines)


WINDOW = Window(offset=0, limit=10_000)


@pytest.mark.parametrize("by", list(GroupBy))
def test_behind_each_number_of_the_funnel_are_the_people_it_counts(crowded: Session, by: GroupBy) -> None:
    about: dict[str, Any] = {"scope": EVERYTHING, "window": WINDOW}
    told, lines = Told(crowded), funnel.funnel(crowded, PERIOD, by, scope=EVERYTHING)
    for step in Step:
        everybody = funnel.people_behind(crowded, PERIOD, by, step, keys=None, **about)
        assert {each.id for each in everybody} == {who for who in told.cohort() if step in told.steps_of(who)}
        for line in lines:
            people = funnel.people_behind(crowded, PERIOD, by, step, keys=[line.key], **about)
            assert len(people) == line.counts[step]
            assert {told.key_of(person.id, by) for person in people} <= {line.key}
            others = funnel.people_behind(crowded, PERIOD, by, step, keys=[line.key], but=True, **about)
            assert len(people) + len(others) == len(everybody)


def test_behind_each_show_rate_are_its_interviews(crowded: Session) -> None:
    rates = show_rates.show_rates(crowded, PERIOD, scope=EVERYTHING)
    about: dict[str, Any] = {"scope": EVERYTHING, "window": WINDOW}
    for name, by in (("lead", rates.by_lead), ("hour", rates.by_hour)):
        for number, rate in by.items():
            met = show_rates.interviews_behind(crowded, PERIOD, **{name: number}, only_kept=False, **about)
            came = show_rates.interviews_behind(crowded, PERIOD, **{name: number}, only_kept=True, **about)
            assert (len(came), len(met)) == (rate.came, rate.met)
            assert {booking.status.value for booking in came} <= KEPT


def test_behind_each_time_in_a_stage_are_its_stays(crowded: Session) -> None:
    for stage, stay in stays.time_in_stages(crowded, PERIOD, scope=EVERYTHING).items():
        behind = stays.stays_behind(crowded, PERIOD, stage, scope=EVERYTHING, window=WINDOW)
        assert len(behind) == stay.people
        assert median(each.seconds for each in behind) == pytest.approx(stay.seconds, abs=0.01)


def test_a_list_behind_a_number_is_read_by_pages_and_keeps_to_the_scope(crowded: Session) -> None:
    about: dict[str, Any] = {"keys": None, "scope": EVERYTHING}
    whole = funnel.people_behind(crowded, PERIOD, GroupBy.CITY, Step.BOOKED, window=WINDOW, **about)
    page = funnel.people_behind(crowded, PERIOD, GroupBy.CITY, Step.BOOKED, window=Window(offset=3, limit=4), **about)
    assert list(page) == list(whole)[3:7]
    nobody = Scope(city_ids=frozenset())
    assert not show_rates.interviews_behind(crowded, PERIOD, only_kept=False, scope=nobody, window=WINDOW)
    assert not stays.stays_behind(crowded, PERIOD, Stage.INTERVIEW, scope=nobody, window=WINDOW)
