"""Requests are answered in the panel."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.admin import bookings
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Waiting
from tests.panel import NOW, Company, Nudged, Person


def _request(company: Company, name: str = "Анна Иванова") -> Booking:
    return company.request(company.candidate(name, company.moscow), company.slot(company.olga))


def _sent(company: Company) -> list[str]:
    company.session.rollback()
    return list(company.session.scalars(select(OutboxMessage.kind)))


def test_a_request_is_listed_with_the_hour_in_the_citys_zone(admin: Person, company: Company) -> None:
    candidate = company.candidate("Пётр Сидоров", company.novosibirsk)
    company.request(candidate, company.slot(company.olga))

    page = admin.get("/admin/bookings/").text

    assert "Пётр Сидоров" in page
    assert "16:00 UTC+7" in page
    assert "12:00 UTC+3" in page


def test_an_approved_request_is_booked_and_the_candidate_is_told(
    admin: Person, company: Company, nudged: Nudged
) -> None:
    booking = _request(company)
    before = nudged.deliveries

    answer = admin.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/bookings/")

    assert answer.status_code == 302
    assert company.now(booking).status == BookingStatus.BOOKED
    assert _sent(company).count("booking.booked") == 1
    assert nudged.deliveries == before + 1
    entry = company.session.scalars(select(Entry).where(Entry.kind == "booking.approved")).one()
    assert (entry.actor_kind, entry.actor_id) == (ActorKind.STAFF, 1)


def test_a_refused_request_ends_with_the_reason_and_other_hours_are_offered(admin: Person, company: Company) -> None:
    booking = _request(company)

    admin.post(f"/admin/bookings/{booking.id}/refuse", form_at="/admin/bookings/", reason=" нет  на месте ")

    ended = company.now(booking)
    assert (ended.status, ended.end_reason, ended.ended_by) == (BookingStatus.CANCELLED, "нет на месте", "recruiter")
    assert "booking.refused" in _sent(company)


def test_a_refusal_needs_a_reason(admin: Person, company: Company) -> None:
    booking = _request(company)

    admin.post(f"/admin/bookings/{booking.id}/refuse", form_at="/admin/bookings/", reason="  ")

    assert "Напишите почему" in admin.get("/admin/bookings/").text
    assert company.now(booking).status == BookingStatus.PENDING


def test_approving_twice_tells_the_candidate_once(admin: Person, company: Company) -> None:
    booking = _request(company)
    for _ in range(2):
        admin.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/candidates/")

    assert _sent(company).count("booking.booked") == 1


def test_answering_a_request_that_has_ended_is_a_sentence(admin: Person, company: Company) -> None:
    booking = _request(company)
    admin.post(f"/admin/bookings/{booking.id}/refuse", form_at="/admin/bookings/", reason="x")

    admin.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/candidates/")

    assert "тем временем завершилась" in admin.get("/admin/bookings/").text
    assert company.now(booking).status == BookingStatus.CANCELLED


def test_a_request_can_be_answered_on_the_card_and_one_stays_there(admin: Person, company: Company) -> None:
    booking = _request(company)
    card = f"/admin/candidates/{booking.candidate.reference}"

    answer = admin.post(f"/admin/bookings/{booking.id}/approve", form_at=card, back=card)

    assert answer.location == card
    assert "назначено" in admin.get(card).text


def test_whoever_answers_on_a_later_page_of_the_list_stays_on_it(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookings, "PAGE_SIZE", 1)
    for name, hours_ahead in (("Пётр Сидоров", 24), ("Анна Иванова", 48)):
        slot = company.slot(company.olga, hours_ahead=hours_ahead)
        booking = company.request(company.candidate(name, company.moscow), slot)
        booking.status = BookingStatus.BOOKED
        company.session.commit()
    second = "/admin/bookings/?tab=upcoming&page=2"
    page = admin.get(second).text
    assert "Анна Иванова" in page
    assert {html.unescape(back) for back in re.findall(r'name="back" value="([^"]+tab=[^"]+)"', page)} == {second}
    admin.post(f"/admin/bookings/{booking.id}/cancel", form_at=second, reason="x", back=second)
    assert 'rel="prev"' in admin.get(second).text  # of the list that has become shorter


def test_only_a_request_asks(admin: Person, company: Company) -> None:
    booking = _request(company)
    assert "просит с 23 нояб." in admin.get("/admin/bookings/").text
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    page = admin.get("/admin/bookings/?tab=upcoming").text
    assert "просит с" not in page
    assert "запись от 23 нояб." in page


def test_a_booking_that_never_was_is_not_found(admin: Person, company: Company) -> None:
    for number in (999, 10**25):
        answer = admin.post(f"/admin/bookings/{number}/approve", form_at="/admin/candidates/")
        assert answer.status_code == 404


def _waits(company: Company, number: int) -> None:
    candidate = company.candidate(f"Человек {number}", company.moscow, stage=Stage.TO_SCHEDULE)
    since = NOW + timedelta(minutes=number)
    company.session.add(Waiting(candidate=candidate, city_id=company.moscow.id, purpose=Purpose.INTERVIEW, since=since))


def _asks(company: Company, number: int) -> None:
    company.request(
        company.candidate(f"Человек {number}", company.moscow), company.slot(company.olga, hours_ahead=number)
    )


def _is_booked(company: Company, number: int) -> None:
    _asks(company, number)
    company.session.scalars(select(Booking).order_by(Booking.id.desc()).limit(1)).one().status = BookingStatus.BOOKED


@pytest.mark.parametrize(("tab", "add"), [("pending", _asks), ("upcoming", _is_booked), ("waiting", _waits)])
def test_no_list_ends_before_its_end(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch, tab: str, add: Callable[[Company, int], None]
) -> None:
    monkeypatch.setattr(bookings, "PAGE_SIZE", 2)
    for number in range(1, 6):
        add(company, number)
    company.session.commit()
    shown = []
    for page in (1, 2, 3):
        text = admin.get("/admin/bookings/", tab=tab, page=page).text
        shown.append(re.findall(r"Человек \d", text))
        assert (f"page={page + 1}" in text) is (page < 3)
    assert shown == [["Человек 1", "Человек 2"], ["Человек 3", "Человек 4"], ["Человек 5"]]
