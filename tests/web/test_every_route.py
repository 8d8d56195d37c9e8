"""Every route with every method: without a login, from elsewhere, without a token, too large, malformed, odd.

Nothing is an error of ours, nothing tells what is inside, and nothing of another city's people is in any answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from config.settings import read_settings
from recruitsmart.app import LONGEST_REQUEST_BYTES, Nudges, create_app
from recruitsmart.domain.assessments.models import Attempt, AttemptStatus
from recruitsmart.domain.batches import operations as batches
from recruitsmart.domain.batches.models import Act
from recruitsmart.domain.broadcasts import operations as broadcasts
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.chats.models import Chat, ChatLine, Reason
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Role, Source
from recruitsmart.domain.intake.models import Intake, IntakeLine
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.notes.files import keep
from recruitsmart.domain.notes.operations import note
from recruitsmart.domain.slots.models import SlotSeries
from recruitsmart.domain.timers.models import Timer
from recruitsmart.extensions import db, limiter
from recruitsmart.web.webhook import Intake as WebhookIntake
from tests.factories import add_message, add_test, typed_question
from tests.panel import COMPILED, NOW, Company
from tests.scanning import (
    INNARDS,
    LIKELY,
    METHODS,
    PATHS,
    address,
    arguments,
    fields,
    mixtures,
    rules,
    signed_in,
    stranger,
    taken,
)

NAME, PHONE, WORDS, USERNAME = "Аврора Неповторимая", "+79217654321", "люблю редкие кактусы", "avrora_x"
FORM = "application/x-www-form-urlencoded"
TRACES = (NAME, "Аврор", PHONE, PHONE[1:], WORDS, USERNAME)

# Answered without a login, each for its reason.
PUBLIC = {
    "root.root": "says where things are", "health.health": "for load balancers", "health.workers": "for watchers",
    "metrics.show": "has a token of its own", "login.form": "the login", "login.sign_in": "the login",
    "login.code": "its second step", "login.type_code": "its second step", "passwords.form": "for a code",
    "passwords.set_it": "for a code", "static": "a file", "panel.static": "a file", "admin.static": "a file",
    "webhook": "has a secret of its own", "webapp_page.show": "holds nothing", "webapp_api.document": "holds nothing",
}  # fmt: skip
# Arguments that name what belongs to people of a city or to an account; the others are everybody's.
SOMEBODYS = {
    "reference", "other", "booking_id", "slot_id", "attempt_id", "broadcast_id", "batch_id", "intake_id", "series_id",
    "timer_id", "account_id", "file_id",
}  # fmt: skip


@pytest.fixture
def app(database_url: str, redis_url: str, clock: object) -> Iterator[Flask]:
    """With the webhook, so that its route is there too."""
    settings = read_settings({
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "DB_POOL_SIZE": "3", "BOT_USE_WEBHOOK": "1",
        "BOT_WEBHOOK_URL": "https://bot.example.org", "BOT_WEBHOOK_SECRET": "hook_secret-9", "METRICS_TOKEN": "m" * 32,
        "BOT_TOKEN": "1:" + "x" * 35, "WEBAPP_URL": "https://bot.example.org/webapp",
    })  # fmt: skip
    webhook = WebhookIntake(settle=lambda message: True, stop_spinner=lambda query: None)
    nudges = Nudges(delivery=lambda: None, timers=lambda due_at: None)
    app = create_app(settings, nudges, intake=webhook, taps=lambda tap: True)
    app.jinja_env.bytecode_cache = COMPILED
    limiter.enabled = False
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Ids of everything that belongs to somebody of Novosibirsk, or to the administrator."""

    values: dict[str, Any]

    def of(self, rule: Rule) -> dict[str, Any]:
        key = "test1" if rule.endpoint.startswith(("tests.", "questions.")) else "help"
        return {**self.values, "key": key}


@pytest.fixture
def foreign(company: Company) -> Foreign:
    session, scope = company.session, Scope(city_ids=frozenset({company.novosibirsk.id}))
    boss = company.account("boss", Role.ADMIN)
    company.account("olga", Role.RECRUITER, company.olga)
    company.account("viewer", Role.VIEWER, company.olga)
    actor = Actor(kind=ActorKind.STAFF, id=boss.id)
    avrora, other = (company.candidate(name, company.novosibirsk) for name in (NAME, f"{NAME} вторая"))
    avrora.phone, avrora.contact.username, avrora.consent_at, avrora.consent_version = PHONE, USERNAME, NOW, "1"
    booking = company.request(avrora, company.slot(company.darya))
    note(session, avrora, WORDS, actor=actor, now=NOW)
    file = keep(session, avrora, f"{NAME}.pdf", WORDS.encode(), actor=actor, now=NOW)
    chat = Chat(candidate_id=avrora.id, reason=Reason.ASKED, opened_at=NOW, unread_since=NOW)
    question = typed_question("why")
    test = add_test(session, question)
    attempt = Attempt(
        candidate_id=avrora.id, test=test, status=AttemptStatus.FINISHED, question_ids=[], **_attempt_moments()
    )
    broadcast = broadcasts.draft(session, {"ru": "Привет"}, Wanted(words=NAME), scope=scope, actor=actor, now=NOW)
    batch = batches.draft(
        session, Act.REJECT, {"reason": "нет"}, Wanted(words=NAME), scope=scope, actor=actor, now=NOW
    )  # fmt: skip
    intake = Intake(file_name="a.csv", headings=["имя"], mapping={}, source="s", total=1, created_at=NOW)
    intake.account_id = boss.id
    series = SlotSeries(account_id=boss.id, made_at=NOW)
    timer = Timer(kind="booking.remind.first", subject_id=booking.id, planned_at=NOW, due_at=NOW)
    source = Source(key="advert", title="Объявление")
    session.add_all([chat, attempt, intake, series, timer, source])
    session.flush()
    session.add(ChatLine(candidate_id=avrora.id, said_at=NOW, text=WORDS, by_staff=False))
    session.add(IntakeLine(intake_id=intake.id, number=2, cells=[NAME, PHONE], phone=PHONE))
    add_message(session, chat_id=avrora.contact.chat_id, candidate_id=avrora.id, body=f"{NAME}: {WORDS}")
    session.commit()
    return Foreign(values={
        "reference": avrora.reference, "other": other.reference, "booking_id": booking.id, "slot_id": booking.slot_id,
        "attempt_id": attempt.id, "broadcast_id": broadcast.id, "batch_id": batch.id, "intake_id": intake.id,
        "series_id": series.id, "timer_id": timer.id, "account_id": boss.id, "source_id": source.id, "file_id": file.id,
        "question_id": question.id, "act": "hide", "export_type": "csv", "filename": "panel.css",
    })  # fmt: skip


def _attempt_moments() -> dict[str, datetime]:
    return {"offered_at": NOW, "started_at": NOW, "finished_at": NOW}


def _asked(company: Company) -> str:
    """All that is kept about the person, as one string."""
    tables = ("candidates", "bookings", "chats", "chat_lines", "notes", "files", "broadcasts", "batches", "intakes")
    queries = [f"select t::text from {name} t order by 1" for name in tables]
    queries.append("select t::text from accounts t where login = 'boss'")
    with Session(company.session.get_bind()) as session:
        rows = [session.scalars(text(query)).all() for query in queries]
    return str(rows)


class Findings(list[str]):
    """What is wrong, all of it: a scan that ends at the first finding is run as often as there are some."""

    def sound(self, answer: TestResponse, what: object) -> None:
        """No error of ours, and nothing of the inside."""
        nobody_works = answer.status_code == 503 and answer.request.path == "/health/workers"  # it says so
        self.unless(answer.status_code < 500 or nobody_works, answer, what)
        if answer.mimetype in {"text/html", "text/plain", "application/json"}:
            self.unless(INNARDS.search(answer.text) is None, answer, what)

    def without_trace(self, answer: TestResponse, what: object) -> None:
        """Nothing of the person, and sound."""
        self.sound(answer, what)
        self.unless(not any(trace.encode() in answer.data for trace in TRACES), answer, what)

    def unless(self, is_right: bool, answer: TestResponse, what: object) -> None:
        """Note the answer unless it is right."""
        if not is_right:
            self.append(f"{answer.status_code} {str(what)[:300]}")


@pytest.fixture
def findings() -> Iterator[Findings]:
    found = Findings()
    yield found
    assert found == []


def test_every_argument_of_a_path_has_a_value_here(app: Flask, foreign: Foreign) -> None:
    """A new page with a new argument: add what it names to `foreign`, and whose it is to SOMEBODYS."""
    named = {name for rule in rules(app) for name in arguments(rule)}
    assert named == {*foreign.values, "key"}


def test_without_a_login_only_the_public_pages_answer(
    app: Flask, foreign: Foreign, findings: Findings, company: Company
) -> None:
    nobody, before = stranger(app), _asked(company)
    for rule in rules(app):
        path = address(rule, foreign.of(rule))
        for method in METHODS:
            answer = nobody.ask(method, path, body={"csrf_token": nobody.token})
            findings.without_trace(answer, (method, path))
            if rule.endpoint in PUBLIC:
                continue
            leads_to_login = answer.status_code == 302 and answer.location.startswith("/login")
            only_says_methods = method == "OPTIONS" and answer.data == b""
            is_refused = answer.status_code in {401, 403, 404, 405}
            findings.unless(leads_to_login or only_says_methods or is_refused, answer, (method, path))
    assert _asked(company) == before


@pytest.mark.parametrize("login", ["olga", "viewer"])
def test_what_belongs_to_another_city_is_not_there(
    app: Flask, foreign: Foreign, findings: Findings, company: Company, login: str
) -> None:
    somebody, before = signed_in(app, login), _asked(company)
    for rule in rules(app):
        path, is_somebodys = address(rule, foreign.of(rule)), bool(SOMEBODYS & {*arguments(rule)})
        for method in taken(rule):
            if rule.endpoint == "login.sign_out":
                continue
            answer = somebody.ask(method, path, body={"csrf_token": somebody.token})
            findings.without_trace(answer, (method, path))
            if is_somebodys:
                findings.unless(answer.status_code in refused(rule, {403, 404, 405}), answer, (method, path))
    assert _asked(company) == before


def refused(rule: Rule, codes: set[int]) -> set[int]:
    """What refuses a request: the Mini App's API knows nobody by a cookie, and asks who it is before anything else."""
    return {401, 405} if rule.endpoint.startswith("webapp_api.") else codes


def test_whoever_looks_only_writes_nowhere_in_their_own_city_either(
    app: Flask, foreign: Foreign, findings: Findings, company: Company
) -> None:
    """A viewer of Novosibirsk sees Aurora and changes nothing of hers."""
    company.account("darya", Role.VIEWER, company.darya)
    viewer, before = signed_in(app, "darya"), _asked(company)
    assert NAME in viewer.ask("GET", "/admin/candidates/").text
    for rule in rules(app):
        if rule.endpoint.partition(".")[0] in {"login", "mine", "preferences", "linking", "webhook", "passwords"}:
            continue  # one's own
        path = address(rule, foreign.of(rule))
        for method in taken(rule, but="GET"):
            answer = viewer.ask(method, path, body={"csrf_token": viewer.token})
            findings.sound(answer, (method, path))
            findings.unless(answer.status_code in refused(rule, {403, 404, 405}), answer, (method, path))
    assert _asked(company) == before


def test_without_a_token_nothing_is_written(app: Flask, foreign: Foreign, findings: Findings, company: Company) -> None:
    boss, before = signed_in(app, "boss"), _asked(company)
    for rule in rules(app):
        path = address(rule, foreign.of(rule))
        for method in taken(rule, but="GET"):
            for body in ({}, {"csrf_token": "forged"}):
                answer = boss.ask(method, path, body=body)
                findings.sound(answer, (method, path))
                findings.unless(answer.status_code in refused(rule, {400, 403, 404, 405}), answer, (method, path))
    assert _asked(company) == before


def test_what_is_too_large_is_not_even_read(app: Flask, foreign: Foreign, findings: Findings) -> None:
    """Only the length is announced: whoever read on would wait for it."""
    boss = signed_in(app, "boss")
    for rule in rules(app):
        if "POST" not in (rule.methods or ()):
            continue
        path = address(rule, foreign.of(rule))
        answer = boss.ask("POST", path, kind=FORM, length=100 * LONGEST_REQUEST_BYTES)
        findings.sound(answer, path)
        expected = {403} if rule.endpoint == "webhook" else refused(rule, {413})
        findings.unless(answer.status_code in expected, answer, path)


def _malformed(token: str) -> Iterator[tuple[bytes, str]]:
    form, multipart = FORM, "multipart/form-data; boundary=b"
    right = f"csrf_token={token}".encode()
    yield right + b"&" + b"name=%ff%fe&reason=%00&text=%C3%28&page=%", form
    yield right + b"&=&&a=b=c&;&%", form
    yield right + b"&" + b"x=1&" * 3000, form
    yield f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'.encode(), multipart
    yield (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\x00.csv"\r\n\r\n\xff\xfe\r\n--b--',
        multipart,
    )
    yield b'{"csrf_token": ', "application/json"
    yield b"\xff" * 100, "text/plain; charset=utf-99"


def test_malformed_bodies_are_refused_or_passed_over(app: Flask, foreign: Foreign, findings: Findings) -> None:
    boss = signed_in(app, "boss")
    for rule in _writable(app):
        path = address(rule, foreign.of(rule))
        for body, kind in _malformed(boss.token):
            findings.sound(
                boss.ask("POST", path, body=body, kind=kind, **{"X-CSRFToken": boss.token}), (path, body[:60])
            )


def _writable(app: Flask) -> list[Rule]:
    return [rule for rule in rules(app) if "POST" in (rule.methods or ()) and rule.endpoint != "login.sign_out"]


def test_odd_words_in_a_query_are_no_error(app: Flask, foreign: Foreign, findings: Findings) -> None:
    boss = signed_in(app, "boss")
    likely = (*LIKELY, *map(str, foreign.values.values()))
    for rule in rules(app):
        if "GET" not in (rule.methods or ()):
            continue
        path = address(rule, foreign.of(rule))
        for query in mixtures(fields(app, rule), seed=rule.rule, rounds=6, likely=likely):
            findings.sound(boss.ask("GET", path, query=urlencode(query)), (path, query))
        for query in ("page=%ff%fe&sort=%00", "page=1&page=2&sort=-1&desc=x", "%", "=&&=", "a[]=1&a[b]=2&" * 50):
            findings.sound(boss.ask("GET", path, query=query), (path, query))


def test_odd_words_in_a_form_are_no_error(app: Flask, foreign: Foreign, findings: Findings) -> None:
    """By an administrator, so that the form is really read; what comes of it may be anything but a failure."""
    boss = signed_in(app, "boss")
    likely = (*LIKELY, *map(str, foreign.values.values()))
    for rule in _writable(app):
        path = address(rule, foreign.of(rule))
        for form in mixtures(fields(app, rule), seed=rule.rule, rounds=6, likely=likely):
            body = urlencode([("csrf_token", boss.token), *form])
            answer = boss.ask("POST", path, body=body, kind=FORM)
            findings.sound(answer, (path, form))


def test_odd_paths_are_not_found(app: Flask, foreign: Foreign, findings: Findings) -> None:
    boss = signed_in(app, "boss")
    for rule in rules(app):
        for name in arguments(rule):
            for odd in PATHS:
                path = address(rule, {**foreign.of(rule), name: odd})
                for method in sorted({"GET", "POST"} & (rule.methods or set())):
                    answer = boss.ask(method, path, body={"csrf_token": boss.token})
                    findings.sound(answer, (method, path))
                    findings.unless(answer.status_code >= 300, answer, (method, path))
