"""Making, ordering, hiding and deleting questions and tests."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments import authoring, hiding
from recruitsmart.domain.assessments.authoring import TestSettings
from recruitsmart.domain.assessments.checking import Flawed, QuestionEdit
from recruitsmart.domain.assessments.editing import as_edit, edit_question
from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from tests.domain.conftest import Behind
from tests.factories import NOW, add_test, choice_question, typed_question

BY = {"actor": SYSTEM, "now": NOW}


def _keys(session: Session, test: Test) -> list[str]:
    return [question.key for question in questions_of(session, test.id) if question.deleted_at is None]


@pytest.fixture
def test(session: Session) -> Test:
    """A question, a choice, one that waits for its answer, another."""
    return add_test(
        session,
        typed_question("name"),
        choice_question("city", "here", "there"),
        typed_question("street", show_if={"question": "city", "options": ["here"]}),
        choice_question("shift", "day", "night"),
    )


def _question(session: Session, key: str) -> Question:
    return session.scalars(select(Question).where(Question.key == key)).one()


def _reorder(session: Session, test: Test, *keys: str) -> None:
    ids = [_question(session, key).id for key in keys]
    authoring.reorder(session, test.id, ids, revision=test.revision, **BY)


def test_questions_are_put_into_another_order(session: Session, test: Test) -> None:
    _reorder(session, test, "shift", "city", "street", "name")
    assert _keys(session, test) == ["shift", "city", "street", "name"]


def test_an_order_that_breaks_a_condition_is_refused_with_the_reason(session: Session, test: Test) -> None:
    with pytest.raises(Flawed, match="“street” must stay after “city”"):
        _reorder(session, test, "name", "street", "city", "shift")
    assert _keys(session, test) == ["name", "city", "street", "shift"]


def test_a_new_order_changes_no_version(session: Session, test: Test) -> None:
    _reorder(session, test, "shift", "name", "city", "street")
    session.expire_all()
    assert {question.version for question in questions_of(session, test.id)} == {1}


def test_two_orders_made_of_one_list_are_not_mixed(session: Session, test: Test) -> None:
    seen = test.revision
    _reorder(session, test, "shift", "name", "city", "street")
    ids = [question.id for question in questions_of(session, test.id)]
    with pytest.raises(Changed):
        authoring.reorder(session, test.id, ids[::-1], revision=seen, **BY)


@pytest.mark.parametrize("left", [1, 3])
def test_an_order_names_every_question_once(session: Session, test: Test, left: int) -> None:
    ids = [question.id for question in questions_of(session, test.id)]
    with pytest.raises(Changed):
        authoring.reorder(session, test.id, ids[:left] + ids[:1] * (4 - left), revision=test.revision, **BY)


def test_a_question_moves_a_place_and_stays_at_the_end(session: Session, test: Test) -> None:
    shift = _question(session, "shift")
    authoring.move_question(session, shift.id, 1, revision=test.revision, **BY)
    assert _keys(session, test)[-1] == "shift"
    authoring.move_question(session, shift.id, -1, revision=test.revision, **BY)
    assert _keys(session, test) == ["name", "city", "shift", "street"]


def test_of_two_colleagues_who_move_at_once_the_second_is_told(session: Session, test: Test, behind: Behind) -> None:
    session.commit()
    shift, test_id, revision = _question(session, "shift").id, test.id, test.revision
    authoring.move_question(session, shift, -1, revision=revision, **BY)
    second = behind(lambda other: authoring.move_question(other, shift, -1, revision=revision, **BY))
    session.commit()
    with pytest.raises(Changed):
        second.result(timeout=10)
    session.expire_all()
    assert _keys(session, session.get_one(Test, test_id)) == ["name", "city", "shift", "street"]


@pytest.mark.parametrize("take", [hiding.hide_question, hiding.delete_question])
def test_a_question_that_another_waits_for_is_not_taken_out(session: Session, test: Test, take) -> None:
    with pytest.raises(Flawed, match="“street” depends on an answer to this one"):
        take(session, _question(session, "city").id, **BY)


def test_it_may_be_hidden_once_nobody_waits_for_it(session: Session, test: Test) -> None:
    hiding.hide_question(session, _question(session, "street").id, **BY)
    assert not hiding.hide_question(session, _question(session, "city").id, **BY).active


def test_a_question_is_not_shown_while_the_one_it_waits_for_is_gone(session: Session, test: Test) -> None:
    hiding.hide_question(session, _question(session, "street").id, **BY)
    hiding.delete_question(session, _question(session, "city").id, **BY)
    with pytest.raises(Flawed, match="“city” is not a choice that is asked before"):
        hiding.show_question(session, _question(session, "street").id, **BY)


def test_of_two_questions_at_one_place_the_older_is_asked_before_the_other(session: Session, test: Test) -> None:
    street = hiding.delete_question(session, _question(session, "street").id, **BY)
    _reorder(session, test, "name", "shift", "city")  # the deleted one keeps its place, and “city” comes to stand there
    hiding.restore_question(session, street.id, **BY)
    assert _keys(session, test) == ["name", "shift", "city", "street"]
    assert hiding.show_question(session, street.id, **BY).active


def test_a_deleted_question_stays_for_history_and_keeps_its_key(session: Session, test: Test) -> None:
    name = hiding.delete_question(session, _question(session, "name").id, **BY)
    assert (name.active, name.deleted_at, _keys(session, test)) == (False, NOW, ["city", "street", "shift"])
    with pytest.raises(Flawed, match="a question with this key already"):
        authoring.add_question(session, test.id, "name", QuestionKind.TEXT, QuestionEdit(text={"ru": "?"}), **BY)


def test_a_deleted_question_comes_back_hidden(session: Session, test: Test) -> None:
    name = _question(session, "name")
    hiding.delete_question(session, name.id, actor=SYSTEM, now=NOW)
    hiding.restore_question(session, name.id, actor=SYSTEM, now=NOW + timedelta(hours=1))
    assert (name.active, name.deleted_at, _keys(session, test)[0]) == (False, None, "name")


def test_doing_it_twice_is_journaled_once(session: Session, test: Test) -> None:
    name = _question(session, "name").id
    for act in (hiding.hide_question, hiding.show_question, hiding.delete_question, hiding.restore_question):
        act(session, name, **BY)
        act(session, name, **BY)
    session.flush()
    kinds = session.scalars(select(Entry.kind).where(Entry.subject_id == name).order_by(Entry.id)).all()
    assert kinds == ["question.hidden", "question.shown", "question.deleted", "question.restored"]


def test_a_deleted_question_cannot_be_edited(session: Session, test: Test) -> None:
    name = hiding.delete_question(session, _question(session, "name").id, **BY)
    session.flush()
    with pytest.raises(Changed):
        edit_question(session, name.id, as_edit(name), version=name.version, **BY)


def test_a_clone_stands_behind_the_original_hidden(session: Session, test: Test) -> None:
    copy = authoring.clone_question(session, _question(session, "city").id, **BY)
    assert _keys(session, test) == ["name", "city", "city_2", "street", "shift"]
    assert (copy.active, copy.version, copy.options) == (False, 1, _question(session, "city").options)


def test_a_clone_of_a_clone_gets_the_next_key(session: Session, test: Test) -> None:
    for _ in range(2):
        authoring.clone_question(session, _question(session, "city").id, **BY)
    assert _keys(session, test) == ["name", "city", "city_3", "city_2", "street", "shift"]


def test_a_new_question_comes_last_with_the_next_free_key(session: Session, test: Test) -> None:
    for _ in range(2):
        authoring.add_question(session, test.id, "", QuestionKind.TEXT, QuestionEdit(text={"ru": "Где?"}), **BY)
    assert _keys(session, test)[-2:] == ["q1", "q2"]


def test_a_cloned_test_is_switched_off_and_whole(session: Session, test: Test) -> None:
    hiding.delete_question(session, _question(session, "shift").id, **BY)
    copy = authoring.clone_test(session, test.id, **BY)
    assert (copy.key, copy.active, _keys(session, copy)) == ("test1_2", False, ["name", "city", "street"])
    assert authoring.clone_test(session, test.id, **BY).key == "test1_3"


SETTINGS = TestSettings(title={"ru": "Экзамен"}, pass_percent=70, tries=2, total_limit_seconds=600)


def test_a_test_is_made_and_its_key_is_its_own(session: Session) -> None:
    made = authoring.create_test(session, "field", TestKind.EXAM, SETTINGS, **BY)
    assert (made.pass_percent, made.tries, made.total_limit_seconds) == (70, 2, 600)
    with pytest.raises(Flawed, match="a test with this key already"):
        authoring.create_test(session, "field", TestKind.EXAM, SETTINGS, **BY)


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        (TestKind.EXAM, {"pass_percent": None}, "pass mark from 1 to 100"),
        (TestKind.EXAM, {"tries": 6}, "1 to 5 tries"),
        (TestKind.EXAM, {"question_limit_seconds": 4}, "5 to 3600 seconds"),
        (TestKind.EXAM, {"total_limit_seconds": 29}, "30 to 86400 seconds"),
        (TestKind.EXAM, {"title": {"en": "Exam"}}, "title in Russian"),
        (TestKind.QUESTIONNAIRE, {"tries": 1}, "Only an exam has a pass mark"),
        (TestKind.QUESTIONNAIRE, {"pass_percent": None}, "Only an exam has several tries"),
    ],
)
def test_settings_that_cannot_hold_are_refused(session: Session, kind: TestKind, wrong: dict, sentence: str) -> None:
    settings = {"title": {"ru": "?"}, "pass_percent": 70, "tries": 2, **wrong}
    with pytest.raises(Flawed, match=sentence):
        authoring.create_test(session, "field", kind, TestSettings(**settings), **BY)


def test_the_tests_the_bot_asks_stay_active(session: Session, test: Test) -> None:
    settings = TestSettings(title={"ru": "Знакомство"}, active=False)
    with pytest.raises(Flawed, match="stays active"):
        authoring.change_settings(session, test.id, settings, revision=test.revision, **BY)


def test_settings_of_an_older_revision_do_not_overwrite(session: Session, test: Test) -> None:
    seen = test.revision
    authoring.change_settings(session, test.id, TestSettings(title={"ru": "Раз"}), revision=seen, **BY)
    with pytest.raises(Changed):
        authoring.change_settings(session, test.id, TestSettings(title={"ru": "Два"}), revision=seen, **BY)
