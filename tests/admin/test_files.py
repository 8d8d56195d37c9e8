"""Files on the card: kept and taken along in the panel."""

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.notes.models import File
from tests.panel import Company, Person

PAGE = b"<script>alert(1)</script>"


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow)


def keep(person: Person, candidate: Candidate, name: str = "резюме.html", content: bytes = PAGE):
    card = f"/admin/candidates/{candidate.reference}"
    return person.post(f"/admin/files/{candidate.reference}/keep", form_at=card, file=(BytesIO(content), name))


def only_file(company: Company) -> File:
    return company.session.scalars(select(File)).one()


def test_a_file_is_kept_and_taken_along_as_it_came(olga: Person, company: Company, anna: Candidate) -> None:
    assert keep(olga, anna).location.endswith("#files")
    file, card = only_file(company), olga.get(f"/admin/candidates/{anna.reference}").text
    assert "резюме.html" in card
    assert "1 КБ · olga" in card
    assert "сохранён файл" in card
    taken = olga.get(f"/admin/files/{anna.reference}/{file.id}")
    assert (taken.data, taken.mimetype) == (PAGE, "application/octet-stream")
    assert taken.headers["Content-Disposition"].startswith("attachment;")
    assert (taken.headers["Cache-Control"], taken.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_a_file_is_taken_away_once(olga: Person, company: Company, anna: Candidate) -> None:
    keep(olga, anna)
    address = f"/admin/files/{anna.reference}/{only_file(company).id}/take-away"
    card = f"/admin/candidates/{anna.reference}"
    assert [olga.post(address, form_at=card).status_code for _ in range(2)] == [302, 404]
    assert "Файлов пока нет" in olga.get(card).text


@pytest.mark.parametrize(("content", "said"), [(b"", "Этот файл пуст"), (b"x" * 5_000_001, "файлы до 5 МБ")])
def test_what_cannot_be_kept_is_said(olga: Person, anna: Candidate, content: bytes, said: str) -> None:
    keep(olga, anna, content=content)
    card = olga.get(f"/admin/candidates/{anna.reference}").text
    assert said in card
    assert "Файлов пока нет" in card


def test_a_file_too_large_to_be_read_at_all_is_said_in_a_sentence(olga: Person, anna: Candidate) -> None:
    answer = keep(olga, anna, content=b"x" * 6_000_000)
    assert answer.status_code == 413
    assert "ничего не сохранено. Вернитесь назад" in answer.text


def test_without_a_file_the_page_says_what_to_do(olga: Person, anna: Candidate) -> None:
    card = f"/admin/candidates/{anna.reference}"
    olga.post(f"/admin/files/{anna.reference}/keep", form_at=card)
    assert "Выберите файл" in olga.get(card).text


def test_who_only_looks_takes_along_and_changes_nothing(
    app: Flask, olga: Person, company: Company, anna: Candidate
) -> None:
    keep(olga, anna)
    file = only_file(company)
    company.account("viewer", Role.VIEWER, company.olga)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert viewer.get(f"/admin/files/{anna.reference}/{file.id}").data == PAGE
    card = viewer.get(f"/admin/candidates/{anna.reference}").text
    assert ("Сохранить файл" in card, "take-away" in card) == (False, False)
