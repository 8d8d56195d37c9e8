"""Rejecting, letting go, bringing back, hiring, moving along by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import MOVES, Outcome, Stage
from recruitsmart.domain.dialogue.turn import take_turn
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.pipeline.decisions import (
    bring_back,
    hire,
    let_go,
    move_by_hand,
    moves_by_hand,
    reject,
    take_hire_back,
    verdict_on,
)
from recruitsmart.domain.pipeline.rejections import COOL_DOWN
from recruitsmart.domain.slots.ending import release
from recruitsmart.domain.slots.models import BookingStatus, Purpose, Slot, Waiting, WaitingStatus
from recruitsmart.domain.slots.operations import assign, move, reassign, reserve
from recruitsmart.domain.slots.outcomes import record_outcome
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.waiting import is_waiting, leave, wait
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot, add_test, choice_question
from workers.tasks.timers import FIRINGS

NIGHT = NOW.replace(hour=20)  # 23:00 in Moscow
DAY = timedelta(days=1)
OUT = "booking.calendar_cancelled"


@pytest.fixture
def city(session):
    return add_city(session)


def _person(session, city, stage=Stage.TO_SCHEDULE, **values):
    return add_candidate(session, full_name="Анна Иванова", city=city, stage=stage, **values)


def _booked(session, city, purpose=Purpose.INTERVIEW, *, starts_at=NOW + DAY):
    stage = Stage.TO_SCHEDULE if purpose == Purpose.INTERVIEW else Stage.TO_INTRO_DAY
    anna = _person(session, city, stage)
    slot = add_slot(session, add_recruiter(session, city), starts_at, purpose=purpose, capacity=1)
    return anna, assign(session, anna, slot.id, actor=SYSTEM, now=NOW)


def _told(session, candidate, now):
    session.flush()
    run_due(session, FIRINGS, now=now)
    session.flush()
    mine = select(OutboxMessage.kind).where(OutboxMessage.chat_id == candidate.contact.chat_id)
    return session.scalars(mine.order_by(OutboxMessage.id)).all()


@pytest.mark.parametrize("end", [reject, let_go])
def test_an_end_frees_the_seat_and_keeps_the_stage_and_the_reason(session, city, end):
    anna, booking = _booked(session, city)
    end(session, anna, reason=" no  shows ", actor=SYSTEM, now=NOW)
    assert (anna.stage, anna.outcome_reason) == (Stage.INTERVIEW, "no shows")
    assert (booking.status, live_booking(session, anna.id, Purpose.INTERVIEW)) == (BookingStatus.CANCELLED, None)


@pytest.mark.parametrize("end", [reject, let_go])
def test_an_end_needs_a_reason(session, city, end):
    anna = _person(session, city)
    with pytest.raises(BadInput):
        end(session, anna, reason="  ", actor=SYSTEM, now=NOW)
    assert anna.outcome == Outcome.ACTIVE


@pytest.mark.parametrize("end", [reject, let_go])
def test_an_end_waits_for_the_hour_before_it_touches_the_person(session, city, other_session, behind, end):
    """Others lock the hour, then the person: the other way round the two would wait for each other."""
    anna, booking = _booked(session, city)
    session.commit()
    other_session.execute(select(Slot.id).where(Slot.id == booking.slot_id).with_for_update())
    ended = behind(lambda own: end(own, own.get_one(Candidate, anna.id), reason="x", actor=SYSTEM, now=NOW))
    other_session.execute(select(Candidate.id).where(Candidate.id == anna.id).with_for_update(nowait=True))
    other_session.rollback()
    ended.result()


def _free(session, city):
    return add_slot(session, add_recruiter(session, city), NOW + 2 * DAY)


@pytest.mark.parametrize("end", [reject, let_go])
def test_an_end_waits_for_who_moves_the_hour_in_the_chat_and_frees_the_new_one(
    session, city, other_session, behind, end
):
    anna, booking = _booked(session, city)
    free = _free(session, city)
    take_turn(session, anna.id, about="turn:1", now=NOW)
    session.commit()
    turn = take_turn(other_session, anna.id, about="turn:2", now=NOW)
    move(other_session, turn.candidate, booking.id, free.id, now=NOW)
    other_session.flush()
    ended = behind(lambda own: end(own, own.get_one(Candidate, anna.id), reason="x", actor=SYSTEM, now=NOW))
    other_session.commit()
    ended.result()
    assert live_booking(session, anna.id, Purpose.INTERVIEW) is None


@pytest.mark.parametrize("end", [reject, let_go])
def test_an_end_begins_anew_when_a_colleague_moves_the_hour_and_frees_the_new_one(
    session, city, other_session, behind, end
):
    anna, booking = _booked(session, city)
    free = _free(session, city)
    session.commit()

    def once(own):
        end(own, own.get_one(Candidate, anna.id), reason="x", actor=SYSTEM, now=NOW)

    reassign(other_session, booking.id, free.id, actor=SYSTEM, now=NOW)
    other_session.flush()
    ended = behind(once)
    other_session.commit()
    with pytest.raises(StaleDataError):
        ended.result()
    behind(once).result()
    assert live_booking(session, anna.id, Purpose.INTERVIEW) is None


@pytest.mark.parametrize(("after_the_start", "kinds"), [(-1, {"staff.cancelled"}), (0, set())])
def test_an_hour_that_has_begun_is_not_called_free(session, city, after_the_start, kinds):
    anna, booking = _booked(session, city)
    now = booking.slot.starts_at + timedelta(minutes=after_the_start)
    reject(session, anna, reason="x", actor=SYSTEM, now=now)
    told = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.created_at == now)).all()
    assert (set(told) & {"staff.cancelled"}, booking.is_live) == (kinds, False)


@pytest.mark.parametrize("end", [reject, let_go])
def test_ending_twice_is_ending_once(session, city, end):
    anna = _person(session, city)
    for _ in range(2):
        end(session, anna, reason="x", actor=SYSTEM, now=NOW)
    kinds = session.scalars(select(Entry.kind).where(Entry.candidate_id == anna.id)).all()
    assert len(kinds) == 1


def test_who_withdrew_cannot_be_rejected_on_top(session, city):
    anna = _person(session, city)
    let_go(session, anna, reason="x", actor=SYSTEM, now=NOW)
    with pytest.raises(NotInThisStage):
        reject(session, anna, reason="y", actor=SYSTEM, now=NOW)


def test_who_ends_waits_for_no_hour_any_more(session, city):
    anna = _person(session, city)
    wait(session, anna, Purpose.INTERVIEW, window=None, note="", now=NOW)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert session.scalars(select(Waiting.status)).all() == [WaitingStatus.GONE]


def test_a_rejection_is_told_after_the_cool_down_once(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW + COOL_DOWN - timedelta(seconds=1)) == []
    assert _told(session, anna, NOW + COOL_DOWN) == ["rejected"]
    assert _told(session, anna, NOW + DAY) == ["rejected"]


def _with_calendar(session, anna):
    """The file that adds the meeting has arrived."""
    mine = (OutboxMessage.chat_id == anna.contact.chat_id, OutboxMessage.kind == "booking.calendar")
    session.execute(update(OutboxMessage).where(*mine).values(telegram_message_id=7, state="sent"))


def test_the_file_that_takes_the_meeting_out_of_the_calendar_does_not_tell_of_the_rejection_before_it_is_told(
    session, city
):  # fmt: skip
    anna, _ = _booked(session, city)
    _with_calendar(session, anna)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert OUT not in _told(session, anna, NOW)
    assert _told(session, anna, NOW + COOL_DOWN)[-2:] == ["rejected", OUT]


def test_who_hears_instead_that_the_hour_is_gone_gets_that_file_with_it(session, city):
    anna, _ = _booked(session, city)
    _with_calendar(session, anna)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    bring_back(session, anna, actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW)[-2:] == ["booking.called_off", OUT]


def test_nobody_takes_out_of_the_calendar_what_was_never_in_it(session, city):
    city.approval_required = True
    anna = _person(session, city)
    reserve(session, anna, add_slot(session, add_recruiter(session, city), NOW + DAY).id, now=NOW)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW + COOL_DOWN)[-1] == "rejected"


def test_who_withdraws_gets_that_file_at_once(session, city):
    anna, _ = _booked(session, city)
    let_go(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW)[-1] == OUT


def test_nobody_reads_of_a_rejection_at_night(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NIGHT)
    assert _told(session, anna, NIGHT + timedelta(hours=8)) == []
    assert _told(session, anna, NIGHT + timedelta(hours=9)) == ["rejected"]


def test_a_sweep_that_comes_late_wakes_nobody_at_night(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert _told(session, anna, NIGHT) == []
    assert _told(session, anna, NIGHT + timedelta(hours=9)) == ["rejected"]


@pytest.mark.parametrize(
    "hours, told_after",
    [(10.5, COOL_DOWN), (11.5, timedelta(hours=9))],
    ids=["an hour after the night: at night", "later: in the morning"],
)
def test_nobody_sets_out_for_a_meeting_that_went_with_a_rejection_at_night(session, city, hours, told_after):
    anna, _ = _booked(session, city, starts_at=NIGHT + timedelta(hours=hours))
    reject(session, anna, reason="x", actor=SYSTEM, now=NIGHT)
    assert "rejected" not in _told(session, anna, NIGHT + told_after - timedelta(seconds=1))
    assert _told(session, anna, NIGHT + told_after)[-1] == "rejected"


def test_a_rejection_planned_for_the_day_is_not_told_at_night_in_a_city_further_east(session, city):
    anna = _person(session, city)
    at = NIGHT - timedelta(hours=5)
    reject(session, anna, reason="x", actor=SYSTEM, now=at)
    anna.city = add_city(session, name="Владивосток", time_zone="Asia/Vladivostok")
    assert _told(session, anna, at + COOL_DOWN) == []
    assert _told(session, anna, at + timedelta(hours=12)) == ["rejected"]


def test_a_meeting_that_was_given_up_before_the_rejection_wakes_nobody(session, city):
    anna, booking = _booked(session, city, starts_at=NIGHT + timedelta(hours=10.5))
    release(session, booking.id, reason="another job", actor=SYSTEM, now=NOW)
    reject(session, anna, reason="x", actor=SYSTEM, now=NIGHT)
    assert "rejected" not in _told(session, anna, NIGHT + COOL_DOWN)


def test_a_rejection_taken_back_in_time_is_never_heard_of(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    bring_back(session, anna, actor=SYSTEM, now=NOW + timedelta(minutes=5))
    assert _told(session, anna, NOW + DAY) == []
    assert (anna.outcome, anna.outcome_reason, anna.stage) == (Outcome.ACTIVE, None, Stage.TO_SCHEDULE)


def test_who_was_told_already_hears_that_it_goes_on(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    _told(session, anna, NOW + COOL_DOWN)
    bring_back(session, anna, actor=SYSTEM, now=NOW + DAY)
    assert _told(session, anna, NOW + DAY) == ["rejected", "brought_back"]


@pytest.mark.parametrize(
    ("purpose", "stage"), [(Purpose.INTERVIEW, Stage.TO_SCHEDULE), (Purpose.INTRO_DAY, Stage.TO_INTRO_DAY)]
)
def test_who_is_brought_back_without_the_booking_stands_a_step_earlier(session, city, purpose, stage):
    anna, _ = _booked(session, city, purpose)
    let_go(session, anna, reason="x", actor=SYSTEM, now=NOW)
    bring_back(session, anna, actor=SYSTEM, now=NOW)
    assert anna.stage == stage


def test_who_waited_for_an_hour_and_is_brought_back_has_the_place_in_the_queue(session, city):
    anna = _person(session, city, stage_since=NOW - DAY)
    wait(session, anna, Purpose.INTERVIEW, note="после 15", now=NOW)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW + timedelta(minutes=5))
    bring_back(session, anna, actor=SYSTEM, now=NOW + timedelta(minutes=6))
    entry = session.scalars(select(Waiting).where(Waiting.status == WaitingStatus.WAITING)).one()
    assert (entry.candidate_id, entry.since, entry.note) == (anna.id, NOW, "после 15")


def test_who_is_brought_back_to_another_stage_waits_for_nothing_old(session, city):
    anna = _person(session, city)
    wait(session, anna, Purpose.INTERVIEW, now=NOW)
    leave(session, anna.id, now=NOW)
    anna.stage_since = NOW + DAY
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW + DAY)
    bring_back(session, anna, actor=SYSTEM, now=NOW + DAY)
    assert not is_waiting(session, anna.id, Purpose.INTERVIEW)


def test_who_was_never_told_of_the_rejection_is_told_that_the_hour_is_gone(session, city):
    city.approval_required = True
    anna = _person(session, city)
    slot = add_slot(session, add_recruiter(session, city), NOW + DAY)
    reserve(session, anna, slot.id, now=NOW)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert "booking.called_off" not in _told(session, anna, NOW)
    bring_back(session, anna, actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW)[-1] == "booking.called_off"


@pytest.mark.parametrize(
    ("purpose", "stage"), [(Purpose.INTERVIEW, Stage.INTERVIEW), (Purpose.INTRO_DAY, Stage.INTRO_DAY)]
)
@pytest.mark.parametrize("came", [BookingStatus.ATTENDED, BookingStatus.LATE])
def test_who_came_and_is_brought_back_stands_where_the_meeting_was(session, city, purpose, stage, came):
    anna, booking = _booked(session, city, purpose)
    after = NOW + DAY + timedelta(hours=1)
    record_outcome(session, booking.id, came, actor=SYSTEM, now=after)
    reject(session, anna, reason="x", actor=SYSTEM, now=after)
    bring_back(session, anna, actor=SYSTEM, now=after)
    assert (anna.stage, verdict_on(booking)) == (stage, purpose)


def test_who_came_after_all_and_is_brought_back_chooses_no_other_hour_and_waits_for_none(session, city):
    anna, booking = _booked(session, city)
    record_outcome(session, booking.id, BookingStatus.NO_SHOW, actor=SYSTEM, now=NOW + DAY)
    wait(session, anna, Purpose.INTERVIEW, now=NOW + DAY)
    reject(session, anna, reason="did not come", actor=SYSTEM, now=NOW + 2 * DAY)
    record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=SYSTEM, now=NOW + 3 * DAY)
    bring_back(session, anna, actor=SYSTEM, now=NOW + 4 * DAY)
    assert (anna.stage, is_waiting(session, anna.id, Purpose.INTERVIEW)) == (Stage.INTERVIEW, False)


def test_who_did_not_come_and_is_brought_back_chooses_again(session, city):
    anna, booking = _booked(session, city, Purpose.INTRO_DAY)
    after = NOW + DAY + timedelta(hours=1)
    record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=SYSTEM, now=after)
    reject(session, anna, reason="x", actor=SYSTEM, now=after)
    record_outcome(session, booking.id, BookingStatus.NO_SHOW, actor=SYSTEM, now=after)
    bring_back(session, anna, actor=SYSTEM, now=after)
    assert anna.stage == Stage.TO_INTRO_DAY


@pytest.mark.parametrize(
    ("purpose", "called_off"), [(Purpose.INTERVIEW, "booking.called_off"), (Purpose.INTRO_DAY, "intro_day.called_off")]
)
def test_who_never_hears_of_the_rejection_hears_that_the_hour_is_gone(session, city, purpose, called_off):
    anna, _ = _booked(session, city, purpose)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    bring_back(session, anna, actor=SYSTEM, now=NOW + timedelta(minutes=5))
    assert _told(session, anna, NOW + timedelta(hours=1))[-1] == called_off


def test_who_never_hears_of_the_rejection_and_whose_hour_is_over_hears_that_it_goes_on(session, city):
    anna, booking = _booked(session, city)
    late = booking.slot.starts_at - timedelta(minutes=5)
    reject(session, anna, reason="x", actor=SYSTEM, now=late)
    bring_back(session, anna, actor=SYSTEM, now=late + timedelta(minutes=10))
    assert _told(session, anna, late + timedelta(hours=1))[-1] == "brought_back"


def test_who_is_active_or_hired_cannot_be_brought_back(session, city):
    hired = _person(session, city, Stage.HIRED, outcome=Outcome.HIRED)
    for person in (_person(session, city), hired):
        with pytest.raises(NotInThisStage):
            bring_back(session, person, actor=SYSTEM, now=NOW)


def test_who_came_to_the_intro_day_is_hired_and_welcomed(session, city):
    anna = _person(session, city, Stage.INTRO_DAY)
    for _ in range(2):
        hire(session, anna, actor=SYSTEM, now=NOW)
    assert (anna.stage, anna.outcome) == (Stage.HIRED, Outcome.HIRED)
    assert _told(session, anna, NOW) == ["hired"]


def test_a_hire_can_be_taken_back_and_made_again_and_is_told_once(session, city):
    anna = _person(session, city, Stage.INTRO_DAY)
    hire(session, anna, actor=SYSTEM, now=NOW)
    for _ in range(2):
        take_hire_back(session, anna, actor=SYSTEM, now=NOW)
    assert (anna.stage, anna.outcome) == (Stage.INTRO_DAY, Outcome.ACTIVE)
    hire(session, anna, actor=SYSTEM, now=NOW)
    kinds = session.scalars(select(Entry.kind).where(Entry.candidate_id == anna.id, Entry.kind.like("%hire%"))).all()
    assert kinds == ["candidate.hired", "candidate.hire_taken_back", "candidate.hired"]
    assert _told(session, anna, NOW) == ["hired"]


def _comes(session, city, anna, now):
    """Anna is given a day, reads of it and comes; an hour after its start she stands there."""
    slot = add_slot(session, add_recruiter(session, city), now + DAY, purpose=Purpose.INTRO_DAY, capacity=1)
    booking = assign(session, anna, slot.id, actor=SYSTEM, now=now)
    sent = {"state": MessageState.SENT, "settled_at": now}
    session.execute(update(OutboxMessage).where(OutboxMessage.candidate_id == anna.id).values(sent))
    later = now + DAY + timedelta(hours=1)
    record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=SYSTEM, now=later)
    return later


@pytest.mark.parametrize("between", ["a rejection", "another day"])
def test_who_read_the_contrary_after_a_hire_is_told_of_the_next_one(session, city, between):
    anna = _person(session, city, Stage.TO_INTRO_DAY)
    now = _comes(session, city, anna, NOW)
    hire(session, anna, actor=SYSTEM, now=now)
    take_hire_back(session, anna, actor=SYSTEM, now=now)
    if between == "another day":
        move_by_hand(session, anna, Stage.TO_INTRO_DAY, actor=SYSTEM, now=now)
        now = _comes(session, city, anna, now)
    else:
        reject(session, anna, reason="x", actor=SYSTEM, now=now)
        now += timedelta(hours=2)
        assert _told(session, anna, now)[-1] == "rejected"
        bring_back(session, anna, actor=SYSTEM, now=now)
    hire(session, anna, actor=SYSTEM, now=now)
    told = _told(session, anna, now)
    assert (told[-1], told.count("hired")) == ("hired", 2)


@pytest.mark.parametrize("ended", [{}, {"outcome": Outcome.REJECTED, "outcome_reason": "x"}])
def test_only_a_hire_is_taken_back(session, city, ended):
    with pytest.raises(NotInThisStage):
        take_hire_back(session, _person(session, city, Stage.TEST2, **ended), actor=SYSTEM, now=NOW)


def test_nobody_is_hired_while_the_intro_day_is_still_ahead(session, city):
    anna, _ = _booked(session, city, Purpose.INTRO_DAY)
    with pytest.raises(BadInput):
        hire(session, anna, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in (Stage.INTRO_DAY, Stage.HIRED)])
def test_nobody_is_hired_from_another_stage(session, city, stage):
    with pytest.raises(NotInThisStage):
        hire(session, _person(session, city, stage), actor=SYSTEM, now=NOW)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.HIRED])
@pytest.mark.parametrize("to", list(Stage))
def test_by_hand_only_the_offered_moves_are_made(session, city, stage, to):
    add_test(session, choice_question("a", "x", "y", right="x"), key="test2", kind="exam", pass_percent=50)
    anna = _person(session, city, stage)
    if to in moves_by_hand(anna):
        move_by_hand(session, anna, to, actor=SYSTEM, now=NOW)
        assert (anna.stage, to in MOVES[stage]) == (to, True)
    elif to != stage:
        with pytest.raises((BadInput, NotInThisStage)):
            move_by_hand(session, anna, to, actor=SYSTEM, now=NOW)
        assert anna.stage == stage


def test_a_live_booking_must_be_ended_before_a_move(session, city):
    anna, _ = _booked(session, city)
    with pytest.raises(BadInput, match="booking"):
        move_by_hand(session, anna, Stage.TO_SCHEDULE, actor=SYSTEM, now=NOW)


def test_after_an_end_there_are_no_moves(session, city):
    anna = _person(session, city)
    reject(session, anna, reason="x", actor=SYSTEM, now=NOW)
    assert moves_by_hand(anna) == []


def test_who_is_moved_out_of_screening_is_told_and_can_choose_an_hour(session, city):
    anna = _person(session, city, Stage.SCREENING)
    move_by_hand(session, anna, Stage.TO_SCHEDULE, actor=SYSTEM, now=NOW)
    assert _told(session, anna, NOW) == ["screening.accepted"]
