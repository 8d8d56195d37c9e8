"""What staff are told unasked is in the language of their account, as the answers to what they press are."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue.previews import Draft, outgoing
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.planned import planned_of, words_of
from recruitsmart.domain.pipeline.watching import ONE, look_for_stuck
from recruitsmart.domain.slots import notices, operations
from recruitsmart.domain.slots.models import Purpose
from tests.factories import NOW, add_candidate, add_chooser, add_city, add_message, add_recruiter, add_slot

CHAT, DAY = 77, timedelta(days=1)
CYRILLIC = re.compile("[А-Яа-яЁё]")


@pytest.fixture
def city(session):
    return add_city(session, "Omsk")


@pytest.fixture
def recruiter(session, city):
    recruiter = add_recruiter(session, city, name="Olga", chat_id=CHAT)
    session.scalars(select(Account).where(Account.chat_id == CHAT)).one().language = "en"
    session.flush()
    return recruiter


def _told(session, chat_id=CHAT):
    session.flush()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.chat_id == chat_id)))


def _all_words(message):
    return f"{message.body} {message.keyboard}"


def _reserved(session, city, recruiter):
    candidate = add_chooser(session, city, full_name="Ann Miller")
    return operations.reserve(session, candidate, add_slot(session, recruiter, NOW + DAY).id, now=NOW)


def test_a_request_and_its_buttons_are_in_the_language_of_the_account(session, city, recruiter):
    booking = _reserved(session, city, recruiter)
    notices.request_waits(session, booking, planned_at=NOW, now=NOW)
    said = _told(session)
    assert [message.kind for message in said] == ["staff.new_request", "staff.request_waits"]
    assert [message.language for message in said] == ["en", "en"]
    assert not any(CYRILLIC.search(_all_words(message)) for message in said)


def test_the_question_after_a_meeting_is_in_the_language_of_the_account(session, city, recruiter):
    booking = _reserved(session, city, recruiter)
    notices.how_did_it_go(session, booking, now=NOW + DAY)
    assert not CYRILLIC.search(_all_words(_told(session)[-1]))


def test_the_list_of_an_introductory_day_is_announced_in_the_language_of_the_account(session, city, recruiter):
    slot = add_slot(session, recruiter, NOW + DAY, purpose=Purpose.INTRO_DAY, capacity=5)
    notices.group_begins(session, slot, expected=3, now=NOW + DAY)
    assert not CYRILLIC.search(_all_words(_told(session)[-1]))


def test_administrators_hear_of_trouble_in_their_language(session):
    session.add(Account(login="boss", password_hash="x", role=Role.ADMIN, chat_id=CHAT, language="en"))
    add_message(session, due_at=NOW - DAY)
    look_for_stuck(session, ONE, NOW, NOW)
    assert [(message.language, bool(CYRILLIC.search(message.body))) for message in _told(session)] == [("en", False)]


def test_what_is_planned_and_a_preview_show_the_words_that_will_be_sent(session, city, recruiter):
    booking = _reserved(session, city, recruiter)
    to_recruiter = [one for one in planned_of(session, booking.candidate, [booking]) if one.is_for_staff]
    assert to_recruiter
    assert not any(CYRILLIC.search(words_of(session, one) or "") for one in to_recruiter)
    draft = Draft(key="staff.booked", language="en", city_id=None, body="{{ candidate }}: {{ day }}, {{ purpose }}")
    preview = outgoing(session, booking.candidate, draft, now=NOW)
    assert (preview.is_draft, preview.language) == (True, "en")
    assert not CYRILLIC.search(preview.html)


def test_without_a_booking_a_preview_for_staff_is_of_the_language_that_is_written(session, city):
    candidate = add_candidate(session, full_name="Ann Miller", city=city, stage=Stage.TO_SCHEDULE)
    draft = Draft(key="staff.people_wait", language="en", city_id=None, body="{{ city }}: {{ count }}")
    assert outgoing(session, candidate, draft, now=NOW).is_draft
