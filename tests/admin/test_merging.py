"""Merging two cards in the panel: found, compared, made one; never across the cities of colleagues."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.journal.models import Entry
from tests.panel import Company, Person, token_in


def _pair(company: Company) -> tuple[Candidate, Candidate]:
    anna = company.candidate("Анна Иванова", company.moscow, phone="+79120000001", stage=Stage.SCREENING)
    twin = company.candidate("Аня И.", company.moscow, phone="+79120000002", stage=Stage.STARTED, source="hh")
    return anna, twin


def _address(one: Candidate, other: Candidate) -> str:
    return f"/admin/merging/{one.reference}/{other.reference}"


def _press(person: Person, one: Candidate, other: Candidate, **fields: Any) -> Any:
    """Send the form as the page shows it."""
    page = person.get(_address(one, other))
    hidden = {
        name: page.text.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("keep", "seen")
    }  # fmt: skip
    return person.client.post(_address(one, other), data={"csrf_token": token_in(page), **hidden, **fields})


def _people(company: Company) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count()).select_from(Candidate)) or 0


def test_both_are_shown_side_by_side_with_what_will_stand_on_the_card(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    page = olga.get(_address(twin, anna)).text
    goes_on, given_up = page.partition('id="goes-on"')[2].split('id="given-up"')
    assert "Анна Иванова" in goes_on
    assert "Аня И." in given_up
    assert f'name="keep" value="{anna.reference}"' in page
    assert "hh" in page
    assert page.count('type="radio"') == 4


def test_a_press_makes_them_one_and_the_old_address_leads_to_it(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    old = f"/admin/candidates/{twin.reference}"

    answer = _press(olga, anna, twin, phone="given_up", full_name="kept")

    assert answer.location == f"/admin/candidates/{anna.reference}"
    now = company.now(anna)
    assert (now.full_name, now.phone, now.source) == ("Анна Иванова", "+79120000002", "hh")
    assert _people(company) == 1
    assert olga.get(old).location == answer.location
    card = olga.get(answer.location).text
    assert "объединил(а) с этой карточкой другую" in card
    assert "+79120000001" in card
    assert "@user1001" in card
    entry = company.session.scalars(select(Entry).where(Entry.kind == "candidate.merged")).one()
    assert entry.actor_id is not None


def test_the_other_application_can_go_on_instead(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    page = olga.get(f"{_address(anna, twin)}?keep={twin.reference}")
    answer = olga.client.post(
        _address(anna, twin),
        data={
            "csrf_token": token_in(page), "keep": twin.reference,
            "seen": page.text.partition('name="seen" value="')[2].partition('"')[0],
        },
    )  # fmt: skip
    assert answer.location == f"/admin/candidates/{twin.reference}"
    assert company.now(twin).stage == Stage.STARTED


def test_two_booked_hours_are_named_and_nothing_is_done(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    bookings = [company.request(anna, company.slot(company.olga)),
                company.request(twin, company.slot(company.olga, hours_ahead=30))]  # fmt: skip
    page = olga.get(_address(anna, twin))

    assert "Сначала завершите одну из двух" in page.text
    assert "Объединить</button>" not in page.text
    answer = olga.post(_address(anna, twin), form_at="/admin/candidates/", keep=anna.reference, seen=_seen(anna, twin))
    assert "У обеих карточек есть запись" in answer.text
    assert _people(company) == 2
    assert {company.now(booking).status for booking in bookings} == {"pending"}


def _seen(*pair: Candidate) -> str:
    return ".".join(f"{one.id}-{one.revision}" for one in sorted(pair, key=lambda one: one.id))


def test_a_press_on_a_page_that_is_old_is_refused(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    olga.get(_address(anna, twin))
    seen = _seen(anna, twin)
    twin.outcome, twin.outcome_reason = Outcome.WITHDRAWN, "x"
    company.session.commit()

    answer = olga.post(_address(anna, twin), form_at="/admin/candidates/", keep=anna.reference, seen=seen)

    assert "изменил" in answer.text
    assert _people(company) == 2


def test_a_repeated_press_finds_nothing_to_merge(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    _press(olga, anna, twin)
    again = olga.post(_address(anna, twin), form_at="/admin/candidates/", keep=anna.reference, seen="x")
    assert again.status_code == 404
    assert _people(company) == 1


@pytest.mark.parametrize("way", ["get", "post"])
def test_a_card_of_colleagues_does_not_exist(olga: Person, company: Company, way: str) -> None:
    anna, _twin = _pair(company)
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    for pair in ((anna, foreign), (foreign, anna)):
        if way == "get":
            answer = olga.get(_address(*pair))
        else:
            fields = {"keep": anna.reference, "seen": _seen(*pair)}
            answer = olga.post(_address(*pair), form_at="/admin/candidates/", **fields)
        assert answer.status_code == 404
        assert "Чужой" not in answer.text
    assert olga.get(f"/admin/merging/{foreign.reference}").status_code == 404
    assert _people(company) == 3


def test_the_old_address_of_a_card_of_colleagues_leads_nowhere(olga: Person, admin: Person, company: Company) -> None:
    one, other = (company.candidate(name, company.novosibirsk) for name in ("Чужой Пётр", "Чужой П."))
    _press(admin, one, other)
    assert olga.get(f"/admin/candidates/{other.reference}").status_code == 404


@pytest.mark.parametrize("hostile", ["%00", "x" * 300, "..%2F..", "'--"])
def test_hostile_references_are_not_found(olga: Person, company: Company, hostile: str) -> None:
    anna, _twin = _pair(company)
    assert olga.get(f"/admin/merging/{anna.reference}/{hostile}").status_code == 404
    assert olga.get(f"/admin/merging/{hostile}").status_code == 404


def test_the_other_card_is_found_by_words_and_by_what_is_alike(olga: Person, company: Company) -> None:
    anna, twin = _pair(company)
    same = company.candidate("Анюта", company.moscow, phone="+79120000001")
    company.candidate("Аня Чужая", company.novosibirsk)
    page = f"/admin/merging/{anna.reference}"

    assert _address(anna, same) in olga.get(page).text
    found = olga.get(page, q="Аня").text
    assert _address(anna, twin) in found
    assert "Чужая" not in found
    assert _address(anna, anna) not in olga.get(page, q="Анна").text


SUGGESTED = "Возможно, тот же человек"


def _twins(company: Company) -> tuple[Candidate, Candidate]:
    return tuple(company.candidate(name, company.moscow, phone="+79120000001") for name in ("Анна", "Анюта"))


def _card(candidate: Candidate) -> str:
    return f"/admin/candidates/{candidate.reference}"


def test_who_is_told_apart_is_suggested_no_more_and_there_is_a_way_back(olga: Person, company: Company) -> None:
    anna, twin = _twins(company)
    assert SUGGESTED in olga.get(_card(anna)).text

    answer = olga.post(f"{_address(anna, twin)}/apart", form_at=_card(anna))

    assert answer.location == _card(anna)
    for one, other in ((anna, twin), (twin, anna)):
        page = olga.get(_card(one)).text
        assert SUGGESTED not in page
        assert f"{_address(one, other)}/again" in page and "отличил от другой карточки" in page
        assert _address(one, other) not in olga.get(f"/admin/merging/{one.reference}").text
    olga.post(f"{_address(twin, anna)}/again", form_at=_card(twin))
    assert SUGGESTED in olga.get(_card(anna)).text


@pytest.mark.parametrize("act", ["apart", "again"])
def test_cards_of_colleagues_are_not_told_apart(olga: Person, company: Company, act: str) -> None:
    anna, _twin = _twins(company)
    foreign = company.candidate("Чужая", company.novosibirsk, phone="+79120000001")
    for pair in ((anna, foreign), (foreign, anna)):
        assert olga.post(f"{_address(*pair)}/{act}", form_at=_card(anna)).status_code == 404
    assert _entries(company, "candidate.told_apart", "candidate.perhaps_one") == 0


def test_a_viewer_tells_nobody_apart(app: Flask, company: Company) -> None:
    anna, twin = _twins(company)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert viewer.post(f"{_address(anna, twin)}/apart", form_at="/admin/candidates/").status_code == 403
    assert _entries(company, "candidate.told_apart") == 0


def _entries(company: Company, *kinds: str) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count()).select_from(Entry).where(Entry.kind.in_(kinds))) or 0


def test_one_card_is_not_merged_with_itself(olga: Person, company: Company) -> None:
    anna, _twin = _pair(company)
    assert olga.get(_address(anna, anna)).status_code == 404


def test_a_viewer_merges_nothing(app: Flask, company: Company) -> None:
    anna, twin = _pair(company)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert viewer.get(_address(anna, twin)).status_code == 403
    assert "/admin/merging/" not in viewer.get(f"/admin/candidates/{anna.reference}").text


def test_hostile_words_stay_words(admin: Person, company: Company) -> None:
    anna, twin = (company.candidate(f"<script>{name}", None) for name in "ab")
    page = admin.get(_address(anna, twin)).text
    assert "<script>a" not in page
    assert "&lt;script&gt;a" in page
