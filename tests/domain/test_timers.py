"""Timers: fired once, tried again, withdrawn, moved, and two sweeps at once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from recruitsmart.domain.timers.bulk import Moment, withdraw_each, write_timers
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import GRID, MOST_FAILURES, NUDGES, on_grid, run_due, set_timer, withdraw
from recruitsmart.domain.timers.queries import due_between, oldest_due_at
from tests.factories import NOW, add_city

SECOND = timedelta(seconds=1)
REMIND = "remind"


class _Firings:
    """What fired, in order; `firings["broken"]` always fails after it wrote something."""

    def __init__(self):
        self.fired = []
        self.table = {REMIND: self._remind, "late": self._late, "broken": self._broken}

    def _remind(self, session, subject_id, planned_at, now):
        self.fired.append((subject_id, planned_at, now))

    def _late(self, session, subject_id, planned_at, now):
        return "too late"

    def _broken(self, session, subject_id, planned_at, now):
        add_city(session, f"never {subject_id}")
        raise RuntimeError("broken")

    @property
    def subjects(self):
        return [subject_id for subject_id, _, _ in self.fired]


@pytest.fixture
def firings():
    return _Firings()


def _run(session, firings, now=NOW, **limit):
    count = run_due(session, firings.table, now=now, **limit)
    session.flush()
    return count


def _timer(session, subject_id=1):
    return session.scalars(
        select(Timer).where(Timer.subject_id == subject_id).execution_options(populate_existing=True)
    ).one()


def test_a_timer_fires_with_its_subject_its_planned_moment_and_now(session, firings):
    set_timer(session, REMIND, 17, due_at=NOW - SECOND)
    _run(session, firings)
    assert firings.fired == [(17, NOW - SECOND, NOW)]


def test_a_timer_fires_once(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    _run(session, firings), _run(session, firings, NOW + SECOND)
    assert (len(firings.fired), _timer(session).state) == (1, TimerState.DONE)


def test_a_timer_fires_from_its_moment_on(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW + SECOND)
    assert [_run(session, firings, NOW), _run(session, firings, NOW + SECOND)] == [0, 1]


def test_timers_fire_in_the_order_of_their_moments(session, firings):
    for subject_id, seconds in [(1, 1), (2, 3), (3, 2)]:
        set_timer(session, REMIND, subject_id, due_at=NOW - seconds * SECOND)
    _run(session, firings)
    assert firings.subjects == [2, 3, 1]


def test_a_sweep_takes_no_more_than_its_limit(session, firings):
    for subject_id in range(3):
        set_timer(session, REMIND, subject_id, due_at=NOW)
    assert [_run(session, firings, limit=2) for _ in range(3)] == [2, 1, 0]


def test_a_firing_with_nothing_useful_to_do_is_skipped_with_the_reason(session, firings):
    set_timer(session, "late", 1, due_at=NOW)
    _run(session, firings)
    timer = _timer(session)
    assert (timer.state, timer.reason, timer.settled_at) == (TimerState.SKIPPED, "too late", NOW)


def test_a_timer_that_fails_does_not_hold_up_the_others(session, firings):
    set_timer(session, "broken", 1, due_at=NOW - SECOND)
    set_timer(session, REMIND, 2, due_at=NOW)
    _run(session, firings)
    assert firings.subjects == [2]


@pytest.mark.parametrize("number", [1, 2])
def test_when_postgres_goes_away_no_timer_is_to_blame(session, other_session, firings, number, caplog):
    for subject_id in range(number):
        set_timer(session, "cut off", subject_id, due_at=NOW)
    session.commit()
    firings.table["cut off"] = lambda session, *_: session.execute(
        text("select pg_terminate_backend(pg_backend_pid())")
    )
    with pytest.raises(OperationalError):
        _run(session, firings)
    session.rollback()
    assert caplog.messages == []
    assert {timer.failures for timer in other_session.scalars(select(Timer))} == {0}


def test_a_timer_of_a_kind_that_nobody_knows_does_not_hold_up_the_others(session, firings):
    set_timer(session, "unheard of", 1, due_at=NOW - SECOND)
    set_timer(session, REMIND, 2, due_at=NOW)
    _run(session, firings)
    assert firings.subjects == [2]


def test_a_timer_that_fails_leaves_no_trace_of_its_work(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    _run(session, firings)
    assert add_city(session, "never 1")


def test_a_timer_that_fails_is_tried_again_later_and_keeps_its_planned_moment(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    _run(session, firings)
    timer = _timer(session)
    assert (timer.state, timer.planned_at, timer.due_at > NOW) == (TimerState.PENDING, NOW, True)


def test_a_timer_that_failed_fires_when_it_works_again(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    _run(session, firings)
    firings.table["broken"] = firings.table[REMIND]
    _run(session, firings, _timer(session).due_at)
    assert (firings.subjects, _timer(session).state) == ([1], TimerState.DONE)


def test_pauses_between_failures_grow_until_the_timer_is_given_up(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    pauses, now = [], NOW
    while _timer(session).state == TimerState.PENDING:
        _run(session, firings, now)
        pauses.append(_timer(session).due_at - now)
        now = _timer(session).due_at
    assert (len(pauses), pauses) == (MOST_FAILURES, sorted(set(pauses)))


def test_a_timer_given_up_never_fires_again(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    for day in range(MOST_FAILURES):
        _run(session, firings, NOW + timedelta(days=day))
    timer = _timer(session)
    assert (timer.state, timer.reason) == (TimerState.FAILED, "failed too often")
    assert _run(session, firings, NOW + timedelta(days=365)) == 0


def test_a_timer_withdrawn_does_not_fire(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    withdraw(session, (REMIND,), 1, now=NOW)
    assert (_run(session, firings), _timer(session).state) == (0, TimerState.WITHDRAWN)


def test_withdrawing_leaves_other_kinds_and_subjects(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    set_timer(session, REMIND, 2, due_at=NOW)
    withdraw(session, ("late",), 1, now=NOW)
    withdraw(session, (REMIND,), 2, now=NOW)
    _run(session, firings)
    assert firings.subjects == [1]


def test_withdrawing_leaves_a_timer_that_fired(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    _run(session, firings)
    withdraw(session, (REMIND,), 1, now=NOW)
    assert _timer(session).state == TimerState.DONE


@pytest.mark.parametrize("moved", [-SECOND, SECOND])
def test_setting_a_timer_again_moves_it(session, moved):
    set_timer(session, REMIND, 1, due_at=NOW)
    set_timer(session, REMIND, 1, due_at=NOW + moved)
    timer = _timer(session)
    assert (timer.planned_at, timer.due_at) == (NOW + moved, NOW + moved)


def test_setting_a_withdrawn_timer_makes_it_pending_again(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    withdraw(session, (REMIND,), 1, now=NOW)
    set_timer(session, REMIND, 1, due_at=NOW)
    assert _run(session, firings) == 1


def test_setting_a_timer_that_fired_fires_it_again(session, firings):
    for moment in (NOW, NOW + SECOND):
        set_timer(session, REMIND, 1, due_at=moment)
        _run(session, firings, moment)
    assert [planned_at for _, planned_at, _ in firings.fired] == [NOW, NOW + SECOND]


def test_setting_a_timer_again_forgets_its_failures(session, firings):
    set_timer(session, "broken", 1, due_at=NOW)
    _run(session, firings)
    set_timer(session, "broken", 1, due_at=NOW + SECOND)
    assert _timer(session).failures == 0


def test_many_are_written_like_one_some_to_fire_and_some_skipped(session, firings):
    for subject_id in (1, 2):
        set_timer(session, REMIND, subject_id, due_at=NOW + SECOND)
    session.info.clear()
    kept = Moment(kind=REMIND, subject_id=1, at=NOW)
    write_timers(session, [kept, Moment(kind=REMIND, subject_id=2, at=NOW, skipped="quiet hours")], now=NOW)
    assert session.info[NUDGES] == {NOW}
    run_due(session, firings.table, now=NOW + SECOND)
    states = session.execute(select(Timer.state, Timer.reason, Timer.settled_at).order_by(Timer.subject_id)).all()
    assert firings.subjects == [1]
    assert [tuple(row) for row in states] == [
        (TimerState.DONE, None, NOW + SECOND), (TimerState.SKIPPED, "quiet hours", NOW),
    ]  # fmt: skip


def test_many_are_withdrawn_like_one(session, firings):
    for subject_id in (1, 2, 3):
        set_timer(session, REMIND, subject_id, due_at=NOW)
    withdraw_each(session, [(REMIND, 1), (REMIND, 3), ("late", 2)], reason="not wanted", now=NOW)
    run_due(session, firings.table, now=NOW)
    assert firings.subjects == [2]


def test_a_firing_may_set_its_own_timer_again(session, firings):
    firings.table[REMIND] = lambda session, subject_id, *_: set_timer(session, REMIND, subject_id, due_at=NOW + SECOND)
    set_timer(session, REMIND, 1, due_at=NOW)
    _run(session, firings)
    assert (_timer(session).state, _timer(session).due_at) == (TimerState.PENDING, NOW + SECOND)


def test_a_firing_that_withdraws_its_own_timer_has_done_its_work(session, firings):
    def done_with_it(session, subject_id, *_):
        withdraw(session, (REMIND,), subject_id, now=NOW)

    firings.table[REMIND] = done_with_it
    set_timer(session, REMIND, 1, due_at=NOW)
    _run(session, firings)
    assert _timer(session).state == TimerState.DONE


def test_two_sweeps_at_once_fire_each_timer_once(session, other_session, firings):
    for subject_id in range(5):
        set_timer(session, REMIND, subject_id, due_at=NOW)
    session.commit()
    counts = [_run(session, firings, limit=3), _run(other_session, firings)]
    session.commit(), other_session.commit()
    assert (counts, sorted(firings.subjects)) == ([3, 2], list(range(5)))


def test_after_two_sweeps_at_once_nothing_is_due(session, other_session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    session.commit()
    _run(session, firings), _run(other_session, firings)
    session.commit(), other_session.commit()
    assert _run(other_session, firings) == 0


def test_a_sweep_that_is_rolled_back_leaves_its_timers_to_the_next(session, other_session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    session.commit()
    _run(session, firings)
    session.rollback()
    assert _run(other_session, firings) == 1


def test_many_sweeps_at_once_fire_each_timer_once(session, at_once, firings):
    for subject_id in range(60):
        set_timer(session, REMIND, subject_id, due_at=NOW)
    session.commit()
    at_once(*[lambda other: [_run(other, firings, limit=10) for _ in range(6)]] * 3)
    _run(session, firings)
    assert sorted(firings.subjects) == list(range(60))


def test_a_session_remembers_the_moments_it_set(session):
    for seconds in (3, 1, 3):
        set_timer(session, REMIND, seconds, due_at=NOW + seconds * SECOND)
    assert session.info[NUDGES] == {NOW + SECOND, NOW + 3 * SECOND}


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)))
def test_a_moment_of_the_grid_is_never_before_the_timer_and_hardly_after(distance):
    moment = NOW + distance
    assert timedelta(0) <= on_grid(moment) - moment < GRID
    assert on_grid(on_grid(moment)) == on_grid(moment)


def test_moments_that_are_close_together_are_one(session):
    for subject_id, microseconds in enumerate([1, 7000, 20_000, 20_001]):
        set_timer(session, REMIND, subject_id, due_at=NOW + timedelta(microseconds=microseconds))
    expected = [NOW + GRID, NOW + 2 * GRID]
    assert (sorted(session.info[NUDGES]), due_between(session, NOW, NOW + SECOND)) == (expected, expected)


def test_when_one_of_many_fails_the_others_fire_once_and_it_is_tried_again_later(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW)
    set_timer(session, "broken", 2, due_at=NOW)
    set_timer(session, REMIND, 3, due_at=NOW)
    posted = []
    firings.table[REMIND] = lambda session, subject_id, *_: posted.append(subject_id)
    _run(session, firings)
    states = dict(session.execute(select(Timer.subject_id, Timer.state)).all())
    assert states == {1: TimerState.DONE, 2: TimerState.PENDING, 3: TimerState.DONE}
    assert sorted(posted[-2:]) == [1, 3]  # due at one moment: in no order


def test_the_moments_ahead_are_pending_ones_each_once_after_now_and_up_to_the_end(session):
    for subject_id, seconds in enumerate([0, 1, 1, 2, 3]):
        set_timer(session, REMIND, subject_id, due_at=NOW + seconds * SECOND)
    assert due_between(session, NOW, NOW + 2 * SECOND) == [NOW + SECOND, NOW + 2 * SECOND]


def test_the_oldest_overdue_timer_is_the_pending_one_that_waits_longest(session, firings):
    set_timer(session, REMIND, 1, due_at=NOW - 3 * SECOND)
    _run(session, firings)
    set_timer(session, REMIND, 2, due_at=NOW - SECOND)
    set_timer(session, REMIND, 3, due_at=NOW + SECOND)
    assert oldest_due_at(session, now=NOW) == NOW - SECOND
