"""An introductory day in a recruiter's Telegram: list, ticks, hired or not; each press is judged at its moment."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import staff, staff_decisions, staff_groups
from recruitsmart.domain.dialogue.staff_lists import obey
from recruitsmart.domain.dialogue.turn import Sender
from recruitsmart.domain.directory.models import About, Account, Role
from recruitsmart.domain.directory.queries import usual_reasons
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import ending, outcomes
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from recruitsmart.domain.slots.reminding import FIRINGS
from recruitsmart.domain.timers.models import Timer
from tests.domain.slots.conftest import STAFF
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot

CHAT = 77
HOUR = timedelta(hours=1)
NAMES = ("Анна Ким", "Борис Лис", "Вера Дым")
_updates = count(1)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return add_recruiter(session, city, chat_id=CHAT)


@pytest.fixture
def day(session, olga):
    return add_slot(session, olga, NOW + HOUR, purpose=Purpose.INTRO_DAY, capacity=30, minutes=180)


def _seat(session, day, city, name):
    invited = add_candidate(session, city=city, full_name=name, stage=Stage.TO_INTRO_DAY, phone="+79001234567")
    return slots.assign(session, invited, day.id, actor=STAFF, now=NOW)


@pytest.fixture
def seats(session, city, day):
    return [_seat(session, day, city, name) for name in NAMES]


def _account(session):
    return session.scalars(select(Account).where(Account.chat_id == CHAT)).one()


def _turn(session, chat_id=CHAT, now=NOW + HOUR):
    sender = Sender(
        update_id=next(_updates), chat_id=chat_id, received_at=now, pressed_message_id=5, language_code="en"
    )
    return staff.open_staff_turn(session, sender, now=now)


def _told(session, chat_id=CHAT):
    session.flush()
    mine = select(OutboxMessage).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id)
    return list(session.scalars(mine))


def _buttons(message):
    return [(button["action"], *button.get("args", [])) for row in message.keyboard for button in row]


def _labels(message):
    return [[button["label"] for button in row] for row in message.keyboard]


def test_today_has_one_button_for_the_whole_group(session, day, seats):
    obey(_turn(session), "today", "")
    message = _told(session)[-1]
    assert _labels(message) == [["13:00 ознакомительный день · 3"]]
    assert _buttons(message) == [(Action.STAFF_GROUP, 0, day.id)]


def test_the_list_has_names_with_phones_and_a_row_of_ticks_for_each(session, day, seats):
    staff_groups.show_group(_turn(session), day.id, 0)
    message = _told(session)[-1]
    assert "· Анна Ким, +79001234567" in message.body
    assert _labels(message) == [
        *(row for name in NAMES for row in ([f"· {name}"], ["✅ здесь", "🕒 опоздал", "❌ нет"])),
        ["Все пришли (3)"],
    ]


def test_a_tick_notes_the_outcome_and_shortens_the_list(session, day, seats):
    staff_groups.tick(_turn(session), seats[0].id, "attended", 0)
    message = _told(session)[-1]
    assert (seats[0].status, message.replaces_message_id) == (BookingStatus.ATTENDED, 5)
    assert _labels(message)[:2] == [["✅ Анна Ким"], ["· Борис Лис"]]
    assert "пришли: 1, не пришли: 0" in message.body
    entry = session.scalars(select(Entry).where(Entry.kind == "booking.outcome")).one()
    assert entry.actor_id == _account(session).id


def test_before_the_day_people_are_ticked_as_there_and_long_before_nobody_is(session, day, seats):
    staff_groups.show_group(_turn(session, now=NOW), day.id, 0)
    assert _labels(_told(session)[-1])[1] == ["✅ здесь"]
    staff_groups.show_group(_turn(session, now=NOW - HOUR), day.id, 0)
    assert _labels(_told(session)[-1]) == [[f"· {name}"] for name in NAMES]
    staff_groups.tick(_turn(session, now=NOW), seats[0].id, "no_show", 0)
    assert (_told(session)[-1].kind, seats[0].status) == ("staff.not_begun", BookingStatus.BOOKED)


def test_all_came_is_one_press(session, day, seats):
    staff_groups.tick(_turn(session), seats[1].id, "no_show", 0)
    staff_groups.tick_all(_turn(session), day.id)
    assert [seat.status for seat in seats] == ["attended", "no_show", "attended"]
    assert _labels(_told(session)[-1]) == [["✅ Анна Ким"], ["❌ Борис Лис"], ["✅ Вера Дым"]]


def test_a_long_list_is_turned_and_comes_back_at_its_page(session, city, day):
    seats = [_seat(session, day, city, f"Имя {number:02}") for number in range(20)]
    staff_groups.tick(_turn(session), seats[9].id, "late", 1)
    message = _told(session)[-1]
    assert _labels(message)[0] == ["· Имя 08"]
    assert ["🕒 Имя 09"] in _labels(message)
    assert [button for button in _buttons(message) if button[0] == Action.STAFF_GROUP] == [
        (Action.STAFF_GROUP, 0, day.id), (Action.STAFF_GROUP, 2, day.id),
    ]  # fmt: skip
    staff_groups.show_group(_turn(session), day.id, 10**12)
    assert _labels(_told(session)[-1])[0] == ["· Имя 00"]


# --- decided


@pytest.fixture
def came(session, seats):
    return outcomes.record_outcome(session, seats[0].id, BookingStatus.ATTENDED, actor=STAFF, now=NOW + HOUR)


def test_who_came_is_hired_with_one_press_and_twice_is_once(session, came):
    for _ in range(2):
        staff_decisions.hire(_turn(session), came.id)
    assert came.candidate.outcome == Outcome.HIRED
    assert "Принят на работу" in _told(session)[-1].body
    assert [message.kind for message in _told(session, came.candidate.contact.chat_id)].count("hired") == 1


def test_nobody_is_hired_who_is_not_ticked_as_there(session, seats):
    staff_decisions.hire(_turn(session), seats[0].id)
    assert (seats[0].candidate.outcome, _told(session)[-1].kind) == (Outcome.ACTIVE, "staff.not_noted")


def test_who_is_not_taken_is_rejected_with_a_reason_and_can_be_taken_back(session, came):
    staff_decisions.ask_rejection(_turn(session), came.id)
    reasons = [reason for reason in usual_reasons(session) if reason.about == About.REJECTION]
    assert _buttons(_told(session)[-1])[:4] == [(Action.STAFF_REJECT, came.id, reason.id) for reason in reasons]
    staff_decisions.reject(_turn(session), came.id, "task")
    assert (came.candidate.outcome, came.candidate.outcome_reason) == (Outcome.REJECTED, "Задание не удалось")
    assert (Action.STAFF_BRING_BACK, came.id) in _buttons(_told(session)[-1])
    staff_decisions.bring_back(_turn(session), came.id)
    assert came.candidate.outcome == Outcome.ACTIVE
    staff_decisions.hire(_turn(session), came.id)
    assert came.candidate.outcome == Outcome.HIRED


def test_a_reason_nobody_offered_rejects_nobody(session, came):
    staff_decisions.reject(_turn(session), came.id, "<b>")
    assert came.candidate.outcome == Outcome.ACTIVE


def test_an_old_button_rejects_nobody_who_was_hired(session, came):
    staff_decisions.hire(_turn(session), came.id)
    staff_decisions.ask_rejection(_turn(session), came.id)
    assert _told(session)[-1].kind == "staff.booking"
    staff_decisions.reject(_turn(session), came.id, "fit")
    assert came.candidate.outcome == Outcome.HIRED


# --- who may


def _everything(session, day, seat, chat_id):
    """Every button about this day, pressed from a chat; the kinds of the answers."""
    presses = (
        lambda turn: staff_groups.show_group(turn, day.id, 0),
        lambda turn: staff_groups.tick(turn, seat.id, "attended", 0),
        lambda turn: staff_groups.tick_all(turn, day.id),
        lambda turn: staff_decisions.hire(turn, seat.id),
        lambda turn: staff_decisions.ask_rejection(turn, seat.id),
        lambda turn: staff_decisions.reject(turn, seat.id, "fit"),
        lambda turn: staff_decisions.bring_back(turn, seat.id),
    )
    before = len(_told(session, chat_id))
    for press in presses:
        press(_turn(session, chat_id))
    return {message.kind for message in _told(session, chat_id)[before:]}


def test_a_stranger_and_a_former_recruiter_get_a_sentence(session, day, seats):
    assert _everything(session, day, seats[0], 78) == {"staff.not_linked"}
    _account(session).active = False
    assert _everything(session, day, seats[0], CHAT) == {"staff.not_linked"}
    assert {seat.status for seat in seats} == {BookingStatus.BOOKED}


def test_a_colleague_of_another_city_does_not_find_it(session, day, seats):
    add_recruiter(session, add_city(session, "Казань"), name="Дарья", chat_id=78)
    assert _everything(session, day, seats[0], 78) == {"error.not_found"}
    assert {seat.status for seat in seats} == {BookingStatus.BOOKED}


def test_who_may_only_look_looks(session, day, came, seats):
    _account(session).role = Role.VIEWER
    assert _everything(session, day, came, CHAT) == {"staff.group", "staff.not_allowed", "staff.why_reject"}
    assert (came.candidate.outcome, seats[1].status) == (Outcome.ACTIVE, BookingStatus.BOOKED)
    staff_groups.show_group(_turn(session), day.id, 0)
    assert {button[0] for button in _buttons(_told(session)[-1])} == {Action.STAFF_SHOW}


def test_a_month_later_the_list_is_still_the_list(session, day, seats):
    staff_groups.show_group(_turn(session, now=NOW + timedelta(days=30)), day.id, 0)
    assert _told(session)[-1].kind == "staff.group"


# --- told


def test_when_the_day_begins_its_recruiter_gets_the_list_once(session, day, seats):
    (timer,) = session.scalars(select(Timer).where(Timer.kind == "slots.group_begins"))
    assert (timer.subject_id, timer.due_at) == (day.id, day.starts_at)
    for _ in range(2):
        assert FIRINGS[timer.kind](session, day.id, timer.planned_at, day.starts_at) is None
    told = [message for message in _told(session) if message.kind == "staff.group_begins"]
    assert [("ожидаем: 3" in message.body, _buttons(message)) for message in told] == [
        (True, [(Action.STAFF_GROUP, 0, day.id)])
    ]


def test_nobody_is_told_of_a_day_without_people(session, day, seats):
    for seat in seats:
        ending.cancel_by_staff(session, seat.id, reason="x", actor=STAFF, now=NOW)
    assert FIRINGS["slots.group_begins"](session, day.id, day.starts_at, day.starts_at) == "nobody is expected"
