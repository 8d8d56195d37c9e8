"""The introductory day in the chat: offered after Test 2, chosen, confirmed, declined with a reason."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import booking, operations, wishing
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.decisions import hire, move_by_hand
from recruitsmart.domain.slots import ending, outcomes
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.free_hours import free_hours
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose, Waiting
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.waiting import offer_to_waiting, wait
from tests.domain.exams import Examinee
from tests.domain.slots.conftest import STAFF
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
GROUP = {"purpose": Purpose.INTRO_DAY, "capacity": 3, "minutes": 180}
_updates = count(1)


@pytest.fixture
def city(session):
    return add_city(
        session, address="ул. Лесная, 7", map_url="https://maps.example.org", contact_person="Ольга",
        intro_day_note="Паспорт и удобная обувь", approval_required=False,
    )  # fmt: skip


@pytest.fixture
def recruiter(session, city):
    return add_recruiter(session, city, chat_id=77, meeting_url="https://meet.example.org/olga")


@pytest.fixture
def slot(session, recruiter):
    return add_slot(session, recruiter, NOW + 3 * DAY, **GROUP)


@pytest.fixture
def anna(session, city):
    return _invited(session, city)


def _invited(session, city, **values) -> Candidate:
    standing = {"stage": Stage.TO_INTRO_DAY, "consent_at": NOW, "consent_version": "1", "phone": "+79001234567"}
    return add_candidate(session, **{"city": city, "full_name": "Анна Иванова", **standing, **values})


def _turn(session, candidate, *, now=NOW) -> Turn:
    sender = Sender(update_id=next(_updates), chat_id=candidate.contact.chat_id, received_at=now)
    return open_turn(session, sender, now=now, flood_most=1000)


def _said(session, chat_id) -> list[OutboxMessage]:
    session.flush()
    mine = select(OutboxMessage).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id)
    return list(session.scalars(mine.execution_options(populate_existing=True)))


def _last(session, candidate) -> OutboxMessage:
    return _said(session, candidate.contact.chat_id)[-1]


def _actions(message) -> list[tuple[str, list]]:
    return [
        (button["action"], button.get("args", [])) for row in message.keyboard for button in row if "action" in button
    ]


def _booked(session, candidate, slot, *, now=NOW):
    booking.reserve(_turn(session, candidate, now=now), slot.id)
    return live_booking(session, candidate.id, Purpose.INTRO_DAY)


# --- offered


def test_who_passed_test_2_is_offered_the_days_at_once(session, city, slot):
    examinee = Examinee(session)
    examinee.candidate.city = city
    examinee.begin()
    for _ in "abc":
        examinee.press("x")
        examinee.send()
    passed, days = _said(session, examinee.candidate.contact.chat_id)[-2:]
    assert (passed.kind, days.kind) == ("exam.passed", "intro_day.days")
    assert _actions(days)[0] == (Action.DAY, [(NOW + 3 * DAY).date().isoformat(), 0])


def test_interviews_are_not_offered_as_introductory_days(session, city, recruiter, anna):
    add_slot(session, recruiter, NOW + DAY)
    operations.my_application(_turn(session, anna))
    assert _last(session, anna).kind == "intro_day.none"


def test_a_day_leads_to_its_hours_and_an_hour_to_a_seat(session, anna, slot):
    booking.show_hours(_turn(session, anna), slot.starts_at.date().isoformat(), 0)
    assert _actions(_last(session, anna))[0] == (Action.RESERVE, [slot.id])
    assert _booked(session, anna, slot).slot_id == slot.id
    assert anna.stage == Stage.INTRO_DAY


def test_old_buttons_of_interviews_lead_to_the_introductory_days(session, recruiter, anna, slot):
    past = add_slot(session, recruiter, NOW - DAY)
    for press in (
        lambda turn: booking.show_days(turn, 0, recruiter.id),
        lambda turn: booking.choose_recruiter(turn, recruiter.id),
        lambda turn: booking.show_hours(turn, (NOW + DAY).date().isoformat(), recruiter.id),
    ):
        press(_turn(session, anna, now=NOW + HOUR))
        assert _last(session, anna).kind == "intro_day.days"
    booking.reserve(_turn(session, anna), past.id)
    assert (_last(session, anna).kind, _actions(_last(session, anna))[0]) == (
        "slot.too_soon", (Action.RESERVE, [slot.id]),
    )  # fmt: skip


def test_typed_words_about_a_time_find_the_days_or_are_noted(session, anna, slot):
    operations.my_application(_turn(session, anna))
    operations.say(_turn(session, anna), "26.11 после 10")
    found = _last(session, anna)
    assert (found.kind, _actions(found)) == (
        "hour.wish_found", [(Action.RESERVE, [slot.id]), (Action.DAYS, [0, 0])],
    )  # fmt: skip
    operations.say(_turn(session, anna), "по выходным")
    noted = _last(session, anna)
    assert (noted.kind, _actions(noted)) == ("hour.wish_noted", [(Action.DAYS, [0, 0])])
    entry = session.scalars(select(Waiting)).one()
    assert (entry.purpose, entry.note) == (Purpose.INTRO_DAY, "по выходным")


def test_who_has_a_seat_and_wishes_for_another_time_goes_back_to_the_days_to_move_to(session, anna, slot):
    seat = _booked(session, anna, slot)
    wishing.ask_wish(_turn(session, anna))
    assert (_last(session, anna).kind, _actions(_last(session, anna))) == (
        "hour.wish_ask", [(Action.MOVE_DAYS, [0, seat.id])],
    )  # fmt: skip


# --- invited


def test_the_invitation_says_where_whom_to_ask_for_and_what_to_bring(session, anna, slot):
    _booked(session, anna, slot)
    invitation, file = _said(session, anna.contact.chat_id)[-2:]
    assert invitation.kind == "intro_day.booked"
    for words in ("12:00–15:00", "ул. Лесная, 7", "https://maps.example.org", "Ольга", "Паспорт и удобная обувь"):
        assert words in invitation.body
    assert "meet.example.org" not in invitation.body + file.file_text
    assert [action for action, _ in _actions(invitation)] == [
        Action.CONFIRM, Action.MOVE, Action.CANCEL, Action.EARLIER, Action.MY,
    ]  # fmt: skip
    assert (file.file_name, "SUMMARY:Ознакомительный день" in file.file_text) == ("intro-day.ics", True)
    assert "Паспорт" in file.file_text and "Лесная" in file.file_text


def test_a_day_that_a_recruiter_gives_is_an_invitation_too(session, anna, slot):
    slots.assign(session, anna, slot.id, actor=STAFF, now=NOW)
    assert "intro_day.booked" in [message.kind for message in _said(session, anna.contact.chat_id)]


def test_a_group_one_sits_in_is_none_to_move_to_though_it_has_free_seats(session, recruiter, anna, slot):
    seat = _booked(session, anna, slot)
    other = add_slot(session, recruiter, NOW + 4 * DAY, **GROUP)
    for day, offered in ((slot, []), (other, [other.id])):
        booking.show_hours_to_move(_turn(session, anna), seat.id, f"{day.starts_at:%Y-%m-%d}")
        assert [args[0] for action, args in _actions(_last(session, anna)) if action == Action.MOVE_TO] == offered
    booking.move(_turn(session, anna), seat.id, other.id)
    booking.reserve(_turn(session, anna), slot.id)  # the old group, pressed further up
    assert live_booking(session, anna.id, Purpose.INTRO_DAY).slot_id == other.id


def test_who_has_a_seat_and_wishes_for_another_day_is_not_offered_the_group_they_sit_in(session, city, anna, slot):
    _booked(session, anna, slot)
    wait(session, anna, Purpose.INTRO_DAY, now=NOW)
    assert offer_to_waiting(session, city.id, NOW, NOW) == "nothing fits anybody"


def test_who_presses_the_hour_they_have_is_told_that_it_stands(session, anna, slot):
    seat = _booked(session, anna, slot)
    before = len(_said(session, anna.contact.chat_id))
    booking.move(_turn(session, anna, now=NOW + HOUR), seat.id, slot.id)
    answers = _said(session, anna.contact.chat_id)[before:]
    assert [answer.kind for answer in answers] == ["intro_day.status"]
    assert live_booking(session, anna.id, Purpose.INTRO_DAY).id == seat.id


def test_where_the_city_approves_bookings_the_day_is_asked_for(session, city, anna, slot):
    city.approval_required = True
    asked = _booked(session, anna, slot)
    assert (asked.status, _last(session, anna).kind) == (BookingStatus.PENDING, "intro_day.pending")
    slots.approve(session, asked.id, actor=STAFF, now=NOW)
    assert "intro_day.booked" in [message.kind for message in _said(session, anna.contact.chat_id)]


def test_who_confirms_is_expected_and_the_recruiter_is_told(session, anna, slot):
    seat = _booked(session, anna, slot)
    booking.confirm(_turn(session, anna), seat.id)
    assert (seat.status, _last(session, anna).kind) == (BookingStatus.CONFIRMED, "intro_day.status")
    assert Action.CONFIRM not in [action for action, _ in _actions(_last(session, anna))]
    told = _said(session, 77)[-1]
    assert (told.kind, "ознакомительный день" in told.body) == ("staff.confirmed", True)


def test_my_application_shows_the_day(session, anna, slot):
    _booked(session, anna, slot)
    operations.my_application(_turn(session, anna))
    assert (_last(session, anna).kind, "Паспорт" in _last(session, anna).body) == ("intro_day.status", True)


def test_my_application_leads_to_everything_else_that_can_be_done(session, anna, slot):
    _booked(session, anna, slot)
    operations.my_application(_turn(session, anna))
    offered = {action for action, _ in _actions(_last(session, anna))}
    assert {Action.MOVE, Action.CANCEL, Action.ASK_LANGUAGE, Action.MY_DATA, Action.HUMAN} <= offered


def test_no_text_about_the_day_speaks_of_an_interview(session, city, recruiter, anna, slot):
    other = add_slot(session, recruiter, NOW + 4 * DAY, **GROUP)
    seat = _booked(session, anna, slot)
    booking.show_days_to_move(_turn(session, anna), seat.id, 0, replace=False)
    booking.move(_turn(session, anna), seat.id, other.id)
    seat = live_booking(session, anna.id, Purpose.INTRO_DAY)
    booking.run_late(_turn(session, anna), seat.id, 10)
    booking.ask_why_cancel(_turn(session, anna), seat.id)
    booking.cancel(_turn(session, anna, now=other.starts_at - HOUR), seat.id, "plans")
    ending.cancel_by_staff(session, seat.id, reason="x", actor=STAFF, now=NOW)
    said = _said(session, anna.contact.chat_id)
    assert {"intro_day.booked", "booking.move_ask", "booking.late_far", "intro_day.decline_why", "booking.too_late",
            "intro_day.called_off"} <= {message.kind for message in said}  # fmt: skip
    assert [message.body for message in said if "обеседован" in message.body] == []


# --- declined


def test_declining_asks_why_and_says_what_follows(session, anna, slot):
    seat = _booked(session, anna, slot)
    booking.ask_why_cancel(_turn(session, anna), seat.id)
    question = _last(session, anna)
    assert (question.kind, anna_prompt(session, anna)) == ("intro_day.decline_why", Prompt.REASON)
    assert _actions(question)[:3] == [(Action.CANCEL_SURE, [seat.id, why]) for why in ("plans", "job", "mind")]


def test_too_near_to_choose_another_day_it_offers_a_goodbye_and_a_recruiter(session, anna, slot):
    seat = _booked(session, anna, slot)
    booking.ask_why_cancel(_turn(session, anna, now=slot.starts_at - HOUR), seat.id)
    question = _last(session, anna)
    assert question.kind == "intro_day.decline_late"
    assert _actions(question) == [
        (Action.CANCEL_SURE, [seat.id, "job"]), (Action.CANCEL_SURE, [seat.id, "mind"]), (Action.MY, []),
        (Action.HUMAN, []),
    ]  # fmt: skip


def anna_prompt(session, candidate):
    return _turn(session, candidate).conversation.prompt


def test_whose_plans_changed_is_offered_other_days(session, recruiter, anna, slot):
    other = add_slot(session, recruiter, NOW + 4 * DAY, **GROUP)
    seat = _booked(session, anna, slot)
    booking.cancel(_turn(session, anna), seat.id, "plans")
    assert (seat.status, anna.stage, anna.outcome) == (BookingStatus.CANCELLED, Stage.TO_INTRO_DAY, Outcome.ACTIVE)
    assert _last(session, anna).kind == "intro_day.days"
    told = next(message for message in _said(session, 77) if message.kind == "staff.cancelled")
    assert "Причина: Изменились планы" in told.body
    assert _booked(session, anna, other).slot_id == other.id


def test_a_typed_reason_is_told_and_keeps_the_application(session, anna, slot):
    seat = _booked(session, anna, slot)
    booking.ask_why_cancel(_turn(session, anna), seat.id)
    operations.say(_turn(session, anna), "ребёнок  заболел <b>")
    assert (seat.end_reason, anna.outcome) == ("ребёнок заболел <b>", Outcome.ACTIVE)
    assert "ребёнок заболел &lt;b&gt;" in _said(session, 77)[-1].body


@pytest.mark.parametrize("reason", ["job", "mind"])
def test_who_no_longer_wants_the_job_withdraws_even_after_the_deadline(session, anna, slot, reason):
    seat = _booked(session, anna, slot)
    late = slot.starts_at - HOUR
    booking.cancel(_turn(session, anna, now=late), seat.id, reason)
    assert (seat.status, anna.outcome) == (BookingStatus.CANCELLED, Outcome.WITHDRAWN)
    assert anna.outcome_reason in ("Есть другая работа", "Больше не интересно")
    assert "intro_day.withdrawn" in [message.kind for message in _said(session, anna.contact.chat_id)]
    assert anna.outcome_reason in _said(session, 77)[-1].body


def test_the_same_reason_ends_no_application_before_an_interview(session, city, recruiter):
    boris = add_candidate(session, city=city, full_name="Борис", stage=Stage.TO_SCHEDULE)
    hour = add_slot(session, recruiter, NOW + DAY)
    seat = slots.reserve(session, boris, hour.id, now=NOW)
    booking.cancel(_turn(session, boris), seat.id, "job")
    assert (seat.status, boris.outcome) == (BookingStatus.CANCELLED, Outcome.ACTIVE)
    said = _last(session, boris)
    assert (said.kind, _actions(said)) == ("booking.given_up", [(Action.DAYS, [0, 0])])  # and is not urged to choose


# --- seats


def test_a_seat_that_somebody_gives_back_is_offered_to_who_waits(session, city, recruiter, anna):
    last = add_slot(session, recruiter, NOW + 3 * DAY, purpose=Purpose.INTRO_DAY, capacity=1)
    boris = _invited(session, city, full_name="Борис Лис")
    seat = _booked(session, anna, last)
    operations.my_application(_turn(session, boris))
    assert _last(session, boris).kind == "intro_day.none"
    booking.cancel(_turn(session, anna), seat.id, "mind")
    offer_to_waiting(session, city.id, NOW, NOW)
    offer = _last(session, boris)
    assert (offer.kind, _actions(offer)[0]) == ("intro_day.offered", (Action.RESERVE, [last.id]))
    assert _booked(session, boris, last).slot_id == last.id


def test_of_two_who_press_the_last_seat_one_gets_it_and_the_other_hears_what_is_free(
    session, city, recruiter, anna, behind
):  # fmt: skip
    last = add_slot(session, recruiter, NOW + 3 * DAY, purpose=Purpose.INTRO_DAY, capacity=2)
    later = add_slot(session, recruiter, NOW + 4 * DAY, **GROUP)
    boris, vera = (_invited(session, city, full_name=name) for name in ("Борис", "Вера"))
    _booked(session, vera, last)
    session.commit()
    slots.reserve(session, anna, last.id, now=NOW)
    loser = behind(lambda other: booking.reserve(_turn(other, other.get(Candidate, boris.id)), last.id))
    session.commit()
    loser.result()
    assert (_last(session, boris).kind, _actions(_last(session, boris))[0]) == (
        "intro_day.taken", (Action.RESERVE, [later.id]),
    )  # fmt: skip
    seats = select(Booking.seat).where(Booking.slot_id == last.id).order_by(Booking.seat)
    assert list(session.scalars(seats)) == [1, 2]


def test_a_group_fills_up_whatever_the_recruiters_daily_cap_for_interviews_is(session, city, recruiter, slot):
    recruiter.daily_cap = 1
    for name in ("Борис", "Вера"):
        _booked(session, _invited(session, city, full_name=name), slot)
    assert taken(session, slot) == 2
    chooser = add_candidate(session, city=city, full_name="Г Д", stage=Stage.TO_SCHEDULE)
    hours = [add_slot(session, recruiter, slot.starts_at + hours * HOUR) for hours in (4, 5)]
    assert [hour.slot_id for hour in free_hours(session, city, now=NOW)] == [hour.id for hour in hours]
    slots.reserve(session, chooser, hours[0].id, now=NOW)
    assert free_hours(session, city, now=NOW) == []


def taken(session, slot):
    return session.scalar(select(func.count()).where(Booking.slot_id == slot.id, Booking.status.in_(LIVE)))


# --- afterwards


@pytest.fixture
def seat(session, anna, slot):
    return _booked(session, anna, slot)


def test_who_did_not_come_is_written_to_kindly_with_new_days_at_most_twice(session, recruiter, anna):
    for day in range(3, 6):
        slot = add_slot(session, recruiter, NOW + day * DAY, **GROUP)
        seat = _booked(session, anna, slot, now=slot.starts_at - DAY)
        outcomes.record_outcome(session, seat.id, BookingStatus.NO_SHOW, actor=STAFF, now=slot.ends_at)
        assert anna.stage == Stage.TO_INTRO_DAY
    missed = [message for message in _said(session, anna.contact.chat_id) if message.kind == "intro_day.missed"]
    assert len(missed) == 2
    assert _actions(missed[0]) == [(Action.DAYS, [0])]


def test_people_who_come_early_are_ticked_before_the_day_begins(session, slot, seat):
    early = slot.starts_at - HOUR
    with pytest.raises(BadInput):
        outcomes.record_outcome(session, seat.id, BookingStatus.ATTENDED, actor=STAFF, now=early - timedelta(seconds=1))
    for too_soon in (BookingStatus.NO_SHOW, BookingStatus.LATE):
        with pytest.raises(BadInput):
            outcomes.record_outcome(session, seat.id, too_soon, actor=STAFF, now=early)
    outcomes.record_outcome(session, seat.id, BookingStatus.ATTENDED, actor=STAFF, now=early)
    assert seat.status == BookingStatus.ATTENDED


def test_nobody_whose_application_has_moved_on_is_told_that_they_were_missed(session, anna, slot, seat):
    outcomes.record_outcome(session, seat.id, BookingStatus.ATTENDED, actor=STAFF, now=slot.starts_at)
    hire(session, anna, actor=STAFF, now=slot.ends_at)
    outcomes.record_outcome(session, seat.id, BookingStatus.NO_SHOW, actor=STAFF, now=slot.ends_at)
    assert "intro_day.missed" not in [message.kind for message in _said(session, anna.contact.chat_id)]
    assert anna.outcome == Outcome.HIRED


def test_who_is_moved_on_by_hand_after_a_failed_test_is_offered_the_days(session, city, slot):
    boris = _invited(session, city, full_name="Борис", stage=Stage.TEST2)
    move_by_hand(session, boris, Stage.TO_INTRO_DAY, actor=STAFF, now=NOW)
    assert (_last(session, boris).kind, _actions(_last(session, boris))) == ("intro_day.offer", [(Action.DAYS, [0])])
