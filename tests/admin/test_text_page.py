"""The page of a text in a browser: the preview follows what is typed, and nothing typed is lost for it."""

import shutil
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.messaging.models import TextOverride
from recruitsmart.extensions import db
from tests.panel import PASSWORD, Company, found_company, make_app

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = pytest.mark.browser


@pytest.fixture
def app(database_url: str, redis_url: str) -> Iterator[Any]:
    """The panel as everybody runs it: the clock is not frozen, because a browser has its own."""
    app = make_app(database_url, redis_url)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def company(app: Any) -> Iterator[Company]:
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with Session(engine, expire_on_commit=False) as session:
        company = found_company(session)
        company.account("boss", Role.ADMIN)
        company.candidate("Анна Иванова", company.moscow)
        yield company
    engine.dispose()


@pytest.fixture
def page(app: Any, company: Company) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("The page of a text is tested in Chromium: apt-get install chromium")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}")
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto("/login")
        page.fill("[name=username]", "boss")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/admin/**")
        page.goto("/admin/texts/booking.booked")
        yield page
        browser.close()
    server.shutdown()
    thread.join()
    assert problems == []


def _saved(company: Company) -> list[str | None]:
    company.session.rollback()
    return list(company.session.scalars(select(TextOverride.body).order_by(TextOverride.version)))


def test_the_preview_follows_what_is_typed_and_only_save_saves(page: Page, company: Company) -> None:
    bubble = page.locator("[data-text-preview] .bubble").first

    page.fill("#body", "Ждём <b>{{ day }}</b>")
    expect(bubble).to_have_text("Ждём Вторник, 24 ноября")
    page.fill("#body", "Ждём <b>{{ day }}")
    expect(page.locator("[data-text-preview] .field-error")).to_contain_text("не закрыт")

    page.fill("#body", "Ждём вас, ")
    page.click("button[data-insert='{{ city }}']")
    expect(page.locator("#body")).to_have_value("Ждём вас, {{ city }}")
    expect(bubble).to_have_text("Ждём вас, Москва")

    page.fill("#who", "Иванова")
    page.press("#who", "Enter")
    page.get_by_label("Анна Иванова").check()
    expect(page.locator("[data-text-preview] .bubble").last).to_have_text("Ждём вас, Москва")
    assert _saved(company) == []
    expect(page.locator("#body")).to_have_value("Ждём вас, {{ city }}")

    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert _saved(company) == ["Ждём вас, {{ city }}"]
