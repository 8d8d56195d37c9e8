"""The API with a worker behind it: the worker's own code, without Celery between them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings, read_settings
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.extensions import db
from tests.panel import NOW, Company, make_app
from tests.web.webapp.opening import TOKEN, init_data
from workers.client import make_client
from workers.contract import FromPage
from workers.factory import TASKS
from workers.replies import Taps
from workers.services import Services
from workers.unit import answer


@dataclass
class Workers:
    """Answers each tap at once; `taken` are those that came, and while it sleeps nothing is answered."""

    services: Services
    taken: list[FromPage] = field(default_factory=list)
    sleeps: bool = False
    within_seconds: float = 4.5

    def settle(self, tap: FromPage) -> bool:
        return Taps(self.services.redis, self.enqueue).settle(tap, within_seconds=self.within_seconds)

    def enqueue(self, tap: FromPage) -> None:
        self.taken.append(tap)
        if not self.sleeps:
            self.answer(tap)

    def answer(self, tap: FromPage) -> None:
        answer(self.services, type(tap), asdict(tap), task_id=None)


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Any) -> Settings:
    return read_settings({"DATABASE_URL": database_url, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path)})


@pytest.fixture
def workers(settings: Settings, clock: object) -> Iterator[Workers]:
    for module in TASKS:
        __import__(f"workers.tasks.{module}")
    workers = Workers(Services(settings=settings, celery=make_client(settings)))
    yield workers
    workers.services.database.engine.dispose()


@pytest.fixture
def app(database_url: str, redis_url: str, workers: Workers) -> Iterator[Flask]:
    app = make_app(database_url, redis_url, taps=workers.settle, BOT_TOKEN=TOKEN)
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass
class Visitor:
    """Somebody who has opened the Mini App."""

    client: FlaskClient
    chat_id: int
    candidate: Candidate

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Telegram-Init-Data": init_data(self.chat_id, at=NOW)}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/webapp{path}", headers=self.headers, query_string=query)

    def post(self, path: str, *, key: str | None = None, **body: Any) -> TestResponse:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(f"/api/webapp{path}", json=body, headers=self.headers | keyed)


Comes = Callable[..., Visitor]


@pytest.fixture
def comes(app: Flask, company: Company) -> Comes:
    """Makes somebody who may choose an hour of the interview in Moscow, unless told otherwise."""

    def come(name: str = "Anna Miller", **values: Any) -> Visitor:
        city = values.pop("city", company.moscow)
        standing = {"stage": Stage.TO_SCHEDULE, "language": "en", "consent_at": NOW, "consent_version": "1"}
        candidate = company.candidate(name, city, **{**standing, **values})
        assert candidate.contact is not None
        return Visitor(app.test_client(), candidate.contact.chat_id, candidate)

    return come


@pytest.fixture
def anna(comes: Comes) -> Visitor:
    return comes()
