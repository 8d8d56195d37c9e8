"""A question whose time is up, whoever notices it; what was ticked by then; presses by people who are elsewhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments import hiding
from recruitsmart.domain.assessments.checking import NOTHING_LEFT, Flawed
from recruitsmart.domain.assessments.models import AnswerStatus, AttemptStatus, Question, QuestionKind
from recruitsmart.domain.assessments.reading import Refusal, read_answer
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations, testing
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.decisions import move_by_hand
from tests.domain.exams import Examinee
from tests.domain.test_questionnaire import Applicant, of_kind
from tests.factories import NOW, add_city, add_recruiter, add_test, choice_question, typed_question

SECOND = timedelta(seconds=1)
CLOSED = "question.closed"


def _several(session):
    """An exam whose first question takes several ticks; only "x" is right."""
    anna = Examinee(session)
    session.scalars(select(Question).where(Question.key == "a")).one().kind = QuestionKind.SEVERAL_CHOICES
    anna.begin()
    return anna


@pytest.mark.parametrize("notices", ["timer", "my", "press"])
def test_whoever_finds_the_time_to_be_up_closes_the_message_once(session, notices):
    anna = Examinee(session)
    anna.begin()
    shown, first = anna.said("question.timed")[-1], anna.open
    anna.wait(65)
    if notices == "timer":
        anna.fire()
    elif notices == "my":
        operations.obey(anna.turn(), "my")
    else:
        anna.press("x", question=first)
    anna.fire()
    [closed] = anna.said(CLOSED)
    assert (closed.replaces_message_id, closed.edits_only) == (shown.telegram_message_id, True)
    assert not closed.keyboard
    assert anna.open.id != first.id


def test_what_was_ticked_when_the_time_was_up_is_the_answer(session):
    anna = _several(session)
    anna.press("x")
    anna.wait(61)
    anna.fire()
    first = anna.answers[0]
    assert (first.status, first.value, first.correct) == (AnswerStatus.TIMED_OUT, ["x"], True)


def test_a_tick_found_late_changes_the_result_and_the_stage_with_it(session):
    anna = _several(session)
    first = anna.open
    for _ in range(3):
        anna.wait(61)
        anna.fire()
        anna.send()
    assert (anna.attempt.status, anna.attempt.score_percent) == (AttemptStatus.FINISHED, 0)
    anna.press("x", question=first, received_at=first.deadline_at)
    assert (anna.answers[0].value, anna.attempt.score_percent) == (["x"], 33)


def test_recruiters_hear_of_a_result_again_when_it_has_changed_and_only_then(session):
    anna = Examinee(session, questions="ab", pass_percent=100)
    anna.candidate.city = add_city(session)
    olga = add_recruiter(session, anna.candidate.city)
    olga.chat_id = 77
    anna.begin()
    anna.press("x")
    anna.send()
    last = anna.open
    anna.wait(61)
    anna.fire()
    for _ in range(2):
        anna.wait(5)
        anna.press("x", question=last, received_at=last.deadline_at)
    results = select(OutboxMessage).where(OutboxMessage.chat_id == 77, OutboxMessage.kind == "staff.exam_result")
    told = session.scalars(results.order_by(OutboxMessage.id)).all()
    assert len(told) == 2
    assert "50" in told[0].body and "100" in told[1].body
    assert anna.candidate.stage == Stage.TO_INTRO_DAY


def test_an_old_invitation_starts_nothing_for_somebody_who_was_moved_back(session):
    anna = Examinee(session)
    anna.candidate.stage = Stage.TO_SCHEDULE
    anna.candidate.city = add_city(session)
    anna.begin()
    assert anna.attempt.status == AttemptStatus.OFFERED
    assert not anna.answers


def test_a_question_with_a_clock_has_no_way_back(session):
    anna = Applicant(session, typed_question("a", limit_seconds=30), typed_question("b"))
    anna.says("ответ")
    labels = [button["label"] for row in anna.told[-1].keyboard or [] for button in row]
    assert anna.open.asked["key"] == "b" and not any("Назад" in label for label in labels)
    with pytest.raises(NotFound):
        testing.answering.step_back(session, anna.candidate, anna.open.id)


@pytest.mark.parametrize("nothing", ["\u200b\u200b", "\u2800", "\u3164\u3164\u3164", "\u00ad\u2060", "\u0301\ufe0f"])
def test_what_nobody_can_see_is_no_answer(nothing):
    assert read_answer({"kind": "text"}, nothing) == Refusal(key="answer.too_short", values={"shortest": 1})
    assert read_answer({"kind": "text"}, f"да{nothing}").startswith("да")


def test_a_shared_contact_answers_a_question_for_a_phone_and_no_other(session):
    anna = Applicant(session, of_kind(QuestionKind.PHONE), typed_question("b"))
    operations.share_contact(anna.turn(), "79161234567", own=False)
    assert anna.told[-1].kind == "phone.not_yours"
    operations.share_contact(anna.turn(), "79161234567", own=True)
    assert anna.answers[0].value == "+79161234567"
    operations.share_contact(anna.turn(), "79161234567", own=True)
    assert anna.open.asked["key"] == "b" and anna.told[-1].kind == "question.ask"


@pytest.mark.parametrize("take", [hiding.hide_question, hiding.delete_question])
def test_the_last_question_of_a_test_the_bot_asks_stays(session, take):
    test = add_test(session, choice_question("a", "x", "y"), choice_question("b", "x", "y"))
    first, last = session.scalars(select(Question).where(Question.test_id == test.id).order_by(Question.id))
    take(session, first.id, actor=SYSTEM, now=NOW)
    with pytest.raises(Flawed, match=NOTHING_LEFT):
        take(session, last.id, actor=SYSTEM, now=NOW)


def test_what_is_passed_over_in_time_is_not_right_although_the_timer_was_first(session):
    anna = _several(session)
    anna.open.asked = {**anna.open.asked, "required": False}
    anna.press("x")
    first = anna.open
    anna.wait(61)
    anna.fire()
    assert first.correct is True
    testing.pass_over(anna.turn(received_at=anna.now - 2 * SECOND), first.id)
    first = anna.answers[0]
    assert (first.status, first.value, first.correct) == (AnswerStatus.SKIPPED, None, None)


@pytest.mark.parametrize("notices", ["timer", "press"])
def test_who_was_moved_on_in_the_middle_of_the_exam_is_asked_and_told_no_more_of_it(session, notices):
    anna = Examinee(session)
    anna.begin()
    move_by_hand(session, anna.candidate, Stage.TO_INTRO_DAY, actor=SYSTEM, now=anna.now)
    for _ in range(4):
        if notices == "press" and anna.open is not None:
            anna.press("x")
        anna.wait(65)
        anna.send()
        anna.fire()
    assert len(anna.answers) == 1
    assert not anna.said("exam.passed") + anna.said("exam.failed")
    assert anna.candidate.stage == Stage.TO_INTRO_DAY
