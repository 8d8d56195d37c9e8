"""Everything the OpenAPI document allows, and much that it forbids, asked of the API with a worker behind it."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from recruitsmart.web.webapp import openapi
from recruitsmart.web.webapp.answers import ROOT
from recruitsmart.web.webapp.openapi import INIT_DATA_HEADER, KEY_HEADER, document
from tests.panel import NOW, Company
from tests.web.webapp.conftest import Comes
from tests.web.webapp.opening import init_data

CHAT, KEY = 1000, re.compile(openapi.KEY["pattern"])

CONFIG = {
    "generation": {"max-examples": 40, "deterministic": True, "no-shrink": True, "allow-x00": True},
    "phases": {"stateful": {"enabled": False}},
}


@pytest.fixture
def clock() -> object:
    """This time it runs: whoever makes up the requests measures how long they take."""
    return None


class Served:
    """The application of the test that runs; the document is read before there is one."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


served = Served()
schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app, schema.location = served, f"{ROOT}/openapi.json"
statuses: Counter[tuple[str, int]] = Counter()


@pytest.fixture
def api(app: Flask, company: Company, comes: Comes) -> None:
    """Somebody who may choose, and hours to choose from; the first of them have the numbers that are tried first."""
    company.moscow.approval_required = False
    tomorrow = (datetime.now(UTC) - NOW).total_seconds() / 3600 + 24
    for number in range(9):
        company.slot(company.olga, hours_ahead=tomorrow + number)
    assert comes().chat_id == CHAT
    served.app = app


@schema.parametrize()
@settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_the_document_knows(case: Any, api: None) -> None:
    who = {INIT_DATA_HEADER: init_data(CHAT, at=datetime.now(UTC))}
    if KEY.fullmatch(str(case.headers.get(KEY_HEADER, ""))):
        case.headers[KEY_HEADER] = uuid4().hex  # used twice it would rightly be refused
    answer = case.call_and_validate(headers=who)
    statuses[case.path, answer.status_code] += 1


def test_that_was_worth_asking() -> None:
    """Hours were really taken, refused and looked for."""
    assert {("/booking", 201), ("/booking", 409), ("/booking", 422), ("/slots", 200)} <= statuses.keys(), statuses
