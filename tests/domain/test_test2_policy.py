"""Test 2 after a passed interview: at once or later, as the city says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import AttemptStatus
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import operations, testing
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.decisions import bring_back, move_by_hand, reject
from recruitsmart.domain.pipeline.planned import Coming, planned_of, words_of
from recruitsmart.domain.pipeline.testing import INVITES, offer_test2
from recruitsmart.domain.timers.models import Timer
from tests.domain.exams import Examinee
from tests.factories import NOW, add_city

INVITATION = "exam.invite"
HOUR = timedelta(hours=1)


class Passed(Examinee):
    """Somebody whose interview is passed at `now`, in a city that invites so many minutes later."""

    def __init__(self, session, minutes, now=NOW):
        self.minutes = minutes
        super().__init__(session, now=now)

    def prepare(self):
        self.candidate.city = add_city(self.session, test2_after_minutes=self.minutes)


def test_without_a_wait_the_invitation_leaves_at_once(session):
    assert len(Passed(session, 0).said(INVITATION)) == 1


def test_with_a_wait_it_leaves_when_that_is_over_and_once(session):
    anna = Passed(session, 60)
    assert anna.candidate.stage == Stage.TEST2 and not anna.said(INVITATION)
    anna.wait(59 * 60)
    anna.fire()
    assert not anna.said(INVITATION)
    anna.wait(60)
    for _ in range(2):
        anna.fire()
    assert len(anna.said(INVITATION)) == 1


def test_what_would_come_at_night_waits_for_the_morning(session):
    anna = Passed(session, 12 * 60, now=NOW)  # 12:00 in Moscow
    due_at = session.scalars(select(Timer.due_at).where(Timer.kind == INVITES)).one()
    assert due_at == NOW.replace(hour=5) + timedelta(days=1)
    assert not anna.said(INVITATION)


@pytest.mark.parametrize("meanwhile", ["rejected", "begun", "moved back"])
def test_whoever_went_on_meanwhile_is_not_invited(session, meanwhile):
    anna = Passed(session, 60)
    if meanwhile == "rejected":
        anna.candidate.outcome, anna.candidate.outcome_reason = Outcome.REJECTED, "нет"
    elif meanwhile == "moved back":
        anna.candidate.stage = Stage.TO_SCHEDULE
    else:
        testing.begin(anna.turn(), anna.attempt.id)
        assert anna.attempt.status == AttemptStatus.UNDER_WAY
    anna.wait(2 * 60 * 60)
    anna.fire()
    assert not anna.said(INVITATION)


def test_whoever_asks_before_that_finds_the_test(session):
    anna = Passed(session, 60)
    operations.obey(anna.turn(), "my")
    assert len(anna.said(INVITATION)) == 1


def test_another_go_is_not_put_off(session):
    anna = Passed(session, 60)
    anna.begin()
    for _ in range(3):
        anna.press("y")
        anna.send()
    anna.wait(1)
    offer_test2(session, anna.candidate, reason="связь пропала", actor=SYSTEM, now=anna.now)
    assert len(anna.said(INVITATION)) == 1


def test_an_invitation_that_fell_into_a_rejection_leaves_when_that_is_taken_back(session):
    anna = Passed(session, 60)
    anna.wait(50 * 60)
    reject(session, anna.candidate, reason="x", actor=SYSTEM, now=anna.now)
    anna.wait(20 * 60)
    anna.fire()
    assert not anna.said(INVITATION)
    bring_back(session, anna.candidate, actor=SYSTEM, now=anna.now)
    for _ in range(2):
        anna.fire()
    assert len(anna.said(INVITATION)) == 1


@pytest.mark.parametrize("begun", [False, True])
def test_who_was_taken_back_for_another_interview_is_invited_again_after_it(session, begun):
    anna = Passed(session, 0)
    if begun:
        anna.begin()
    move_by_hand(session, anna.candidate, Stage.TO_SCHEDULE, actor=SYSTEM, now=anna.now)
    anna.candidate.stage = Stage.INTERVIEW
    anna.wait(30)
    offer_test2(session, anna.candidate, actor=SYSTEM, now=anna.now)
    offer_test2(session, anna.candidate, actor=SYSTEM, now=anna.now + HOUR)
    assert len(anna.said(INVITATION)) == 2
    assert [one.at for one in planned_of(session, anna.candidate, ())] == [anna.now + 24 * HOUR, anna.now + 48 * HOUR]


def test_who_is_invited_again_is_nudged_again(session):
    anna = Passed(session, 0)
    for _ in range(2):
        for _ in range(2):
            anna.wait(24 * 60 * 60)
            anna.fire()
        move_by_hand(session, anna.candidate, Stage.TO_SCHEDULE, actor=SYSTEM, now=anna.now)
        anna.candidate.stage = Stage.INTERVIEW
        offer_test2(session, anna.candidate, actor=SYSTEM, now=anna.now)
    assert len(anna.said("test.unfinished")) == 4


def test_the_nudges_follow_the_invitation_and_the_card_shows_it_with_its_words(session):
    anna = Passed(session, 60)
    session.flush()
    invited, *nudges = planned_of(session, anna.candidate, ())
    assert (invited.kind, invited.at) == (Coming.TEST_INVITED, NOW + HOUR)
    assert "3" in words_of(session, invited)
    assert [one.at for one in nudges] == [NOW + 25 * HOUR, NOW + 49 * HOUR]
