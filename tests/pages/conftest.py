"""The panel in a browser: an application that serves, a small company in it, a page of an administrator."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from recruitsmart.domain.directory.models import Role
from recruitsmart.extensions import db
from tests.browser import WIDE, chromium, sign_in, watched_page
from tests.panel import PASSWORD, Company, Nudged, app_again, engine_of, found_company


@pytest.fixture
def app(database_url: str, redis_url: str) -> Iterator[Any]:
    """The panel as everybody runs it: the clock is not frozen, because a browser has its own."""
    app = app_again(database_url, redis_url, Nudged())
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def company(app: Any) -> Iterator[Company]:
    engine = engine_of(app.config["SQLALCHEMY_DATABASE_URI"])
    with Session(engine, expire_on_commit=False) as session:
        company = found_company(session)
        company.account("boss", Role.ADMIN)
        yield company
    engine.dispose()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for this folder; each page has a context of its own in it."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(app: Any, company: Company, browser: Browser) -> Iterator[Page]:
    """Signed in, at the first page."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    with watched_page(browser, url, WIDE) as page:
        sign_in(page, url, "boss", PASSWORD)
        yield page
    server.shutdown()
    thread.join()


@pytest.fixture
def trying_page(page: Page, browser: Browser) -> Iterator[Page]:
    """A second page of the same person, at the same place, in which requests may fail: Chromium reports each."""
    context = browser.new_context(storage_state=page.context.storage_state())
    trying = context.new_page()
    trying.goto(page.url)
    yield trying
    context.close()
