"""Introductory days in the panel: the list to tick on the day, and what follows in one press."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City, Recruiter, Role
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import Booking, BookingStatus, EndedBy, Purpose, Slot
from tests.panel import NOW, Company, Person, queries_counted

DAYS = "/admin/intro-days/"
TODAY = "/admin/today/"


def _day(company: Company, recruiter: Recruiter | None = None, *, hours_ahead: float = -1, **values) -> Slot:
    start = NOW + timedelta(hours=hours_ahead)
    end = start + timedelta(hours=3)
    slot = Slot(
        recruiter=recruiter or company.olga, purpose=Purpose.INTRO_DAY, starts_at=start, ends_at=end, busy_until=end,
        **{"capacity": 50, **values},
    )  # fmt: skip
    company.session.add(slot)
    company.session.commit()
    return slot


def _seat(
    company: Company, slot: Slot, name: str, status: BookingStatus = BookingStatus.BOOKED, city: City | None = None,
    **values,
) -> Booking:  # fmt: skip
    candidate = company.candidate(name, city or slot.recruiter.cities[0], stage=Stage.INTRO_DAY, phone="+79990000001")
    seat = company.session.query(Booking).count() + 1
    booking = Booking(
        slot=slot, candidate=candidate, purpose=Purpose.INTRO_DAY, slot_capacity=slot.capacity, seat=seat,
        status=status, created_at=NOW, time_zone="Europe/Moscow", **values,
    )  # fmt: skip
    company.session.add(booking)
    company.session.commit()
    return booking


def _address(slot: Slot) -> str:
    return f"{DAYS}{slot.id}"


def _tick(person: Person, booking: Booking, result: str):
    page = _address(booking.slot)
    back = f"{page}#booking-{booking.id}"
    return person.post(f"/admin/bookings/{booking.id}/outcome", form_at=page, result=result, back=back)


@pytest.mark.parametrize("page", [DAYS, TODAY])
def test_a_day_of_another_zone_also_says_its_own_hour(admin: Person, company: Company, page: str) -> None:
    """To who reads in Moscow a day that begins at 10 in Novosibirsk begins in the small hours."""
    _day(company, company.darya, hours_ahead=8)
    words = admin.get(page).text
    assert "20:00 UTC+3" in words
    assert "на месте: 24 нояб. 2026, 00:00 UTC+7" in words


@pytest.mark.parametrize("page", [DAYS, TODAY])
def test_a_day_of_the_own_zone_says_its_hour_once(admin: Person, company: Company, page: str) -> None:
    _day(company, hours_ahead=8)
    assert admin.get(page).text.count("20:00 UTC+3") == 2  # and in the name of its link, for screen readers


def test_seats_of_people_of_other_cities_are_counted_where_they_are_not_shown(olga: Person, company: Company) -> None:
    company.darya.cities = [company.novosibirsk, company.moscow]
    company.session.commit()
    day = _day(company, company.darya, hours_ahead=24)
    _seat(company, day, "Анна Ким", city=company.moscow)
    _seat(company, day, "Чужой Пётр", city=company.novosibirsk)
    page = olga.get(_address(day)).text
    assert "занято мест: 2 из 50" in olga.get(DAYS).text
    assert "занято мест: 2 из 50" in page
    assert "из других городов, здесь не показаны: 1" in page
    assert "Чужой" not in page


def test_the_list_says_who_comes_with_the_phone_and_how_it_stands(olga: Person, company: Company) -> None:
    day = _day(company, hours_ahead=24)
    _seat(company, day, "Анна Ким", BookingStatus.CONFIRMED)
    page = olga.get(_address(day)).text
    assert 'href="tel:+79990000001"' in page
    assert "придёт<" in page
    assert 'name="result"' not in page
    assert "Все пришли" not in page


def test_somebody_is_ticked_with_one_press_and_the_page_comes_back_to_them(olga: Person, company: Company) -> None:
    seat = _seat(company, _day(company), "Анна Ким")
    answer = _tick(olga, seat, "attended")
    assert answer.location == f"{_address(seat.slot)}#booking-{seat.id}"
    assert company.now(seat).status == BookingStatus.ATTENDED
    _tick(olga, seat, "no_show")
    assert company.now(seat).status == BookingStatus.NO_SHOW


def test_an_hour_before_the_day_people_can_be_ticked_as_there_and_nothing_else(olga: Person, company: Company) -> None:
    day = _day(company, hours_ahead=1)
    _seat(company, day, "Анна Ким")
    page = olga.get(_address(day)).text
    assert [f'value="{result}"' in page for result in ("attended", "late", "no_show")] == [True, False, False]


def test_all_came_ticks_everybody_who_is_not_noted_yet(olga: Person, company: Company) -> None:
    day = _day(company)
    absent = _seat(company, day, "Анна Ким", BookingStatus.NO_SHOW, ended_at=NOW)
    others = [_seat(company, day, name) for name in ("Борис Лис", "Вера Дым")]
    assert "Все пришли (2)" in " ".join(olga.get(_address(day)).text.split())
    answer = olga.post(f"{_address(day)}/all-came", form_at=_address(day))
    assert answer.location == _address(day)
    assert [company.now(seat).status for seat in (absent, *others)] == ["no_show", "attended", "attended"]
    assert "Все пришли" not in olga.get(_address(day)).text


def test_who_came_is_hired_with_one_press_on_the_list(olga: Person, company: Company) -> None:
    seat = _seat(company, _day(company), "Анна Ким")
    assert "/hire" not in olga.get(_address(seat.slot)).text
    _tick(olga, seat, "late")
    act = f"/admin/decisions/{seat.candidate.reference}/hire"
    answer = olga.post(act, form_at=_address(seat.slot), back=_address(seat.slot))
    assert answer.location == _address(seat.slot)
    assert company.now(seat.candidate).outcome == Outcome.HIRED
    page = olga.get(_address(seat.slot)).text
    assert ("принят" in page, "/hire" in page) == (True, False)


def test_who_is_not_taken_is_rejected_with_a_reason_that_is_one_press(olga: Person, company: Company) -> None:
    seat = _seat(company, _day(company), "Анна Ким")
    _tick(olga, seat, "attended")
    page = olga.get(_address(seat.slot)).text
    reason = "Задание не удалось"
    assert f'name="reason" value="{reason}"' in page
    act = f"/admin/decisions/{seat.candidate.reference}/reject"
    olga.post(act, form_at=_address(seat.slot), back=_address(seat.slot), reason=reason)
    assert (company.now(seat.candidate).outcome, seat.candidate.outcome_reason) == (Outcome.REJECTED, reason)
    assert "/bring-back" in olga.get(_address(seat.slot)).text


def test_who_declined_is_named_with_the_reason_in_words(olga: Person, company: Company) -> None:
    day = _day(company, hours_ahead=24)
    ended = {"status": BookingStatus.CANCELLED, "ended_at": NOW, "ended_by": EndedBy.CANDIDATE}
    _seat(company, day, "Анна Ким", end_reason="plans", **ended)
    _seat(company, day, "Борис Лис", end_reason="<b>болею</b>", **ended)
    part = olga.get(_address(day)).text.split('id="declined"')[1]
    assert "Изменились планы" in part
    assert "&lt;b&gt;болею&lt;/b&gt;" in part


def test_a_request_is_answered_on_the_list(olga: Person, company: Company) -> None:
    seat = _seat(company, _day(company, hours_ahead=24), "Анна Ким", BookingStatus.PENDING)
    page = _address(seat.slot)
    assert olga.post(f"/admin/bookings/{seat.id}/approve", form_at=page, back=page).location == page
    assert company.now(seat).status == BookingStatus.BOOKED
    company.session.rollback()
    assert "intro_day.booked" in company.session.scalars(select(OutboxMessage.kind)).all()


def test_a_day_of_another_city_does_not_exist(olga: Person, company: Company) -> None:
    foreign = _day(company, company.darya)
    seat = _seat(company, foreign, "Чужой Пётр")
    assert olga.get(_address(foreign)).status_code == 404
    assert olga.post(f"{_address(foreign)}/all-came", form_at=DAYS).status_code == 404
    assert olga.get(f"{DAYS}999999").status_code == 404
    assert company.now(seat).status == BookingStatus.BOOKED
    assert "Дарья" not in olga.get(DAYS).text


def test_an_interview_is_no_introductory_day(olga: Person, company: Company) -> None:
    assert olga.get(_address(company.slot(company.olga))).status_code == 404


def test_people_of_other_cities_are_not_on_the_list_of_a_day_in_several(olga: Person, company: Company) -> None:
    company.darya.cities.append(company.moscow)
    day = _day(company, company.darya)
    _seat(company, day, "Своя Анна", city=company.moscow)
    foreign = _seat(company, day, "Чужой Пётр", city=company.novosibirsk)
    assert ("Своя" in olga.get(_address(day)).text, "Чужой" in olga.get(_address(day)).text) == (True, False)
    olga.post(f"{_address(day)}/all-came", form_at=_address(day))
    assert company.now(foreign).status == BookingStatus.BOOKED


def test_a_viewer_sees_the_list_and_ticks_nobody(app: Flask, company: Company) -> None:
    seat = _seat(company, _day(company), "Анна Ким")
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    page = viewer.get(_address(seat.slot)).text
    assert ("Анна Ким" in page, 'name="result"' in page, "Все пришли" in page) == (True, False, False)
    assert viewer.post(f"{_address(seat.slot)}/all-came", form_at="/admin/candidates/").status_code == 403


def test_a_hostile_name_is_only_a_name(olga: Person, company: Company) -> None:
    day = _day(company)
    _seat(company, day, '<script>alert("x")</script> Анна')
    assert "<script>alert" not in olga.get(_address(day)).text


def test_today_has_one_row_for_the_whole_group(olga: Person, company: Company) -> None:
    day = _day(company)
    for number in range(3):
        _seat(company, day, f"Имя {number}", BookingStatus.CONFIRMED)
    meetings = olga.get(TODAY).text.split('aria-labelledby="meetings"')[1].split("</section>")[0]
    assert f'href="{_address(day)}"' in meetings
    assert "занято мест: 3 из 50" in meetings
    assert "Имя 1" not in meetings
    assert "Сегодня встреч нет" not in meetings


def test_the_slots_and_the_card_lead_to_the_list(olga: Person, company: Company) -> None:
    seat = _seat(company, _day(company, hours_ahead=24), "Анна Ким")
    for page in ("/admin/slots/", f"/admin/candidates/{seat.candidate.reference}"):
        assert f'href="{_address(seat.slot)}' in olga.get(page).text


def test_past_days_are_kept_at_hand_for_two_weeks(olga: Person, company: Company) -> None:
    for ago in (-10, -24, -24 * 14, -24 * 15):
        _day(company, hours_ahead=ago, capacity=-ago)
    ahead, past = olga.get(DAYS).text, olga.get(DAYS, tab="past").text
    assert [f"из {seats}<" in ahead for seats in (10, 24, 336, 360)] == [True, False, False, False]
    assert [f"из {seats}<" in past for seats in (10, 24, 336, 360)] == [False, True, True, False]


@pytest.mark.parametrize("many", [1, 40])
def test_the_pages_ask_few_things_however_many_there_are(app: Flask, company: Company, many: int) -> None:
    day = _day(company)
    for number in range(many):
        noted = {"status": BookingStatus.ATTENDED, "ended_at": NOW} if number % 2 else {}
        _seat(company, day, f"Имя {number}", **noted)
        _day(company, hours_ahead=24 + 4 * number)
    company.account("olga", Role.RECRUITER, company.olga)
    person = Person(app.test_client())
    person.sign_in("olga")
    for address, most in ((_address(day), 6), (DAYS, 5)):
        with queries_counted(app) as statements:
            page = person.get(address)
        assert page.status_code == 200
        assert len(statements) <= most, "\n".join(statements)
