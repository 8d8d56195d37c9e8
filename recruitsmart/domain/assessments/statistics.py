"""How questions and tests are answered, read from the indexes `ix_answers_settled` and `ix_attempts_finished` alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Float, cast, extract, func, lateral, select, true
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.leaks import Share, has_leaked
from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Question

RECENT = timedelta(days=30)
LATELY = timedelta(days=3)
SAMPLE = 2_000  # a median of the newest ones: exact enough, and as quick with a million answers as with a thousand

_NOBODY = Share(right=0, judged=0)
_IS_SETTLED = Answer.status != AnswerStatus.OPEN
_ANSWER_SECONDS = cast(extract("epoch", Answer.answered_at - Answer.asked_at), Float)
_ATTEMPT_SECONDS = cast(extract("epoch", Attempt.finished_at - Attempt.started_at), Float)


@dataclass(frozen=True, kw_only=True)
class QuestionFigures:
    """What became of a question each time it was asked and settled; `seconds` is the median of the answered ones."""

    asked: int = 0
    answered: int = 0
    timed_out: int = 0
    skipped: int = 0
    share: Share = _NOBODY
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class TestFigures:
    """What became of a test: finished attempts, how many of the judged passed, the median time of the newest ones."""

    __test__ = False  # pytest must not collect it

    finished: int = 0
    passed: Share = _NOBODY
    seconds: float | None = None


def question_figures(session: Session, test_id: int, *, since: datetime | None) -> dict[int, QuestionFigures]:
    """By question id, of what was asked since a moment or ever; a question nobody was asked is absent. Two queries."""
    groups = (
        select(Answer.question_id, Answer.status, Answer.correct, func.count())
        .where(Answer.question_id.in_(_ids_of(test_id)), _IS_SETTLED, *_asked_since(since))
        .group_by(Answer.question_id, Answer.status, Answer.correct)
    )
    counted: dict[int, Counter[tuple[AnswerStatus, bool | None]]] = {}
    for question_id, status, correct, count in session.execute(groups):
        counted.setdefault(question_id, Counter())[status, correct] = count
    medians = _median_seconds(session, test_id, since)
    return {question_id: figures_of(counts, medians.get(question_id)) for question_id, counts in counted.items()}


def figures_of(counts: Mapping[tuple[AnswerStatus, bool | None], int], seconds: float | None) -> QuestionFigures:
    """Figures from how many answers ended in each way, right, wrong or neither."""

    def total(*wanted: AnswerStatus | bool) -> int:
        return sum(count for way, count in counts.items() if set(way) & set(wanted))

    return QuestionFigures(
        asked=sum(counts.values()),
        answered=total(AnswerStatus.ANSWERED),
        timed_out=total(AnswerStatus.TIMED_OUT),
        skipped=total(AnswerStatus.SKIPPED),
        share=Share(right=total(True), judged=total(True, False)),
        seconds=seconds,
    )


def _ids_of(test_id: int) -> ColumnElement[int]:
    return select(Question.id).where(Question.test_id == test_id).scalar_subquery()


def _asked_since(since: datetime | None) -> list[ColumnElement[bool]]:
    return [] if since is None else [Answer.asked_at >= since]


def _median_seconds(session: Session, test_id: int, since: datetime | None) -> dict[int, float]:
    newest = lateral(
        select(_ANSWER_SECONDS.label("seconds"))
        .where(Answer.question_id == Question.id, _IS_SETTLED, Answer.status == AnswerStatus.ANSWERED)
        .where(*_asked_since(since))
        .order_by(Answer.asked_at.desc())
        .limit(SAMPLE)
    )
    median = func.percentile_cont(0.5).within_group(newest.c.seconds)
    by_question = select(Question.id, median).join(newest, true()).where(Question.test_id == test_id)
    return {row[0]: row[1] for row in session.execute(by_question.group_by(Question.id))}


def leaked_questions(session: Session, test_id: int, *, now: datetime) -> dict[int, tuple[Share, Share]]:
    """Questions whose answers seem to have got around: the shares of the month before and of the last days, by id."""
    lately = Answer.asked_at >= now - LATELY
    shares = (
        select(
            Answer.question_id,
            func.count().filter(Answer.correct.is_(True), ~lately),
            func.count(Answer.correct).filter(~lately),
            func.count().filter(Answer.correct.is_(True), lately),
            func.count(Answer.correct).filter(lately),
        )
        .where(Answer.question_id.in_(_ids_of(test_id)), _IS_SETTLED, *_asked_since(now - LATELY - RECENT))
        .group_by(Answer.question_id)
    )
    compared = {
        row[0]: (Share(right=row[1], judged=row[2]), Share(right=row[3], judged=row[4]))
        for row in session.execute(shares)
    }
    return {question_id: pair for question_id, pair in compared.items() if has_leaked(*pair)}


def figures_of_test(session: Session, test_id: int, *, since: datetime | None) -> TestFigures:
    """Of attempts finished since a moment or ever. Two queries."""
    of_test = [Attempt.test_id == test_id, Attempt.status == AttemptStatus.FINISHED]
    if since is not None:
        of_test.append(Attempt.finished_at >= since)
    counts = select(func.count(), func.count().filter(Attempt.passed.is_(True)), func.count(Attempt.passed)).where(
        *of_test
    )
    finished, passed, judged = session.execute(counts).one()
    newest = (
        select(_ATTEMPT_SECONDS.label("seconds")).where(*of_test).order_by(Attempt.finished_at.desc()).limit(SAMPLE)
    ).subquery()
    seconds = session.scalar(select(func.percentile_cont(0.5).within_group(newest.c.seconds)))
    return TestFigures(finished=finished, passed=Share(right=passed, judged=judged), seconds=seconds)
