"""Tests and their questions are made, ordered, hidden and looked at in the panel."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Question, Test
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from tests.panel import NOW, Company, Person, queries_counted

PAGE = "/admin/tests/test1"
TWO_OPTIONS = {"option-0-label-ru": "Да", "option-1-label-ru": "Нет"}


@pytest.fixture(autouse=True)
def shipped(company: Company) -> None:
    load_shipped_tests(company.session)
    company.session.commit()


def _questions(company: Company, test: str = "test1") -> list[Question]:
    company.session.expire_all()
    of_test = select(Question).join(Test).where(Test.key == test, Question.deleted_at.is_(None))
    return list(company.session.scalars(of_test.order_by(Question.position)))


def _keys(company: Company, test: str = "test1") -> list[str]:
    return [question.key for question in _questions(company, test)]


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def _order(admin: Person, **fields: Any) -> Any:
    revision = _hidden(admin.get(PAGE).text, "revision")
    return admin.post(f"{PAGE}/order", form_at=PAGE, **{"revision": revision, **fields})


def test_a_button_moves_a_question_a_place_down(admin: Person, company: Company) -> None:
    before = _keys(company)
    _order(admin, move=f"{_questions(company)[-2].id}:1")
    assert _keys(company) == [*before[:-2], before[-1], before[-2]]


def test_dragging_sends_the_whole_order(admin: Person, company: Company) -> None:
    ids = [str(question.id) for question in _questions(company)]
    _order(admin, order=",".join([ids[-1], *ids[:-1]]))
    assert [str(question.id) for question in _questions(company)] == [ids[-1], *ids[:-1]]


def test_an_order_that_breaks_a_condition_says_why_and_changes_nothing(admin: Person, company: Company) -> None:
    before = _keys(company)
    ids = [str(question.id) for question in _questions(company)]
    full_days = before.index("full_days")
    _order(admin, order=",".join([ids[full_days], *ids[:full_days], *ids[full_days + 1 :]]))
    assert "«full_days» должен стоять после «occupation»" in admin.get(PAGE).text
    assert _keys(company) == before


@pytest.mark.parametrize(
    "fields", [{"revision": "999"}, {"move": "x:1"}, {"move": "1:5"}, {"order": "1"}, {"order": ""}]
)
def test_an_order_that_makes_no_sense_changes_nothing(admin: Person, company: Company, fields: dict[str, str]) -> None:
    before = _keys(company)
    given = {"order": ",".join(str(row.id) for row in reversed(_questions(company)))} if "revision" in fields else {}
    assert _order(admin, **given, **fields).status_code == 302
    assert _keys(company) == before


def _act(admin: Person, question: Question, act: str) -> Any:
    return admin.post(f"{PAGE}/questions/{question.id}/{act}", form_at=PAGE)


def test_a_question_is_hidden_shown_deleted_and_brought_back(admin: Person, company: Company) -> None:
    question = _questions(company)[-1]
    _act(admin, question, "hide")
    assert company.now(question).active is False
    _act(admin, question, "show")
    assert company.now(question).active is True
    _act(admin, question, "delete")
    assert question.key not in _keys(company)
    assert "Удалённые вопросы: 1" in admin.get(PAGE).text
    _act(admin, question, "restore")
    assert (question.key in _keys(company), company.now(question).active) == (True, False)


def test_a_question_that_others_wait_for_is_kept_and_the_page_says_why(admin: Person, company: Company) -> None:
    occupation = next(question for question in _questions(company) if question.key == "occupation")
    _act(admin, occupation, "delete")
    assert "зависит вопрос «full_days»" in admin.get(PAGE).text
    assert company.now(occupation).deleted_at is None


def test_a_clone_stands_behind_hidden(admin: Person, company: Company) -> None:
    age = _questions(company)[0]
    _act(admin, age, "clone")
    assert _keys(company)[:2] == ["age", "age_2"]
    assert _questions(company)[1].active is False


def test_nobody_invents_acts(admin: Person, company: Company) -> None:
    assert _act(admin, _questions(company)[0], "burn").status_code == 404


def test_a_question_is_written_and_added_at_the_end(admin: Person, company: Company) -> None:
    address = f"{PAGE}/questions/new-question"
    typed = {"kind": "several_choices", "text-ru": "Что умеете?", "active": "y", "limit": "45", **TWO_OPTIONS}
    answer = admin.post(address, form_at=address, **typed)
    assert answer.status_code == 302
    added = _questions(company)[-1]
    assert (added.kind, added.text, added.required, added.limit_seconds) == (
        "several_choices", {"ru": "Что умеете?"}, False, 45,
    )  # fmt: skip
    assert [option["key"] for option in added.options] == ["o1", "o2"]


def test_nothing_typed_is_lost_when_a_new_question_is_refused(admin: Person, company: Company) -> None:
    address, before = f"{PAGE}/questions/new-question", _keys(company)
    typed = {"kind": "one_choice", "key": "age", "text-ru": "Ещё раз?", "hint-en": "My hint", "limit": "1"}
    page = admin.post(address, form_at=address, **typed, **{"option-0-label-ru": "Одно"}).text
    assert "не меньше двух вариантов" in page
    assert "Вопрос с таким ключом в этом тесте уже есть" in page
    assert "от 5 до 3600" in page
    assert all(words in page for words in ("Ещё раз?", "My hint", 'value="1"', "Одно", 'value="age"'))
    assert _keys(company) == before


def test_a_condition_is_told_in_the_words_of_the_earlier_question(admin: Person, company: Company) -> None:
    page = " ".join(admin.get(PAGE).text.split())
    assert "только после «Чем вы сейчас заняты?»: Учусь<" in page
    assert "occupation: studying" not in page


def test_a_hidden_question_may_wait_for_one_that_was_deleted_and_the_page_says_so(
    admin: Person, company: Company
) -> None:
    by_key = {question.key: question for question in _questions(company)}
    for waiting in (row for row in by_key.values() if row.show_if and row.show_if["question"] == "occupation"):
        _act(admin, waiting, "hide")
    _act(admin, by_key["occupation"], "delete")
    assert "occupation" not in _keys(company)

    page = " ".join(admin.get(PAGE).text.split())

    assert "только после «Чем вы сейчас заняты?»: Учусь (удалённый вопрос)" in page
    by_key["full_days"].show_if = {"question": "never_was", "options": ["x"]}
    company.session.commit()
    assert "только после «never_was»: x (удалённый вопрос)" in " ".join(admin.get(PAGE).text.split())


def test_the_preview_is_what_the_chat_would_show(admin: Person, company: Company) -> None:
    address = f"{PAGE}/questions/{_questions(company)[0].id}"
    typed = {"kind": "one_choice", "number": "3", "text-ru": "Правда <b>да</b>?", "hint-ru": "Или нет", **TWO_OPTIONS}
    page = admin.post(f"{PAGE}/questions/preview", form_at=address, **typed).text
    assert "<b>3/12</b>  Правда &lt;b&gt;да&lt;/b&gt;?" in page
    assert "<i>Или нет</i>" in page
    rows = [re.findall(r'title="([^"]*)"', row) for row in page.split('class="chat-row"')[1:]]
    assert rows[0] == ["Да", "Нет"]
    assert page.count('class="chat"') == 2


def test_the_preview_button_keeps_what_is_typed_and_saves_nothing(admin: Person, company: Company) -> None:
    question = _questions(company)[0]
    address = f"{PAGE}/questions/{question.id}"
    typed = {"version": "1", "step": "preview", "text-ru": "Только посмотреть", **TWO_OPTIONS}
    page = admin.post(address, form_at=address, **typed).text
    assert page.count("Только посмотреть") >= 2
    assert company.now(question).version == 1


def test_settings_are_saved_and_a_colleagues_are_not_overwritten(admin: Person, company: Company) -> None:
    address = "/admin/tests/test2/settings"
    typed = {"title-ru": "Экзамен", "pass_percent": "80", "tries": "2", "total_limit": "600", "active": "y"}
    assert admin.post(address, form_at=address, revision="1", **typed).status_code == 302
    again = admin.post(address, form_at=address, revision="1", **{**typed, "title-ru": "Другой", "pass_percent": "60"})
    test = company.session.scalars(select(Test).where(Test.key == "test2")).one()
    assert (company.now(test).pass_percent, test.tries, test.total_limit_seconds) == (80, 2, 600)
    assert "изменил кто-то другой" in again.text
    assert all(words in again.text for words in ("Другой", "Экзамен", 'name="revision" value="2"'))


def test_of_a_colleagues_settings_everything_is_listed_that_the_form_has_otherwise(
    admin: Person, company: Company
) -> None:
    address = "/admin/tests/test2/settings"
    typed = {"title-ru": "Экзамен", "pass_percent": "80", "tries": "2", "total_limit": "600", "active": "y"}
    admin.post(address, form_at=address, revision="1", **typed, shuffle_options="y")
    page = admin.post(address, form_at=address, revision="1", **{**typed, "tries": "1"}, shuffle_questions="y").text
    note = page[page.index("Тем временем сохранил") : page.index("</dl>")]
    listed = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", note)
    assert listed == [("Попыток на вопрос", "2"), ("Перемешивать вопросы", "нет"), ("Перемешивать варианты", "да")]


def test_a_test_is_made_and_cloned(admin: Person, company: Company) -> None:
    address = "/admin/tests/new-test?kind=questionnaire"
    made = admin.post(address, form_at=address, key="survey", **{"title-ru": "Опрос", "active": "y"})
    assert made.location == "/admin/tests/survey"
    copy = admin.post("/admin/tests/test2/clone", form_at="/admin/tests/test2")
    assert copy.location == "/admin/tests/test2_2"
    assert _keys(company, "test2_2") == _keys(company, "test2")
    assert "pill off big" in admin.get(copy.location).text


def test_a_recruiter_looks_and_changes_nothing(olga: Person, company: Company) -> None:
    question = _questions(company)[0]
    for page in (PAGE, f"{PAGE}/questions/{question.id}", f"{PAGE}/figures", f"{PAGE}/settings", f"{PAGE}/file.toml"):
        assert olga.get(page).status_code == 200, page
    for act in ("hide", "delete", "clone"):
        address = f"{PAGE}/questions/{question.id}/{act}"
        assert olga.post(address, form_at="/admin/candidates/").status_code == 403
    assert olga.post(f"{PAGE}/order", form_at="/admin/candidates/").status_code == 403
    assert olga.get("/admin/test-files/").status_code == 403


def _answered(company: Company, *, right: int, wrong: int, days_ago: int) -> None:
    question = _questions(company, "test2")[0]
    for number in range(right + wrong):
        at = NOW - timedelta(days=days_ago)
        candidate = company.candidate("Анна Иванова", company.moscow)
        attempt = Attempt(
            test_id=question.test_id, candidate=candidate, question_ids=[], status=AttemptStatus.FINISHED,
            started_at=at, finished_at=at + timedelta(minutes=8), passed=True,
        )  # fmt: skip
        company.session.add(
            Answer(
                attempt=attempt, question_id=question.id, asked={"options": []}, asked_at=at, value="a",
                answered_at=at + timedelta(seconds=12), status=AnswerStatus.ANSWERED, correct=number < right,
            )
        )  # fmt: skip
    company.session.commit()


def test_figures_are_shown_and_a_leaked_answer_is_warned_of(admin: Person, company: Company) -> None:
    _answered(company, right=25, wrong=25, days_ago=8)
    _answered(company, right=20, wrong=0, days_ago=1)
    page = admin.get("/admin/tests/test2/figures").text
    assert "45/70" in page
    assert "50 % → 100 %" in page
    assert "ответ мог разойтись" in admin.get("/admin/tests/test2").text


def test_a_median_is_written_as_the_language_writes_it(admin: Person, company: Company) -> None:
    _answered(company, right=1, wrong=0, days_ago=1)
    for attempt in company.session.scalars(select(Attempt)):
        attempt.finished_at = attempt.started_at + timedelta(seconds=450)
    company.session.commit()
    assert "<dd>7,5</dd>" in admin.get("/admin/tests/test2/figures").text


def test_the_pages_of_a_test_ask_few_queries_however_many_questions(
    admin: Person, app: Flask, company: Company
) -> None:
    def count() -> list[int]:
        counts = []
        for page in (PAGE, f"{PAGE}/figures"):
            with queries_counted(app) as statements:
                assert admin.get(page).status_code == 200
            counts.append(len(statements))
        return counts

    few = count()
    for _ in range(6):
        _act(admin, _questions(company)[0], "clone")
    assert count() == few
    assert max(few) <= 12
