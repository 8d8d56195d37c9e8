"""The queue for an hour: who is offered what, for how long, and who comes next."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.errors import SlotTaken
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.pipeline.decisions import reject
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.slots import ending, entering, outcomes, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.fitting import is_welcome
from recruitsmart.domain.slots.free_hours import free_hours
from recruitsmart.domain.slots.ladder import MOST_OFFERS_AT_ONCE
from recruitsmart.domain.slots.models import BookingStatus, Offer, OfferStatus, Purpose, Waiting, WaitingStatus
from recruitsmart.domain.slots.wishes import Window
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, messages, pending_timers, statements_of, told
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

MINUTE = timedelta(minutes=1)
INTERVIEW = Purpose.INTERVIEW


@pytest.fixture
def queue(session, city):
    """Three people, who began to wait one minute after the other."""
    people = [add_chooser(session, city) for _ in range(3)]
    for step, person in enumerate(people):
        waiting.wait(session, person, INTERVIEW, now=NOW + step * MINUTE)
    return people


def _look(session, city, *, now=NOW + HOUR):
    return waiting.offer_to_waiting(session, city.id, now, now)


def _offers(session):
    """Who was offered which hour, and what became of it, in order."""
    session.flush()
    rows = select(Waiting.candidate_id, Offer.slot_id, Offer.status).join(Offer.waiting).order_by(Offer.id)
    return [tuple(row) for row in session.execute(rows)]


def _open_offer(session):
    return session.scalars(select(Offer).where(Offer.status == OfferStatus.OPEN)).one()


def test_the_oldest_is_offered_the_hour_and_it_is_held_ten_minutes(session, city, slot, queue):
    _look(session, city)
    assert _offers(session) == [(queue[0].id, slot.id, "open")]
    offer = _open_offer(session)
    assert offer.expires_at == NOW + HOUR + 10 * MINUTE
    assert pending_timers(session, offer.id)["slots.offer_expires"] == offer.expires_at
    assert told(session, queue[0].contact.chat_id) == ["slot.offered"]
    assert journal(session, "slot.held")[0].candidate_id == queue[0].id


def test_no_more_hours_of_a_day_are_held_than_its_recruiter_wants(session, city, recruiter, slot, queue):
    recruiter.daily_cap = 1
    other = add_slot(session, recruiter, TOMORROW + HOUR)
    _look(session, city)
    assert _offers(session) == [(queue[0].id, slot.id, "open")]
    assert free_hours(session, city, now=NOW + HOUR) == []
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, city), other.id, now=NOW + HOUR)
    assert slots.reserve(session, queue[0], slot.id, now=NOW + HOUR).slot_id == slot.id


def test_a_held_hour_is_free_for_nobody_else(session, city, slot, queue):
    _look(session, city)
    assert free_hours(session, city, now=NOW + HOUR) == []
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, city), slot.id, now=NOW + HOUR)


def test_who_it_is_held_for_takes_it_and_leaves_the_queue(session, city, slot, queue):
    _look(session, city)
    slots.reserve(session, queue[0], slot.id, now=NOW + HOUR + MINUTE)
    assert _offers(session) == [(queue[0].id, slot.id, "taken")]
    assert not waiting.is_waiting(session, queue[0].id, INTERVIEW)


@pytest.mark.parametrize(("ahead", "offered"), [(70, True), (69, False)])
def test_an_hour_is_offered_while_it_can_be_taken_to_the_last_minute(session, city, recruiter, queue, ahead, offered):
    soon = add_slot(session, recruiter, NOW + HOUR + ahead * MINUTE)  # the city wants an hour's notice
    _look(session, city)
    assert [slot_id for _, slot_id, _ in _offers(session)] == [soon.id] * offered
    if offered:
        assert slots.reserve(session, queue[0], soon.id, now=NOW + HOUR + 10 * MINUTE).slot_id == soon.id


def test_when_the_ten_minutes_are_over_the_next_person_gets_it(session, city, slot, queue):
    _look(session, city)
    later = NOW + HOUR + 10 * MINUTE
    assert waiting.expire_offer(session, _open_offer(session).id, later, later) is None
    _look(session, city, now=later)
    assert _offers(session) == [(queue[0].id, slot.id, "expired"), (queue[1].id, slot.id, "open")]


def test_those_whom_nothing_suits_do_not_stand_in_the_way_of_the_others(session, city, slot):
    never = Window(starts_at=TOMORROW + 5 * HOUR, ends_at=TOMORROW + 6 * HOUR)
    for step in range(MOST_OFFERS_AT_ONCE):
        waiting.wait(session, add_chooser(session, city), INTERVIEW, window=never, now=NOW + step * MINUTE / 100)
    last = add_chooser(session, city)
    waiting.wait(session, last, INTERVIEW, now=NOW + MINUTE)
    _look(session, city)
    assert _offers(session) == [(last.id, slot.id, "open")]


def test_those_who_were_offered_everything_do_not_stand_in_the_way_of_the_others(session, city, slot):
    for step in range(MOST_OFFERS_AT_ONCE + 1):
        waiting.wait(session, add_chooser(session, city), INTERVIEW, now=NOW + step * MINUTE / 100)
    for _ in range(MOST_OFFERS_AT_ONCE):
        _look(session, city)
        waiting.decline(session, _open_offer(session).waiting.candidate, _open_offer(session).id, now=NOW + HOUR)
    _look(session, city)
    assert len(_offers(session)) == MOST_OFFERS_AT_ONCE + 1


def test_who_passes_gives_it_to_the_next_and_keeps_waiting(session, city, slot, queue):
    _look(session, city)
    offer = _open_offer(session)
    for _ in range(2):
        waiting.decline(session, queue[0], offer.id, now=NOW + HOUR)
    _look(session, city)
    assert _offers(session) == [(queue[0].id, slot.id, "declined"), (queue[1].id, slot.id, "open")]
    assert waiting.is_waiting(session, queue[0].id, INTERVIEW)


def test_nobody_passes_for_another(session, city, slot, queue):
    _look(session, city)
    waiting.decline(session, queue[1], _open_offer(session).id, now=NOW)
    assert _offers(session) == [(queue[0].id, slot.id, "open")]


def test_nobody_is_offered_the_same_hour_twice(session, city, slot, queue):
    for step in range(5):
        _look(session, city, now=NOW + HOUR + step * 10 * MINUTE)
        for offer in session.scalars(select(Offer).where(Offer.status == OfferStatus.OPEN)):
            waiting.expire_offer(session, offer.id, NOW, NOW + HOUR + (step + 1) * 10 * MINUTE)
    assert _offers(session) == [(person.id, slot.id, "expired") for person in queue]


def test_an_answered_offer_does_not_expire(session, city, slot, queue):
    _look(session, city)
    offer = _open_offer(session)
    waiting.decline(session, queue[0], offer.id, now=NOW + HOUR)
    assert waiting.expire_offer(session, offer.id, NOW, NOW + 2 * HOUR) == "answered in time"


def test_each_seat_of_a_group_is_offered(session, city, recruiter, queue):
    group = add_slot(session, recruiter, TOMORROW, capacity=2)
    _look(session, city)
    assert _offers(session) == [(queue[0].id, group.id, "open"), (queue[1].id, group.id, "open")]


def test_a_person_has_one_offer_at_a_time(session, city, recruiter, slot, queue):
    for _ in range(3):
        _look(session, city)
    assert len(_offers(session)) == 1
    add_slot(session, recruiter, TOMORROW + HOUR)
    _look(session, city)
    assert [candidate_id for candidate_id, *_ in _offers(session)] == [queue[0].id, queue[1].id]


def test_an_hour_out_of_the_wished_window_goes_to_the_next(session, city, slot, queue):
    window = Window(starts_at=TOMORROW + HOUR, ends_at=TOMORROW + 3 * HOUR)
    waiting.wait(session, queue[0], INTERVIEW, window=window, now=NOW)
    _look(session, city)
    assert _offers(session) == [(queue[1].id, slot.id, "open")]


@pytest.mark.parametrize(("starts_in", "fits"), [(-MINUTE, False), (0 * MINUTE, True), (HOUR, False)])
def test_the_window_is_half_open(session, city, recruiter, starts_in, fits):
    person = add_chooser(session, city)
    waiting.wait(session, person, INTERVIEW, window=Window(starts_at=TOMORROW, ends_at=TOMORROW + HOUR), now=NOW)
    add_slot(session, recruiter, TOMORROW + starts_in)
    _look(session, city)
    assert bool(_offers(session)) is fits


@pytest.mark.parametrize("note", ["не днём", "not at 12"])
def test_an_hour_of_the_day_that_was_ruled_out_goes_to_the_next(session, city, recruiter, slot, queue, note):
    waiting.wait(session, queue[0], INTERVIEW, note=note, now=NOW)  # the hour is at noon of Moscow
    evening = add_slot(session, recruiter, TOMORROW + 6 * HOUR)
    _look(session, city)
    assert _offers(session) == [(queue[0].id, evening.id, "open"), (queue[1].id, slot.id, "open")]


@pytest.mark.parametrize("note", ["не днём", "сам не знаю"])
def test_those_who_rule_the_hour_out_do_not_stand_in_the_way_of_the_others(session, city, slot, note):
    for step in range(MOST_OFFERS_AT_ONCE):
        waiting.wait(session, add_chooser(session, city), INTERVIEW, note=note, now=NOW + step * MINUTE / 100)
    last = add_chooser(session, city)
    waiting.wait(session, last, INTERVIEW, now=NOW + MINUTE)
    _look(session, city)
    assert (_offers(session) == [(last.id, slot.id, "open")]) is (note == "не днём")


def test_where_no_hour_is_free_nobody_reads_what_the_queue_rules_out(session, city):
    waiting.wait(session, add_chooser(session, city), INTERVIEW, note="не днём", now=NOW)
    with statements_of(session) as statements:
        is_welcome(session, city, INTERVIEW, [])
    assert statements == []


def test_a_wish_for_a_time_goes_before_what_its_words_rule_out(session, city, slot, queue):
    window = Window(starts_at=TOMORROW, ends_at=TOMORROW + HOUR)
    waiting.wait(session, queue[0], INTERVIEW, window=window, note="не днём", now=NOW)
    _look(session, city)
    assert _offers(session) == [(queue[0].id, slot.id, "open")]


def test_when_the_wished_window_is_over_who_still_waits_is_offered_any_hour(session, city, recruiter, queue):
    window = Window(starts_at=TOMORROW, ends_at=TOMORROW + HOUR)
    waiting.wait(session, queue[0], INTERVIEW, window=window, now=NOW)
    later = add_slot(session, recruiter, TOMORROW + 48 * HOUR)
    _look(session, city, now=TOMORROW + HOUR)
    assert _offers(session) == [(queue[0].id, later.id, "open")]


def test_when_the_wished_window_is_over_who_has_an_hour_keeps_it_in_peace(session, city, recruiter):
    person = add_chooser(session, city)
    slots.reserve(session, person, add_slot(session, recruiter, TOMORROW + 72 * HOUR).id, now=NOW)
    window = Window(starts_at=TOMORROW, ends_at=TOMORROW + HOUR)
    waiting.wait(session, person, INTERVIEW, window=window, now=NOW)
    add_slot(session, recruiter, TOMORROW + 48 * HOUR)
    _look(session, city, now=TOMORROW + HOUR)
    assert _offers(session) == []


@pytest.mark.parametrize(("ahead", "offered"), [(130, True), (129, False)])
def test_who_has_an_hour_is_offered_another_while_it_can_be_changed(session, city, recruiter, slot, ahead, offered):
    person = add_chooser(session, city)
    near = add_slot(session, recruiter, NOW + ahead * MINUTE)  # the city lets people change it two hours before
    booking = slots.reserve(session, person, near.id, now=NOW)
    waiting.wait(session, person, INTERVIEW, now=NOW)
    _look(session, city, now=NOW)
    assert bool(_offers(session)) is offered
    if offered:
        assert slots.move(session, person, booking.id, slot.id, now=NOW + 10 * MINUTE).slot_id == slot.id


def test_waiting_again_keeps_the_place_and_the_wish(session, city, queue):
    waiting.wait(session, queue[0], INTERVIEW, note="evenings", now=NOW)
    waiting.wait(session, queue[0], INTERVIEW, now=NOW + 5 * HOUR)
    entry = session.scalars(select(Waiting).where(Waiting.candidate_id == queue[0].id)).one()
    assert (entry.note, entry.since) == ("evenings", NOW)


def test_a_new_wish_takes_the_place_of_the_old_one(session, queue):
    waiting.wait(session, queue[0], INTERVIEW, note="evenings", now=NOW)
    waiting.wait(session, queue[0], INTERVIEW, note="mornings", now=NOW)
    assert session.scalars(select(Waiting.note).where(Waiting.candidate_id == queue[0].id)).all() == ["mornings"]


def test_who_changed_the_city_waits_in_the_new_one(session, city, queue):
    queue[0].city = add_city(session, "Казань")
    session.flush()
    waiting.wait(session, queue[0], INTERVIEW, now=NOW)
    entry = session.scalars(select(Waiting).where(Waiting.candidate_id == queue[0].id)).one()
    assert entry.city_id == queue[0].city_id


def test_who_was_refused_or_cannot_be_reached_is_passed_over(session, city, slot, queue):
    queue[0].outcome, queue[0].outcome_reason = Outcome.REJECTED, "Test 1"
    queue[1].contact.unreachable_since, queue[1].contact.unreachable_reason = NOW, "blocked"
    _look(session, city)
    assert _offers(session) == [(queue[2].id, slot.id, "open")]


def test_who_has_an_hour_already_takes_the_better_one_by_moving(session, city, recruiter, slot):
    person = add_chooser(session, city)
    booking = slots.reserve(session, person, slot.id, now=NOW)
    waiting.wait(session, person, INTERVIEW, note="later", now=NOW)
    better = add_slot(session, recruiter, TOMORROW + HOUR)
    _look(session, city)
    session.flush()
    take = messages(session, "slot.offered")[0].keyboard[0][0]
    assert (take["action"], take["args"]) == (Action.MOVE_TO.value, [better.id, booking.id])
    slots.move(session, person, booking.id, better.id, now=NOW + HOUR)
    assert _offers(session) == [(person.id, better.id, "taken")]
    assert not waiting.is_waiting(session, person.id, INTERVIEW)


@pytest.mark.parametrize("end", ["cancel", "refuse", "call off", "move away"])
def test_whatever_frees_an_hour_has_the_queue_looked_at_at_once(session, city, recruiter, slot, end):
    owner, other = add_chooser(session, city), add_slot(session, recruiter, TOMORROW + HOUR)
    booking = slots.reserve(session, owner, slot.id, now=NOW)
    waiting.wait(session, add_chooser(session, city), INTERVIEW, now=NOW)
    later = NOW + HOUR
    match end:
        case "cancel":
            ending.cancel(session, owner, booking.id, reason="plans", now=later)
        case "refuse":
            ending.refuse(session, booking.id, reason="full", actor=STAFF, now=later)
        case "call off":
            ending.cancel_by_staff(session, booking.id, reason="ill", actor=STAFF, now=later)
        case "move away":
            slots.move(session, owner, booking.id, other.id, now=later)
    assert pending_timers(session, city.id)["slots.look_for_takers"] == later


def test_a_new_hour_has_the_queues_of_all_its_cities_looked_at(session, city, queue):
    elsewhere = add_city(session, "Казань")
    recruiter = add_recruiter(session, city, elsewhere)
    waiting.wait(session, add_chooser(session, elsewhere), INTERVIEW, now=NOW)
    entering.offer(
        session, recruiter_id=recruiter.id, city_id=None, purpose=INTERVIEW, starts_at=TOMORROW,
        ends_at=TOMORROW + HOUR, busy_until=TOMORROW + HOUR, capacity=1, account_id=1, now=NOW + HOUR,
    )  # fmt: skip
    for one in (city, elsewhere):
        assert pending_timers(session, one.id)["slots.look_for_takers"] == NOW + HOUR


def test_as_long_as_somebody_waits_there_is_another_look(session, city, queue):
    assert _look(session, city) == "nothing fits anybody"
    assert pending_timers(session, city.id)["slots.look_for_takers"] == NOW + 2 * HOUR


def test_when_nobody_waits_nobody_looks(session, city, slot):
    _look(session, city)
    assert pending_timers(session, city.id) == {}


def test_who_leaves_is_offered_nothing(session, city, slot, queue):
    waiting.leave(session, queue[0].id, now=NOW)
    _look(session, city)
    assert _offers(session) == [(queue[1].id, slot.id, "open")]
    assert session.scalars(select(Waiting.status).where(Waiting.candidate_id == queue[0].id)).all() == [
        WaitingStatus.GONE
    ]


@pytest.mark.parametrize(("end", "states"), [(partial(reject, reason="нет"), ["skipped"]), (erase, [])])
def test_an_hour_that_is_held_for_who_leaves_goes_to_the_next_at_once(session, city, slot, queue, end, states):
    _look(session, city)
    end(session, queue[0], actor=STAFF, now=NOW + HOUR)
    session.flush()
    assert pending_timers(session, city.id)["slots.look_for_takers"] == NOW + HOUR
    assert [message.state for message in messages(session, "slot.offered")] == states
    _look(session, city)
    assert _open_offer(session).candidate_id == queue[1].id


def test_an_hour_that_is_held_for_who_moves_to_another_city_goes_to_the_next_at_once(session, city, slot, queue):
    _look(session, city)
    waiting.follow(session, queue[0].id, add_city(session, "Казань").id, now=NOW + HOUR)
    assert _offers(session) == [(queue[0].id, slot.id, "declined")]
    assert [message.state for message in messages(session, "slot.offered")] == ["skipped"]
    assert pending_timers(session, city.id)["slots.look_for_takers"] == NOW + HOUR
    _look(session, city)
    assert _open_offer(session).candidate_id == queue[1].id


def test_an_hour_that_is_held_stays_so_for_who_stays_in_the_city(session, city, slot, queue):
    _look(session, city)
    waiting.follow(session, queue[0].id, city.id, now=NOW + HOUR)
    assert _offers(session) == [(queue[0].id, slot.id, "open")]


def test_of_two_cities_looked_at_at_once_one_holds_the_last_interview_of_a_recruiters_day(
    session, city, recruiter, slot, queue, behind
):
    kazan = add_city(session, "Казань")
    recruiter.cities.append(kazan)
    recruiter.daily_cap, slot.city_id = 1, city.id
    add_slot(session, recruiter, TOMORROW + HOUR, city_id=kazan.id)
    waiting.wait(session, add_chooser(session, kazan), INTERVIEW, now=NOW)
    session.commit()
    _look(session, city)
    there = behind(lambda other: waiting.offer_to_waiting(other, kazan.id, NOW + HOUR, NOW + HOUR))
    session.commit()
    assert there.result() == "nothing fits anybody"
    assert _offers(session) == [(queue[0].id, slot.id, "open")]


def test_in_quiet_hours_nobody_is_offered_an_hour_and_in_the_morning_somebody_is(session, city, recruiter):
    night = NOW + timedelta(hours=12)  # midnight in Moscow
    anna = add_chooser(session, city)
    waiting.wait(session, anna, Purpose.INTERVIEW, now=night)
    add_slot(session, recruiter, NOW + timedelta(days=2))
    assert waiting.offer_to_waiting(session, city.id, night, night) == "quiet hours"
    morning = night + timedelta(hours=8)
    assert pending_timers(session, city.id)[waiting.LOOK_FOR_TAKERS] == morning
    assert waiting.offer_to_waiting(session, city.id, morning, morning) is None
    assert told(session, anna.contact.chat_id) == ["slot.offered"]


def test_who_came_to_the_meeting_waits_for_no_other_hour(session, city, slot, recruiter):
    """A wish for another hour was written while one was booked; the meeting took place all the same."""
    anna = add_chooser(session, city)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    slots.approve(session, booking.id, actor=STAFF, now=NOW)
    waiting.wait(session, anna, INTERVIEW, now=NOW + HOUR)
    outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=TOMORROW)
    assert not waiting.is_waiting(session, anna.id, INTERVIEW)
