"""What came of a test, on the card and as a spreadsheet."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.slots.models import BookingStatus
from tests.factories import add_test, choice_question, typed_question
from tests.panel import NOW, Company, Person

FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def candidate(company: Company) -> Candidate:
    return company.candidate(FORMULA, company.moscow)


@pytest.fixture
def attempt(company: Company, candidate: Candidate) -> Attempt:
    """A right choice, a typed formula, a question whose time was up."""
    test = add_test(
        company.session, choice_question("a", "x", "y", right="x"), typed_question("b"), typed_question("c"),
        kind=TestKind.EXAM, pass_percent=50,
    )  # fmt: skip
    attempt = Attempt(
        test=test, candidate=candidate, question_ids=[], status=AttemptStatus.FINISHED, started_at=NOW, score=1,
        finished_at=NOW + timedelta(minutes=5), score_percent=100, passed=True, extra_percent=25, credited_seconds=30,
        grant_reason="связь пропала",
    )  # fmt: skip
    company.session.add(attempt)
    choice, typed, missed = questions_of(company.session, test.id)
    _answered(company, attempt, choice.id, choice.options, value="x", correct=True, tries=1)
    _answered(company, attempt, typed.id, [], value=FORMULA)
    _answered(company, attempt, missed.id, [], status=AnswerStatus.TIMED_OUT, seconds=90, credited_seconds=30)
    company.session.commit()
    return attempt


def _answered(
    company: Company, attempt: Attempt, question_id: int, options: list[Any], *, seconds: int = 20, **values: Any
) -> None:
    asked = {"key": "k", "kind": "text", "text": {"ru": "Как спросили тогда?"}, "hint": {}, "options": options}
    moments = {"asked_at": NOW, "answered_at": NOW + timedelta(seconds=seconds), "status": AnswerStatus.ANSWERED}
    company.session.add(Answer(attempt=attempt, question_id=question_id, asked=asked, **{**moments, **values}))


def _sheet(person: Person, candidate: Candidate, attempt: Attempt) -> Any:
    answer = person.get(f"/admin/results/{candidate.reference}/{attempt.id}.xlsx")
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.data)).active


def test_a_result_is_a_spreadsheet_question_by_question(olga: Person, candidate: Candidate, attempt: Attempt) -> None:
    rows = [[cell.value for cell in row] for row in _sheet(olga, candidate, attempt).iter_rows()]
    facts = {row[0]: row[1] for row in rows if row[1] is not None}
    assert (facts["Процент"], facts["Результат"], facts["Ещё одна попытка, причина"]) == (100, "сдан", "связь пропала")
    table = rows[-3:]
    assert [row[:5] for row in table] == [
        ["Как спросили тогда?", "X", "да", 20, 1],
        ["Как спросили тогда?", FORMULA, None, 20, 0],
        ["Как спросили тогда?", "время вышло", None, 60, 0],
    ]


def test_no_cell_is_a_formula(olga: Person, candidate: Candidate, attempt: Attempt) -> None:
    sheet = _sheet(olga, candidate, attempt)
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]
    assert len(cells) == 2  # the name and the answer
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_the_files_name_says_nothing_about_the_person(olga: Person, candidate: Candidate, attempt: Attempt) -> None:
    answer = olga.get(f"/admin/results/{candidate.reference}/{attempt.id}.xlsx")
    named = f'attachment; filename="result-{candidate.reference}-{attempt.id}.xlsx"'
    assert answer.headers["Content-Disposition"] == named
    assert answer.headers["Cache-Control"] == "no-store"


def test_foreign_results_do_not_exist(olga: Person, company: Company, candidate: Candidate, attempt: Attempt) -> None:
    other = company.candidate("Другая Анна", company.moscow)
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    for reference, number in ((other.reference, attempt.id), (candidate.reference, 999), (foreign.reference, 1)):
        assert olga.get(f"/admin/results/{reference}/{number}.xlsx").status_code == 404


def test_the_card_shows_what_made_the_attempt_special(olga: Person, candidate: Candidate, attempt: Attempt) -> None:
    page = olga.get(f"/admin/candidates/{candidate.reference}").text
    for words in ("связь пропала", "добавлено времени: 25 %", "возвращено за наш простой: 30 с", "время вышло"):
        assert words in page
    assert "<script" not in page.split("Как спросили")[1].split("</table>")[0]


def test_the_card_invites_to_the_exam_and_another_go_needs_a_reason(
    olga: Person, company: Company, candidate: Candidate, attempt: Attempt
) -> None:
    attempt.test.key, candidate.stage = "test2", Stage.TEST2
    company.session.commit()
    card, offer = f"/admin/candidates/{candidate.reference}", f"/admin/testing/{candidate.reference}/offer"

    olga.post(offer, form_at=card, reason=" ")
    assert "Напишите, почему даёте ещё одну попытку." in olga.get(card).text
    olga.post(offer, form_at=card, reason="Связь пропала")

    newest = company.session.scalars(select(Attempt).order_by(Attempt.id.desc()).limit(1)).one()
    assert (newest.status, newest.grant_reason) == (AttemptStatus.OFFERED, "Связь пропала")
    assert "Ещё одна попытка…" not in olga.get(card).text  # one is open


@pytest.mark.parametrize(("hours_ahead", "offered"), [(1, False), (-1, True)])
def test_before_its_hour_an_interview_cannot_be_called_passed_on_the_card(
    olga: Person, company: Company, candidate: Candidate, hours_ahead: int, offered: bool
) -> None:
    """The button would only lead to “this time has not come yet”."""
    booking = company.request(candidate, company.slot(company.olga, hours_ahead=hours_ahead))
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    assert ("Пригласить на тест…" in olga.get(f"/admin/candidates/{candidate.reference}").text) is offered


@pytest.mark.parametrize(("percent", "granted"), [("50", 50), ("0", 0), ("30", 0), ("much", 0)])
def test_more_time_is_granted_in_steps(
    olga: Person, company: Company, candidate: Candidate, percent: str, granted: int
) -> None:
    card = f"/admin/candidates/{candidate.reference}"
    olga.post(f"/admin/testing/{candidate.reference}/extra-time", form_at=card, percent=percent)
    assert company.now(candidate).extra_time_percent == granted


def test_foreign_people_are_neither_invited_nor_given_time(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    for act, fields in (("offer", {}), ("extra-time", {"percent": "50"})):
        address = f"/admin/testing/{foreign.reference}/{act}"
        assert olga.post(address, form_at="/admin/candidates/", **fields).status_code == 404
    assert company.now(foreign).extra_time_percent == 0
