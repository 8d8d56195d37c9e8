"""Taking candidates along: everybody the filter finds, nobody else, formulas as text, and never unnoticed."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from recruitsmart.admin import exports
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.models import Entry
from tests.panel import Company, Person, queries_counted

PAGE = "/admin/exports/"
FORMULAS = ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"]


def _taken(person: Person, kind: str = "csv", **filters: Any) -> Any:
    return person.post(PAGE, form_at=PAGE, format=kind, **filters)


def _rows(answer: Any) -> list[list[str]]:
    if answer.mimetype == "text/csv":
        return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    sheet = load_workbook(BytesIO(answer.data)).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_everybody_who_matches_is_in_it_with_what_is_known(admin: Person, company: Company, kind: str) -> None:
    company.candidate("Анна Иванова", company.moscow, phone="+79123456789", stage=Stage.SCREENING, source="hh")
    company.candidate("Пётр Сидоров", company.moscow)

    answer = _taken(admin, kind, stage="screening")
    heading, *rows = _rows(answer)

    assert heading[0] == "Имя"
    assert len(rows) == 1
    for words in ("Анна Иванова", "user1000", "Москва", "на рассмотрении", "hh"):
        assert any(words in cell for cell in rows[0]), (words, rows)
    assert any("79123456789" in cell for cell in rows[0])
    assert answer.headers["Cache-Control"] == "no-store"
    assert f".{kind}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_in_a_csv_is_text(admin: Person, company: Company, name: str) -> None:
    company.candidate(f"{name} x", company.moscow)
    assert _rows(_taken(admin))[1][0].startswith("'")


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_in_a_workbook_is_text_and_stays_so_when_edited(admin: Person, company: Company, name: str) -> None:
    company.candidate(f"{name} x", company.moscow)
    cell = load_workbook(BytesIO(_taken(admin, "xlsx").data)).active["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_long_list_is_read_page_by_page_without_gap_or_repeat(
    app: Flask, admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "READ_AT_ONCE", 10)
    for number in range(35):
        company.candidate(f"Кандидат {number:02}", company.moscow)
    with queries_counted(app) as statements:
        names = [row[0] for row in _rows(_taken(admin))[1:]]
    assert names == [f"Кандидат {number:02}" for number in range(35)]
    assert len(statements) < 35


def test_people_of_other_cities_are_not_in_it(olga: Person, company: Company) -> None:
    mine = company.candidate("Анна Иванова", company.moscow)
    foreign = company.candidate("Чужой Человек", company.novosibirsk)
    for filters in ({}, {"city": company.novosibirsk.id}, {"people": f"{mine.reference},{foreign.reference}"}):
        assert "Чужой" not in _taken(olga, **filters).text


def test_it_is_written_down_who_took_what_without_what_may_name_a_person(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    _taken(admin, stage="interview", q="Анна", people=anna.reference)
    company.session.rollback()
    entry = company.session.scalars(select(Entry).where(Entry.kind == "candidates.exported")).one()
    assert entry.actor_id is not None
    assert entry.details == {"format": "csv", "filter": {"stage": "interview"}, "named_by": ["q", "people"]}


def test_what_cannot_be_written_down_is_not_handed_over(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise Changed

    monkeypatch.setattr(exports, "record", refuse)
    answer = _taken(admin)
    assert (answer.status_code, answer.mimetype) == (302, "text/html")
    assert "это изменил кто-то другой" in admin.get(answer.location).text


def test_a_workbook_too_long_is_refused_with_a_sentence_and_the_filter_stays(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS_OF_XLSX", 2)
    for _ in range(3):
        company.candidate("Анна Иванова", company.moscow)
    answer = _taken(admin, "xlsx", stage="interview")
    assert answer.location == f"{PAGE}?stage=interview"
    assert "XLSX" in admin.get(answer.location).text
    assert company.session.scalars(select(Entry)).all() == []
    assert len(_rows(_taken(admin, "csv"))) == 4


def test_whoever_has_written_to_nobody_yet_is_in_it_too(admin: Person, company: Company) -> None:
    lead = company.candidate("Без Телеграма", company.moscow)
    company.session.delete(lead.contact)
    company.session.commit()
    assert "Без Телеграма" in _taken(admin).text


def test_who_looks_after_somebody_is_named_also_after_leaving(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Ким", company.moscow)
    anna.recruiter_id, company.olga.active = company.olga.id, False
    company.session.commit()
    heading, row = _rows(_taken(admin))
    assert row[heading.index("Ведёт")] == company.olga.name
