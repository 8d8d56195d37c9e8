"""What the API shows, to whom, and at which cost."""

from datetime import timedelta

import pytest
from flask import Flask

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Recruiter, RecruiterChoice
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.decisions import bring_back, reject
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.slots.models import Booking, BookingStatus, Offer, Purpose, Slot, Waiting
from recruitsmart.extensions import limiter
from recruitsmart.web.webapp import openapi
from tests.panel import NOW, Company, queries_counted
from tests.web.webapp.conftest import Comes, Visitor
from tests.web.webapp.opening import init_data

READS = ("/me", "/slots", "/intro_day")


def test_nobody_is_heard_without_init_data(app: Flask, anna: Visitor) -> None:
    for path in READS:
        answer = app.test_client().get(f"/api/webapp{path}")
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "init_data_missing")
    for path, body in (("/booking", {"slot_id": 1}), ("/reschedule", {}), ("/cancel", {})):
        assert app.test_client().post(f"/api/webapp{path}", json=body).status_code == 401


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (init_data(at=NOW - timedelta(hours=25)), "init_data_expired"),
        (init_data(at=NOW + timedelta(minutes=5)), "init_data_from_the_future"),
        (init_data(at=NOW, token="1:OTHER"), "init_data_forged"),
        (init_data(at=NOW, user="{}"), "init_data_without_user"),
        ("x", "init_data_malformed"),
    ],
)
def test_why_init_data_are_refused_is_said_to_programs_and_people(app: Flask, data: str, code: str) -> None:
    headers = {"X-Telegram-Init-Data": data, "Accept-Language": "en"}
    answer = app.test_client().get("/api/webapp/me", headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, code)
    assert "chat" in answer.json["error"]["message"]


def test_without_a_token_the_api_is_closed(app: Flask, anna: Visitor) -> None:
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "bot_token", None)
    answer = anna.client.get("/api/webapp/me", headers={"X-Telegram-Init-Data": init_data(at=NOW, token="")})
    assert answer.status_code == 503


def test_who_has_not_pressed_start_or_not_agreed_or_was_erased_is_told_to(
    app: Flask, comes: Comes, company: Company
) -> None:
    anna, silent = comes(), comes(consent_at=None, consent_version=None)
    stranger = Visitor(app.test_client(), 987_654, anna.candidate)
    erase(company.session, anna.candidate, actor=SYSTEM, now=NOW)
    company.session.commit()
    for visitor in (stranger, silent, anna):
        for path in READS:
            answer = visitor.get(path)
            assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_started")
            assert "Start" in answer.json["error"]["message"]
        assert visitor.post("/booking", slot_id=1).json["error"]["code"] == "not_started"


def test_somebody_without_a_booking_reads_where_they_stand(anna: Visitor) -> None:
    assert anna.get("/me").json == {
        "name": "Anna Miller", "language": "en", "step": "hour", "purpose": "interview", "city": "Москва",
        "time_zone": "Europe/Moscow", "zone": "UTC+3", "booking": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "outcome", "step"),
    [
        (Stage.STARTED, Outcome.ACTIVE, "registration"),
        (Stage.TEST1, Outcome.ACTIVE, "questions"),
        (Stage.SCREENING, Outcome.ACTIVE, "review"),
        (Stage.TO_SCHEDULE, Outcome.ACTIVE, "hour"),
        (Stage.INTERVIEW, Outcome.ACTIVE, "nothing"),
        (Stage.TEST2, Outcome.ACTIVE, "nothing"),
        (Stage.TO_INTRO_DAY, Outcome.ACTIVE, "hour"),
        (Stage.TEST2, Outcome.WITHDRAWN, "ended"),
    ],
)
def test_the_step_is_what_the_chat_would_say(comes: Comes, stage: Stage, outcome: Outcome, step: str) -> None:
    why = None if outcome == Outcome.ACTIVE else "own wish"
    assert comes(stage=stage, outcome=outcome, outcome_reason=why).get("/me").json["step"] == step


def test_a_rejection_is_not_read_here_before_it_is_told(comes: Comes, company: Company) -> None:
    anna = comes(stage=Stage.SCREENING)
    reject(company.session, anna.candidate, reason="x", actor=SYSTEM, now=NOW)
    company.session.commit()
    assert anna.get("/me").json["step"] == "nothing"
    bring_back(company.session, company.now(anna.candidate), actor=SYSTEM, now=NOW)
    company.session.commit()
    assert anna.get("/me").json["step"] == "review"


def test_a_booking_that_stands_says_where_to_go(anna: Visitor, company: Company) -> None:
    booking = company.request(anna.candidate, company.slot(company.olga))
    anna.candidate.stage = Stage.INTERVIEW
    company.moscow.map_url = "https://maps.example.org/1"
    company.session.commit()
    pending = anna.get("/me").json["booking"]
    assert (pending["status"], pending["address"], pending["map_url"]) == ("pending", None, None)
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    assert anna.get("/me").json["booking"] == {
        "id": booking.id, "purpose": "interview", "status": "booked", "starts_at": "2026-11-24T09:00:00Z",
        "ends_at": "2026-11-24T09:30:00Z", "time_zone": "Europe/Moscow", "zone": "UTC+3", "city": "Москва",
        "recruiter": "Ольга Миронова", "link": None, "address": "ул. Лесная, 7",
        "map_url": "https://maps.example.org/1", "contact": None, "bring": None, "may_move": True, "may_cancel": True,
    }  # fmt: skip


def test_a_meeting_on_the_net_has_a_link_and_no_address(anna: Visitor, company: Company) -> None:
    company.olga.meeting_url = "https://meet.example.org/olga"
    company.request(anna.candidate, company.slot(company.olga)).status = BookingStatus.CONFIRMED
    anna.candidate.stage = Stage.INTERVIEW
    company.session.commit()
    booking = anna.get("/me").json["booking"]
    assert (booking["link"], booking["address"]) == ("https://meet.example.org/olga", None)


def test_near_the_hour_it_can_no_longer_be_changed(anna: Visitor, company: Company) -> None:
    company.request(anna.candidate, company.slot(company.olga, hours_ahead=1))
    anna.candidate.stage = Stage.INTERVIEW
    company.session.commit()
    booking = anna.get("/me").json["booking"]
    assert (booking["may_move"], booking["may_cancel"]) == (False, False)


def test_the_hours_are_those_of_the_chat(anna: Visitor, company: Company) -> None:
    company.slot(company.olga, hours_ahead=0.5)  # nearer than the city's notice
    free = company.slot(company.olga, hours_ahead=24)
    company.slot(company.darya, hours_ahead=25)  # of another city
    company.slot(company.olga, hours_ahead=24 * 40)  # beyond the horizon
    company.request(company.candidate("Bella", company.moscow), company.slot(company.olga, hours_ahead=26))
    shown = anna.get("/slots").json
    assert shown["slots"] == [{"id": free.id, "starts_at": "2026-11-24T09:00:00Z", "zone": "UTC+3"}]
    assert (shown["purpose"], shown["zone"], shown["recruiters"], shown["held"]) == ("interview", "UTC+3", [], [])


def test_the_hours_behind_a_change_of_the_clocks_state_their_own_zone(anna: Visitor, company: Company) -> None:
    company.moscow.time_zone, company.moscow.horizon_days = "Europe/Berlin", 200
    for days in (1, 130):  # the clocks change on 28 March 2027
        company.slot(company.olga, hours_ahead=24 * days)
    company.session.commit()
    shown = anna.get("/slots").json
    assert (shown["zone"], [hour["zone"] for hour in shown["slots"]]) == ("UTC+1", ["UTC+1", "UTC+2"])


def test_days_are_those_of_the_persons_own_zone(anna: Visitor, company: Company) -> None:
    late = company.slot(company.olga, hours_ahead=11.5)  # 23:30 in Moscow
    early = company.slot(company.olga, hours_ahead=12.5)  # half past midnight
    assert [each["id"] for each in anna.get("/slots", to="2026-11-23").json["slots"]] == [late.id]
    assert [each["id"] for each in anna.get("/slots", **{"from": "2026-11-24"}).json["slots"]] == [early.id]


@pytest.mark.parametrize(
    "query",
    [{"from": "tomorrow"}, {"to": "2026-13-01"}, {"to": "20261101"}, {"from": ""}, {"recruiter": "x"},
     {"recruiter": "0"}, {"recruiter": "9" * 17}, {"recruiter": "-1"}, {"day": "x"}],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(anna: Visitor, query: dict[str, str]) -> None:
    answer = anna.get("/slots", **query)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")


def test_where_candidates_choose_the_recruiter_they_can(anna: Visitor, company: Company) -> None:
    company.moscow.recruiter_choice = RecruiterChoice.CANDIDATE
    nina = Recruiter(name="Нина", time_zone="Europe/Moscow", cities=[company.moscow])
    company.session.add(nina)
    company.session.commit()
    company.slot(company.olga, hours_ahead=24)
    hers = company.slot(nina, hours_ahead=25)
    assert [one["name"] for one in anna.get("/slots").json["recruiters"]] == ["Нина", "Ольга Миронова"]
    assert [one["id"] for one in anna.get("/slots", recruiter=nina.id).json["slots"]] == [hers.id]


def test_an_hour_that_is_held_for_somebody_is_shown_to_them_alone(comes: Comes, company: Company) -> None:
    anna, bella = comes(), comes("Bella")
    slot = company.slot(company.olga)
    waiting = Waiting(candidate=anna.candidate, city_id=company.moscow.id, purpose=Purpose.INTERVIEW, since=NOW)
    until = NOW + timedelta(minutes=10)
    company.session.add(Offer(waiting=waiting, slot=slot, offered_at=NOW, expires_at=until))
    company.session.commit()
    hour = {"id": slot.id, "starts_at": "2026-11-24T09:00:00Z", "zone": "UTC+3"}
    held = hour | {"held_until": "2026-11-23T09:10:00Z"}
    assert (anna.get("/slots").json["held"], anna.get("/slots").json["slots"]) == ([held], [])
    assert (bella.get("/slots").json["held"], bella.get("/slots").json["slots"]) == ([], [])


def test_who_chooses_nothing_now_sees_no_hours(comes: Comes, company: Company) -> None:
    company.slot(company.olga)
    assert comes(stage=Stage.TEST1).get("/slots").json["slots"] == []


def test_the_introductory_day_says_all_there_is_to_know(comes: Comes, company: Company) -> None:
    anna = comes(stage=Stage.INTRO_DAY)
    assert anna.get("/intro_day").json["error"]["code"] == "no_intro_day"
    company.moscow.map_url, company.moscow.contact_person = "https://maps.example.org/1", "Ирина"
    company.moscow.intro_day_note = "паспорт"
    start = NOW + timedelta(days=1)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3), "busy_until": start + timedelta(hours=3)}
    day = Slot(recruiter=company.olga, purpose=Purpose.INTRO_DAY, capacity=10, **times)
    company.session.add(day)
    company.session.commit()
    company.session.add(Booking(
        slot=day, candidate=anna.candidate, purpose=Purpose.INTRO_DAY, slot_capacity=10, seat=1,
        status=BookingStatus.BOOKED, created_at=NOW, time_zone="Europe/Moscow",
    ))  # fmt: skip
    company.session.commit()
    shown = anna.get("/intro_day").json
    assert (shown["map_url"], shown["contact"], shown["bring"]) == ("https://maps.example.org/1", "Ирина", "паспорт")
    assert (shown["purpose"], shown["recruiter"]) == ("intro_day", None)


def test_a_read_asks_few_statements_however_many_hours_there_are(app: Flask, anna: Visitor, company: Company) -> None:
    for hour in range(24, 60):
        company.slot(company.olga, hours_ahead=hour)
    for path, most in (("/me", 2), ("/slots", 4), ("/intro_day", 2)):
        with queries_counted(app) as statements:
            anna.get(path)
        assert len(statements) <= most, statements


def test_no_answer_sets_a_cookie(anna: Visitor) -> None:
    for path in READS:
        assert anna.get(path).headers.getlist("Set-Cookie") == []


def test_every_error_below_the_api_is_json(anna: Visitor) -> None:
    found = [anna.get("/nothing"), anna.get(""), anna.get("/booking"), anna.client.delete("/api/webapp/me")]
    assert [answer.status_code for answer in found] == [404, 404, 405, 405]
    assert [answer.json["error"]["code"] for answer in found] == ["not_found"] * 2 + ["wrong_method"] * 2
    assert "POST" in found[2].headers["Allow"]


def test_a_failure_of_ours_is_json_too(anna: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "document", lambda: 1 / 0)
    answer = anna.client.get("/api/webapp/openapi.json")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "trouble")


def test_the_document_names_every_address_and_no_other(app: Flask, anna: Visitor) -> None:
    rules = {
        (rule.rule.removeprefix("/api/webapp"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/webapp/") and not rule.rule.endswith("openapi.json")
    }
    paths = anna.client.get("/api/webapp/openapi.json").json["paths"]
    assert {(path, method) for path, operations in paths.items() for method in operations} == rules


def test_who_asks_too_often_waits_and_others_do_not(comes: Comes, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bella = comes(), comes("Bella")
    monkeypatch.setattr(limiter, "enabled", True)
    answers = [anna.get("/me").status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
    refusal = anna.get("/slots")
    assert (refusal.status_code, refusal.json["error"]["code"]) == (429, "too_many")
    assert int(refusal.headers["Retry-After"]) > 0
    assert bella.get("/me").status_code == 200


def test_taps_are_counted_more_strictly(anna: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    answers = [anna.post("/booking", slot_id=number + 1).status_code for number in range(21)]
    assert answers == [404] * 20 + [429]


def test_an_address_is_counted_while_nobody_proves_who_they_are(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    client = app.test_client()
    answers = [client.get("/api/webapp/me").status_code for _ in range(301)]
    assert (answers[:300], answers[300]) == ([401] * 300, 429)
    assert anna.get("/me").status_code == 200  # from the same address


@pytest.mark.parametrize("path", READS)
def test_what_is_shown_to_one_person_is_kept_by_no_cache(anna: Visitor, path: str) -> None:
    answer = anna.client.get(f"/api/webapp{path}", headers={"X-Telegram-Init-Data": init_data(at=NOW)})
    assert answer.headers.get("Cache-Control") == "no-store"
