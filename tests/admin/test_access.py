"""Nobody sees or changes what is not theirs. Every address is tried in `tests/web/test_every_route.py`."""

import pytest
from flask import Flask

from recruitsmart.domain.directory.models import Role
from tests.panel import Company, Person


def test_a_viewer_looks_and_changes_nothing(app: Flask, company: Company) -> None:
    booking = company.request(company.candidate("Анна Иванова", company.moscow), company.slot(company.olga))
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")

    page = viewer.get("/admin/bookings/").text
    answer = viewer.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/candidates/")

    assert "Анна Иванова" in page
    assert "Одобрить" not in page
    assert answer.status_code == 403
    assert company.now(booking).status == "pending"


@pytest.mark.parametrize("path", ["/admin/cities/", "/admin/recruiters/", "/admin/cities/edit/?id=1"])
def test_the_directory_is_the_administrators(olga: Person, path: str) -> None:
    assert olga.get(path).status_code == 403
    assert "/admin/cities/" not in olga.get("/admin/candidates/").text


@pytest.mark.parametrize("path", ["/admin/cities/new/", "/admin/cities/edit/?id=1", "/admin/cities/action/"])
def test_a_recruiter_cannot_write_to_the_directory(olga: Person, path: str) -> None:
    assert olga.post(path, form_at="/admin/candidates/", name="X").status_code == 403


def test_a_recruiter_cannot_edit_texts(olga: Person) -> None:
    answer = olga.post("/admin/texts/help", form_at="/admin/candidates/", body="x", version="0", action="save")
    assert answer.status_code == 403


def test_a_recruiter_sees_the_candidates_of_the_own_cities_only(olga: Person, company: Company) -> None:
    company.candidate("Своя Анна", company.moscow)
    company.candidate("Чужой Пётр", company.novosibirsk)
    company.candidate("Ничей Иван", None)

    page = olga.get("/admin/candidates/").text

    assert "Своя Анна" in page
    assert "Чужой" not in page
    assert "Ничей" not in page
    assert "Новосибирск" not in page


def test_a_foreign_candidates_card_does_not_exist(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    nobodys = company.candidate("Ничей Иван", None)

    assert olga.get(f"/admin/candidates/{foreign.reference}").status_code == 404
    assert olga.get(f"/admin/candidates/{nobodys.reference}").status_code == 404
    assert olga.get(f"/admin/messages/?candidate={foreign.reference}").status_code == 404


@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_a_foreign_request_can_be_neither_seen_nor_answered(olga: Person, company: Company, action: str) -> None:
    foreign = company.request(company.candidate("Чужой Пётр", company.novosibirsk), company.slot(company.darya))

    answer = olga.post(f"/admin/bookings/{foreign.id}/{action}", form_at="/admin/candidates/", reason="x")

    assert "Чужой" not in olga.get("/admin/bookings/").text
    assert answer.status_code == 404
    assert company.now(foreign).status == "pending"


def test_a_foreign_slot_is_not_listed_and_none_can_be_made(olga: Person, company: Company) -> None:
    company.slot(company.darya)

    page = olga.get("/admin/slots/").text
    answer = olga.post(
        "/admin/slots/new", form_at="/admin/candidates/", recruiter=company.darya.id, day="2026-11-30", starts="10:00",
        duration="30", capacity="1",
    )  # fmt: skip

    assert "Дарья" not in page
    assert answer.status_code == 404


def test_foreign_messages_are_not_in_the_ledger(olga: Person, admin: Person, company: Company) -> None:
    booking = company.request(company.candidate("Чужой Пётр", company.novosibirsk), company.slot(company.darya))
    admin.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/bookings/")

    assert "Чужой Пётр" in admin.get("/admin/messages/").text
    assert "Чужой" not in olga.get("/admin/messages/").text


def test_a_recruiters_account_without_a_recruiter_sees_nothing(app: Flask, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    company.account("new", Role.RECRUITER)
    person = Person(app.test_client())
    person.sign_in("new")

    assert "Анна" not in person.get("/admin/candidates/").text
