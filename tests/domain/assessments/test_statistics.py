"""Figures of questions and tests, and the warning when an answer has got around."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments import statistics
from recruitsmart.domain.assessments.leaks import Share, has_leaked, z_of_rise
from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from tests.factories import NOW, add_candidate, add_test, choice_question

DAY = timedelta(days=1)


@pytest.fixture
def test(session: Session) -> Test:
    return add_test(session, choice_question("q", "a", "b", right="a"), kind=TestKind.EXAM, pass_percent=50)


def _attempt(session: Session, test: Test, *, days_ago: float = 1, passed: bool = True, minutes: int = 10) -> Attempt:
    ended = NOW - DAY * days_ago
    attempt = Attempt(
        test=test, candidate=add_candidate(session), question_ids=[], status=AttemptStatus.FINISHED,
        started_at=ended - timedelta(minutes=minutes), finished_at=ended, passed=passed,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    return attempt


def _answer(
    session: Session, test: Test, *, right: bool | None, days_ago: float = 1, seconds: int = 20,
    status: AnswerStatus = AnswerStatus.ANSWERED,
) -> None:  # fmt: skip
    asked_at = NOW - DAY * days_ago
    is_open = status == AnswerStatus.OPEN
    session.add(
        Answer(
            attempt=_attempt(session, test, days_ago=days_ago), question_id=questions_of(session, test.id)[0].id,
            status=status, asked={"options": []}, asked_at=asked_at, correct=right,
            value="a" if status == AnswerStatus.ANSWERED else None,
            answered_at=None if is_open else asked_at + timedelta(seconds=seconds),
        )
    )  # fmt: skip
    session.flush()


def _figures(session: Session, test: Test, since=None) -> statistics.QuestionFigures:
    [figures] = statistics.question_figures(session, test.id, since=since).values()
    return figures


def test_a_question_is_counted_by_what_became_of_it(session: Session, test: Test) -> None:
    for right, seconds in ((True, 10), (True, 20), (False, 60)):
        _answer(session, test, right=right, seconds=seconds)
    _answer(session, test, right=False, seconds=90, status=AnswerStatus.TIMED_OUT)
    _answer(session, test, right=None, status=AnswerStatus.SKIPPED)
    _answer(session, test, right=None, status=AnswerStatus.OPEN)

    figures = _figures(session, test)

    assert (figures.asked, figures.answered, figures.timed_out, figures.skipped) == (5, 3, 1, 1)
    assert figures.share == Share(right=2, judged=4)
    assert figures.seconds == 20  # of the answered ones only


def test_a_span_leaves_out_what_was_before(session: Session, test: Test) -> None:
    _answer(session, test, right=True, days_ago=29, seconds=10)
    _answer(session, test, right=False, days_ago=31, seconds=50)
    assert _figures(session, test, since=NOW - statistics.RECENT).share == Share(right=1, judged=1)
    assert _figures(session, test).share == Share(right=1, judged=2)


def test_other_tests_are_not_counted(session: Session, test: Test) -> None:
    _answer(session, test, right=True)
    other = add_test(session, choice_question("other", "a", "b"), key="other")
    assert statistics.question_figures(session, other.id, since=None) == {}
    assert statistics.figures_of_test(session, other.id, since=None) == statistics.TestFigures()


def test_a_test_is_counted_by_its_finished_attempts(session: Session, test: Test) -> None:
    _attempt(session, test, minutes=10)
    _attempt(session, test, minutes=20, passed=False)
    _attempt(session, test, minutes=60, passed=False, days_ago=40)

    recent = statistics.figures_of_test(session, test.id, since=NOW - statistics.RECENT)
    ever = statistics.figures_of_test(session, test.id, since=None)

    assert (recent.finished, recent.passed, recent.seconds) == (2, Share(right=1, judged=2), 15 * 60)
    assert (ever.finished, ever.passed, ever.seconds) == (3, Share(right=1, judged=3), 20 * 60)


def _many(session: Session, test: Test, *, right: int, wrong: int, days_ago: float) -> None:
    for number in range(right + wrong):
        _answer(session, test, right=number < right, days_ago=days_ago)


def test_a_sudden_rise_of_right_answers_is_noticed(session: Session, test: Test) -> None:
    _many(session, test, right=30, wrong=30, days_ago=10)
    _many(session, test, right=19, wrong=1, days_ago=1)
    [(before, lately)] = statistics.leaked_questions(session, test.id, now=NOW).values()
    assert (before, lately) == (Share(right=30, judged=60), Share(right=19, judged=20))


def test_what_was_before_the_month_does_not_count_as_before(session: Session, test: Test) -> None:
    _many(session, test, right=30, wrong=30, days_ago=34)
    _many(session, test, right=19, wrong=1, days_ago=1)
    assert statistics.leaked_questions(session, test.id, now=NOW) == {}


@pytest.mark.parametrize(
    ("before", "lately", "is_leak"),
    [
        ((50, 100), (19, 20), True),
        ((50, 100), (14, 20), False),  # 20 points up, but that may be chance: z is 1.65
        ((50, 100), (1, 20), False),  # a fall
        ((24, 49), (20, 20), False),  # too few before
        ((50, 100), (19, 19), False),  # too few lately
        ((8000, 10_000), (4500, 5000), False),  # certain, but only 10 points
        ((100, 100), (20, 20), False),
        ((0, 0), (20, 20), False),
    ],
)
def test_only_a_large_and_certain_rise_of_enough_answers_is_a_leak(before, lately, is_leak) -> None:
    shares = [Share(right=right, judged=judged) for right, judged in (before, lately)]
    assert has_leaked(*shares) is is_leak


def test_z_is_the_rise_in_standard_errors() -> None:
    # pooled 0.55, standard error sqrt(0.55 * 0.45 * (1/100 + 1/100)) = 0.070356; 0.1 / 0.070356
    assert z_of_rise(Share(right=50, judged=100), Share(right=60, judged=100)) == pytest.approx(1.42134, abs=1e-5)
