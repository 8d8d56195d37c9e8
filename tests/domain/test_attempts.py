"""Attempts at a test: starting, asking, answering, and questions that change meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.answering import AlreadyAnswered, BadAnswer, answer_chosen, answer_typed
from recruitsmart.domain.assessments.models import (
    AnswerStatus,
    Attempt,
    AttemptStatus,
    Question,
    Screening,
    TestKind,
)
from recruitsmart.domain.assessments.operations import ask_next, finish, progress, start
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.models import Entry
from tests.factories import NOW, add_candidate, add_test, choice_question, typed_question

LATER = NOW + timedelta(minutes=1)
ONLY_STUDENTS = {"question": "busy", "options": ["study"]}


@pytest.fixture
def candidate(session):
    return add_candidate(session)


def _asked(session, attempt):
    """The key of the question that is open now, None when nothing is left."""
    answer = ask_next(session, attempt, now=NOW)
    return None if answer is None else answer.asked["key"]


def _answer(session, attempt, value="ответ"):
    """Answer the question that is open now."""
    answer = ask_next(session, attempt, now=NOW)
    if answer.asked["options"]:
        return answer_chosen(session, attempt.candidate, answer.id, value, received_at=NOW, now=NOW)
    return answer_typed(session, attempt.candidate, answer.id, value, received_at=NOW, now=NOW)


def _asked_to_the_end(session, attempt, *values):
    """The keys of all questions asked, answered with these values in turn."""
    keys = []
    for value in values:
        keys.append(_asked(session, attempt))
        _answer(session, attempt, value)
    assert _asked(session, attempt) is None
    return keys


def _skipped(session):
    return [
        (entry.subject_id, entry.details["question_id"])
        for entry in session.scalars(select(Entry).where(Entry.kind == "question.skipped"))
    ]


def test_an_attempt_asks_the_active_questions_in_their_order(session, candidate):
    add_test(session, typed_question("a"), typed_question("hidden", active=False), typed_question("b"))
    assert _asked_to_the_end(session, start(session, candidate, "test1", now=NOW), "да", "да") == ["a", "b"]


def test_starting_again_goes_on_with_the_attempt_under_way(session, candidate):
    add_test(session, typed_question("a"), typed_question("b"))
    attempt = start(session, candidate, "test1", now=NOW)
    _answer(session, attempt)
    again = start(session, candidate, "test1", now=LATER)
    assert (again.id, _asked(session, again)) == (attempt.id, "b")


def test_asking_again_is_the_same_open_question(session, candidate):
    add_test(session, typed_question("a"), typed_question("b"))
    attempt = start(session, candidate, "test1", now=NOW)
    assert ask_next(session, attempt, now=NOW).id == ask_next(session, attempt, now=LATER).id


def test_a_test_that_does_not_exist_cannot_be_started(session, candidate):
    with pytest.raises(NotFound):
        start(session, candidate, "test9", now=NOW)


def test_a_test_that_is_hidden_cannot_be_started(session, candidate):
    add_test(session, typed_question("a"), active=False)
    with pytest.raises(NotFound):
        start(session, candidate, "test1", now=NOW)


def test_attempts_of_two_people_do_not_touch(session, candidate):
    add_test(session, typed_question("a"), typed_question("b"))
    mine, theirs = (start(session, who, "test1", now=NOW) for who in (candidate, add_candidate(session)))
    _answer(session, mine)
    assert (_asked(session, mine), _asked(session, theirs)) == ("b", "a")


def test_a_question_hidden_meanwhile_is_skipped(session, candidate):
    test = add_test(session, typed_question("a"), typed_question("b"), typed_question("c"))
    attempt = start(session, candidate, "test1", now=NOW)
    _answer(session, attempt)
    _question(session, test, "b").active = False
    assert _asked(session, attempt) == "c"


def _question(session, test, key):
    return session.scalars(select(Question).where(Question.test_id == test.id, Question.key == key)).one()


def test_a_question_deleted_meanwhile_is_skipped(session, candidate):
    test = add_test(session, typed_question("a"), typed_question("b"))
    attempt = start(session, candidate, "test1", now=NOW)
    session.delete(_question(session, test, "a"))
    assert _asked(session, attempt) == "b"


def test_a_skipped_question_is_journaled_once(session, candidate):
    test = add_test(session, typed_question("a"), typed_question("b"))
    attempt = start(session, candidate, "test1", now=NOW)
    gone = _question(session, test, "a")
    gone.active = False
    _asked_to_the_end(session, attempt, "да")
    assert _skipped(session) == [(attempt.id, gone.id)]


def test_the_total_shrinks_with_a_removed_question_even_before_its_turn(session, candidate):
    test = add_test(session, typed_question("a"), typed_question("b"), typed_question("c"))
    attempt = start(session, candidate, "test1", now=NOW)
    before = progress(session, attempt)[1]
    _question(session, test, "c").active = False
    assert (before, progress(session, attempt)[1]) == (3, 2)


def test_the_open_question_is_still_asked_when_it_is_hidden(session, candidate):
    test = add_test(session, typed_question("a"), typed_question("b"))
    attempt = start(session, candidate, "test1", now=NOW)
    ask_next(session, attempt, now=NOW)
    _question(session, test, "a").active = False
    assert _asked(session, attempt) == "a"


def test_when_all_questions_are_removed_nothing_is_left_to_ask(session, candidate):
    test = add_test(session, typed_question("a"))
    attempt = start(session, candidate, "test1", now=NOW)
    _question(session, test, "a").active = False
    assert _asked(session, attempt) is None


def test_a_question_added_meanwhile_is_not_asked(session, candidate):
    test = add_test(session, typed_question("a"))
    attempt = start(session, candidate, "test1", now=NOW)
    late = typed_question("b", position=2, test_id=test.id)
    session.add(late)
    assert _asked_to_the_end(session, attempt, "да") == ["a"]


def test_a_question_edited_meanwhile_is_asked_as_it_is_now(session, candidate):
    test = add_test(session, typed_question("a"))
    attempt = start(session, candidate, "test1", now=NOW)
    _question(session, test, "a").text = {"ru": "Иначе?"}
    answer = ask_next(session, attempt, now=NOW)
    assert (answer.asked["text"], answer.asked["version"]) == ({"ru": "Иначе?"}, 2)


def test_an_edit_by_somebody_else_is_seen_by_a_session_that_knew_the_question(session, other_session, candidate):
    test = add_test(session, typed_question("a"))
    attempt = start(session, candidate, "test1", now=NOW)
    session.commit()
    known = _question(session, test, "a")
    _question(other_session, test, "a").text = {"ru": "Иначе?"}
    other_session.commit()
    assert ask_next(session, attempt, now=NOW).asked["text"] == known.text == {"ru": "Иначе?"}


def test_history_keeps_what_was_asked(session, candidate):
    test = add_test(session, choice_question("a", "x", "y"))
    attempt = start(session, candidate, "test1", now=NOW)
    answer = _answer(session, attempt, "y")
    _question(session, test, "a").options = [{"key": "z", "label": {"ru": "Z"}}, {"key": "w", "label": {"ru": "W"}}]
    session.flush()
    session.refresh(answer)
    assert ([option["key"] for option in answer.asked["options"]], answer.value) == (["x", "y"], "y")


def test_an_answer_counts_by_the_moment_it_was_received(session, candidate):
    add_test(session, typed_question("a"))
    answer = ask_next(session, start(session, candidate, "test1", now=NOW), now=NOW)
    answer_typed(session, candidate, answer.id, "да", received_at=LATER, now=LATER)
    assert (answer.status, answer.answered_at) == (AnswerStatus.ANSWERED, LATER)


def test_a_second_choice_is_refused_and_the_first_counts(session, candidate):
    add_test(session, choice_question("a", "x", "y"))
    answer = _answer(session, start(session, candidate, "test1", now=NOW), "x")
    with pytest.raises(AlreadyAnswered):
        answer_chosen(session, candidate, answer.id, "y", received_at=LATER, now=LATER)
    assert (answer.value, answer.answered_at) == ("x", NOW)


def test_a_second_typed_answer_is_refused(session, candidate):
    add_test(session, typed_question("a"))
    answer = _answer(session, start(session, candidate, "test1", now=NOW), "раз")
    with pytest.raises(AlreadyAnswered):
        answer_typed(session, candidate, answer.id, "два", received_at=LATER, now=LATER)
    assert answer.value == "раз"


def test_of_two_answers_at_once_the_first_counts(session, candidate, behind):
    add_test(session, choice_question("a", "x", "y"))
    answer = ask_next(session, start(session, candidate, "test1", now=NOW), now=NOW)
    session.commit()
    answer_chosen(session, candidate, answer.id, "x", received_at=NOW, now=NOW)
    session.flush()
    second = behind(lambda other: answer_chosen(other, candidate, answer.id, "y", received_at=NOW, now=NOW))
    session.commit()
    assert isinstance(second.exception(), AlreadyAnswered)


def test_a_question_of_somebody_else_is_not_found(session, candidate):
    add_test(session, choice_question("a", "x", "y"))
    answer = ask_next(session, start(session, candidate, "test1", now=NOW), now=NOW)
    with pytest.raises(NotFound):
        answer_chosen(session, add_candidate(session), answer.id, "x", received_at=NOW, now=NOW)


def test_an_option_that_was_not_offered_is_not_found(session, candidate):
    add_test(session, choice_question("a", "x", "y"))
    answer = ask_next(session, start(session, candidate, "test1", now=NOW), now=NOW)
    with pytest.raises(NotFound):
        answer_chosen(session, candidate, answer.id, "z", received_at=NOW, now=NOW)


def test_words_that_are_no_answer_leave_the_question_open(session, candidate):
    add_test(session, choice_question("a", "x", "y"))
    answer = ask_next(session, start(session, candidate, "test1", now=NOW), now=NOW)
    with pytest.raises(BadAnswer) as refused:
        answer_typed(session, candidate, answer.id, "не знаю", received_at=NOW, now=NOW)
    assert (refused.value.refusal.key, answer.status) == ("answer.choose", AnswerStatus.OPEN)


@pytest.fixture
def conditional(session, candidate):
    """An attempt with a question for students only."""
    add_test(
        session,
        choice_question("busy", "work", "study"),
        typed_question("where", show_if=ONLY_STUDENTS),
        typed_question("wish"),
    )
    return start(session, candidate, "test1", now=NOW)


def test_a_question_is_asked_when_its_condition_is_met(session, conditional):
    assert _asked_to_the_end(session, conditional, "study", "МГУ", "да") == ["busy", "where", "wish"]


def test_a_question_is_passed_over_when_its_condition_is_not_met(session, conditional):
    assert _asked_to_the_end(session, conditional, "work", "да") == ["busy", "wish"]


def test_a_question_passed_over_is_not_journaled_as_removed(session, conditional):
    _asked_to_the_end(session, conditional, "work", "да")
    assert _skipped(session) == []


def test_the_total_counts_a_condition_that_may_still_be_met(session, conditional):
    ask_next(session, conditional, now=NOW)
    assert progress(session, conditional)[1] == 3


def test_the_total_does_not_count_a_condition_that_is_not_met(session, conditional):
    _answer(session, conditional, "work")
    assert progress(session, conditional)[1] == 2


def test_the_total_does_not_count_what_depends_on_a_removed_question(session, conditional):
    _question(session, conditional.test, "busy").active = False
    assert progress(session, conditional)[1] == 1


def test_what_depends_on_a_question_that_was_passed_over_is_neither_asked_nor_counted(session, candidate):
    add_test(
        session,
        choice_question("busy", "work", "study"),
        choice_question("full_time", "yes", "no", show_if=ONLY_STUDENTS),
        typed_question("hours", show_if={"question": "full_time", "options": ["no"]}),
    )
    attempt = start(session, candidate, "test1", now=NOW)
    _answer(session, attempt, "work")
    assert (progress(session, attempt)[1], _asked(session, attempt)) == (1, None)


def test_finishing_a_questionnaire_screens_it(session, candidate):
    add_test(session, choice_question("a", "x", "y"))
    attempt = start(session, candidate, "test1", now=NOW)
    _answer(session, attempt, "x")
    finish(session, attempt, at=LATER, now=LATER)
    assert (attempt.status, attempt.finished_at) == (AttemptStatus.FINISHED, LATER)
    assert (attempt.screening, attempt.passed) == (Screening.QUALIFIED, None)


def test_finishing_an_exam_scores_it(session, candidate):
    questions = [choice_question(key, "x", "y", right="x") for key in "abc"]
    add_test(session, *questions, key="test2", kind=TestKind.EXAM, pass_percent=66)
    attempt = start(session, candidate, "test2", now=NOW)
    for value in "xxy":
        _answer(session, attempt, value)
    finish(session, attempt, at=LATER, now=LATER)
    assert (attempt.score, attempt.score_percent, attempt.passed) == (2, 66, True)


def test_finishing_twice_changes_nothing(session, candidate):
    add_test(session, typed_question("a"))
    attempt = finish(session, start(session, candidate, "test1", now=NOW), at=NOW, now=NOW)
    finish(session, attempt, at=LATER, now=LATER)
    assert attempt.finished_at == NOW


def test_a_finished_attempt_is_journaled_once(session, candidate):
    add_test(session, typed_question("a"))
    attempt = start(session, candidate, "test1", now=NOW)
    finish(session, finish(session, attempt, at=NOW, now=NOW), at=LATER, now=LATER)
    finished = session.scalars(select(Entry).where(Entry.kind == "attempt.finished")).one()
    assert finished.details == {"test": "test1", "screening": "qualified", "percent": None}


def test_postgres_refuses_a_second_attempt_under_way(session, candidate):
    test = add_test(session, typed_question("a"))
    start(session, candidate, "test1", now=NOW)
    session.add(Attempt(test=test, candidate=candidate, question_ids=[], started_at=NOW))
    with pytest.raises(Exception, match="uq_attempts_open"):
        session.flush()
