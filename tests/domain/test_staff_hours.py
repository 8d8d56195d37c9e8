"""Other hours proposed in Telegram instead of the one that was asked for."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import staff, staff_bookings, staff_hours
from recruitsmart.domain.dialogue.turn import Sender
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import BookingStatus
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.telegram.codec import encode
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

CHAT, COLLEAGUE = 77, 78
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_updates = count(1)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return add_recruiter(session, city, chat_id=CHAT)


@pytest.fixture
def request_of_anna(session, city, olga):
    return reserve(session, add_chooser(session, city), add_slot(session, olga, NOW + DAY).id, now=NOW)


@pytest.fixture
def free(session, city, olga):
    return [add_slot(session, olga, NOW + DAY + number * HOUR).id for number in range(1, 5)]


def _turn(session, chat_id=CHAT, now=NOW):
    sender = Sender(update_id=next(_updates), chat_id=chat_id, received_at=now, pressed_message_id=5)
    return staff.open_staff_turn(session, sender, now=now)


def _last(session, chat_id=CHAT):
    session.flush()
    mine = select(OutboxMessage).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id.desc())
    return session.scalars(mine.limit(1)).one()


def _labels(message):
    return [button["label"] for row in message.keyboard for button in row]


def _buttons(message):
    return [(button["action"], *button["args"]) for row in message.keyboard for button in row]


def test_a_new_request_has_the_button(session, request_of_anna):
    assert (Action.STAFF_ASK_HOURS, request_of_anna.id) in _buttons(_last(session))


def test_free_hours_of_the_city_are_ticked_up_to_three(session, request_of_anna, free):
    booking_id = request_of_anna.id
    add_slot(session, add_recruiter(session, add_city(session, "Казань")), NOW + DAY + 9 * HOUR)
    staff_hours.ask_hours(_turn(session), booking_id, [])
    assert _labels(_last(session)) == [*(f"☐ вт 24 нояб. {hour}:00" for hour in (13, 14, 15, 16)), "← Назад"]
    staff_hours.ask_hours(_turn(session), booking_id, free[:3])
    assert _labels(_last(session))[2:5] == ["☑ вт 24 нояб. 15:00", "☐ вт 24 нояб. 16:00", "Отправить кандидату (3)"]
    assert _buttons(_last(session))[2:5] == [
        (Action.STAFF_ASK_HOURS, booking_id, f"{free[0]}-{free[1]}"),
        (Action.STAFF_ASK_HOURS, booking_id, f"{free[1]}-{free[2]}-{free[3]}"),
        (Action.STAFF_PROPOSE, booking_id, "-".join(map(str, free[:3]))),
    ]


def test_ticks_of_a_system_with_very_many_rows_can_travel():
    ticked = "-".join(["9999999999"] * 3)
    assert encode(Action.STAFF_PROPOSE, (9_999_999_999, ticked))


def test_the_candidate_takes_a_proposed_hour_with_one_tap(session, request_of_anna, free):
    staff_hours.propose(_turn(session), request_of_anna.id, free[1:3])
    anna, booking = request_of_anna.candidate, request_of_anna
    assert (booking.status, anna.stage) == (BookingStatus.CANCELLED, Stage.TO_SCHEDULE)
    told = _last(session, anna.contact.chat_id)
    assert (told.kind, _buttons(told)[:2]) == ("booking.proposed", [(Action.RESERVE, slot_id) for slot_id in free[1:3]])
    assert _labels(told)[0] == "вт 24 нояб. 14:00"
    assert reserve(session, anna, free[1], now=NOW).slot_id == free[1]


def test_the_journal_has_the_refusal_with_the_hours_and_who_it_was(session, request_of_anna, free):
    staff_hours.propose(_turn(session), request_of_anna.id, free[:1])
    entry = session.scalars(select(Entry).where(Entry.kind == "booking.cancelled")).one()
    olga = session.scalars(select(Account).where(Account.chat_id == CHAT)).one()
    assert (entry.actor_id, entry.details["reason"]) == (olga.id, "Предложены другие часы: вт 24 нояб. 13:00")


def test_an_hour_taken_meanwhile_is_left_out_and_none_left_proposes_nothing(session, city, request_of_anna, free):
    reserve(session, add_chooser(session, city), free[0], now=NOW)
    staff_hours.propose(_turn(session), request_of_anna.id, free[:1])
    assert (_last(session).kind, request_of_anna.status) == ("staff.hours_gone", BookingStatus.PENDING)
    staff_hours.propose(_turn(session), request_of_anna.id, free[:2])
    assert _buttons(_last(session, request_of_anna.candidate.contact.chat_id))[0] == (Action.RESERVE, free[1])


def test_an_hour_of_another_city_cannot_be_proposed(session, request_of_anna):
    elsewhere = add_slot(session, add_recruiter(session, add_city(session, "Казань")), NOW + DAY + HOUR)
    staff_hours.propose(_turn(session), request_of_anna.id, [elsewhere.id])
    assert (_last(session).kind, request_of_anna.status) == ("staff.hours_gone", BookingStatus.PENDING)


def test_without_free_hours_it_says_so(session, request_of_anna):
    staff_hours.ask_hours(_turn(session), request_of_anna.id, [])
    assert (_last(session).kind, _labels(_last(session))) == ("staff.no_hours", ["← Назад"])


def test_of_two_recruiters_one_acts_and_the_other_sees_who_did(session, city, request_of_anna, free):
    add_recruiter(session, city, name="Дарья", chat_id=COLLEAGUE)
    staff_hours.propose(_turn(session), request_of_anna.id, free[:1])
    olga = session.scalars(select(Account).where(Account.chat_id == CHAT)).one()
    for late in (
        lambda: staff_hours.propose(_turn(session, COLLEAGUE), request_of_anna.id, free[1:2]),
        lambda: staff_hours.ask_hours(_turn(session, COLLEAGUE), request_of_anna.id, []),
        lambda: staff_bookings.approve(_turn(session, COLLEAGUE), request_of_anna.id),
    ):
        late()
        assert f"({olga.login})" in _last(session, COLLEAGUE).body
    assert _buttons(_last(session, request_of_anna.candidate.contact.chat_id))[0] == (Action.RESERVE, free[0])


def test_of_two_presses_at_once_the_second_sees_the_first(session, city, request_of_anna, free, behind):
    add_recruiter(session, city, name="Дарья", chat_id=COLLEAGUE)
    session.commit()
    staff_hours.propose(_turn(session), request_of_anna.id, free[:1])
    second = behind(lambda other: staff_hours.propose(_turn(other, COLLEAGUE), request_of_anna.id, free[1:2]))
    session.commit()
    second.result()
    session.rollback()
    assert _last(session, COLLEAGUE).kind == "staff.booking"
    assert len(session.scalars(select(Entry).where(Entry.kind == "booking.cancelled")).all()) == 1


def test_who_may_only_look_proposes_nothing(session, request_of_anna, free):
    session.scalars(select(Account).where(Account.chat_id == CHAT)).one().role = Role.VIEWER
    staff_hours.propose(_turn(session), request_of_anna.id, free[:1])
    assert (_last(session).kind, request_of_anna.status) == ("staff.not_allowed", BookingStatus.PENDING)
