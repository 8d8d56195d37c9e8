"""People from a file, in the panel: brought, columns named, looked at, taken in, the rest mended; only one's own."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.intake import taking
from recruitsmart.domain.intake.models import Intake, IntakeState
from tests.admin.test_counted import standing_still
from tests.panel import NOW, Company, Person, queries_counted, token_in

PAGE = "/admin/intake/"
FILE = "ФИО;Телефон;Город\nАнна Иванова;89123456789;Москва\nБорис;12;Тверь\nВера Ким;89120000002;Новосибирск\n"


def _send(person: Person, content: str | bytes = FILE, name: str = "люди.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    token = token_in(person.get(PAGE))
    return person.client.post(PAGE, data={"csrf_token": token, "file": (BytesIO(data), name)})


def _brought(person: Person, company: Company, content: str | bytes = FILE) -> Intake:
    answer = _send(person, content)
    assert answer.status_code == 302, answer.text
    return company.session.get(Intake, int(answer.location.rsplit("/", 1)[1]))


def _press(person: Person, intake: Intake, step: str, **fields: Any) -> Any:
    return person.post(f"{PAGE}{intake.id}/{step}", form_at=PAGE, **fields)


def _work(company: Company, intake: Intake) -> None:
    company.session.rollback()
    while taking.advance(company.session, intake.id, now=NOW):
        company.session.commit()
    company.session.commit()


def _looked_at(person: Person, company: Company, content: str | bytes = FILE, **fields: Any) -> Intake:
    intake = _brought(person, company, content)
    _press(person, intake, "look", **fields)
    _work(company, intake)
    return intake


def test_the_columns_are_guessed_shown_with_examples_and_can_be_named_otherwise(
    admin: Person, company: Company
) -> None:
    intake = _brought(admin, company)
    page = admin.get(f"{PAGE}{intake.id}").text
    for words in ("ФИО", "Анна Иванова", '<option value="phone" selected>', '<option value="city" selected>'):
        assert words in page
    answer = _press(admin, intake, "look", **{"column-0": "phone", "column-1": "name", "column-2": ""})
    assert answer.status_code == 302
    assert company.now(intake).mapping == {"phone": 0, "name": 1}


def test_columns_that_cannot_be_are_refused_and_what_was_chosen_stays(admin: Person, company: Company) -> None:
    intake = _brought(admin, company)
    answer = _press(admin, intake, "look", **{"column-0": "city", "column-1": "phone", "source": "Ярмарка"})
    assert "Укажите, в каком столбце имя." in answer.text
    assert '<option value="city" selected>' in answer.text
    assert 'value="Ярмарка"' in answer.text
    assert company.now(intake).state == IntakeState.UPLOADED


def test_the_look_shows_numbers_reasons_and_duplicates_and_makes_nobody(admin: Person, company: Company) -> None:
    company.candidate("Вера К", company.novosibirsk, phone="+79120000002")
    intake = _looked_at(admin, company)
    page = admin.get(f"{PAGE}{intake.id}").text
    for words in ("«Борис» — не полное имя", "«12» — не телефон.", "Активного города «Тверь» нет.", "Вера К</a>"):
        assert words in page
    assert "Принять: новых — 1" in page
    assert "Борис" not in admin.get(f"{PAGE}{intake.id}", verdict="new").text.split('id="lines"')[1]
    assert company.session.scalar(select(func.count()).select_from(Candidate)) == 1


def test_taking_in_ends_with_a_result_for_each_line_and_a_file_of_the_rest(admin: Person, company: Company) -> None:
    vera = company.candidate("Вера К", company.novosibirsk, phone="+79120000002")
    intake = _looked_at(admin, company)
    _press(admin, intake, "start", known="fill")
    assert "data-live" in admin.get(f"{PAGE}{intake.id}").text
    _work(company, intake)
    _press(admin, intake, "start", known="fill")

    page = admin.get(f"{PAGE}{intake.id}").text
    assert "data-live" not in page
    assert "3 из 3" in page
    anna = company.session.scalars(select(Candidate).where(Candidate.phone == "+79123456789")).one()
    assert f"/admin/candidates/{anna.reference}" in page
    assert company.now(vera).source == "import"
    rest = list(csv.reader(StringIO(admin.get(f"{PAGE}{intake.id}/rest.csv").data.decode("utf-8-sig"))))
    assert [row[:3] for row in rest[1:]] == [["3", "Борис", "12"]]
    assert "не телефон" in rest[1][-1]
    parts = iter(admin.get(f"{PAGE}{intake.id}/rest.csv").response)
    assert b"".join(next(parts) for _ in range(3)).count(b"\n") == 2
    assert standing_still(company) == 0


def test_who_came_from_a_file_has_a_card_a_place_in_the_list_and_on_the_board(admin: Person, company: Company) -> None:
    intake = _looked_at(admin, company)
    _press(admin, intake, "start")
    _work(company, intake)
    anna = company.session.scalars(select(Candidate).where(Candidate.full_name == "Анна Иванова")).one()
    card = admin.get(f"/admin/candidates/{anna.reference}")
    assert card.status_code == 200
    assert "добавлен из файла" in card.text
    for path in ("/admin/candidates/?source=import", "/admin/board/", "/admin/today/"):
        assert admin.get(path).status_code == 200
    assert "Анна Иванова" in admin.get("/admin/candidates/", source="import").text


def test_what_was_not_taken_can_be_mended_and_brought_again(admin: Person, company: Company) -> None:
    intake = _looked_at(admin, company)
    _press(admin, intake, "start")
    _work(company, intake)
    rest = admin.get(f"{PAGE}{intake.id}/rest.csv").data.decode("utf-8-sig")
    again = _looked_at(admin, company, rest.replace("Борис,12,Тверь", "Борис Орлов,'+79120000009,Москва"))
    assert "Принять: новых — 1" in admin.get(f"{PAGE}{again.id}").text


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04", "ФИО;Телефон\n".encode()])
def test_what_is_no_file_of_people_is_refused_with_a_sentence(admin: Person, company: Company, content: bytes) -> None:
    answer = _send(admin, content)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert company.session.scalar(select(func.count()).select_from(Intake)) == 0


def test_a_file_up_to_ten_megabytes_is_taken_and_a_longer_request_is_not(admin: Person, company: Company) -> None:
    line = "Анна Иванова;89123456789;Москва;" + "x" * 2000 + "\n"
    long = FILE + line * (9_500_000 // len(line.encode()))
    assert _send(admin, long).status_code == 302
    assert _send(admin, b"x" * 10_500_000).status_code == 413


def test_names_of_files_and_cells_are_hostile_and_shown_as_they_are(admin: Person, company: Company) -> None:
    bad = "<script>alert(1)</script>"
    answer = _send(admin, f"ФИО;Телефон;{bad}\n{bad};89123456789;{bad}\n", name=f"../../{bad}.csv")
    intake = company.session.get(Intake, int(answer.location.rsplit("/", 1)[1]))
    for _ in range(2):
        assert bad not in admin.get(f"{PAGE}{intake.id}").text
        _press(admin, intake, "look")
        _work(company, intake)
    assert bad not in admin.get(PAGE).text
    assert "../" not in intake.file_name


@pytest.mark.parametrize("step", ["look", "start", "stop", "discard"])
def test_a_file_of_others_does_not_exist(admin: Person, olga: Person, company: Company, step: str) -> None:
    intake = _looked_at(admin, company)
    for path in ("", "/progress", "/rest.csv"):
        assert olga.get(f"{PAGE}{intake.id}{path}").status_code == 404
    assert _press(olga, intake, step).status_code in (404, 302)
    assert company.now(intake).state == IntakeState.CHECKED
    assert "люди.csv" not in olga.get(PAGE).text


def test_a_recruiter_neither_names_other_cities_nor_learns_of_their_people(olga: Person, company: Company) -> None:
    company.candidate("Тайная Вера", company.novosibirsk, phone="+79123456789")
    intake = _looked_at(olga, company)
    page = olga.get(f"{PAGE}{intake.id}").text
    assert "Это кандидат коллег из другого города." in page
    assert "Активного города «Новосибирск» нет." in page
    assert "Тайная" not in page
    other = _brought(olga, company)
    assert _press(olga, other, "look", city=company.novosibirsk.id).status_code == 404


def test_a_file_is_stopped_and_thrown_away(admin: Person, company: Company) -> None:
    running, thrown = _looked_at(admin, company), _brought(admin, company)
    thrown_id = thrown.id
    _press(admin, running, "start")
    _press(admin, running, "stop")
    _press(admin, thrown, "discard")
    _work(company, running)
    assert company.now(running).state == IntakeState.STOPPED
    assert company.session.scalar(select(func.count()).select_from(Candidate)) == 0
    company.session.expunge_all()
    assert company.session.get(Intake, thrown_id) is None


def test_the_page_asks_few_queries_however_long_the_file_is(app: Flask, admin: Person, company: Company) -> None:
    counts = []
    for size in (2, 60):
        rows = "".join(f"Анна Иванова;8912{size:03}{number:04};Москва\n" for number in range(size))
        intake = _looked_at(admin, company, f"ФИО;Телефон;Город\n{rows}")
        with queries_counted(app) as statements:
            admin.get(f"{PAGE}{intake.id}")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 15
