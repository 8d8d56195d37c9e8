"""A recruiter decides on those whose questionnaire or exam wants a word, and reverses a rule."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from recruitsmart.domain.assessments.models import (
    Answer,
    AnswerStatus,
    Attempt,
    AttemptStatus,
    Screening,
    Test,
    TestKind,
)
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from tests.factories import add_test, choice_question
from tests.panel import NOW, Company, Person, queries_counted

PAGE = "/admin/screening/"
AFTER_EXAM = f"{PAGE}?tab=exam"


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


def test_accept_on_an_older_page_does_not_overrule_the_colleague_who_has_refused(
    olga: Person, admin: Person, company: Company, test: Test
) -> None:
    candidate = _screened(company, test, "Анна Иванова")
    seen = re.search(r'/accept".*?name="seen" value="([^"]+)"', olga.get(PAGE).text, re.DOTALL)
    assert seen
    admin.post(f"{PAGE}{candidate.reference}/refuse", form_at=PAGE, reason="Нет опыта")
    answer = olga.post(f"{PAGE}{candidate.reference}/accept", form_at=PAGE, seen=seen[1])
    assert company.now(candidate).outcome == Outcome.REJECTED
    assert "изменил кто-то другой" in olga.get(answer.location).text


@pytest.mark.parametrize("act", ["accept", "refuse"])
def test_foreign_people_can_be_neither_seen_nor_decided_on(
    olga: Person, company: Company, test: Test, act: str
) -> None:
    foreign = _screened(company, test, "Чужой Пётр", city=company.novosibirsk)
    assert "Чужой" not in olga.get(PAGE).text
    assert olga.post(f"{PAGE}{foreign.reference}/{act}", form_at=PAGE, reason="x").status_code == 404
    assert company.now(foreign).stage == Stage.SCREENING


@pytest.fixture
def exam(company: Company) -> Test:
    exam = add_test(
        company.session, choice_question("plan", "x", "y", right="x"), key="test2", kind=TestKind.EXAM, pass_percent=75
    )
    company.session.commit()
    return exam


def _examined(company: Company, exam: Test, name: str, *, hours_ago: int = 1, city=None, **values) -> Candidate:
    """Somebody who failed Test 2."""
    candidate = company.candidate(name, city or company.moscow, **{"stage": Stage.TEST2, **values})
    _fails(company, exam, candidate, percent=40, hours_ago=hours_ago)
    return candidate


def _fails(company: Company, exam: Test, candidate: Candidate, *, percent: int, hours_ago: int) -> None:
    ended = NOW - timedelta(hours=hours_ago)
    company.session.add(
        Attempt(
            test=exam, candidate=candidate, question_ids=[], status=AttemptStatus.FINISHED, started_at=ended,
            finished_at=ended, score=0, score_percent=percent, passed=False, pass_percent=75,
        )
    )  # fmt: skip
    company.session.commit()


def test_who_failed_the_exam_waits_for_a_word_the_longest_first(olga: Person, company: Company, exam: Test) -> None:
    _examined(company, exam, "Новая Анна", hours_ago=1)
    _examined(company, exam, "Давний Пётр", hours_ago=30)
    _examined(company, exam, "Чужая Вера", city=company.novosibirsk)
    _examined(company, exam, "Отказали", outcome=Outcome.REJECTED, outcome_reason="тест")
    company.candidate("Ещё пишет", company.moscow, stage=Stage.TEST2)
    page = olga.get(AFTER_EXAM).text
    assert page.index("Давний Пётр") < page.index("Новая Анна")
    assert "40 % · не сдан" in page
    assert [name in page for name in ("Чужая", "Отказали", "Ещё пишет")] == [False] * 3


def test_who_failed_two_exams_stands_there_once(olga: Person, company: Company, exam: Test) -> None:
    anna = _examined(company, exam, "Анна Иванова", hours_ago=30)
    other = add_test(company.session, key="test2b", kind=TestKind.EXAM, pass_percent=75)
    _fails(company, other, anna, percent=60, hours_ago=1)
    page = olga.get(AFTER_EXAM).text
    assert (page.count('class="card-row'), "60 % · не сдан" in page) == (1, True)


@pytest.mark.parametrize(
    ("address", "fields", "led_to"),
    [
        ("decisions/{}/move", {"stage": "to_intro_day"}, (Stage.TO_INTRO_DAY, Outcome.ACTIVE)),
        ("testing/{}/offer", {"reason": "Связь пропала"}, (Stage.TEST2, Outcome.ACTIVE)),
        ("decisions/{}/reject", {"reason": "Мало знаний"}, (Stage.TEST2, Outcome.REJECTED)),
    ],
)
def test_each_way_on_after_a_failed_exam_starts_in_the_list_and_ends_the_waiting(
    olga: Person, company: Company, exam: Test, address: str, fields: dict[str, str], led_to: tuple[Stage, Outcome]
) -> None:
    candidate = _examined(company, exam, "Анна Иванова")
    action = f"/admin/{address.format(candidate.reference)}"
    assert f'action="{action}"' in olga.get(AFTER_EXAM).text
    assert olga.post(action, form_at=AFTER_EXAM, back=AFTER_EXAM, **fields).location == AFTER_EXAM
    assert (company.now(candidate).stage, candidate.outcome) == led_to
    assert "Анна Иванова" not in olga.get(AFTER_EXAM).text


@pytest.mark.parametrize("stage", [Stage.SCREENING, Stage.TEST2])
def test_the_queue_asks_few_queries_however_long_it_is(
    olga: Person, app: Flask, company: Company, test: Test, exam: Test, stage: Stage
) -> None:
    add, of, page = {
        Stage.SCREENING: (_screened, test, PAGE),
        Stage.TEST2: (_examined, exam, AFTER_EXAM),
    }[stage]

    def count() -> int:
        with queries_counted(app) as statements:
            assert olga.get(page).text.count('class="card-row') == len(added)
        return len(statements)

    added = [add(company, of, "Анна Иванова")]
    few = count()
    added += [add(company, of, f"Анна Иванова {number}") for number in range(8)]
    assert count() == few <= 12
