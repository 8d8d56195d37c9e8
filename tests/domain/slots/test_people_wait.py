"""Recruiters hear that people wait and nobody has free hours: one message a day for a city, however many wait."""

from datetime import UTC, datetime, timedelta

import pytest

from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.domain.slots.wishes import Window
from tests.domain.slots.conftest import HOUR, TOMORROW, messages, statements_of
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

INTERVIEW = Purpose.INTERVIEW
MIDNIGHT = datetime(2026, 11, 23, 21, tzinfo=UTC)  # in Moscow
SECOND = timedelta(seconds=1)


@pytest.fixture
def dasha(session, city):
    return add_recruiter(session, city, name="Дарья")


def _begin(session, city, *, now=NOW, **wish):
    person = add_chooser(session, city)
    waiting.wait(session, person, INTERVIEW, now=now, **wish)
    return person


def _told(session):
    return [(message.chat_id, message.body) for message in messages(session, "staff.people_wait")]


def test_every_recruiter_of_the_city_is_told_of_the_first_who_waits(session, city, recruiter, dasha):
    add_recruiter(session, add_city(session, "Казань")), add_recruiter(session, city, chat_id=None)
    _begin(session, city)
    assert {chat_id for chat_id, _ in _told(session)} == {recruiter.chat_id, dasha.chat_id}
    assert all("Москва" in body and "Ждут: 1" in body for _, body in _told(session))


def test_more_who_wait_are_no_more_messages_that_day(session, city, recruiter):
    first = _begin(session, city)
    for minutes in range(5):
        _begin(session, city, now=NOW + timedelta(minutes=minutes))
    waiting.wait(session, first, INTERVIEW, now=MIDNIGHT - SECOND)
    assert len(_told(session)) == 1


def test_on_another_day_of_the_city_somebody_new_is_told_with_all_who_wait(session, city, recruiter):
    first = _begin(session, city, now=MIDNIGHT - SECOND)
    waiting.wait(session, first, INTERVIEW, now=MIDNIGHT)  # looks again: nobody new
    assert len(_told(session)) == 1
    _begin(session, city, now=MIDNIGHT)
    assert "Ждут: 2" in _told(session)[-1][1] and len(_told(session)) == 2


def test_where_somebody_has_free_hours_a_wish_that_fits_none_is_told_to_nobody(session, city, recruiter, slot):
    evening = Window(starts_at=TOMORROW + 9 * HOUR, ends_at=TOMORROW + 10 * HOUR)
    _begin(session, city, window=evening)
    assert _told(session) == []


def test_each_city_has_its_own_message(session, city, recruiter):
    kazan = add_city(session, "Казань")
    recruiter.cities.append(kazan)
    session.flush()
    for one in (city, kazan):
        _begin(session, one)
    assert len(_told(session)) == 2


def test_the_second_who_waits_costs_no_look_at_hours_and_recruiters(session, city, recruiter, dasha):
    _begin(session, city)
    person = add_chooser(session, city)
    with statements_of(session) as statements:
        waiting.wait(session, person, INTERVIEW, now=NOW)
    assert not [words for words in statements if "FROM slots" in words or "FROM recruiters" in words]


def test_an_hour_that_is_free_again_is_no_reason_to_be_told_twice(session, city, recruiter):
    _begin(session, city)
    add_slot(session, recruiter, TOMORROW)
    _begin(session, city)
    assert len(_told(session)) == 1
