"""The card's form for a slip in the name or the phone number."""

from typing import Any

import pytest

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Role
from tests.panel import Company, Person

SEEN = {"seen_name": "Анна Иванва", "seen_phone": "+79161234567"}


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванва", company.moscow, stage=Stage.TO_SCHEDULE, phone="+79161234567")


def _card(anna: Candidate) -> str:
    return f"/admin/candidates/{anna.reference}"


def _correct(person: Person, anna: Candidate, name: str, phone: str = "+79161234567", **fields: str) -> Any:
    address = f"/admin/correcting/{anna.reference}"
    return person.post(address, form_at=_card(anna), name=name, phone=phone, **{**SEEN, **fields})


def test_a_recruiter_mends_the_card_and_the_history_says_what_it_was(
    olga: Person, company: Company, anna: Candidate
) -> None:
    page = olga.get(_card(anna)).text
    for name, value in SEEN.items():
        assert f'name="{name}" value="{value}"' in page
    assert _correct(olga, anna, "Анна Иванова", "8 916 123 45 68").location == _card(anna)
    assert (company.now(anna).full_name, anna.phone) == ("Анна Иванова", "+79161234568")
    assert "Анна Иванва · +79161234567" in olga.get(_card(anna)).text


def test_what_was_typed_stays_when_it_is_refused(olga: Person, company: Company, anna: Candidate) -> None:
    page = _correct(olga, anna, "<i>Анна").text
    assert "&lt;i&gt;Анна" in page and "не полное имя" in page
    assert company.now(anna).full_name == "Анна Иванва"


def test_a_colleagues_correction_is_shown_and_not_overwritten(olga: Person, company: Company, anna: Candidate) -> None:
    _correct(olga, anna, "Анна Иванова")
    page = _correct(olga, anna, "Инна Иванова").text
    assert "изменил кто-то другой" in page
    assert 'name="seen_name" value="Анна Иванова"' in page and 'name="name" value="Инна Иванова"' in page
    assert company.now(anna).full_name == "Анна Иванова"


def test_only_who_works_with_the_candidate_may(app: Any, olga: Person, company: Company, anna: Candidate) -> None:
    company.account("looks", Role.VIEWER, company.olga)
    viewer = Person(app.test_client())
    viewer.sign_in("looks")
    assert "correcting" not in viewer.get(_card(anna)).text
    address = f"/admin/correcting/{anna.reference}"
    assert viewer.post(address, form_at="/admin/mine/", name="Инна Иванова", **SEEN).status_code == 403
    far = company.candidate("Вера Дальняя", company.novosibirsk, stage=Stage.TO_SCHEDULE)
    address = f"/admin/correcting/{far.reference}"
    assert olga.post(address, form_at="/admin/mine/", name="Инна Иванова", phone="").status_code == 404
