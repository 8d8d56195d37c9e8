"""Fixtures of the panel's tests; `tests/web` has the same."""

from collections.abc import Iterator

import pytest
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Role
from recruitsmart.extensions import db
from tests.panel import NOW, Company, Nudged, Person, app_again, engine_of, found_company


@pytest.fixture
def clock() -> Iterator[object]:
    with freeze_time(NOW, tick=False) as frozen:
        yield frozen


@pytest.fixture
def nudged() -> Nudged:
    return Nudged()


@pytest.fixture
def app(database_url: str, redis_url: str, nudged: Nudged, clock: object) -> Iterator[Flask]:
    app = app_again(database_url, redis_url, nudged)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def company(app: Flask) -> Iterator[Company]:
    """Rows are made and read over a connection of the test's own: requests must have contexts of their own."""
    engine = engine_of(app.config["SQLALCHEMY_DATABASE_URI"])
    with Session(engine, expire_on_commit=False) as session:
        yield found_company(session)
    engine.dispose()


@pytest.fixture
def visitor(app: Flask) -> Person:
    return Person(app.test_client())


@pytest.fixture
def admin(app: Flask, company: Company) -> Person:
    company.account("boss", Role.ADMIN)
    person = Person(app.test_client())
    person.sign_in("boss")
    return person


@pytest.fixture
def olga(app: Flask, company: Company) -> Person:
    """A recruiter who works in Moscow only."""
    company.account("olga", Role.RECRUITER, company.olga)
    person = Person(app.test_client())
    person.sign_in("olga")
    return person
