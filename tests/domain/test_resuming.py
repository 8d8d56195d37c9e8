"""Who was rejected in the middle of a test and is taken back has at once something to go on with."""

from datetime import timedelta

import pytest

from recruitsmart.domain.assessments.models import AttemptStatus
from recruitsmart.domain.assessments.pausing import is_in_exam
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.pipeline.decisions import bring_back, reject
from recruitsmart.domain.pipeline.testing import UNFINISHED
from tests.domain.exams import Examinee
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_test, typed_question


@pytest.fixture
def anna(session):
    anna = Examinee(session)
    anna.send()
    return anna


def _reject(anna):
    reject(anna.session, anna.candidate, reason="x", actor=SYSTEM, now=anna.now)


def _bring_back(anna):
    told = len(anna.said())
    bring_back(anna.session, anna.candidate, actor=SYSTEM, now=anna.now)
    anna.fire()
    return [message.kind for message in anna.said()[told:]]


def _goes_on(anna):
    """What the button of the newest message leads to."""
    assert anna.said()[-1].keyboard[0][0]["action"] == Action.MY
    operations.my_application(anna.turn())
    return anna.said()[-1].about.partition("#")[0]


@pytest.mark.parametrize("meanwhile", ["time is up", "answered"])
def test_whose_question_closed_meanwhile_is_offered_to_go_on_with_the_next(anna, meanwhile):
    anna.begin()
    _reject(anna)
    if meanwhile == "answered":
        anna.press()
    anna.wait(61)
    anna.fire()
    anna.send()
    assert _bring_back(anna) == ["test.unfinished"]
    assert _goes_on(anna) == f"answer:{anna.open.id}" and len(anna.answers) == 2


def test_whose_question_still_runs_is_not_disturbed(anna):
    anna.begin()
    _reject(anna)
    anna.wait(20)
    assert _bring_back(anna) == []


def test_who_asked_meanwhile_and_read_that_nothing_is_needed_is_offered_the_running_question(anna):
    anna.begin()
    _reject(anna)
    operations.my_application(anna.turn())
    assert _bring_back(anna) == ["test.unfinished"]


def test_who_tried_to_begin_meanwhile_is_invited_anew_and_who_did_not_is_left_alone(anna):
    anna.wait(1)
    _reject(anna)
    assert _bring_back(anna) == []
    anna.wait(1)
    _reject(anna)
    operations.my_application(anna.turn())
    assert _bring_back(anna) == ["exam.invite"]


@pytest.fixture
def boris(session):
    """Somebody whose whole test has 300 seconds, of which 20 are gone."""
    boris = Examinee(session, total_limit_seconds=300)
    boris.send()
    boris.begin()
    boris.wait(20)
    return boris


@pytest.mark.parametrize(("closes", "gone"), [("answered", 20), ("time is up", 60)])
def test_the_time_of_the_whole_stands_still_while_no_question_is_shown(boris, closes, gone):
    _reject(boris)
    if closes == "answered":
        boris.press()
    boris.wait(1000)
    boris.fire()
    _bring_back(boris)
    boris.wait(1000)
    _goes_on(boris)
    boris.send()
    assert boris.attempt.deadline_at == boris.now + timedelta(seconds=300 - gone)
    boris.wait(61)
    boris.fire()
    assert [answer.status for answer in boris.answers] == [boris.answers[0].status, "timed_out", "open"]


def test_whose_question_closes_at_this_moment_is_offered_to_go_on(boris, behind):
    _reject(boris)
    boris.session.commit()
    boris.wait(61)
    boris.fire()
    back = behind(
        lambda own: bring_back(own, own.get_one(Candidate, boris.candidate.id), actor=SYSTEM, now=boris.now)
    )  # fmt: skip
    boris.session.commit()
    back.result()
    assert boris.said()[-1].kind == UNFINISHED


def test_a_question_that_was_not_put_yet_makes_nobody_sit_in_a_test(boris):
    assert is_in_exam(boris.session, boris.candidate.id)
    _reject(boris)
    boris.press()
    boris.wait(1000)
    _bring_back(boris)
    assert not is_in_exam(boris.session, boris.candidate.id)
    _goes_on(boris)
    assert is_in_exam(boris.session, boris.candidate.id)


def test_who_has_read_of_the_rejection_loses_no_time_either(boris):
    _reject(boris)
    boris.press()
    boris.wait(2 * 24 * 3600)
    boris.fire()
    assert _bring_back(boris) == ["brought_back"]
    _goes_on(boris)
    boris.send()
    assert boris.attempt.deadline_at == boris.now + timedelta(seconds=280)


def test_what_was_up_before_anybody_was_taken_back_stays_up(session):
    boris = Examinee(session, question_limit_seconds=None, total_limit_seconds=300)
    boris.begin()
    _reject(boris)
    boris.wait(301)
    boris.fire()
    _bring_back(boris)
    operations.my_application(boris.turn())
    assert boris.attempt.status == AttemptStatus.FINISHED and len(boris.answers) == 1


def test_after_the_last_question_nothing_is_left_to_wait_for(boris):
    boris.press(), boris.send(), boris.press(), boris.send()
    _reject(boris)
    boris.press()
    _bring_back(boris)
    operations.my_application(boris.turn())
    assert boris.attempt.status == AttemptStatus.FINISHED and boris.attempt.score_percent == 100


def test_the_questionnaire_is_offered_again_too(session):
    add_test(session, typed_question("a"), typed_question("b"))
    boris = add_candidate(session, full_name="Boris", stage=Stage.TEST1, consent_at=NOW, consent_version="1")
    talker = Talker(session, boris)
    talker.commands("my")
    reject(session, boris, reason="x", actor=SYSTEM, now=NOW)
    talker.says("an answer of mine")
    talker.now += timedelta(minutes=5)
    bring_back(session, boris, actor=SYSTEM, now=talker.now)
    assert talker.told() == ["test.unfinished"]
    talker.commands("my")
    assert talker.candidate.stage == Stage.TEST1
