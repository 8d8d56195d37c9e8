"""The preview of a draft says when this person gets the text: the moment in their zone, the event, or why not."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from recruitsmart.admin.occasions import occasion_of, occasions
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.messaging.texts import is_label, shipped
from recruitsmart.domain.pipeline import decisions
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots import reminding
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import STAFF
from tests.panel import NOW, Company, Person, queries_counted


@pytest.fixture
def ivan(company: Company) -> Any:
    return company.candidate("Иван Лем", company.novosibirsk, stage=Stage.TO_SCHEDULE)


def _request(company: Company, ivan: Any, *, hours: float = 72) -> Any:
    booking = slots.reserve(company.session, ivan, company.slot(company.darya, hours_ahead=hours).id, now=NOW)
    company.session.commit()
    return booking


def _book(company: Company, ivan: Any, *, hours: float = 72) -> Any:
    booking = slots.approve(company.session, _request(company, ivan, hours=hours).id, actor=STAFF, now=NOW)
    company.session.commit()
    return booking


def _preview(person: Person, key: str, ivan: Any) -> str:
    body = shipped("ru")[key]
    fields = {"body": body, "language": "ru", "candidate": ivan.reference}
    return person.post(f"/admin/texts/{key}/preview", form_at=f"/admin/texts/{key}", **fields).text


def test_a_reminder_is_told_with_its_moment_in_the_candidates_zone(admin: Person, company: Company, ivan: Any) -> None:
    _book(company, ivan)
    page = _preview(admin, "reminder.last", ivan)
    assert "Этот человек получит его" in page and "26 нояб. 2026, 15:30 UTC+7" in page


def test_a_reminder_of_a_request_is_told_as_it_comes_once_approved(admin: Person, company: Company, ivan: Any) -> None:
    _request(company, ivan)
    page = _preview(admin, "reminder.last", ivan)
    assert "Если рекрутер подтвердит сейчас" in page and "26 нояб. 2026, 15:30 UTC+7" in page


def test_a_reminder_that_does_not_come_is_told_with_the_reason(admin: Person, company: Company, ivan: Any) -> None:
    _book(company, ivan, hours=2)
    assert "записались незадолго до встречи" in _preview(admin, "reminder.first", ivan)


def test_a_reminder_that_came_is_told_with_its_moment(admin: Person, company: Company, ivan: Any) -> None:
    _book(company, ivan)
    run_due(company.session, reminding.FIRINGS, now=NOW + timedelta(hours=48))
    company.session.commit()
    page = _preview(admin, "reminder.first", ivan)
    assert "уже получил" in page and "25 нояб. 2026, 16:00 UTC+7" in page


def test_what_is_sent_on_an_event_says_on_which(admin: Person, ivan: Any) -> None:
    page = _preview(admin, "booking.booked", ivan)
    assert "когда рекрутер подтвердит" in page and "время не запланировано" in page


def test_a_rejection_is_told_with_its_moment(admin: Person, company: Company, ivan: Any) -> None:
    decisions.reject(company.session, ivan, reason="no", actor=STAFF, now=NOW)
    company.session.commit()
    assert "23 нояб. 2026, 16:30 UTC+7" in _preview(admin, "rejected", ivan)


def test_what_recruiters_get_is_told_in_their_zone(admin: Person, company: Company, ivan: Any) -> None:
    company.darya.time_zone = "Europe/Samara"
    _request(company, ivan)
    page = _preview(admin, "staff.request_waits", ivan)
    assert "Рекрутер получит его" in page and "23 нояб. 2026, 13:30 UTC+4" in page


def test_whom_no_message_reaches_is_said(admin: Person, company: Company, ivan: Any) -> None:
    ivan.contact.unreachable_since, ivan.contact.unreachable_reason = NOW, "blocked the bot"
    company.session.commit()
    assert "сообщения до этого человека не доходят" in _preview(admin, "reminder.last", ivan)


def test_the_moment_of_a_person_of_another_city_is_not_told(olga: Person, company: Company, ivan: Any) -> None:
    _book(company, ivan)
    page = olga.get("/admin/texts/reminder.last/preview", candidate=ivan.reference).text
    assert "UTC+7" not in page and "Перед часом, на который записались" in page


def test_every_text_says_when_it_is_sent_and_nothing_is_said_of_others(app: Flask) -> None:
    said = {key for key in shipped("ru") if not is_label(key)}
    with app.test_request_context():
        assert all(occasion_of(key) for key in said)
        assert occasion_of("intro_day.booked") == occasion_of("booking.booked")
        assert occasion_of("intro_day.reminder_last") == occasion_of("reminder.last") != occasion_of("help")
    assert occasions() <= said


def test_a_preview_costs_a_bounded_number_of_queries(app: Flask, admin: Person, company: Company, ivan: Any) -> None:
    _book(company, ivan)
    address = "/admin/texts/reminder.last/preview"
    with queries_counted(app) as few:
        admin.get(address, candidate=ivan.reference)
    for number in range(4):
        _book(
            company,
            company.candidate(f"Анна {number}", company.novosibirsk, stage=Stage.TO_SCHEDULE),
            hours=80 + number,
        )
    with queries_counted(app) as many:
        admin.get(address, candidate=ivan.reference)
    assert len(many) == len(few)
