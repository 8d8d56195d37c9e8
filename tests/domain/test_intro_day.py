"""The introductory day in the chat: offered after Test 2, chosen, confirmed, declined with a reason."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import booking, operations
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose, Waiting
from recruitsmart.domain.slots.queries import live_booking
from tests.domain.exams import Examinee
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
    return [(button["action"], button.get("args", [])) for row in message.keyboard for button in row]


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
