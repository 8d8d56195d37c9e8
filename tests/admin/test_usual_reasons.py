"""Usual reasons: edited as rows, offered in every form that asks why, hidden but never deleted."""

import re

from flask import Flask
from sqlalchemy import delete, select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import About, UsualReason
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.slots.models import Booking
from tests.panel import Company, Person, queries_counted

LIST, NEW = "/admin/reasons/", "/admin/reasons/new/"
BOOKINGS = "/admin/bookings/"
LATE = {"about": "refusal", "words_ru": "Слишком поздно", "words_en": "Too late", "position": "5", "active": "y"}


def _reason(company: Company, words: str) -> UsualReason:
    company.session.expire_all()
    return company.session.scalars(select(UsualReason).where(UsualReason.words_ru == words)).one()


def _request(company: Company, *, hours_ahead: int = 24) -> Booking:
    anna = company.candidate("Анна Ким", company.moscow)
    return company.request(anna, company.slot(company.olga, hours_ahead=hours_ahead))


def _edit(admin: Person, reason: UsualReason, **changed: str | None) -> str:
    address = f"/admin/reasons/edit/?id={reason.id}"
    values = {"words_ru": reason.words_ru, "words_en": reason.words_en, "position": str(reason.position)}
    values |= {"active": "y", "revision": str(reason.revision)}
    sent = {name: value for name, value in (values | changed).items() if value is not None}
    admin.post(address, form_at=address, **sent)
    return admin.get(LIST).text


def test_what_postgres_cannot_keep_is_refused_not_an_error_of_ours(admin: Person) -> None:
    assert admin.post(NEW, form_at=NEW, **LATE | {"words_en": "Too\0late"}).status_code == 400
    assert admin.get("/admin/cities/?search=a%00b").status_code == 400


def _offered(page: str) -> list[str]:
    return re.findall(r'name="reason" value="([^"]+)"', page)


def test_a_new_reason_is_offered_in_its_place_in_the_readers_language(
    admin: Person, olga: Person, company: Company
) -> None:
    booking = _request(company)
    admin.post(NEW, form_at=NEW, **LATE)
    assert _offered(olga.get(BOOKINGS).text) == [
        "Слишком поздно", "Я занят в это время", "Место уже занято", "Другая причина",
    ]  # fmt: skip
    olga.post(f"{BOOKINGS}{booking.id}/refuse", form_at=BOOKINGS, reason="Слишком поздно")
    assert company.now(booking).end_reason == "Слишком поздно"
    entry = company.session.scalars(select(Entry).where(Entry.kind == "reason.saved")).one()
    assert entry.subject_id == _reason(company, "Слишком поздно").id


def test_the_card_offers_reasons_to_reject_and_to_let_go(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Ким", company.moscow, stage=Stage.TO_SCHEDULE)
    card = f"/admin/candidates/{anna.reference}"
    assert {"Не подходит", "Нашёл другую работу"} <= {*_offered(olga.get(card).text)}
    olga.post(f"/admin/decisions/{anna.reference}/let-go", form_at=card, reason="Нашёл другую работу")
    assert (company.now(anna).outcome, anna.outcome_reason) == (Outcome.WITHDRAWN, "Нашёл другую работу")


def test_screening_offers_reasons_to_reject(olga: Person, company: Company) -> None:
    company.candidate("Анна Ким", company.moscow, stage=Stage.SCREENING)
    assert "Не подходит" in _offered(olga.get("/admin/screening/").text)


def test_a_hidden_reason_is_not_offered_and_stays_a_row(admin: Person, olga: Person, company: Company) -> None:
    _request(company)
    reason = _reason(company, "Место уже занято")
    _edit(admin, reason, active=None)
    assert "Место уже занято" not in _offered(olga.get(BOOKINGS).text)
    admin.post("/admin/reasons/delete/", form_at=NEW, id=str(reason.id))
    assert "Место уже занято" in admin.get(LIST).text


def test_the_last_reason_cannot_be_hidden(admin: Person, company: Company) -> None:
    kept = _reason(company, "Место уже занято")
    company.session.execute(
        delete(UsualReason).where(UsualReason.about == About.REFUSAL, UsualReason.id != kept.id)
    )  # fmt: skip
    company.session.commit()
    _edit(admin, kept, active=None)
    assert _reason(company, "Место уже занято").active


def test_both_languages_are_needed(admin: Person, company: Company) -> None:
    for missing in ({"words_en": " "}, {"words_ru": " "}):
        page = admin.post(NEW, form_at=NEW, **LATE | missing).text
        assert "Напишите причину на обоих языках." in page or "field-error" in page
    assert company.session.scalars(select(UsualReason).where(UsualReason.position == 5)).all() == []


def test_hostile_words_are_words(admin: Person, olga: Person, company: Company) -> None:
    _request(company)
    admin.post(NEW, form_at=NEW, **LATE | {"words_ru": '"><script>x</script>'})
    for page in (olga.get(BOOKINGS).text, admin.get(LIST).text):
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page


def test_administrators_only_edit_them(olga: Person, company: Company) -> None:
    assert {olga.get(path).status_code for path in (LIST, NEW)} == {403}
    assert olga.post(NEW, form_at=BOOKINGS, **LATE).status_code == 403


def test_a_list_of_requests_asks_for_the_reasons_once(app: Flask, olga: Person, company: Company) -> None:
    _request(company)
    olga.get(BOOKINGS)
    with queries_counted(app) as few:
        olga.get(BOOKINGS)
    for hour in range(2, 7):
        _request(company, hours_ahead=24 + hour)
    with queries_counted(app) as many:
        olga.get(BOOKINGS)
    assert len(many) == len(few)
