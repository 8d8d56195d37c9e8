"""A name or a phone number on a card is mended; what it was stays in the history, and is forgotten with the person."""

import pytest
from sqlalchemy import select

from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.correcting import CORRECTED, Card, correct, said_by
from recruitsmart.domain.pipeline.erasing import erase
from tests.factories import NOW, add_candidate, add_city, add_message

BEFORE = Card(full_name="Анна Иванва", phone="+79161234567")
AFTER = Card(full_name="Анна Иванова", phone="+79161234568")


@pytest.fixture
def anna(session):
    return add_candidate(session, full_name=BEFORE.full_name, phone=BEFORE.phone, city=add_city(session))


def _correct(session, anna, typed, seen=BEFORE):
    correct(session, anna, typed, seen=seen, actor=SYSTEM, now=NOW)
    session.flush()


def _history(session):
    return session.scalars(select(Entry.details).where(Entry.kind == CORRECTED)).all()


def test_what_was_typed_is_read_like_at_the_registration_and_what_was_lost_is_kept(session, anna):
    _correct(session, anna, Card(full_name=" анна  иванова ", phone="8 916 123-45-68"))
    assert said_by(anna) == AFTER
    assert _history(session) == [{"full_name": BEFORE.full_name, "phone": BEFORE.phone}]


def test_only_what_changes_is_written_down_and_nothing_when_nothing_does(session, anna):
    _correct(session, anna, BEFORE)
    assert _history(session) == []
    _correct(session, anna, Card(full_name=BEFORE.full_name, phone=AFTER.phone))
    assert _history(session) == [{"phone": BEFORE.phone}]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (Card(full_name="Анна", phone=BEFORE.phone), "is no full name"),
        (Card(full_name="", phone=BEFORE.phone), "There is no name."),
        (Card(full_name=BEFORE.full_name, phone=""), "There is no phone number."),
        (Card(full_name=BEFORE.full_name, phone="12"), "is no phone number."),
    ],
)
def test_what_is_no_name_or_no_number_is_refused_and_nothing_is_taken_away(session, anna, typed, sentence):
    with pytest.raises(BadInput, match=sentence):
        _correct(session, anna, typed)
    assert said_by(anna) == BEFORE


def test_what_is_not_known_may_stay_so_or_be_added(session):
    boris = add_candidate(session, full_name="Борис Петров", phone_declined=True)
    _correct(session, boris, Card(full_name="Борис Петрович"), seen=said_by(boris))
    assert (boris.phone, boris.phone_declined) == (None, True)
    _correct(session, boris, Card(full_name="Борис Петрович", phone=AFTER.phone), seen=said_by(boris))
    assert (boris.phone, boris.phone_declined) == (AFTER.phone, False)


def test_a_card_that_says_something_else_by_now_is_not_overwritten(session, anna):
    _correct(session, anna, AFTER)
    with pytest.raises(Changed):
        _correct(session, anna, Card(full_name="Анна Чужая", phone=BEFORE.phone), seen=BEFORE)
    assert said_by(anna) == AFTER


def test_what_the_card_said_before_is_forgotten_with_the_person(session, anna):
    digest = add_message(session, chat_id=5_005, about="digest:1", body=f"Завтра: {BEFORE.full_name}")
    _correct(session, anna, AFTER)
    erase(session, anna, actor=SYSTEM, now=NOW)
    session.flush()
    session.expire_all()
    assert (digest.body, _history(session)) == ("", [{}])
