"""Hours are closed in the panel: with a plan for everybody who is booked, all or nothing."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import closing
from recruitsmart.domain.slots.models import Booking, BookingStatus, Slot
from tests.panel import Company, Person, queries_counted

AT = "/admin/closing/"


def _booked(company: Company, name: str = "Анна Иванова", *, hours_ahead: float = 24) -> Booking:
    booking = company.request(
        company.candidate(name, company.moscow), company.slot(company.olga, hours_ahead=hours_ahead)
    )
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    return booking


def _state(company: Company, slot_id: int) -> str:
    company.session.rollback()
    return company.session.scalars(select(Slot.status).where(Slot.id == slot_id)).one()


def test_an_hour_without_bookings_closes_at_once(admin: Person, company: Company) -> None:
    slot = company.slot(company.olga)

    admin.post(AT, form_at="/admin/slots/", slot=slot.id)

    assert _state(company, slot.id) == "closed"


def test_an_hour_with_a_booking_does_not_close_without_a_plan(admin: Person, company: Company) -> None:
    booking = _booked(company)

    page = admin.post(AT, form_at="/admin/slots/", slot=booking.slot_id).text

    assert "посмотрите новый план" in page
    assert "Анна Иванова" in page
    assert _state(company, booking.slot_id) == "open"


def test_the_nearest_free_hour_is_proposed(admin: Person, company: Company) -> None:
    booking = _booked(company)
    near, far = company.slot(company.olga, hours_ahead=26), company.slot(company.olga, hours_ahead=60)

    page = admin.get(AT, slot=booking.slot_id).text

    assert f'<option value="{near.id}" selected>' in page
    assert f'<option value="{far.id}">' in page
    assert f'<option value="{booking.slot_id}"' not in page


@pytest.mark.parametrize(("later", "last"), [(25, ""), (49, "2026-11-25")], ids=["a day", "several days"])
def test_days_are_closed_with_one_click_and_everybody_is_told(
    admin: Person, company: Company, later: float, last: str
) -> None:
    moved, cancelled = _booked(company), _booked(company, "Пётр Сидоров", hours_ahead=later)
    free = company.slot(company.olga, hours_ahead=90)
    plan = {f"plan-{moved.id}": free.id, f"plan-{cancelled.id}": "cancel"}

    days = f"{AT}day?recruiter={company.olga.id}&day=2026-11-24&last={last}"
    shown = re.findall(r'name="slot" value="(\d+)"', admin.get(days).text)
    assert {int(slot_id) for slot_id in shown} == {moved.slot_id, cancelled.slot_id}
    answer = admin.post(AT, form_at=days, slot=shown, reason="болезнь", **plan)

    assert answer.status_code == 302
    assert company.now(moved).status == BookingStatus.MOVED
    assert (company.now(cancelled).status, cancelled.end_reason) == (BookingStatus.CANCELLED, "болезнь")
    assert {_state(company, moved.slot_id), _state(company, cancelled.slot_id)} == {"closed"}
    kinds = set(company.session.scalars(select(OutboxMessage.kind)))
    assert {"booking.moved_by_us", "booking.called_off"} <= kinds


@pytest.mark.parametrize(
    ("last", "words"),
    [("2026-11-20", "раньше первого"), ("2026-12-08", "не больше 14 дней"), ("2026-11-24", "впереди нет открытых")],
)
def test_days_that_cannot_be_closed_are_answered_in_a_sentence_and_stay_in_the_form(
    admin: Person, company: Company, last: str, words: str
) -> None:
    page = admin.get(f"{AT}day", recruiter=company.olga.id, day="2026-11-24", last=last).text
    assert words in page
    assert 'value="2026-11-24"' in page and f'value="{last}"' in page


def test_a_recruiter_of_another_city_has_no_days_to_close(olga: Person, company: Company) -> None:
    company.slot(company.darya)
    page = olga.get(f"{AT}day", recruiter=company.darya.id, day="2026-11-24", last="2026-11-30").text
    assert 'name="slot"' not in page and "Дарья" not in page


def test_all_or_nothing_when_an_hour_of_the_plan_is_taken_meanwhile(admin: Person, company: Company) -> None:
    first, second = _booked(company), _booked(company, "Пётр Сидоров", hours_ahead=25)
    taken = _booked(company, "Третий Кандидат", hours_ahead=60)
    free = company.slot(company.olga, hours_ahead=70)
    plan = {f"plan-{first.id}": "cancel", f"plan-{second.id}": taken.slot_id}

    page = admin.post(AT, form_at="/admin/slots/", slot=[first.slot_id, second.slot_id], reason="больна", **plan)

    assert page.status_code == 200
    assert "только что заняли" in page.text
    assert 'value="больна"' in page.text
    assert f'<option value="{free.id}"' in page.text
    for booking in (first, second):
        assert company.now(booking).status == BookingStatus.BOOKED
        assert _state(company, booking.slot_id) == "open"


def test_who_closes_what_a_colleague_closes_at_that_moment_is_told_so(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, close = _booked(company), closing.close
    plan = {f"plan-{booking.id}": "cancel"}

    def a_colleague_first(session: Session, slot_ids: list[int], *args: Any, **values: Any) -> None:
        close(company.session, slot_ids, *args, **values)
        company.session.commit()
        close(session, slot_ids, *args, **values)

    monkeypatch.setattr(closing, "close", a_colleague_first)
    answer = admin.post(AT, form_at="/admin/slots/", slot=booking.slot_id, reason="больна", **plan)
    assert answer.status_code == 302
    assert "больше не предлагается" in admin.get("/admin/slots/").text


def test_a_booking_that_came_meanwhile_is_in_the_new_plan(admin: Person, company: Company) -> None:
    first = _booked(company)
    second = _booked(company, "Пётр Сидоров", hours_ahead=25)

    page = admin.post(
        AT, form_at="/admin/slots/", slot=[first.slot_id, second.slot_id], reason="x", **{f"plan-{first.id}": "cancel"}
    ).text

    assert "посмотрите новый план" in page
    assert "Пётр Сидоров" in page
    assert company.now(first).status == BookingStatus.BOOKED


def test_a_reason_is_needed_when_somebody_is_booked(admin: Person, company: Company) -> None:
    booking = _booked(company)
    plan = {f"plan-{booking.id}": "cancel"}

    page = admin.post(AT, form_at="/admin/slots/", slot=booking.slot_id, reason=" ", **plan).text

    assert "Напишите почему" in page
    assert _state(company, booking.slot_id) == "open"


@pytest.mark.parametrize("hours_ahead", [-3, 24])
def test_an_hour_that_is_closed_or_past_is_answered_in_a_sentence(
    admin: Person, company: Company, hours_ahead: float
) -> None:
    slot = company.slot(company.olga, hours_ahead=hours_ahead)
    for _ in range(2):
        answer = admin.post(AT, form_at="/admin/candidates/", slot=slot.id)

    assert answer.location == "/admin/slots/"
    assert "больше не предлагается" in admin.get("/admin/slots/").text


def test_foreign_hours_do_not_exist_and_foreign_hours_cannot_be_given(olga: Person, company: Company) -> None:
    booking, foreign = _booked(company), company.slot(company.darya)
    plan = {f"plan-{booking.id}": foreign.id}

    assert olga.get(AT, slot=foreign.id).status_code == 404
    assert olga.post(AT, form_at="/admin/slots/", slot=foreign.id).status_code == 404
    assert olga.post(AT, form_at="/admin/slots/", slot=booking.slot_id, reason="x", **plan).status_code == 404
    assert olga.get(AT).status_code == 404
    assert _state(company, foreign.id) == "open"
    assert _state(company, booking.slot_id) == "open"


def test_who_lost_the_city_of_somebody_booked_reads_who_can_close_the_hour(
    olga: Person, admin: Person, company: Company
) -> None:
    company.olga.cities.append(company.novosibirsk)
    slot = company.slot(company.olga)
    stranger = company.request(company.candidate("Чужой Пётр", company.novosibirsk), slot)
    company.olga.cities.remove(company.novosibirsk)
    company.session.commit()
    plan = {f"plan-{stranger.id}": "cancel"}

    for press in (
        lambda: olga.get(AT, slot=slot.id),
        lambda: olga.post(AT, form_at="/admin/slots/", slot=slot.id, reason="x", **plan),
    ):
        answer = press()
        assert answer.location == "/admin/slots/"
        page = olga.get("/admin/slots/").text
        assert "может администратор" in page and "Новосибирск" in page and "Чужой" not in page
    days = olga.get(f"{AT}day", recruiter=company.olga.id, day="2026-11-24").text
    assert "может администратор" in days and "Чужой" not in days
    assert _state(company, slot.id) == "open"
    admin.post(AT, form_at=f"{AT}?slot={slot.id}", slot=slot.id, reason="x", **plan)
    assert _state(company, slot.id) == "closed"


def test_of_days_with_hours_in_a_foreign_city_ones_own_are_closed_and_the_others_counted(
    olga: Person, company: Company
) -> None:
    days = f"{AT}day?recruiter={company.olga.id}&day=2026-11-24"
    foreign = company.slot(company.olga, hours_ahead=26, city=company.novosibirsk)

    page = olga.get(days).text
    assert "остаются открытыми: 1." in page and 'name="slot"' not in page
    own = company.slot(company.olga)
    page = olga.get(days).text
    assert "остаются открытыми: 1." in page
    assert re.findall(r'name="slot" value="(\d+)"', page) == [str(own.id)]
    olga.post(AT, form_at=days, slot=own.id)

    assert (_state(company, own.id), _state(company, foreign.id)) == ("closed", "open")


def test_a_viewer_closes_nothing_and_the_form_needs_its_token(app: Flask, admin: Person, company: Company) -> None:
    slot = company.slot(company.olga)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")

    assert viewer.post(AT, form_at="/admin/candidates/", slot=slot.id).status_code == 403
    assert admin.client.post(AT, data={"slot": slot.id}).status_code == 400
    assert _state(company, slot.id) == "open"


def test_a_plan_for_many_bookings_takes_few_queries(app: Flask, admin: Person, company: Company) -> None:
    bookings = [_booked(company, f"Анна {number}", hours_ahead=10 + number) for number in range(12)]

    with queries_counted(app) as statements:
        page = admin.get(AT, slot=[booking.slot_id for booking in bookings])

    assert page.text.count("card-row") == 12
    assert len(statements) <= 15, statements


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [("/admin/calendar/?recruiter=1&week=2026-W48", "/admin/calendar/"), ("https://evil.example/", "/admin/slots/")],
)
def test_closing_leads_back_to_where_it_began(admin: Person, company: Company, back: str, leads_to: str) -> None:
    slot = company.slot(company.olga)
    day = admin.get(f"{AT}day", recruiter=company.olga.id, day="2026-11-24", back=back)
    assert f'href="{leads_to}' in day.text
    answer = admin.post(AT, form_at="/admin/slots/", slot=slot.id, back=back)
    assert answer.location.startswith(leads_to)


@pytest.mark.parametrize("days", ["day=9999-12-31", "day=9999-12-20&last=9999-12-31", "day=0001-01-01"])
def test_days_at_the_end_of_time_are_refused_in_a_sentence(admin: Person, company: Company, days: str) -> None:
    page = admin.get(f"{AT}day?recruiter={company.olga.id}&{days}")
    assert page.status_code == 200
    assert "от 2000 до 2100" in page.text


def test_the_days_of_who_left_can_still_be_closed(admin: Person, company: Company) -> None:
    booking = _booked(company)
    company.olga.active = False
    company.session.commit()
    page = admin.get(f"{AT}day?recruiter={company.olga.id}&day=2026-11-24").text
    assert f'name="slot" value="{booking.slot_id}"' in page


def test_who_left_and_has_no_hours_ahead_is_not_offered(admin: Person, company: Company) -> None:
    company.slot(company.olga, hours_ahead=-3)
    company.olga.active = False
    company.session.commit()
    assert f'<option value="{company.olga.id}"' not in admin.get(f"{AT}day").text
