"""The page Analytics: numbers with the list behind them, pictures with tables under them, and a CSV file."""

import csv
import html
import re
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.slots.models import BookingStatus
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


def test_a_city_with_a_plan_says_how_much_of_it_is_done(admin: Person, olga: Person, company: Company) -> None:
    assert "План на эту неделю" not in admin.get(PATH).text
    company.moscow.weekly_plan, company.novosibirsk.weekly_plan = 1200, 5
    anna = start(company, company.moscow, stage=Stage.HIRED, outcome=Outcome.HIRED)
    told = {"actor_kind": ActorKind.SYSTEM, "candidate_id": anna.id, "details": {}}
    company.session.add(Entry(at=NOW, kind="candidate.hired", **told))
    company.session.commit()
    page, address = admin.get(PATH).text, f"/admin/analytics/behind/hired?city={company.moscow.id}"
    assert "1 / 1200" in page
    assert f'href="{address}">1</a>' in page
    assert "Анна Иванова" in admin.get(address).text
    assert "План на эту неделю,Москва,план,1200" in admin.get(f"{PATH}export.csv").text
    assert "0 / 5" not in olga.get(PATH).text


def test_days_without_anybody_say_what_to_do(admin: Person) -> None:
    assert "В эти дни никто не откликнулся" in admin.get(PATH).text


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-20", "2026-11-10", "Первый день позже последнего"),
        ("2026-12-24", "2026-12-31", "Эти дни ещё не наступили"),
        ("2026-12-24", "", "Эти дни ещё не наступили"),
        ("2026-11-10", "2026-11-10", None),
        ("2026-11-10", "2026-12-31", None),
    ],
)
def test_days_that_cannot_be_are_called_so_and_stay_in_the_form(
    admin: Person, company: Company, first: str, last: str, said: str | None
) -> None:
    page = admin.get(PATH, **{"from": first, "to": last}).text
    assert (said is None) == ("В эти дни никто не откликнулся" in page)
    assert said is None or said in page
    assert f'value="{first}"' in page
    assert said is None or not last or f'value="{last}"' in page


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


def address_of(page: str, label: str) -> str:
    """Where the number in the cell of a step leads."""
    cell = re.search(rf'<td data-label="{label}"[^>]*><span><a href="([^"]+)">', page)
    assert cell, label
    return html.unescape(cell[1])


def test_every_number_of_the_funnel_leads_to_the_people_it_counts(admin: Person, company: Company) -> None:
    anna = start(company, company.moscow, source="avito", stage=Stage.HIRED, outcome=Outcome.HIRED)
    start(company, company.moscow)
    told = {"actor_kind": ActorKind.SYSTEM, "candidate_id": anna.id}
    company.session.add(Entry(at=NOW, kind="candidate.hired", details={}, **told))
    company.session.add(Entry(at=NOW, kind="attempt.finished", details={"test": "test1"}, **told))
    company.session.commit()
    page = admin.get(PATH).text
    for label in ("прошли тест 1", "приняты"):
        behind = admin.get(address_of(page, label)).text
        assert anna.reference in behind
        assert len(re.findall(r'href="/admin/candidates/[^"]', behind)) == 1
    assert "group=none" in page  # who came from nowhere is a line too
    assert anna.reference not in admin.get(f"{PATH}behind/people", step="started", group="none").text
    assert anna.reference not in admin.get(f"{PATH}behind/people", step="started", group="others").text


def test_who_started_with_a_recruiter_is_behind_the_number_also_after_the_meeting(
    admin: Person, company: Company
) -> None:
    anna = start(company, company.moscow)
    booking = company.request(anna, company.slot(company.olga, hours_ahead=-2))
    booking.status, booking.ended_at = BookingStatus.ATTENDED, NOW
    company.session.commit()
    page = admin.get(PATH, by="recruiter").text
    assert anna.reference in admin.get(address_of(page, "начали")).text


def test_who_was_erased_is_counted_and_listed_without_a_way_to_a_card_that_is_gone(
    admin: Person, company: Company
) -> None:
    erased, anna = start(company, company.moscow), start(company, company.moscow)
    told = {"actor_kind": ActorKind.SYSTEM, "details": {"test": "test1"}}
    for person in (erased, anna):
        company.session.add(Entry(at=NOW, kind="attempt.finished", candidate_id=person.id, **told))
    assert "удалены" not in admin.get(PATH).text
    erased.full_name, erased.erased_at = None, NOW
    company.session.commit()
    page = admin.get(PATH).text
    assert "Данные удалены у 1 из них" in page
    listed = admin.get(address_of(page, "прошли тест 1")).text
    assert f'href="/admin/candidates/{anna.reference}"' in listed
    assert f'href="/admin/candidates/{erased.reference}"' not in listed
    assert "данные удалены" in listed


@pytest.mark.parametrize(
    "address",
    [
        "people",
        "people?step=nonsense",
        "people?step=hired&by=city&line=x",
        "people?step=hired&by=week&line=2026-99-99",
        "stays?stage=nowhere",
    ],
)
def test_an_address_that_means_no_number_is_not_found(admin: Person, address: str) -> None:
    assert admin.get(f"{PATH}behind/{address}").status_code == 404


def test_what_is_behind_a_number_of_another_city_is_not_shown(olga: Person, company: Company) -> None:
    stranger = start(company, company.novosibirsk, source="avito")
    by_recruiter = olga.get(f"{PATH}behind/people", step="started", by="recruiter", line=company.darya.id)
    assert company.darya.name not in by_recruiter.text
    for query in ({}, {"by": "city", "line": company.novosibirsk.id}, {"city": company.novosibirsk.id}):
        answer = olga.get(f"{PATH}behind/people", step="started", **query)
        assert answer.status_code == 200
        assert stranger.reference not in answer.text


def test_the_hours_of_a_stay_are_written_as_the_language_writes_them(admin: Person, company: Company) -> None:
    anna = start(company, company.moscow)
    for hours, before, after in ((2.5, Stage.STARTED, Stage.SCREENING), (1, Stage.SCREENING, Stage.INTERVIEW)):
        moved = {"candidate_id": anna.id, "before": before, "after": after}
        record(company.session, "candidate.moved", actor=SYSTEM, now=NOW - timedelta(hours=hours), **moved)
    company.session.commit()
    assert ">1,5</td>" in admin.get(f"{PATH}behind/stays", stage="screening").text


@pytest.mark.parametrize(
    "path", ["interviews?lead=1", "interviews?hour=9&kept=1", "interviews?hour=99", "stays?stage=interview"]
)
def test_a_number_that_has_become_nothing_says_so(admin: Person, path: str) -> None:
    assert "Здесь уже никто не считается" in admin.get(f"{PATH}behind/{path}").text
