"""The panel's fixtures, here too; only the application is a new one for each test."""

from collections.abc import Iterator

import pytest
from flask import Flask

from recruitsmart.extensions import db
from tests.admin.conftest import admin, clock, company, nudged, olga, visitor
from tests.panel import Nudged, make_app

__all__ = ["admin", "clock", "company", "nudged", "olga", "visitor"]


@pytest.fixture
def app(database_url: str, redis_url: str, nudged: Nudged, clock: object) -> Iterator[Flask]:
    """These tests switch the limits of requests on, which are kept where the newest application keeps them."""
    app = make_app(database_url, redis_url, nudged)
    yield app
    with app.app_context():
        db.engine.dispose()
