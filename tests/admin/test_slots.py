"""Hours are offered in the panel."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from recruitsmart.admin import slots
from recruitsmart.domain.slots.models import BookingStatus, Slot
from tests.panel import Company, Person


def _offer(person: Person, company: Company, **values: Any) -> Any:
    typed = {"recruiter": company.darya.id, "purpose": "interview", "day": "2026-11-30", "starts": "10:00"}
    return person.post(
        "/admin/slots/new", form_at="/admin/slots/new", **{**typed, "duration": "45", "capacity": "1", **values}
    )


def _slots(company: Company) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count(Slot.id))) or 0


def test_an_hour_is_read_in_the_recruiters_zone_and_busy_to_the_end_of_the_buffer(
    admin: Person, company: Company
) -> None:
    company.darya.buffer_minutes = 15
    company.session.commit()

    answer = _offer(admin, company)

    assert answer.location == f"/admin/slots/?recruiter={company.darya.id}"
    slot = company.session.scalars(select(Slot)).one()
    assert slot.starts_at == datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
    assert slot.ends_at == datetime(2026, 11, 30, 3, 45, tzinfo=UTC)
    assert slot.busy_until == datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
    assert "10:00 UTC+7" in admin.get("/admin/slots/").text


def test_an_hour_can_be_entered_in_another_zone(admin: Person, company: Company) -> None:
    _offer(admin, company, zone="Europe/Moscow")

    assert company.session.scalars(select(Slot.starts_at)).one() == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


def test_an_overlapping_hour_is_refused_in_a_sentence_and_the_input_stays(admin: Person, company: Company) -> None:
    _offer(admin, company)

    answer = _offer(admin, company, starts="10:30", capacity="3")

    assert answer.status_code == 200
    assert "уже открыт час" in answer.text
    assert "ex_slots" not in answer.text
    assert 'value="10:30"' in answer.text
    assert 'value="3"' in answer.text
    assert _slots(company) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": "2026-11-22"}, "уже прошёл"),
        ({"day": "yesterday"}, "Напишите день"),
        ({"starts": "late"}, "Напишите час"),
        ({"duration": "0"}, "от 5 минут"),
        ({"duration": "-5"}, "целые числа"),
        ({"capacity": "501"}, "от 1 до 500"),
        ({"recruiter": ""}, "Выберите рекрутера"),
        ({"zone": "Mars/Olympus"}, "не часовой пояс"),
        ({"zone": "America/New_York", "day": "2027-03-14", "starts": "02:30"}, "переводят часы"),
    ],
)
def test_what_cannot_be_an_hour_is_refused_in_a_sentence(
    admin: Person, company: Company, typed: dict[str, str], sentence: str
) -> None:
    answer = _offer(admin, company, **typed)

    assert sentence in answer.text
    assert _slots(company) == 0


def test_a_recruiter_has_no_hours_in_a_city_of_others(admin: Person, company: Company) -> None:
    assert "не работает в этом городе" in _offer(admin, company, city=company.moscow.id).text


def test_the_list_shows_hours_ahead_with_the_seats_taken(admin: Person, company: Company) -> None:
    company.slot(company.olga, hours_ahead=-5)
    company.request(company.candidate("Анна Иванова", company.moscow), company.slot(company.olga))

    page = admin.get("/admin/slots/").text

    assert page.count("<tr>") == 2
    assert "1 / 1" in page


def test_an_hour_under_way_keeps_its_seat_taken_once_it_is_noted_who_came(admin: Person, company: Company) -> None:
    begun = company.slot(company.olga, hours_ahead=-0.5)
    booking = company.request(company.candidate("Анна Иванова", company.moscow), begun)
    booking.status, booking.ended_at = BookingStatus.ATTENDED, begun.starts_at
    company.session.commit()

    assert "1 / 1" in admin.get("/admin/slots/").text


def test_closing_an_hour_leaves_the_list_as_it_was_narrowed_and_paged(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "PAGE_SIZE", 1)
    company.slot(company.olga)
    free, taken = company.slot(company.darya, hours_ahead=30), company.slot(company.darya, hours_ahead=40)
    company.request(company.candidate("Анна Иванова", company.novosibirsk), taken)
    page = admin.get("/admin/slots/?page=2").text
    assert re.search(
        rf'name="back" value="/admin/slots/\?page=2">\s*<input type="hidden" name="slot" value="{free.id}"', page
    )
    page = admin.get("/admin/slots/?page=3").text
    assert f"/admin/closing/?slot={taken.id}&amp;back=/admin/slots/?page%3D3" in page


def test_the_list_can_be_narrowed_to_a_city_to_free_seats_and_to_days_of_the_recruiter(
    admin: Person, company: Company
) -> None:
    """In eight hours it is the evening of the 23rd in Moscow, and the 24th in Novosibirsk."""
    moscow, siberian = company.slot(company.olga, hours_ahead=8), company.slot(company.darya, hours_ahead=8)
    later = company.slot(company.darya, hours_ahead=48)
    company.request(company.candidate("Анна Иванова", company.novosibirsk), later)

    def shown(**asked: Any) -> list[int]:
        found = re.findall(r'name="slot" value="(\d+)"|closing/\?slot=(\d+)', admin.get("/admin/slots/", **asked).text)
        return [int(free or taken) for free, taken in found]

    assert shown() == [moscow.id, siberian.id, later.id]
    assert shown(city=company.moscow.id) == [moscow.id]
    assert shown(city=company.novosibirsk.id, seats="free") == [siberian.id]
    assert shown(**{"from": "2026-11-24"}) == [siberian.id, later.id]
    assert shown(**{"from": "2026-11-26"}) == []
    assert shown(**{"from": "nonsense", "city": "x", "seats": "?"}) == [moscow.id, siberian.id, later.id]


def test_a_city_of_others_cannot_be_looked_into_by_the_filter(olga: Person, company: Company) -> None:
    company.slot(company.darya)
    page = olga.get("/admin/slots/", city=company.novosibirsk.id).text
    assert "Таких часов впереди нет" in page and company.novosibirsk.name not in page
