"""The page Analytics: numbers with the list behind them, pictures with tables under them, and a CSV file."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.models import ActorKind, Entry
from tests.panel import NOW, Company, Person, queries_counted

PATH = "/admin/analytics/"


def start(company: Company, city: City, **values: object) -> Candidate:
    candidate = company.candidate("Анна Иванова", city, **{"created_at": NOW - timedelta(days=3), **values})
    told = {"actor_kind": ActorKind.SYSTEM, "candidate_id": candidate.id, "details": {}}
    company.session.add(Entry(at=candidate.created_at, kind="candidate.started", **told))
    company.session.commit()
    return candidate


def test_the_page_counts_and_leads_to_the_list_behind_a_number(admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    start(company, company.moscow, source="avito")
    page = admin.get(PATH).text
    assert 'href="/admin/candidates/?from=2026-10-27&amp;to=2026-11-23&amp;source=avito">2</a>' in page
    assert 'role="img" aria-label="Как далеко дошли"' in page


@pytest.mark.parametrize("by", ["source", "city", "recruiter", "week"])
def test_there_are_few_queries_whatever_the_lines_are(app: Flask, admin: Person, company: Company, by: str) -> None:
    for number in range(12):
        start(company, company.moscow, source=f"s{number}", created_at=NOW - timedelta(days=2 * number))
    with queries_counted(app) as statements:
        answer = admin.get(PATH, by=by)
    assert answer.status_code == 200
    assert len(statements) <= 8


def test_a_recruiter_counts_the_people_of_the_own_cities(olga: Person, company: Company) -> None:
    start(company, company.moscow, source="свой")
    start(company, company.novosibirsk, source="чужой")
    for path in (PATH, f"{PATH}export.csv"):
        assert "свой" in olga.get(path).text
        assert "чужой" not in olga.get(path).text
        assert "чужой" not in olga.get(path, city=company.novosibirsk.id).text


def test_days_without_anybody_say_what_to_do(admin: Person) -> None:
    assert "В эти дни никто не нажал «Старт»" in admin.get(PATH).text


def test_nonsense_in_the_address_is_the_usual_question(admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    answer = admin.get(PATH, **{"from": "9999-99-99", "to": "x", "by": "colour", "city": "-1"})
    assert answer.status_code == 200
    assert "avito" in answer.text
    assert admin.get(PATH, **{"from": "0001-01-01", "to": "0001-01-01"}).status_code == 200


def test_the_file_holds_every_number_and_no_formula(admin: Person, company: Company) -> None:
    start(company, company.moscow, source="=cmd|'/c calc'!A1")
    answer = admin.get(f"{PATH}export.csv")
    assert answer.mimetype == "text/csv"
    assert answer.is_streamed
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert ["Как далеко дошли", "'=cmd|'/c calc'!A1", "начали", "1"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
