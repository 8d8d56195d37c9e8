"""A recruiter writes in the middle of an exam: nobody loses time by being written to, and nobody gains a test by it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.clocks import start_clock
from recruitsmart.domain.assessments.models import AnswerStatus, AttemptStatus, Question, QuestionKind
from recruitsmart.domain.assessments.pausing import is_in_exam
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.chats.models import ChatLine
from recruitsmart.domain.chats.queries import newest_line
from recruitsmart.domain.dialogue import human, operations, talking, testing
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.pipeline.merging import merge
from tests.domain.exams import Examinee
from tests.domain.talks import Talker
from tests.factories import add_candidate, add_city, add_recruiter

SECOND = timedelta(seconds=1)


@pytest.fixture
def anna(session):
    return Examinee(session)


@pytest.fixture
def olga(session):
    recruiter = add_recruiter(session, add_city(session), name="Ольга")
    return session.scalars(select(Account).where(Account.recruiter_id == recruiter.id)).one()


def _written(anna, olga, text="Здравствуйте", token="a"):
    talking.write(anna.session, anna.candidate, olga, text, token=token, seen=None, read=0, now=anna.now)
    anna.send()


def _handed_back(anna, olga):
    shown = newest_line(anna.session, anna.candidate.id)
    talking.hand_back(anna.session, anna.candidate, olga, seen=None, read=shown, now=anna.now)
    anna.send()


def test_the_clock_stands_still_while_a_recruiter_writes_and_goes_on_with_what_was_left(anna, olga):
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    question = anna.open
    assert (question.deadline_at, question.left_seconds) == (None, 40)
    anna.wait(300)
    anna.fire()
    assert anna.open.id == question.id
    _handed_back(anna, olga)
    assert anna.open.deadline_at == anna.now + 40 * SECOND
    assert "⏱ 40" in anna.said(TIMED)[-1].body
    anna.wait(40)
    anna.fire()
    assert anna.answers[0].status == AnswerStatus.TIMED_OUT


def test_the_person_is_told_that_the_test_waits(anna, olga):
    anna.begin()
    _written(anna, olga)
    assert "Тест вас подождёт" in anna.said("human.took_over")[0].body


def test_the_time_of_the_whole_test_stands_still_too(session, olga):
    anna = Examinee(session, total_limit_seconds=100)
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    anna.wait(600)
    _handed_back(anna, olga)
    assert anna.attempt.deadline_at == anna.now + 80 * SECOND


def test_a_press_counts_meanwhile_and_the_next_question_waits_for_the_end(anna, olga):
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    anna.wait(100)
    anna.press("x")
    anna.send()
    assert (anna.answers[0].status, anna.answers[0].correct) == (AnswerStatus.ANSWERED, True)
    assert anna.said()[-1].kind == "human.later"
    assert (len(anna.said(TIMED)), anna.open.deadline_at) == (1, None)
    anna.wait(600)
    anna.fire()
    assert anna.open.deadline_at is None
    human.go_back(anna.turn())
    anna.send()
    assert anna.open.deadline_at == anna.now + 60 * SECOND


@pytest.mark.parametrize("closes", ["press", "skip"])
def test_what_closes_a_question_meanwhile_costs_no_time_of_the_whole_test(session, olga, closes):
    anna = Examinee(session, total_limit_seconds=100)
    session.scalars(select(Question).where(Question.key == "a")).one().required = False
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    anna.wait(100)
    if closes == "press":
        anna.press("x")
    else:
        testing.pass_over(anna.turn(), anna.open.id)
    anna.send()
    assert (anna.attempt.status, len(anna.answers)) == (AttemptStatus.UNDER_WAY, 2)
    anna.wait(600)
    _handed_back(anna, olga)
    assert anna.attempt.deadline_at == anna.now + 80 * SECOND


@pytest.mark.parametrize("leaves_open", ["a tick", "a wrong answer"])
def test_what_leaves_a_question_open_meanwhile_does_not_start_its_clock(session, olga, leaves_open):
    anna = Examinee(session, tries=2)
    if leaves_open == "a tick":
        session.scalars(select(Question).where(Question.key == "a")).one().kind = QuestionKind.SEVERAL_CHOICES
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    anna.press("y")
    anna.send()
    anna.wait(300)
    anna.fire()
    assert (anna.open.deadline_at, anna.open.left_seconds) == (None, 40)
    _handed_back(anna, olga)
    assert anna.open.deadline_at == anna.now + 40 * SECOND
    assert (anna.open.draft, anna.open.tries) == ((["y"], 0) if leaves_open == "a tick" else ([], 1))


def test_who_answers_wrong_meanwhile_reads_how_many_tries_are_left(session, olga):
    anna = Examinee(session, tries=2)
    anna.begin()
    _written(anna, olga)
    anna.press("y")
    assert "Осталось попыток: 1" in anna.said()[-1].body


def test_typed_words_answer_no_question_meanwhile(anna, olga):
    anna.begin()
    _written(anna, olga)
    operations.say(anna.turn(), "x")
    assert anna.answers[0].status == AnswerStatus.OPEN


def test_when_nobody_gives_it_back_the_test_goes_on_by_itself(anna, olga):
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    anna.wait(45 * 60)
    anna.fire()
    anna.send()
    assert anna.open.deadline_at == anna.now + 40 * SECOND


def test_who_asks_for_a_human_gains_no_time_by_it(anna):
    anna.begin()
    deadline = anna.open.deadline_at
    human.ask_human(anna.turn())
    assert anna.open.deadline_at == deadline
    assert "время на ответы идёт" in anna.said("human.waiting")[0].body
    anna.press("x")
    assert anna.answers[0].status == AnswerStatus.ANSWERED
    assert anna.said()[-1].kind == TIMED


@pytest.mark.parametrize(
    ("language", "said"), [("ru", ("ответы на вопросы теста", "/human")), ("en", ("answers to the test", "/human"))]
)
def test_who_asks_for_a_human_in_a_test_is_told_what_words_mean_until_it_is_over(anna, language, said):
    anna.candidate.language = language
    anna.begin()
    human.ask_human(anna.turn())
    body = anna.said("human.waiting")[0].body
    assert all(words in body for words in said)
    operations.say(anna.turn(), "Сколько вы платите")
    assert anna.said()[-1].kind == "answer.choose"
    for _ in "abc":
        anna.press("y")
        anna.send()
    human.ask_human(anna.turn())
    operations.say(anna.turn(), "Сколько вы платите")
    assert anna.said()[-1].kind == "human.passed_on"


def test_a_time_that_is_up_already_is_not_given_back(anna, olga):
    anna.begin()
    anna.wait(61)
    _written(anna, olga)
    anna.fire()
    assert anna.answers[0].status == AnswerStatus.TIMED_OUT
    assert anna.said()[-1].kind == "human.later"


def test_a_question_that_has_not_left_yet_waits_for_the_end(anna, olga):
    anna.begin(sent=False)
    _written(anna, olga)
    assert [message.state for message in anna.said(TIMED)] == [MessageState.SKIPPED]
    _handed_back(anna, olga)
    assert anna.open.deadline_at == anna.now + 60 * SECOND


def _leaves(anna, olga, leaving):
    """A message is on its way to Telegram while a recruiter begins to write; then Telegram takes it."""
    leaving.state, leaving.leased_until = MessageState.SENDING, anna.now + 30 * SECOND
    anna.session.flush()
    _written(anna, olga)
    start_clock(anna.session, leaving.about, anna.now)
    anna.session.flush()


def test_a_question_that_leaves_at_this_moment_starts_no_clock_and_can_be_answered(anna, olga):
    anna.begin(sent=False)
    _leaves(anna, olga, anna.said(TIMED)[-1])
    assert anna.open.deadline_at is None and is_in_exam(anna.session, anna.candidate.id)
    anna.wait(300)
    anna.fire()
    _handed_back(anna, olga)
    assert anna.open.deadline_at == anna.now + 60 * SECOND
    anna.press("x")
    assert anna.answers[0].status == AnswerStatus.ANSWERED


def test_a_clock_that_is_being_shown_at_this_moment_does_not_run_on(anna, olga):
    anna.begin()
    anna.wait(30)
    anna.fire()
    _leaves(anna, olga, anna.said(TIMED)[-1])
    assert (anna.open.deadline_at, anna.open.left_seconds) == (None, 30)


def test_a_question_that_was_put_anew_has_the_clock_of_the_newer_message(anna):
    anna.begin(sent=False)
    [older] = anna.said(TIMED)
    older.state, older.leased_until = MessageState.SENDING, anna.now + 30 * SECOND
    anna.session.flush()
    operations.obey(anna.turn(), "my")
    start_clock(anna.session, older.about, anna.now)
    assert anna.open.deadline_at is None
    anna.wait(5)
    anna.send()
    assert anna.open.deadline_at == anna.now + 60 * SECOND


def test_words_of_a_recruiter_make_nobody_sit_in_a_test_whose_next_question_was_not_put(anna, olga):
    anna.begin()
    _written(anna, olga)
    anna.press("x")
    _written(anna, olga, "Ещё вопрос", token="b")
    assert not is_in_exam(anna.session, anna.candidate.id)


def test_the_history_says_that_the_clock_stood_still(anna, olga):
    anna.begin()
    anna.wait(20)
    _written(anna, olga)
    entry = anna.session.scalars(select(Entry).where(Entry.kind == "attempt.paused")).one()
    assert (entry.actor_id, entry.details) == (olga.id, {"seconds": 40})


def test_a_clock_can_stand_still_twice(anna, olga):
    anna.begin()
    for token in "ab":
        anna.wait(10)
        _written(anna, olga, token=token)
        anna.wait(100)
        _handed_back(anna, olga)
    assert anna.open.deadline_at == anna.now + 40 * SECOND


def _words_to_staff(anna):
    anna.session.flush()
    return list(anna.session.scalars(select(ChatLine.text).where(ChatLine.candidate_id == anna.candidate.id)))


def test_words_that_answer_no_question_are_kept_before_the_test_and_after_it(anna):
    operations.obey(anna.turn(), "my")
    operations.say(anna.turn(), "А если связь пропадёт?")
    assert anna.said()[-1].kind == "exam.invite"
    anna.begin()
    for _ in "abc":
        anna.press("y")
        anna.send()
    operations.say(anna.turn(), "Когда ответите?")
    assert anna.said()[-1].kind == "exam.waiting"
    assert _words_to_staff(anna) == ["А если связь пропадёт?", "Когда ответите?"]


def test_a_typed_answer_is_no_word_to_staff(anna):
    anna.begin()
    operations.say(anna.turn(), "x")
    assert _words_to_staff(anna) == []


def test_an_exam_of_a_card_that_was_given_up_is_no_exam_of_the_person(session, anna):
    anna.begin()
    card = add_candidate(session, stage=Stage.TO_INTRO_DAY, consent_at=anna.now, consent_version="1")
    person = Talker(session, merge(session, card.id, anna.candidate.id, actor=SYSTEM, now=anna.now))
    person.asks()
    assert person.says("Куда приходить?") == ["human.passed_on"]
    assert person.lines == ["Куда приходить?"]
