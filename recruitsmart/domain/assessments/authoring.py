"""Making tests and questions, their order, hiding and deleting them. Every change locks the test's row first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from recruitsmart.domain.assessments.checking import (
    QUESTION_KEY,
    SHIPPED,
    Flawed,
    QuestionEdit,
    condition_problems,
    content_problems,
    order_problems,
    place_for,
    place_of,
    sentences,
    setting_problems,
)
from recruitsmart.domain.assessments.editing import as_values, locked_question, locked_test
from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.operations import Actor, record

MOST_QUESTIONS = 100


@dataclass(frozen=True, kw_only=True)
class TestSettings:
    """What is set for a whole test."""

    __test__ = False  # pytest must not collect it

    title: Mapping[str, str]
    pass_percent: int | None = None
    question_limit_seconds: int | None = None
    total_limit_seconds: int | None = None
    shuffle_questions: bool = False
    shuffle_options: bool = False
    tries: int = 1
    active: bool = True


def settings_of(test: Test) -> TestSettings:
    """What is set for a saved test."""
    return TestSettings(**{name: getattr(test, name) for name in TestSettings.__dataclass_fields__})


def settings_problems(settings: TestSettings, key: str, kind: TestKind) -> list[tuple[str, str]]:
    """What is wrong with the settings of a test: the name of each, and a sentence."""
    checked = {name: value for name, value in asdict(settings).items() if name not in _NEVER_WRONG}
    problems = list(setting_problems(kind=kind, **checked))
    if key in SHIPPED and not settings.active:
        problems.append(("active", "The bot asks this test of everybody; it stays active."))
    return problems


_NEVER_WRONG = frozenset({"shuffle_questions", "shuffle_options", "active"})


def change_settings(
    session: Session, test_id: int, settings: TestSettings, *, revision: int, actor: Actor, now: datetime
) -> Test:
    """Set what holds for a whole test; attempts under way keep their order and limits.

    Raises:
        Changed: the test is no longer at `revision`.
        Flawed: says everything that is wrong.
    """
    test = locked_test(session, test_id)
    if test.revision != revision:
        raise Changed
    if problems := sentences(settings_problems(settings, test.key, test.kind)):
        raise Flawed(problems)
    set_settings(session, test, settings, actor=actor, now=now)
    return test


def set_settings(session: Session, test: Test, settings: TestSettings, *, actor: Actor, now: datetime) -> None:
    """Put settings that were checked into the row and the journal."""
    before, after = asdict(settings_of(test)), asdict(settings)
    for name in (name for name in after if before[name] != after[name]):
        setattr(test, name, after[name])
    if before != after:
        record(session, "test.edited", actor=actor, now=now, subject_id=test.id, before=before, after=after)
    session.flush()


def create_test(
    session: Session, key: str, kind: TestKind, settings: TestSettings, *, actor: Actor, now: datetime
) -> Test:
    """A new test without questions.

    Raises:
        Flawed: says everything that is wrong, a taken key too.
    """
    problems = sentences(settings_problems(settings, key, kind))
    problems += key_problems(key, set())
    if session.scalar(select(Test.id).where(Test.key == key)) is not None:
        problems.append("There is a test with this key already.")
    if problems:
        raise Flawed(problems)
    test = Test(key=key, kind=kind, **asdict(settings))
    session.add(test)
    session.flush()
    record(session, "test.created", actor=actor, now=now, subject_id=test.id, key=key)
    return test


def clone_test(session: Session, test_id: int, *, actor: Actor, now: datetime) -> Test:
    """The same test under a key of its own, switched off, with every question that is not deleted."""
    original = locked_test(session, test_id)
    settings = asdict(settings_of(original)) | {"active": False}
    taken = set(session.scalars(select(Test.key).where(Test.key.startswith(original.key[:36], autoescape=True))))
    copy = create_test(
        session, free_key(original.key, taken), original.kind, TestSettings(**settings), actor=actor, now=now
    )
    for position, question in enumerate(_living(session, original.id), 1):
        session.add(_copy(question, copy.id, question.key, position))
    session.flush()
    return copy


def free_key(key: str, taken: set[str]) -> str:
    """`key_2`, `key_3` …: the first that nobody has; the key is shortened when it must be."""
    return next(free for number in range(2, len(taken) + 3) if (free := f"{key[:36]}_{number}") not in taken)


def _living(session: Session, test_id: int) -> list[Question]:
    return [question for question in questions_of(session, test_id) if question.deleted_at is None]


def _copy(question: Question, test_id: int, key: str, position: int) -> Question:
    return Question(test_id=test_id, key=key, kind=question.kind, position=position, **as_values(question))


def add_question(
    session: Session, test_id: int, key: str, kind: QuestionKind, edit: QuestionEdit, *, actor: Actor, now: datetime
) -> Question:
    """A new question at the end; without a key it gets the next free number.

    Raises:
        Flawed: says everything that is wrong, a taken key too.
    """
    test = locked_test(session, test_id)
    questions = questions_of(session, test_id)
    taken = {question.key for question in questions}
    key = key or next(free for number in range(1, len(taken) + 2) if (free := f"q{number}") not in taken)
    earlier = [place_of(question) for question in questions if question.deleted_at is None]
    problems = [
        *sentences(content_problems(edit, kind, test.kind)),
        *condition_problems(place_for(key, kind, edit), earlier),
        *key_problems(key, taken),
    ]
    if len(questions) >= MOST_QUESTIONS:
        problems.append("A test has at most 100 questions, deleted ones too.")
    if problems:
        raise Flawed(problems)
    row = Question(test_id=test.id, key=key, kind=kind, position=_after_last(questions), **asdict(edit))
    session.add(row)
    session.flush()
    record(session, "question.created", actor=actor, now=now, subject_id=row.id, test=test.key, after=as_values(row))
    return row


def key_problems(key: str, taken: set[str]) -> list[str]:
    """What is wrong with the key of a new question."""
    problems = []
    if not QUESTION_KEY.fullmatch(key):
        problems.append("The key is 1 to 40 small Latin letters, digits or underscores.")
    if key in taken:
        problems.append("This test has a question with this key already.")
    return problems


def _after_last(questions: Sequence[Question]) -> int:
    return max((question.position for question in questions), default=0) + 1


def clone_question(session: Session, question_id: int, *, actor: Actor, now: datetime) -> Question:
    """The same question once more, right behind it and hidden, so that nobody is asked twice before it is changed."""
    question, test, others = locked_question(session, question_id)
    if len(others) + 1 >= MOST_QUESTIONS:
        raise BadInput("A test has at most 100 questions, deleted ones too.")
    taken = set(session.scalars(select(Question.key).where(Question.test_id == test.id)))
    copy = _copy(question, test.id, free_key(question.key, taken), question.position)
    copy.active, copy.version = False, 1
    session.add(copy)
    session.flush()
    record(
        session, "question.created", actor=actor, now=now, subject_id=copy.id, test=test.key, after=as_values(copy),
    )  # fmt: skip
    number_questions(session, [row.id for row in _living(session, test.id)])
    return copy


def reorder(session: Session, test_id: int, ids: Sequence[int], *, revision: int, actor: Actor, now: datetime) -> None:
    """Put the questions of a test into this order, which names each that is not deleted once.

    Whoever is under way keeps the order of the start. A question's version stays: its content does not change.

    Raises:
        Changed: the test changed, or a question came or went meanwhile.
        Flawed: a question would come before the one whose answer it waits for.
    """
    test = locked_test(session, test_id)
    living = {question.id: question for question in _living(session, test_id)}
    if test.revision != revision or sorted(ids) != sorted(living):
        raise Changed
    if problems := list(order_problems([place_of(living[number]) for number in ids])):
        raise Flawed(problems)
    if list(ids) == list(living):
        return
    flag_modified(test, "title")  # the next revision, so that an order made of the old list is refused
    keys = [living[number].key for number in ids]
    record(session, "test.reordered", actor=actor, now=now, subject_id=test_id, after=keys)
    number_questions(session, ids)


def move_question(
    session: Session, question_id: int, steps: int, *, revision: int, actor: Actor, now: datetime
) -> None:
    """Move a question this many places down, or up when negative; at an end it stays. Raises what `reorder` does."""
    question, test, _others = locked_question(session, question_id)
    ids = [row.id for row in _living(session, test.id)]
    if question_id not in ids:
        raise Changed
    place = ids.index(question_id)
    ids.insert(min(max(place + steps, 0), len(ids) - 1), ids.pop(place))
    reorder(session, question.test_id, ids, revision=revision, actor=actor, now=now)


def number_questions(session: Session, ids: Sequence[int]) -> None:
    """Positions 1, 2 … in this order, past the ORM: a version says that content changed."""
    session.flush()
    order = func.array_position(list(ids), Question.id)
    session.execute(
        update(Question).where(Question.id.in_(ids)).values(position=order),
        execution_options={"synchronize_session": "fetch"},
    )
    session.expire_all()
