"""Personal data on the card: taken along, held, erased; by administrators only."""

import json

import pytest

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.erasure_wishes import note_wish
from tests.panel import NOW, Company, Person


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow, stage=Stage.TO_SCHEDULE, phone="+79161234567")


def _card(anna: Candidate) -> str:
    return f"/admin/candidates/{anna.reference}"


def _send(person: Person, anna: Candidate, act: str, **fields: str):
    return person.post(f"/admin/privacy/{anna.reference}/{act}", form_at=_card(anna), **fields)


def test_erasing_needs_a_tick_and_leaves_no_card(admin: Person, company: Company, anna: Candidate) -> None:
    address = _card(anna)
    _send(admin, anna, "erase")
    assert "Сначала поставьте галочку" in admin.get(address).text
    assert company.now(anna).full_name == "Анна Иванова"
    assert _send(admin, anna, "erase", sure="yes").location == "/admin/candidates/"
    assert admin.get(address).status_code == 404
    assert "Анна" not in admin.get("/admin/candidates/").text
    assert company.now(anna).full_name is None


def test_a_hold_forbids_erasing_and_can_be_ended(admin: Person, company: Company, anna: Candidate) -> None:
    _send(admin, anna, "hold", reason="судебный спор")
    assert 'name="sure"' not in admin.get(_card(anna)).text
    _send(admin, anna, "erase", sure="yes")
    assert "Закон обязывает" in admin.get(_card(anna)).text
    _send(admin, anna, "hold", reason="", seen="судебный спор")
    _send(admin, anna, "erase", sure="yes")
    assert company.now(anna).erased_at is not None


def test_who_asked_to_be_erased_while_on_hold_is_shown_and_recalled_when_it_ends(
    admin: Person, olga: Person, company: Company, anna: Candidate
) -> None:
    _send(admin, anna, "hold", reason="судебный спор")
    assert "Кто попросил удалить" not in admin.get("/admin/system/").text
    note_wish(company.session, company.now(anna), now=NOW)
    company.session.commit()

    assert "Пока данные удержаны" in olga.get(_card(anna)).text
    assert "Анна Иванова" in admin.get("/admin/system/").text
    _send(admin, anna, "hold", reason="", seen="судебный спор")
    page = admin.get(_card(anna)).text
    assert "Человек просил удалить" in page and "Теперь этому ничто не мешает" in page
    assert "можно удалять" in admin.get("/admin/system/").text


def test_a_hold_that_a_colleague_has_put_meanwhile_is_shown_and_not_ended(
    admin: Person, company: Company, anna: Candidate
) -> None:
    _send(admin, anna, "hold", reason="судебный спор", seen="")

    for typed in ("", "проверка"):
        page = _send(admin, anna, "hold", reason=typed, seen="")
        assert "изменил кто-то другой" in page.text and "судебный спор" in page.text
        assert company.now(anna).hold_reason == "судебный спор"
    assert 'value="проверка"' in page.text and 'name="seen" value="судебный спор"' in page.text

    _send(admin, anna, "hold", reason="проверка", seen="судебный спор")
    assert company.now(anna).hold_reason == "проверка"


def test_what_was_taken_along_is_a_file_and_written_down(admin: Person, company: Company, anna: Candidate) -> None:
    answer = _send(admin, anna, "export")
    assert json.loads(answer.text)["name"] == "Анна Иванова"
    assert "Анна" not in answer.headers["Content-Disposition"]
    kinds = [entry.kind for entry in company.session.query(Entry).filter_by(candidate_id=anna.id)]
    assert kinds == ["candidate.exported"]


@pytest.mark.parametrize("act", ["erase", "hold", "export"])
def test_a_recruiter_may_not(olga: Person, company: Company, anna: Candidate, act: str) -> None:
    assert "privacy" not in olga.get(_card(anna)).text
    answer = olga.post(f"/admin/privacy/{anna.reference}/{act}", form_at="/admin/mine/", sure="yes", reason="x")
    assert answer.status_code == 403
    assert company.now(anna).full_name == "Анна Иванова"
