"""Hours from a CSV file: a dry run with line numbers, then the good lines."""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from recruitsmart.domain.directory.models import Recruiter, Role
from recruitsmart.domain.slots.models import Slot
from tests.panel import Company, Person, queries_counted, token_in

AT = "/admin/importing/"
FILE = """recruiter,city,date,time,minutes,seats
Ольга Миронова,Москва,2026-11-30,10:00,30,1
Никто,Москва,2026-11-30,10:30,30,1
Ольга Миронова,Москва,2026-11-22,10:00,30,1
Ольга Миронова,Москва,30.11.2026,11:00,30,2
"""


def _send(person: Person, text: str | bytes = FILE, **fields: Any) -> TestResponse:
    content = text.encode() if isinstance(text, str) else text
    return person.post(AT, form_at=AT, file=(io.BytesIO(content), "hours.csv"), **{"step": "preview", **fields})


def _slots(company: Company) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count(Slot.id))) or 0


def _mark(page: TestResponse) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page.text)
    assert found
    return found[1]


def test_a_dry_run_shows_every_line_with_its_number_and_writes_nothing(admin: Person, company: Company) -> None:
    page = _send(admin).text

    assert [int(n) for n in re.findall(r'data-label="Строка" class="figures">(\d+)<', page)] == [2, 3, 4, 5]
    assert "Активного рекрутера «Никто» нет." in page
    assert "уже прошло" in page
    assert "Создать часы: 2" in page
    assert _slots(company) == 0


def test_the_good_lines_are_made_from_the_text_kept_in_the_form(admin: Person, company: Company) -> None:
    shown = _send(admin)
    kept = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown.text, re.DOTALL)
    assert kept
    assert kept[1] == FILE

    admin.post(AT, form_at=AT, text=kept[1].replace("\n", "\r\n"), mark=_mark(shown), step="make")

    assert _slots(company) == 2
    assert "Создано часов: 2" in admin.get("/admin/series/").text


def test_a_file_from_excel_in_windows_letters_is_read(admin: Person, company: Company) -> None:
    assert "Создать часы: 2" in _send(admin, FILE.replace(",", ";").encode("cp1251")).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Выберите файл"),
        ("name,when\nx,y\n", "не хватает: recruiter, date, time"),
        ("recruiter,date,time\n" + "x" * 300_001, "слишком большой"),
        (b"\x00\x98\xff" * 50, "В первой строке"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(
    admin: Person, company: Company, content: str | bytes, sentence: str
) -> None:
    page = _send(admin, content)

    assert page.status_code == 200
    assert sentence in page.text


def test_hostile_words_in_a_file_are_only_words(admin: Person, company: Company) -> None:
    page = _send(admin, "recruiter,date,time\n<script>alert(1)</script>,2026-11-30,10:00\n</textarea><b>,x,y\n").text

    assert "<script>alert(1)" not in page
    assert "</textarea><b>" not in page


def test_other_peoples_recruiters_are_refused_line_by_line(olga: Person, company: Company) -> None:
    page = _send(olga, "recruiter,date,time\nДарья Ким,2026-11-30,10:00\nОльга Миронова,2026-11-30,10:00\n").text

    assert "не из ваших" in page
    assert "Создать часы: 1" in page


def test_the_example_can_be_read_back_and_has_no_formula(admin: Person, company: Company) -> None:
    company.session.add(Recruiter(name="=HYPERLINK(1)", time_zone="Europe/Moscow", cities=[company.moscow]))
    company.session.commit()

    text = admin.get(f"{AT}example.csv").get_data(as_text=True)

    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert "Создать часы: 3" in _send(admin, text).text


def test_a_viewer_imports_nothing_and_the_form_needs_its_token(app: Flask, admin: Person, company: Company) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")

    assert viewer.get(AT).status_code == 403
    assert viewer.post(AT, form_at="/admin/candidates/", text=FILE).status_code == 403
    assert admin.client.post(AT, data={"text": FILE}).status_code == 400


def test_a_dry_run_of_two_hundred_lines_takes_few_queries(app: Flask, admin: Person, company: Company) -> None:
    token = token_in(admin.get(AT))
    lines = [f"Ольга Миронова,2026-12-{day:02},{hour:02}:00" for day in range(1, 26) for hour in range(9, 17)]

    with queries_counted(app) as statements:
        page = admin.client.post(AT, data={"csrf_token": token, "text": "\n".join(["recruiter,date,time", *lines])})

    assert "Создать часы: 200" in page.text
    assert len(statements) <= 15, statements
