"""A tap: one answer whatever happens, by the operations of the chat."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.models import Conversation, PageRequest
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot
from recruitsmart.extensions import db
from recruitsmart.web.places import THREADS_FOR_PEOPLE, Places
from recruitsmart.web.webapp.api import LONGEST_BODY_BYTES, PLACES, TAPS
from tests.panel import NOW, Company, queries_counted
from tests.web.webapp.conftest import Comes, Visitor, Workers
from workers import registry
from workers.contract import FromPage, ReserveOnPage
from workers.replies import Taps

TOMORROW = "2026-11-24T09:00:00Z"


@pytest.fixture
def slot(company: Company) -> Slot:
    """Tomorrow at noon in Moscow, where nobody needs to approve."""
    company.moscow.approval_required = False
    return company.slot(company.olga)


def said(company: Company, visitor: Visitor) -> list[str]:
    """The kinds of messages to the person's chat, in order."""
    company.session.rollback()
    to_chat = select(OutboxMessage.kind).where(OutboxMessage.chat_id == visitor.chat_id)
    return list(company.session.scalars(to_chat.order_by(OutboxMessage.id)))


def bookings(company: Company) -> list[tuple[int, str]]:
    company.session.rollback()
    return [tuple(row) for row in company.session.execute(select(Booking.slot_id, Booking.status).order_by(Booking.id))]


def prompt(company: Company, visitor: Visitor) -> Prompt:
    company.session.rollback()
    return company.session.get_one(Conversation, visitor.candidate.id).prompt


def test_a_free_hour_is_booked_and_the_chat_says_so(anna: Visitor, company: Company, slot: Slot) -> None:
    answer = anna.post("/booking", slot_id=slot.id)
    assert (answer.status_code, answer.json["outcome"]) == (201, "booked")
    assert answer.json["booking"]["starts_at"] == TOMORROW
    assert anna.get("/me").json["booking"] == answer.json["booking"]
    assert bookings(company) == [(slot.id, "booked")]
    assert said(company, anna) == ["booking.booked", "booking.calendar"]
    assert prompt(company, anna) == Prompt.BOOKED


def test_where_recruiters_approve_it_is_a_request(anna: Visitor, company: Company) -> None:
    answer = anna.post("/booking", slot_id=company.slot(company.olga).id)
    assert (answer.status_code, answer.json["booking"]["status"]) == (201, "pending")
    assert said(company, anna) == ["booking.pending"]


def test_an_hour_that_is_gone_leaves_the_nearest(anna: Visitor, comes: Comes, company: Company, slot: Slot) -> None:
    comes("Bella").post("/booking", slot_id=slot.id)
    later = [company.slot(company.olga, hours_ahead=hours).id for hours in (25, 26, 27, 28)]
    answer = anna.post("/booking", slot_id=slot.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "taken")
    assert [hour["id"] for hour in answer.json["error"]["nearest"]] == later[:3]
    assert said(company, anna) == []


def test_what_does_not_exist_or_is_of_another_city_is_not_found(anna: Visitor, company: Company) -> None:
    elsewhere = company.slot(company.darya)
    for slot_id in (elsewhere.id, 999_999, 2**53 - 1):
        answer = anna.post("/booking", slot_id=slot_id)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_somebody_elses_booking_is_not_found(anna: Visitor, comes: Comes, company: Company, slot: Slot) -> None:
    theirs = comes("Bella").post("/booking", slot_id=slot.id).json["booking"]["id"]
    other = company.slot(company.olga, hours_ahead=30)
    for answer in (
        anna.post("/reschedule", booking_id=theirs, slot_id=other.id),
        anna.post("/cancel", booking_id=theirs, reason="plans"),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
    assert bookings(company) == [(slot.id, "booked")]


def test_a_second_hour_is_refused(anna: Visitor, company: Company, slot: Slot) -> None:
    anna.post("/booking", slot_id=slot.id)
    answer = anna.post("/booking", slot_id=company.slot(company.olga, hours_ahead=30).id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "already_booked")


@pytest.mark.parametrize(("hours", "code"), [(0.5, "too_soon"), (24 * 60, "too_soon")])
def test_an_hour_out_of_reach_is_refused(anna: Visitor, company: Company, hours: float, code: str) -> None:
    answer = anna.post("/booking", slot_id=company.slot(company.olga, hours_ahead=hours).id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, code)


def test_who_stands_elsewhere_cannot_book(comes: Comes, company: Company, slot: Slot) -> None:
    answer = comes(stage=Stage.TEST1).post("/booking", slot_id=slot.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "wrong_stage")


def test_an_hour_is_moved_in_one_step(anna: Visitor, company: Company, slot: Slot) -> None:
    booking = anna.post("/booking", slot_id=slot.id).json["booking"]
    other = company.slot(company.olga, hours_ahead=30)
    answer = anna.post("/reschedule", booking_id=booking["id"], slot_id=other.id)
    assert (answer.status_code, answer.json["outcome"]) == (200, "moved")
    assert bookings(company) == [(slot.id, "moved"), (other.id, "booked")]
    gone = anna.post("/reschedule", booking_id=booking["id"], slot_id=slot.id)
    assert (gone.status_code, gone.json["error"]["code"]) == (409, "booking_gone")


def test_a_move_to_an_hour_that_is_gone_keeps_the_old_one(
    anna: Visitor, comes: Comes, company: Company, slot: Slot
) -> None:
    booking = anna.post("/booking", slot_id=slot.id).json["booking"]
    other = company.slot(company.olga, hours_ahead=30)
    comes("Bella").post("/booking", slot_id=other.id)
    answer = anna.post("/reschedule", booking_id=booking["id"], slot_id=other.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "taken")
    assert anna.get("/me").json["booking"]["id"] == booking["id"]


def test_an_hour_is_given_back_with_the_reason(anna: Visitor, company: Company, slot: Slot) -> None:
    booking = anna.post("/booking", slot_id=slot.id).json["booking"]
    answer = anna.post("/cancel", booking_id=booking["id"], reason=" mother\n is ill\u0000 ")
    assert (answer.status_code, answer.json) == (200, {"outcome": "cancelled", "booking": None})
    company.session.rollback()
    assert company.session.scalars(select(Booking.end_reason)).all() == ["mother is ill"]
    assert said(company, anna)[2:] == ["booking.calendar_cancelled", "booking.cancelled", "hour.days"]
    assert prompt(company, anna) == Prompt.HOUR
    again = anna.post("/cancel", booking_id=booking["id"], reason="plans")
    assert (again.status_code, len(said(company, anna))) == (200, 5)


def test_too_near_it_cannot_be_given_back(anna: Visitor, company: Company, slot: Slot) -> None:
    booking = anna.post("/booking", slot_id=slot.id).json["booking"]
    company.moscow.change_deadline_minutes = 60 * 48
    company.session.commit()
    answer = anna.post("/cancel", booking_id=booking["id"], reason="plans")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "too_late")


def test_who_wants_no_introductory_day_any_more_ends_the_application(comes: Comes, company: Company) -> None:
    anna, start = comes(stage=Stage.INTRO_DAY), NOW + timedelta(minutes=30)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3), "busy_until": start + timedelta(hours=3)}
    day = Slot(recruiter=company.olga, purpose=Purpose.INTRO_DAY, capacity=10, **times)
    booking = Booking(
        slot=day, candidate=anna.candidate, purpose=Purpose.INTRO_DAY, slot_capacity=10, seat=1,
        status=BookingStatus.BOOKED, created_at=NOW, time_zone="Europe/Moscow",
    )  # fmt: skip
    company.session.add_all([day, booking])
    company.session.commit()
    assert anna.post("/cancel", booking_id=booking.id, reason="mind").status_code == 200
    assert company.now(anna.candidate).outcome == Outcome.WITHDRAWN
    assert anna.get("/me").json["step"] == "ended"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/booking", {}, 422, "invalid"),
        ("/booking", {"slot_id": "1"}, 422, "invalid"),
        ("/booking", {"slot_id": True}, 422, "invalid"),
        ("/booking", {"slot_id": 1.5}, 422, "invalid"),
        ("/booking", {"slot_id": float("inf")}, 422, "invalid"),
        ("/booking", {"slot_id": 0}, 422, "invalid"),
        ("/booking", {"slot_id": 2**53}, 422, "invalid"),
        ("/booking", {"slot_id": 1, "more": 1}, 422, "invalid"),
        ("/cancel", {"booking_id": 1, "reason": ""}, 422, "invalid"),
        ("/cancel", {"booking_id": 1, "reason": "x" * 501}, 422, "invalid"),
        ("/cancel", {"booking_id": 1, "reason": "x" * LONGEST_BODY_BYTES}, 413, "too_large"),
        ("/reschedule", {"booking_id": 1}, 422, "invalid"),
    ],
)
def test_what_means_nothing_is_refused(
    anna: Visitor, workers: Workers, path: str, body: Any, status: int, code: str
) -> None:
    answer = anna.post(path, **body)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert workers.taken == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 3000])
def test_what_is_no_json_is_refused(anna: Visitor, body: bytes) -> None:
    sent = {"headers": anna.headers, "data": body}
    assert anna.client.post("/api/webapp/booking", content_type="application/json", **sent).status_code == 400
    assert anna.client.post("/api/webapp/booking", content_type="text/plain", **sent).status_code == 415
    listed = anna.client.post("/api/webapp/booking", headers=anna.headers, json=[1])
    assert listed.status_code == 422


@pytest.mark.parametrize("key", ["", " ", "ключ", "x" * 65, "a b", "a\tb"])
def test_a_key_that_is_none_is_refused(anna: Visitor, key: str) -> None:
    answer = anna.client.post(
        "/api/webapp/booking",
        json={"slot_id": 1},
        headers=anna.headers,
        environ_overrides={"HTTP_IDEMPOTENCY_KEY": key},
    )
    assert answer.status_code == 422


def test_the_same_key_gets_the_same_answer(anna: Visitor, company: Company, workers: Workers, slot: Slot) -> None:
    first = anna.post("/booking", key="k-1", slot_id=slot.id)
    second = anna.post("/booking", key="k-1", slot_id=slot.id)
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert len(workers.taken) == 1
    anna.post("/cancel", booking_id=first.json["booking"]["id"], reason="plans")
    assert anna.post("/booking", key="k-1", slot_id=slot.id).json == first.json
    assert bookings(company) == [(slot.id, "cancelled")]


def test_a_refusal_too_is_the_same_again(anna: Visitor, comes: Comes, slot: Slot) -> None:
    bella = comes("Bella")
    bella.post("/booking", slot_id=slot.id)
    first = anna.post("/booking", key="k-1", slot_id=slot.id)
    bella.post("/cancel", booking_id=bella.get("/me").json["booking"]["id"], reason="plans")
    assert anna.post("/booking", key="k-1", slot_id=slot.id).json == first.json
    assert anna.post("/booking", key="k-2", slot_id=slot.id).status_code == 201


def test_a_key_means_one_request(anna: Visitor, company: Company, slot: Slot) -> None:
    anna.post("/booking", key="k-1", slot_id=slot.id)
    other = anna.post("/booking", key="k-1", slot_id=company.slot(company.olga, hours_ahead=30).id)
    assert (other.status_code, other.json["error"]["code"]) == (422, "key_reused")
    assert anna.post("/cancel", key="k-1", booking_id=1, reason="plans").status_code == 422


def test_a_key_is_one_persons_own(anna: Visitor, comes: Comes, slot: Slot) -> None:
    anna.post("/booking", key="k-1", slot_id=slot.id)
    assert comes("Bella").post("/booking", key="k-1", slot_id=slot.id).json["error"]["code"] == "taken"


def test_without_a_key_each_tap_is_a_request_of_its_own(anna: Visitor, slot: Slot) -> None:
    answers = [anna.post("/booking", slot_id=slot.id).status_code for _ in range(2)]
    assert answers == [201, 409]


def test_many_taps_with_one_key_at_once_are_one(app: Flask, anna: Visitor, company: Company, slot: Slot) -> None:
    def press(_: int) -> Any:
        answer = replace(anna, client=app.test_client()).post("/booking", key="k-1", slot_id=slot.id)
        return answer.status_code, answer.json

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(press, range(6)))
    assert [status for status, _ in answers] == [201] * 6
    assert all(body == answers[0][1] for _, body in answers)
    assert bookings(company) == [(slot.id, "booked")]
    assert said(company, anna) == ["booking.booked", "booking.calendar"]


def test_of_many_people_one_gets_the_hour(app: Flask, comes: Comes, company: Company, slot: Slot) -> None:
    company.slot(company.olga, hours_ahead=30)
    people = [comes(f"Person {number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda person: person.post("/booking", slot_id=slot.id), people))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    refusals = [answer.json["error"] for answer in answers if answer.status_code == 409]
    assert all(refusal["code"] == "taken" and len(refusal["nearest"]) == 1 for refusal in refusals)


def test_without_an_answer_in_time_the_page_is_told_to_repeat(
    anna: Visitor, company: Company, workers: Workers, slot: Slot
) -> None:
    workers.sleeps, workers.within_seconds = True, 0.05
    answer = anna.post("/booking", key="k-1", slot_id=slot.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    workers.answer(workers.taken[0])  # the worker was only slow
    assert anna.post("/booking", key="k-1", slot_id=slot.id).status_code == 201
    assert (len(workers.taken), bookings(company)) == (1, [(slot.id, "booked")])


def test_an_answer_that_nobody_told_of_is_read_all_the_same(
    anna: Visitor, workers: Workers, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers.within_seconds = 0.05
    monkeypatch.setattr(workers.services.replies, "tell", lambda request_id: None)
    assert anna.post("/booking", slot_id=slot.id).status_code == 201


def test_a_tap_that_lay_too_long_is_void(
    anna: Visitor, company: Company, workers: Workers, slot: Slot, clock: Any
) -> None:
    workers.sleeps, workers.within_seconds = True, 0.05
    anna.post("/booking", key="k-1", slot_id=slot.id)
    clock.tick(timedelta(seconds=61))
    workers.answer(workers.taken[0])
    assert bookings(company) == []


def test_without_redis_the_page_is_told_at_once(app: Flask, anna: Visitor, workers: Workers, slot: Slot) -> None:
    def enqueue(tap: FromPage) -> None:
        raise RedisAway("refused")

    app.extensions[TAPS] = Taps(workers.services.redis, enqueue).settle
    answer = anna.post("/booking", slot_id=slot.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")
    app.extensions[TAPS] = None
    assert anna.post("/booking", slot_id=slot.id).status_code == 503


def test_taps_that_wait_leave_threads_for_people(app: Flask, anna: Visitor, slot: Slot) -> None:
    arrived, may_go = threading.Semaphore(0), threading.Event()

    def settle(tap: FromPage) -> bool:
        arrived.release()
        return may_go.wait(10)

    settings = app.config["SETTINGS"]
    app.extensions[TAPS], app.extensions[PLACES] = settle, Places(settings)
    places = settings.web_threads - THREADS_FOR_PEOPLE
    with ThreadPoolExecutor(places) as pool:
        waiting = [
            pool.submit(replace(anna, client=app.test_client()).post, "/booking", slot_id=slot.id)
            for _ in range(places)
        ]
        for _ in range(places):
            assert arrived.acquire(timeout=10)
        assert anna.post("/booking", slot_id=slot.id).status_code == 503
        assert anna.get("/me").status_code == 200
        may_go.set()
    assert {each.result().status_code for each in waiting} == {503}


def test_a_tap_holds_no_connection_while_it_waits(app: Flask, anna: Visitor, slot: Slot) -> None:
    held: list[int] = []

    def settle(tap: FromPage) -> bool:
        held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
        return False

    app.extensions[TAPS] = settle
    anna.post("/booking", slot_id=slot.id)
    assert held == [0]


def test_a_tap_that_fails_is_said_to_have_failed_and_changes_nothing(
    anna: Visitor, company: Company, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(tapped: Any, message: ReserveOnPage) -> None:
        tapped.turn.candidate.full_name = "changed"
        tapped.turn.session.flush()
        raise ArithmeticError

    monkeypatch.setitem(registry.HANDLERS, ReserveOnPage, fail)
    answer = anna.post("/booking", key="k-1", slot_id=slot.id)
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "trouble")
    assert company.now(anna.candidate).full_name == "Anna Miller"
    monkeypatch.undo()
    assert anna.post("/booking", key="k-2", slot_id=slot.id).status_code == 201


def test_what_was_tapped_is_forgotten_with_the_person(anna: Visitor, company: Company, slot: Slot) -> None:
    anna.post("/booking", slot_id=slot.id)
    company.session.rollback()
    company.session.refresh(anna.candidate)
    erase(company.session, anna.candidate, actor=SYSTEM, now=datetime.now(NOW.tzinfo))
    company.session.commit()
    assert company.session.scalars(select(PageRequest)).all() == []


def test_the_web_process_asks_few_statements_for_a_tap(app: Flask, anna: Visitor, slot: Slot) -> None:
    with queries_counted(app) as statements:
        anna.post("/booking", slot_id=slot.id)
    assert len(statements) <= 3, statements
