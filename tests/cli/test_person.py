"""`flask person`: taking somebody's data along is written down, as it is in the panel."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.extensions import db
from tests.factories import add_candidate
from tests.panel import make_app


@pytest.fixture
def app(database_url: str, redis_url: str) -> Iterator[Flask]:
    app = make_app(database_url, redis_url)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_an_export_prints_what_we_hold_and_is_written_down(app: Flask) -> None:
    with app.app_context(), Session(db.engine) as session:
        anna = add_candidate(session, full_name="Анна Иванова")
        session.commit()
        reference, number = anna.reference, anna.id

    printed = app.test_cli_runner().invoke(args=["person", "export", reference])

    assert (printed.exit_code, '"name": "Анна Иванова"' in printed.output) == (0, True)
    with app.app_context(), Session(db.engine) as session:
        entry = session.scalars(select(Entry).where(Entry.kind == "candidate.exported")).one()
        assert (entry.actor_kind, entry.candidate_id) == (ActorKind.OPERATOR, number)
