"""The address Telegram posts to: who may post what, and what is answered."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import read_settings
from recruitsmart.app import Nudges, create_app
from recruitsmart.web.places import THREADS_FOR_PEOPLE
from recruitsmart.web.webhook import LONGEST_UPDATE_BYTES, SECRET_HEADER, Intake
from workers.contract import Edit, FromPerson, MyApplication, Say

SECRET = "hook_secret-9"
ANNA = {"id": 55, "is_bot": False, "first_name": "Anna"}
CHAT = {"id": 55, "type": "private"}
WORDS: dict[str, Any] = {"update_id": 812, "message": {"message_id": 1, "from": ANNA, "chat": CHAT, "text": "hello"}}
PRESS = {
    "update_id": 813,
    "callback_query": {"id": "q-7", "from": ANNA, "message": {"message_id": 2, "chat": CHAT}, "data": "my"},
}


@dataclass
class Outside:
    """Stands where queues and Telegram are."""

    postgres_has_it: bool = True
    taken: list[FromPerson] = field(default_factory=list)
    spinners: list[str] = field(default_factory=list)

    def settle(self, message: FromPerson) -> bool:
        self.taken.append(message)
        return self.postgres_has_it


def make_app(intake: Any, **environ: str) -> Flask:
    settings = read_settings(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "BOT_USE_WEBHOOK": "1",
            "BOT_WEBHOOK_URL": "https://bot.example.org/telegram",
            "BOT_WEBHOOK_SECRET": SECRET,
            **environ,
        }
    )
    return create_app(settings, Nudges(delivery=lambda: None, timers=lambda due_at: None), intake=intake)


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def app(outside: Outside) -> Flask:
    return make_app(Intake(settle=outside.settle, stop_spinner=outside.spinners.append))


def post(app: Flask, update: Any, *, secret: str | None = SECRET, path: str = "/telegram") -> TestResponse:
    body = update if isinstance(update, bytes) else json.dumps(update)
    headers = {} if secret is None else {SECRET_HEADER: secret}
    return app.test_client().post(path, data=body, headers=headers, content_type="application/json")


def test_an_update_that_postgres_has_is_accepted(app: Flask, outside: Outside) -> None:
    assert post(app, WORDS).status_code == 200
    (message,) = outside.taken
    assert isinstance(message, Say)
    assert (message.update_id, message.chat_id, message.text) == (812, 55, "hello")


def test_words_that_were_changed_are_taken_too(app: Flask, outside: Outside) -> None:
    changed = {"update_id": 812, "edited_message": WORDS["message"] | {"edit_date": 1_790_000_000}}
    assert post(app, changed).status_code == 200
    assert [type(message) for message in outside.taken] == [Edit]


def test_an_update_that_postgres_does_not_have_is_to_be_posted_again_soon(app: Flask, outside: Outside) -> None:
    outside.postgres_has_it = False
    answer = post(app, WORDS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("secret", [None, "", "hook_secret-8", SECRET + "x", "секрет"])
def test_nobody_without_the_secret_is_heard(app: Flask, outside: Outside, secret: str | None) -> None:
    assert post(app, WORDS, secret=secret).status_code == 403
    assert post(app, PRESS, secret=secret).status_code == 403
    assert (outside.taken, outside.spinners) == ([], [])


def test_without_the_secret_nothing_is_even_read(app: Flask) -> None:
    assert post(app, b"x" * (LONGEST_UPDATE_BYTES + 1), secret="wrong").status_code == 403


def test_a_pressed_button_is_answered_at_once_whatever_becomes_of_it(app: Flask, outside: Outside) -> None:
    outside.postgres_has_it = False
    assert post(app, PRESS).status_code == 503
    assert outside.spinners == ["q-7"]
    assert isinstance(outside.taken[0], MyApplication)


def test_what_is_not_for_us_is_accepted_and_forgotten(app: Flask, outside: Outside) -> None:
    assert post(app, {"update_id": 814, "poll": {}}).status_code == 200
    assert outside.taken == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b"\xff", b"[" * 100_000])
def test_what_is_no_update_is_refused(app: Flask, outside: Outside, body: bytes) -> None:
    assert post(app, body).status_code == 400
    assert outside.taken == []


def test_a_body_that_is_too_long_is_refused(app: Flask) -> None:
    assert post(app, b" " * (LONGEST_UPDATE_BYTES + 1)).status_code == 413


def test_nothing_hostile_inside_an_update_is_an_error(app: Flask, outside: Outside) -> None:
    for update in ({"message": None}, {"message": {"from": 7}}, {"callback_query": {"data": []}}, {"message": []}):
        assert post(app, {"update_id": 900, **update}).status_code == 200


def test_it_is_there_only_when_the_webhook_is_used() -> None:
    assert post(make_app(None), WORDS).status_code == 404


@pytest.mark.parametrize("url", ["https://bot.example.org", "https://bot.example.org/"])
def test_an_address_without_a_path_gets_one(outside: Outside, url: str) -> None:
    app = make_app(Intake(settle=outside.settle, stop_spinner=outside.spinners.append), BOT_WEBHOOK_URL=url)
    assert post(app, WORDS, path="/telegram/webhook").status_code == 200
    assert app.config["SETTINGS"].webhook_address == "https://bot.example.org/telegram/webhook"


def test_updates_that_wait_leave_threads_for_people() -> None:
    arrived, may_go = threading.Semaphore(0), threading.Event()

    def settle(message: FromPerson) -> bool:
        arrived.release()
        return may_go.wait(10)

    app = make_app(Intake(settle=settle, stop_spinner=lambda query: None))
    places = app.config["SETTINGS"].web_threads - THREADS_FOR_PEOPLE
    with ThreadPoolExecutor(max_workers=places) as telegram:
        posts = [telegram.submit(post, app, WORDS) for _ in range(places)]
        for _ in range(places):
            assert arrived.acquire(timeout=10)
        assert post(app, WORDS).status_code == 503
        assert app.test_client().get("/").status_code == 200
        may_go.set()
    assert [each.result().status_code for each in posts] == [200] * places
    assert post(app, WORDS).status_code == 200
