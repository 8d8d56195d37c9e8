"""The panel under test: an application over a database of its own, a small company in it, and people signing in."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.settings import read_settings
from recruitsmart.admin import counted
from recruitsmart.app import Nudges, create_app
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Account, City, Recruiter, Role
from recruitsmart.domain.directory.operations import passwords
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot
from recruitsmart.extensions import NUDGES, db, limiter

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass
class Nudged:
    """How often the application asked for delivery."""

    deliveries: int = 0
    timers: list[datetime] = field(default_factory=list)

    def count(self) -> None:
        self.deliveries += 1


def make_app(
    database_url: str,
    redis_url: str,
    nudged: Nudged | None = None,
    *,
    taps: Callable[[Any], bool] | None = None,
    **environ: str,
) -> Flask:
    nudged = nudged or Nudged()
    settings = read_settings({"DATABASE_URL": database_url, "REDIS_URL": redis_url, "DB_POOL_SIZE": "3", **environ})
    app = create_app(settings, _nudges(nudged), taps=taps)
    app.jinja_env.bytecode_cache = COMPILED
    _count_patiently(app)
    limiter.enabled = False  # the throttle of Postgres is tested; this one would slow unrelated tests' logins
    return app


@cache
def _made(database_url: str, redis_url: str) -> Flask:
    return make_app(database_url, redis_url)


def app_again(database_url: str, redis_url: str, nudged: Nudged) -> Flask:
    """The application at these addresses, made by the first test that wants it; what it keeps itself is forgotten.

    Making one takes longer than most tests, and its engine compiles each statement anew.
    """
    app = _made(database_url, redis_url)
    app.extensions[NUDGES] = _nudges(nudged)
    _count_patiently(app)
    return app


def _nudges(nudged: Nudged) -> Nudges:
    return Nudges(delivery=nudged.count, timers=nudged.timers.append)


def _count_patiently(app: Flask) -> None:
    """With nothing counted yet. A slow machine must not change what a page shows."""
    counted.init_app(app)
    app.extensions["recruitsmart.counted"].patience_seconds = 60


@cache
def engine_of(url: str) -> Engine:
    """The engine of a test's own connections; one test after the other has it, as the application."""
    return create_engine(url)


def token_in(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, f"no token in {page.request.path} ({page.status_code})"
    return found[1]


class _Compiled(BytecodeCache):
    """Templates compiled once for all applications of a run."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


class Person:
    """Somebody with a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None)

    def post(self, path: str, *, form_at: str, **fields: Any) -> TestResponse:
        """Send a form with the token of the page it is on."""
        return self.client.post(path, data={"csrf_token": token_in(self.get(form_at)), **fields})

    def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", form_at="/login", username=login, password=password, **fields)


@dataclass
class Company:
    """Two cities, a recruiter in each, and what tests add."""

    session: Session
    moscow: City
    novosibirsk: City
    olga: Recruiter
    darya: Recruiter

    def now(self, row: Any) -> Any:
        """A row as it is in the database now."""
        self.session.rollback()
        self.session.refresh(row)
        return row

    def account(self, login: str, role: Role, recruiter: Recruiter | None = None, **values: Any) -> Account:
        account = Account(login=login, password_hash=FAST_HASH, role=role, recruiter=recruiter, **values)
        self.session.add(account)
        self.session.commit()
        return account

    def candidate(self, name: str, city: City | None, **values: Any) -> Candidate:
        number = 1000 + self.session.query(Candidate).count()
        standing = {"stage": Stage.INTERVIEW, "stage_since": NOW, "created_at": NOW, "language": "ru"}
        candidate = Candidate(full_name=name, city=city, **{**standing, **values})
        candidate.contact = Contact(chat_id=number, username=f"user{number}", first_name=name.split()[0])
        self.session.add(candidate)
        self.session.commit()
        return candidate

    def slot(self, recruiter: Recruiter, *, hours_ahead: float = 24, city: City | None = None) -> Slot:
        start = NOW + timedelta(hours=hours_ahead)
        end = start + timedelta(minutes=30)
        slot = Slot(recruiter=recruiter, city=city, starts_at=start, ends_at=end, busy_until=end)
        self.session.add(slot)
        self.session.commit()
        return slot

    def request(self, candidate: Candidate, slot: Slot) -> Booking:
        """A booking that waits for the recruiter."""
        booking = Booking(
            slot=slot, candidate=candidate, purpose=Purpose.INTERVIEW, slot_capacity=1, seat=1,
            status=BookingStatus.PENDING, created_at=NOW, time_zone=candidate.city.time_zone,
        )  # fmt: skip
        self.session.add(booking)
        self.session.commit()
        return booking


def found_company(session: Session) -> Company:
    moscow = City(name="Москва", time_zone="Europe/Moscow", address="ул. Лесная, 7")
    novosibirsk = City(name="Новосибирск", time_zone="Asia/Novosibirsk", address="Красный пр., 17")
    olga = Recruiter(name="Ольга Миронова", time_zone="Europe/Moscow", cities=[moscow])
    darya = Recruiter(name="Дарья Ким", time_zone="Asia/Novosibirsk", cities=[novosibirsk])
    session.add_all([moscow, novosibirsk, olga, darya])
    session.commit()
    return Company(session=session, moscow=moscow, novosibirsk=novosibirsk, olga=olga, darya=darya)


FAST_HASH = passwords.hash(PASSWORD)


@contextmanager
def queries_counted(app: Flask) -> Iterator[list[str]]:
    """The statements that reach Postgres meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
