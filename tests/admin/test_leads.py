"""Leads: entered by hand once, with a personal link; lists of people go out with theirs."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from recruitsmart.admin import leads
from recruitsmart.domain.candidates.inviting import payload_of
from recruitsmart.domain.candidates.models import Candidate, Contact, Invitation
from recruitsmart.domain.directory.deep_links import introduce
from recruitsmart.domain.directory.models import Role, Source
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.intake import taking
from recruitsmart.domain.intake.models import Intake
from recruitsmart.domain.journal.models import Entry
from tests.admin.test_counted import standing_still
from tests.panel import NOW, Company, Person, queries_counted

NEW = "/admin/leads/"
ANNA = {"name": "анна иванова", "phone": "8 912 000-00-01", "source": "job-fair"}


@pytest.fixture(autouse=True)
def _bot(company: Company) -> None:
    introduce(company.session, 77, "smart_bot", now=NOW)
    company.session.commit()


def _enter(person: Person, company: Company, **more: Any) -> Any:
    return person.post(NEW, form_at=NEW, **{**ANNA, "city": company.moscow.id, **more})


def _lead(company: Company) -> Candidate:
    company.session.rollback()
    return company.session.scalars(select(Candidate).order_by(Candidate.id.desc()).limit(1)).one()


def _people(company: Company) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count()).select_from(Candidate)) or 0


def _token(company: Company, lead: Candidate) -> str:
    company.session.rollback()
    made = select(Invitation).where(Invitation.candidate_id == lead.id).order_by(Invitation.id.desc()).limit(1)
    return payload_of(company.session.scalars(made).one())


def test_somebody_entered_by_hand_has_a_card_with_a_personal_link(olga: Person, company: Company) -> None:
    answer = _enter(olga, company)
    lead = _lead(company)

    card = olga.get(answer.location).text

    assert (lead.full_name, lead.phone, lead.source) == ("Анна Иванова", "+79120000001", "job-fair")
    assert (lead.city_id, lead.stage, lead.consent_at) == (company.moscow.id, "started", None)
    assert f"https://t.me/smart_bot?start={_token(company, lead)}" in card
    assert 'class="qr" src="data:image/svg+xml' in card
    kinds = company.session.scalars(select(Entry.kind).where(Entry.candidate_id == lead.id).order_by(Entry.id)).all()
    assert kinds == ["candidate.entered", "candidate.invited"]
    tokens = company.session.scalars(select(Entry.details)).all()
    assert _token(company, lead) not in str(tokens)


@pytest.mark.parametrize("more", [{"phone": "+79120000001"}, {"phone": "", "username": "@User1000"}])
def test_somebody_who_is_here_is_offered_and_not_made_again(
    olga: Person, company: Company, more: dict[str, str]
) -> None:
    known = company.candidate("Анна Известная", company.moscow, phone="+79120000001")

    answer = _enter(olga, company, **more)

    assert answer.status_code == 200
    assert "уже есть" in answer.text
    assert f"/admin/candidates/{known.reference}" in answer.text
    assert 'value="анна иванова"' in answer.text
    assert _people(company) == 1


@pytest.mark.parametrize(
    ("phones", "more", "sentence"),
    [
        (["+79120000009"], {}, "другой телефон"),
        (["+79120000009", "+79120000008"], {"phone": ""}, "у нескольких кандидатов"),
        (["+79120000009", "+79120000001"], {}, "двум разным кандидатам"),
    ],
)
def test_a_name_in_telegram_that_may_be_somebody_elses_is_refused_and_nobody_is_offered(
    olga: Person, company: Company, phones: list[str], more: dict[str, str], sentence: str
) -> None:
    known = [company.candidate("Анна Известная", company.moscow, phone=phone) for phone in phones]
    for person in known:
        person.contact.username = "anna_i" if person.phone != "+79120000001" else "boris_o"
    company.session.commit()

    answer = _enter(olga, company, **{"username": "@Anna_I", **more})

    assert sentence in answer.text
    assert not [person for person in known if f"/admin/candidates/{person.reference}" in answer.text]
    assert _people(company) == len(phones)


def test_somebody_of_colleagues_is_neither_made_nor_shown(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk, phone="+79120000001")
    answer = _enter(olga, company)
    assert "коллег" in answer.text
    assert "Чужой" not in answer.text
    assert foreign.reference not in answer.text
    assert _people(company) == 1


@pytest.mark.parametrize(
    "typed",
    [{"name": "Анна"}, {"name": ""}, {"name": "<b>x</b> y"}, {"phone": "12"}, {"username": "не имя"}, {"city": ""}],
)
def test_what_cannot_be_read_is_a_sentence_and_the_input_stays(
    olga: Person, company: Company, typed: dict[str, str]
) -> None:
    answer = _enter(olga, company, **{"source": "ярмарка", **typed})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'value="ярмарка"' in answer.text
    assert "<b>x" not in answer.text
    assert _people(company) == 0


def test_a_foreign_city_does_not_exist(olga: Person, company: Company) -> None:
    assert _enter(olga, company, city=company.novosibirsk.id).status_code == 404
    assert _people(company) == 0


def test_an_administrator_may_leave_the_city_and_the_phone_open(admin: Person, company: Company) -> None:
    _enter(admin, company, city="", phone="", source="")
    lead = _lead(company)
    assert (lead.city_id, lead.phone, lead.source) == (None, None, "by_hand")


def test_known_sources_are_offered(olga: Person, company: Company) -> None:
    company.session.add_all([Source(key="a1", title="Флаер"), Source(key="a2", title="Старый", active=False)])
    company.session.commit()
    page = olga.get(NEW).text
    assert '<option value="a1">Флаер' in page
    assert "Старый" not in page


def test_a_link_can_be_made_anew_and_the_one_before_ends(olga: Person, company: Company) -> None:
    _enter(olga, company)
    lead = _lead(company)
    before, card = _token(company, lead), f"/admin/candidates/{lead.reference}"

    olga.post(f"/admin/leads/{lead.reference}/link", form_at=card)

    page = olga.get(card).text
    assert _token(company, lead) != before
    assert _token(company, lead) in page
    assert before not in page


def test_somebody_in_telegram_gets_no_link(olga: Person, company: Company) -> None:
    candidate = company.candidate("Анна Иванова", company.moscow)
    card = f"/admin/candidates/{candidate.reference}"
    olga.post(f"/admin/leads/{candidate.reference}/link", form_at="/admin/candidates/")
    page = olga.get(card).text
    assert "уже в Telegram" in page
    assert 'id="invitation"' not in page


def test_a_foreign_card_gets_no_link(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    company.session.delete(foreign.contact)
    company.session.commit()
    answer = olga.post(f"/admin/leads/{foreign.reference}/link", form_at="/admin/candidates/")
    assert answer.status_code == 404
    assert company.session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_a_viewer_sees_no_link(app: Flask, olga: Person, company: Company) -> None:
    _enter(olga, company)
    lead = _lead(company)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert _token(company, lead) not in viewer.get(f"/admin/candidates/{lead.reference}").text
    assert viewer.get(NEW).status_code == 403


def test_a_card_says_who_may_be_the_same_person(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow, phone="+79120000001")
    twin = company.candidate("Аня Иванова", company.moscow, phone="+79120000001")
    company.candidate("Чужая Анна", company.novosibirsk, phone="+79120000001")
    page = olga.get(f"/admin/candidates/{anna.reference}").text
    assert f"/admin/candidates/{twin.reference}" in page
    assert "Чужая" not in page


def test_an_export_has_the_links_of_those_who_are_not_in_telegram(olga: Person, company: Company) -> None:
    company.candidate("Пётр Сидоров", company.moscow)
    _enter(olga, company)
    answer = olga.post("/admin/exports/", form_at="/admin/exports/", format="csv")
    heading, *rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    links = {row[0]: row[heading.index("Личная ссылка")] for row in rows}
    assert links["Пётр Сидоров"] == ""
    assert links["Анна Иванова"] == f"https://t.me/smart_bot?start={_token(company, _lead(company))}"


def _file_taken(olga: Person, company: Company) -> Intake:
    words = "ФИО;Телефон;Город\nАнна Иванова;89120000001;Москва\nПётр Орлов;89120000002;Москва\n"
    olga.post("/admin/intake/", form_at="/admin/intake/", file=(BytesIO(words.encode()), "people.csv"))
    intake = company.session.scalars(select(Intake)).one()
    page = f"/admin/intake/{intake.id}"
    olga.post(f"{page}/look", form_at=page, **{"column-0": "name", "column-1": "phone", "column-2": "city"})
    _advance(company.session, intake.id)
    olga.post(f"{page}/start", form_at=page)
    _advance(company.session, intake.id)
    return intake


def _advance(session: Session, intake_id: int) -> None:
    session.rollback()
    while taking.advance(session, intake_id, now=NOW):
        session.commit()
    session.commit()


def test_people_from_a_file_have_links_and_the_list_goes_out_with_them(
    app: Flask, olga: Person, company: Company
) -> None:
    intake = _file_taken(olga, company)
    anna, petr = company.session.scalars(select(Candidate).order_by(Candidate.id)).all()
    of_petr = update(Invitation).where(Invitation.candidate_id == petr.id)
    company.session.execute(of_petr.values(expires_at=NOW - timedelta(days=1)))
    company.session.commit()
    old = _token(company, petr)

    with queries_counted(app) as statements:
        answer = olga.post(f"/admin/leads/of-file/{intake.id}.csv", form_at=f"/admin/intake/{intake.id}")
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))[1:]

    assert [row[1] for row in rows] == ["Анна Иванова", "Пётр Орлов"]
    assert rows[0][4] == f"https://t.me/smart_bot?start={_token(company, anna)}"
    assert rows[1][4] == f"https://t.me/smart_bot?start={_token(company, petr)}"
    assert _token(company, petr) != old
    assert "candidates.exported" in company.session.scalars(select(Entry.kind)).all()
    assert len(statements) < 40


def test_links_that_cannot_be_written_down_are_not_handed_over(
    olga: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = _file_taken(olga, company)

    def refuse(*_: Any, **__: Any) -> None:
        raise Changed

    monkeypatch.setattr(leads, "record", refuse)
    answer = olga.post(f"/admin/leads/of-file/{intake.id}.csv", form_at=f"/admin/intake/{intake.id}")
    assert (answer.status_code, answer.location) == (302, f"/admin/intake/{intake.id}")
    assert "start=" not in answer.text
    assert "это изменил кто-то другой" in olga.get(answer.location).text


def test_who_came_to_telegram_is_not_in_the_list_any_more(olga: Person, company: Company) -> None:
    intake = _file_taken(olga, company)
    anna = company.session.scalars(select(Candidate).order_by(Candidate.id).limit(1)).one()
    company.session.add(Contact(candidate_id=anna.id, chat_id=5, first_name="Аня"))
    company.session.commit()
    answer = olga.post(f"/admin/leads/of-file/{intake.id}.csv", form_at=f"/admin/intake/{intake.id}")
    assert standing_still(company) == 0
    assert "Анна" not in answer.text
    assert "Пётр" in answer.text


def test_links_of_somebody_elses_file_do_not_exist(app: Flask, olga: Person, company: Company) -> None:
    intake = _file_taken(olga, company)
    company.account("darya", Role.RECRUITER, company.darya)
    darya = Person(app.test_client())
    darya.sign_in("darya")
    assert darya.post(f"/admin/leads/of-file/{intake.id}.csv", form_at="/admin/candidates/").status_code == 404
