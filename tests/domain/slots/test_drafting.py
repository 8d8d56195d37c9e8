"""Many hours at once: series, copied weeks, the preview, and undo."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.errors import BadInput, Changed, HoursOverlap, NotFound
from recruitsmart.domain.slots import drafting, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.drafting import Problem, SeriesPlan
from recruitsmart.domain.slots.models import Purpose, Slot, SlotStatus
from tests.domain.slots.conftest import HOUR, TOMORROW, journal, messages, pending_timers, statements_of
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

MINUTE = timedelta(minutes=1)
NEW_YORK = ZoneInfo("America/New_York")
PLAN = SeriesPlan(
    recruiter_ids=(1,), city_id=None, purpose=Purpose.INTERVIEW, first_on=date(2026, 11, 24),
    last_on=date(2026, 11, 30), weekdays=frozenset({1, 3}), begins=time(10), ends=time(12), duration=30 * MINUTE,
    pause=15 * MINUTE, capacity=1, zone=ZoneInfo("Europe/Moscow"),
)  # fmt: skip


def _plan(recruiter, **values):
    return replace(PLAN, recruiter_ids=(recruiter.id,), **values)


def _local(drafts, zone=PLAN.zone):
    return [draft.starts_at and draft.starts_at.astimezone(zone).strftime("%a %H:%M") for draft in drafts]


def _count(session):
    return session.scalar(select(func.count()).select_from(Slot))


def test_hours_follow_one_another_on_the_chosen_days():
    times = ["10:00", "10:45", "11:30"]
    assert _local(drafting.drafts_of(PLAN)) == [f"{day} {at}" for day in ("Tue", "Thu") for at in times]


def test_the_last_hour_ends_within_the_window():
    drafts = drafting.drafts_of(replace(PLAN, ends=time(11, 59), weekdays=frozenset({1})))
    assert _local(drafts) == ["Tue 10:00", "Tue 10:45"]


def test_each_recruiter_gets_the_same_hours():
    drafts = drafting.drafts_of(replace(PLAN, recruiter_ids=(1, 2)))
    assert [draft.recruiter_id for draft in drafts] == [1] * 6 + [2] * 6


@pytest.mark.parametrize(
    "values",
    [
        {"weekdays": frozenset()}, {"ends": time(10, 29)},
        {"last_on": date(2026, 11, 23)}, {"last_on": date(2027, 3, 1)},
        {"duration": 4 * MINUTE}, {"duration": 13 * HOUR}, {"pause": -MINUTE}, {"capacity": 0}, {"capacity": 501},
        {"first_on": date(1, 1, 1), "last_on": date(1, 1, 2)},
        {"first_on": date(9999, 12, 30), "last_on": date(9999, 12, 31)},
        {"duration": 5 * MINUTE, "pause": 0 * MINUTE, "begins": time(0), "ends": time(23, 59),
         "weekdays": frozenset(range(7)), "last_on": date(2026, 12, 31)},
    ],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused_in_a_sentence(values):
    with pytest.raises(BadInput, match=r"\.$"):
        drafting.drafts_of(replace(PLAN, **values))


def test_hours_the_clocks_skip_are_marked(session, city):
    recruiter = add_recruiter(session, city)
    sunday = _plan(
        recruiter, zone=NEW_YORK, first_on=date(2027, 3, 14), last_on=date(2027, 3, 14), weekdays=frozenset({6}),
        begins=time(1), ends=time(4), duration=HOUR, pause=0 * MINUTE,
    )  # fmt: skip
    checked = drafting.check(session, drafting.drafts_of(sunday), now=NOW)
    assert [one.problem for one in checked] == [None, Problem.SKIPPED_BY_CLOCKS, None]


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    assert drafting.instant(datetime(2026, 11, 1, 1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # noqa: DTZ001


def test_the_preview_marks_what_stands_against_an_hour_and_writes_nothing(session, city, recruiter):
    add_slot(session, recruiter, datetime(2026, 11, 24, 7, 29, tzinfo=UTC))  # 10:29 in Moscow
    now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    checked = drafting.check(session, drafting.drafts_of(_plan(recruiter, weekdays=frozenset({1}))), now=now)
    assert [one.problem for one in checked] == [Problem.PAST, Problem.OVERLAP, None]
    assert _count(session) == 1


def test_touching_is_no_overlap_and_the_buffer_counts(session, city):
    plain, careful = add_recruiter(session, city), add_recruiter(session, city, name="Пётр", buffer_minutes=20)
    plan = {"weekdays": frozenset({1})}
    for recruiter, last in ((plain, None), (careful, Problem.OVERLAP)):
        add_slot(session, recruiter, datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
        checked = drafting.check(session, drafting.drafts_of(_plan(recruiter, **plan)), now=NOW)
        assert checked[-1].problem == last


def test_a_city_the_recruiter_does_not_work_in_is_marked(session, recruiter):
    plan = _plan(recruiter, city_id=add_city(session, "Казань").id)
    assert {one.problem for one in drafting.check(session, drafting.drafts_of(plan), now=NOW)} == {Problem.NOT_IN_CITY}


def test_drafts_that_overlap_each_other_are_marked(session, recruiter):
    drafts = drafting.drafts_of(_plan(recruiter)) * 2
    problems = [one.problem for one in drafting.check(session, drafts, now=NOW)]
    assert problems == [None] * 6 + [Problem.OVERLAP] * 6


def test_what_nothing_stands_against_is_made_as_one_series(session, recruiter):
    add_slot(session, recruiter, datetime(2026, 11, 24, 7, 0, tzinfo=UTC))
    series = drafting.make(session, drafting.drafts_of(_plan(recruiter)), account_id=None, now=NOW)
    assert session.scalar(select(func.count()).where(Slot.series_id == series.id)) == 5
    assert journal(session, "slots.made")[0].details == {"count": 5}


def _statements_of_making(session, drafts):
    with statements_of(session) as statements:
        drafting.make(session, drafts, account_id=None, now=NOW)
    return len(statements)


def test_many_hours_are_made_in_as_many_statements_as_few(session, city):
    anna, boris = (add_recruiter(session, city, name=name) for name in ("Анна", "Борис"))
    session.flush()
    few = _statements_of_making(session, drafting.drafts_of(_plan(anna, weekdays=frozenset({1}))))
    many = drafting.drafts_of(_plan(boris, weekdays=frozenset(range(7)), ends=time(20)))
    assert _statements_of_making(session, many) == few and len(many) > 50


def test_when_somebody_makes_one_of_the_hours_at_the_same_moment_none_is_made(session, recruiter, behind):
    drafts = drafting.drafts_of(_plan(recruiter))
    session.commit()
    add_slot(session, recruiter, drafts[-1].starts_at)

    def makes(other):
        with pytest.raises(HoursOverlap):
            drafting.make(other, drafts, account_id=None, now=NOW)
        return _count(other)

    second = behind(makes)
    session.commit()
    assert second.result() == 1


def test_when_nothing_can_be_made_a_sentence_says_so(session, recruiter):
    drafts = drafting.drafts_of(_plan(recruiter))
    drafting.make(session, drafts, account_id=None, now=NOW)
    with pytest.raises(BadInput, match="None of these hours"):
        drafting.make(session, drafts, account_id=None, now=NOW)


def test_millions_of_hours_are_refused_before_they_are_made():
    many = replace(
        PLAN, recruiter_ids=tuple(range(100)), last_on=date(2027, 2, 20), weekdays=frozenset(range(7)), begins=time(0),
        ends=time(23, 59), duration=5 * MINUTE, pause=0 * MINUTE,
    )  # fmt: skip
    tracemalloc.start()
    with pytest.raises(BadInput, match="2554300 hours"):
        drafting.drafts_of(many)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_a_recruiter_who_is_gone_is_not_found(session):
    with pytest.raises(NotFound):
        drafting.check(session, drafting.drafts_of(PLAN), now=NOW)


def test_new_hours_have_the_queue_of_each_of_their_cities_looked_at(session, city):
    other = add_city(session, "Казань")
    recruiter = add_recruiter(session, city, other)
    for one in (city, other):
        waiting.wait(session, add_chooser(session, one), Purpose.INTERVIEW, now=NOW)
    first = drafting.drafts_of(_plan(recruiter, city_id=city.id, weekdays=frozenset({1})))
    second = drafting.drafts_of(_plan(recruiter, city_id=other.id, weekdays=frozenset({3})))
    drafting.make(session, first + second, account_id=None, now=NOW + HOUR)
    for one in (city, other):
        assert pending_timers(session, one.id)["slots.look_for_takers"] == NOW + HOUR


def test_undo_deletes_what_nobody_booked_and_keeps_the_rest(session, city, recruiter):
    series = drafting.make(session, drafting.drafts_of(_plan(recruiter)), account_id=None, now=NOW)
    chosen = session.scalars(select(Slot.id).where(Slot.series_id == series.id)).first()
    slots.reserve(session, add_chooser(session, city), chosen, now=NOW)
    session.flush()
    assert drafting.undo(session, series.id, account_id=None, now=NOW) == (5, 1)
    assert session.scalars(select(Slot.id)).all() == [chosen]


def test_undoing_twice_is_refused(session, recruiter):
    series = drafting.make(session, drafting.drafts_of(_plan(recruiter)), account_id=None, now=NOW)
    drafting.undo(session, series.id, account_id=None, now=NOW)
    with pytest.raises(Changed, match="already"):
        drafting.undo(session, series.id, account_id=None, now=NOW)
    with pytest.raises(NotFound):
        drafting.undo(session, 987654321, account_id=None, now=NOW)


def test_undo_takes_back_hours_that_were_offered_to_the_queue(session, city, recruiter):
    series = drafting.make(session, drafting.drafts_of(_plan(recruiter)), account_id=None, now=NOW)
    waiting.wait(session, add_chooser(session, city), Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    assert drafting.undo(session, series.id, account_id=None, now=NOW) == (6, 0)


def test_who_was_offered_an_hour_of_an_undone_series_reads_of_it_no_more_and_is_offered_another(
    session, city, recruiter
):
    series = drafting.make(session, drafting.drafts_of(_plan(recruiter)), account_id=None, now=NOW)
    waiting.wait(session, add_chooser(session, city), Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    drafting.undo(session, series.id, account_id=None, now=NOW + MINUTE)
    assert [message.state for message in messages(session, "slot.offered")] == ["skipped"]
    assert pending_timers(session, city.id)["slots.look_for_takers"] == NOW + MINUTE


@pytest.mark.parametrize(
    ("monday", "to", "shift"),
    [
        (date(2026, 10, 26), date(2026, 11, 2), HOUR),  # the clocks go back on November 1st
        (date(2027, 3, 8), date(2027, 3, 15), -HOUR),  # and forward on March 14th
        (date(2026, 11, 9), date(2026, 11, 16), 0 * HOUR),
    ],
)
def test_a_copied_week_keeps_its_wall_times_when_the_clocks_change(session, city, monday, to, shift):
    recruiter = add_recruiter(session, city, time_zone="America/New_York")
    at = datetime.combine(monday, time(9), NEW_YORK)
    slot = add_slot(session, recruiter, at, capacity=3)
    add_slot(session, recruiter, at + 7 * timedelta(days=1))
    add_slot(session, recruiter, at + HOUR, status=SlotStatus.CLOSED)
    session.expire_all()  # Postgres gives instants back in UTC
    (draft,) = drafting.drafts_of_week(session, [recruiter.id], week=monday, to=to)
    assert draft.starts_at.astimezone(NEW_YORK).time() == time(9)
    assert draft.starts_at - slot.starts_at == timedelta(days=7) + shift
    assert (draft.duration, draft.capacity) == (30 * MINUTE, 3)


def test_nothing_is_copied_from_before_the_monday(session, recruiter):
    add_slot(session, recruiter, TOMORROW - timedelta(days=2))
    assert drafting.drafts_of_week(session, [recruiter.id], week=date(2026, 11, 23), to=date(2026, 11, 30)) == []
