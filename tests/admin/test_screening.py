"""A recruiter decides on those whose questionnaire wants a word, and reverses a rule."""

from datetime import timedelta

import pytest
from flask import Flask

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Screening, Test
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from tests.factories import add_test, choice_question
from tests.panel import NOW, Company, Person, queries_counted

PAGE = "/admin/screening/"


@pytest.fixture
def test(company: Company) -> Test:
    question = choice_question("age", "young", "old")
    question.options = [question.options[0], {**question.options[1], "consequence": "flag"}]
    test = add_test(company.session, question)
    company.session.commit()
    return test


def _screened(company: Company, test: Test, name: str, *, hours_ago: int = 1, city=None, **values) -> Candidate:
    since = NOW - timedelta(hours=hours_ago)
    candidate = company.candidate(
        name, city or company.moscow, **{"stage": Stage.SCREENING, "stage_since": since, **values}
    )
    question_id = questions_of(company.session, test.id)[0].id
    attempt = Attempt(
        test=test, candidate=candidate, question_ids=[question_id], status=AttemptStatus.FINISHED, started_at=since,
        finished_at=since, screening=Screening.REVIEW, screening_reasons=["age"],
    )  # fmt: skip
    asked = {"key": "age", "kind": "one_choice", "text": {"ru": "Сколько вам лет?"}, "hint": {}, "options": [
        {"key": "old", "label": {"ru": "Больше 60"}, "consequence": "flag"},
    ]}  # fmt: skip
    company.session.add(
        Answer(
            attempt=attempt, question_id=question_id, asked=asked, asked_at=since, answered_at=since, value="old",
            status=AnswerStatus.ANSWERED,
        )
    )  # fmt: skip
    company.session.commit()
    return candidate


def test_who_has_waited_longest_comes_first_with_the_answers_that_led_there(
    olga: Person, company: Company, test: Test
) -> None:
    _screened(company, test, "Новая Анна", hours_ago=1)
    _screened(company, test, "Давний Пётр", hours_ago=30)
    page = olga.get(PAGE).text
    assert page.index("Давний Пётр") < page.index("Новая Анна")
    assert "Больше 60" in page
    assert page.count('class="pill warn"') >= 2


def test_accepted_people_choose_an_hour(olga: Person, company: Company, test: Test) -> None:
    candidate = _screened(company, test, "Анна Иванова")
    olga.post(f"{PAGE}{candidate.reference}/accept", form_at=PAGE)
    assert (company.now(candidate).stage, candidate.outcome) == (Stage.TO_SCHEDULE, Outcome.ACTIVE)


def test_a_refusal_has_a_reason(olga: Person, company: Company, test: Test) -> None:
    candidate = _screened(company, test, "Анна Иванова")
    olga.post(f"{PAGE}{candidate.reference}/refuse", form_at=PAGE, reason="  ")
    assert company.now(candidate).outcome == Outcome.ACTIVE
    olga.post(f"{PAGE}{candidate.reference}/refuse", form_at=PAGE, reason="Нет опыта")
    assert (company.now(candidate).outcome, candidate.outcome_reason) == (Outcome.REJECTED, "Нет опыта")


def test_a_decision_of_the_rule_can_be_reversed(olga: Person, company: Company, test: Test) -> None:
    ended = {"outcome": Outcome.REJECTED, "outcome_reason": "Test 1: age"}
    candidate = _screened(company, test, "Анна Иванова", **ended)
    assert "Анна Иванова" not in olga.get(PAGE).text
    assert "Анна Иванова" in olga.get(PAGE, tab="declined").text
    olga.post(f"{PAGE}{candidate.reference}/accept", form_at=PAGE)
    assert (company.now(candidate).stage, candidate.outcome) == (Stage.TO_SCHEDULE, Outcome.ACTIVE)


def test_deciding_twice_changes_nothing_more(olga: Person, company: Company, test: Test) -> None:
    candidate = _screened(company, test, "Анна Иванова")
    for act in ("accept", "refuse"):
        olga.post(f"{PAGE}{candidate.reference}/{act}", form_at=PAGE, reason="Поздно")
    assert (company.now(candidate).stage, candidate.outcome) == (Stage.TO_SCHEDULE, Outcome.ACTIVE)


@pytest.mark.parametrize("act", ["accept", "refuse"])
def test_foreign_people_can_be_neither_seen_nor_decided_on(
    olga: Person, company: Company, test: Test, act: str
) -> None:
    foreign = _screened(company, test, "Чужой Пётр", city=company.novosibirsk)
    assert "Чужой" not in olga.get(PAGE).text
    assert olga.post(f"{PAGE}{foreign.reference}/{act}", form_at=PAGE, reason="x").status_code == 404
    assert company.now(foreign).stage == Stage.SCREENING


def test_the_queue_asks_few_queries_however_long_it_is(olga: Person, app: Flask, company: Company, test: Test) -> None:
    def count() -> int:
        with queries_counted(app) as statements:
            assert olga.get(PAGE).status_code == 200
        return len(statements)

    _screened(company, test, "Анна Иванова")
    few = count()
    for number in range(8):
        _screened(company, test, f"Анна Иванова {number}")
    assert count() == few <= 12
