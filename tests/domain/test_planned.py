"""Everything that timers will bring to a person is listed, with its words; what would come to nothing is not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.operations import save_override
from recruitsmart.domain.pipeline import decisions
from recruitsmart.domain.pipeline.planned import REMINDERS, Coming, planned_of, planned_one, planned_page, words_of
from recruitsmart.domain.pipeline.testing import begin_test1
from recruitsmart.domain.slots import ending, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.listing import live_of
from recruitsmart.domain.slots.models import Offer, OfferStatus, Purpose
from recruitsmart.domain.slots.reminding import remind
from recruitsmart.domain.timers.models import Timer
from recruitsmart.domain.timers.operations import set_timer
from tests.domain.slots.conftest import STAFF, statements_of
from tests.factories import (
    NOW,
    add_candidate,
    add_chooser,
    add_city,
    add_recruiter,
    add_slot,
    add_test,
    typed_question,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = NOW + timedelta(days=3)  # 12:00 in Moscow


@pytest.fixture
def city(session):
    return add_city(session, approval_required=False)


@pytest.fixture
def recruiter(session, city):
    return add_recruiter(session, city, time_zone="Asia/Omsk")


@pytest.fixture
def anna(session, city):
    return add_chooser(session, city)


def _book(session, candidate, recruiter, *, at=NOON):
    return slots.reserve(session, candidate, add_slot(session, recruiter, at).id, now=NOW)


def _test(session, candidate):
    candidate.stage = Stage.STARTED
    add_test(session, typed_question("age"))
    return begin_test1(session, candidate, now=NOW)


def _plan(session, candidate):
    session.flush()
    return [(planned.kind, planned.at) for planned in planned_of(session, candidate, live_of(session, candidate.id))]


def _one(session, candidate, kind):
    session.flush()
    return next(
        planned for planned in planned_of(session, candidate, live_of(session, candidate.id)) if planned.kind == kind
    )


def test_a_booking_has_its_reminders_and_the_question_how_it_went(session, anna, recruiter):
    booking = _book(session, anna, recruiter)
    assert _plan(session, anna) == [
        (Coming.FIRST_REMINDER, NOON - 24 * HOUR), (Coming.SECOND_REMINDER, NOON - 3 * HOUR),
        (Coming.LAST_REMINDER, NOON - 30 * MINUTE), (Coming.OUTCOME_ASKED, booking.slot.ends_at),
    ]  # fmt: skip


def test_a_request_has_its_nudges_and_its_end(session, city, anna, recruiter):
    city.approval_required = True
    _book(session, anna, recruiter)
    assert _plan(session, anna) == [
        (Coming.REQUEST_WAITS, NOW + 30 * MINUTE), (Coming.REQUEST_WAITS, NOW + 2 * HOUR), (Coming.REQUEST_ENDS, NOON),
    ]  # fmt: skip


def test_an_unfinished_test_has_its_nudges(session, anna):
    _test(session, anna)
    nudges = [(Coming.TEST_UNFINISHED, NOW + 24 * HOUR), (Coming.TEST_UNFINISHED, NOW + 48 * HOUR)]
    assert _plan(session, anna) == nudges


def test_a_rejection_that_is_not_told_yet_is_planned(session, anna):
    decisions.reject(session, anna, reason="no", actor=STAFF, now=NOW)
    assert _plan(session, anna) == [(Coming.REJECTION_TOLD, NOW + 30 * MINUTE)]


def test_an_hour_that_is_held_ends_and_nothing_is_said(session, city, anna, recruiter):
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    add_slot(session, recruiter, NOON)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    planned = _one(session, anna, Coming.OFFER_ENDS)
    assert (planned.at, planned.key, planned.offer.slot.starts_at) == (NOW + 10 * MINUTE, None, NOON)
    assert words_of(session, planned) is None


def test_a_person_who_is_rejected_is_told_of_nothing_else(session, anna):
    _test(session, anna)
    decisions.reject(session, anna, reason="no", actor=STAFF, now=NOW)
    assert [kind for kind, _ in _plan(session, anna)] == [Coming.REJECTION_TOLD]
    anna.outcome, anna.outcome_reason = Outcome.WITHDRAWN, "no"
    assert _plan(session, anna) == []


def test_what_would_come_to_nothing_is_not_planned(session, city, anna, recruiter):
    """A finished test, an offer that was answered, a booking that has ended: their timers find nothing to do."""
    _test(session, anna)
    attempt = session.scalars(select(Attempt)).one()
    attempt.status, attempt.finished_at = AttemptStatus.FINISHED, NOW
    anna.stage = Stage.TO_SCHEDULE
    booking = _book(session, anna, recruiter)
    ending.cancel(session, anna, booking.id, reason="ill", now=NOW)
    set_timer(session, "slots.remind_last", booking.id, due_at=NOON)
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    offer = session.scalars(select(Offer)).one()
    offer.status, offer.ended_at = OfferStatus.DECLINED, NOW
    session.flush()
    assert session.query(Timer).filter_by(state="pending").count() >= 4
    assert _plan(session, anna) == [] and planned_page(session, EVERYTHING, limit=9) == []


def test_the_words_are_those_that_are_sent(session, anna, recruiter):
    booking = _book(session, anna, recruiter)
    save_override(session, "reminder.last", "Скоро: {{ hour }}", language="ru", city_id=None, author="Ольга")
    for kind, reminder in REMINDERS.items():
        planned = _one(session, anna, kind)
        remind(reminder, session, booking.id, planned.at, planned.at)
        sent = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == f"reminder.{reminder}")).one()
        assert words_of(session, planned) == sent


def test_recruiters_read_theirs_in_their_own_zone(session, anna, recruiter):
    _book(session, anna, recruiter)
    asked, last = _one(session, anna, Coming.OUTCOME_ASKED), _one(session, anna, Coming.LAST_REMINDER)
    assert (asked.is_for_staff, asked.time_zone) == (True, "Asia/Omsk")
    assert (last.is_for_staff, last.time_zone) == (False, "Europe/Moscow")
    assert "15:00" in words_of(session, asked) and "12:00" in words_of(session, last)


def test_what_is_planned_in_another_city_is_not_found(session, city, anna, recruiter):
    _book(session, anna, recruiter)
    elsewhere, here = Scope(city_ids=frozenset({city.id + 1})), Scope(city_ids=frozenset({city.id}))
    planned = _one(session, anna, Coming.LAST_REMINDER)
    assert planned_page(session, elsewhere, limit=9) == [] and len(planned_page(session, here, limit=9)) == 4
    assert planned_one(session, planned.timer_id, here) == planned
    for timer_id, scope in ((planned.timer_id, elsewhere), (planned.timer_id + 99, here)):
        with pytest.raises(NotFound):
            planned_one(session, timer_id, scope)


def test_what_is_planned_about_a_person_without_a_city_is_found_by_who_sees_all(session):
    nobody = add_candidate(session, full_name="Анна")
    _test(session, nobody)
    (first, _again) = planned_of(session, nobody, ())
    assert first.time_zone is None and first in planned_page(session, EVERYTHING, limit=9)


def test_it_costs_the_same_however_much_is_planned(session, city, anna, recruiter):
    _book(session, anna, recruiter)
    counts = []
    for number in range(2):
        session.flush()
        session.expire_all()
        with statements_of(session) as statements:
            everything = planned_page(session, EVERYTHING, limit=99)
            own = planned_of(session, anna, live_of(session, anna.id))
            for planned in (*everything, *own):
                assert planned.candidate.full_name and planned.time_zone and planned.key
        counts.append(len(statements))
        for hours in range(1, 5):
            _book(session, add_chooser(session, city), recruiter, at=NOON + (5 * number + hours) * HOUR)
    assert counts[0] == counts[1] <= 8
