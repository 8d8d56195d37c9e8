"""What each answer of Telegram, and each silence, means for a message."""

import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from telebot import apihelper

from recruitsmart.domain.messaging.sending import NOTHING_TO_EDIT, Claimed, Lane, Outcome, Verdict
from recruitsmart.local.ports import any_free_port
from recruitsmart.telegram.client import Telegram
from tests.simulator import Person, Simulator
from tests.tls import TlsFront

TOKEN = "123456789:" + "AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456"
MY_BUTTON = [[{"label": "My application", "action": "my"}]]
SHARE_BUTTON = [[{"label": "Share my number", "contact": True}]]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(TOKEN) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Iterator[Simulator]:
    running.faults(rate_limits=False)
    yield running
    running.faults(latency_ms=0, error_rate=0, lost_response_rate=0, rate_limits=False, down=False)


@pytest.fixture
def telegram(simulator: Simulator) -> Telegram:
    return Telegram(TOKEN, simulator.url)


@pytest.fixture
def anna(simulator: Simulator) -> Person:
    anna = simulator.person("Anna")
    anna.write("/start")
    return anna


def claimed(chat_id: int, body: str = "Hello", **given: Any) -> Claimed:
    everything = {field.name: None for field in fields(Claimed)}
    usual = {"id": 1, "chat_id": chat_id, "lane": Lane.INTERACTIVE, "body": body, "attempts": 1, "doubts": 0}
    return Claimed(**everything | usual | given)


def sent_id(outcome: Outcome) -> int:
    assert (outcome.verdict, outcome.reason) == (Verdict.ACCEPTED, None)
    assert outcome.telegram_message_id is not None
    return outcome.telegram_message_id


def test_a_message_is_sent_with_its_markup_and_buttons(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "<b>Hello</b> &amp; welcome", keyboard=MY_BUTTON)))
    shown = anna.message(number)
    assert (shown["text"], shown["html"]) == ("Hello & welcome", "<b>Hello</b> &amp; welcome")
    assert shown["buttons"] == [[{"text": "My application", "data": "my"}]]


def test_a_pressed_message_becomes_the_answer(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "Choose", keyboard=MY_BUTTON)))
    again = sent_id(telegram.deliver(claimed(anna.id, "Chosen", replaces_message_id=number)))
    shown = anna.message(number)
    assert (again, shown["text"], shown["buttons"], len(anna.from_bot())) == (number, "Chosen", [], 1)


def test_an_edit_that_changes_nothing_is_as_good_as_done(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "Chosen", keyboard=MY_BUTTON)))
    again = telegram.deliver(claimed(anna.id, "Chosen", keyboard=MY_BUTTON, replaces_message_id=number))
    assert (sent_id(again), len(anna.from_bot())) == (number, 1)


def test_when_the_message_to_edit_is_gone_the_words_are_sent(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "Choose")))
    apihelper.delete_message(TOKEN, anna.id, number)
    again = sent_id(telegram.deliver(claimed(anna.id, "Chosen", replaces_message_id=number)))
    assert again != number
    assert [message["text"] for message in anna.from_bot()] == ["Chosen"]


def test_a_persons_own_message_cannot_be_edited_so_the_words_are_sent(telegram: Telegram, anna: Person) -> None:
    number = anna.write("hi")["message_id"]
    assert sent_id(telegram.deliver(claimed(anna.id, "Chosen", replaces_message_id=number))) != number


def test_a_reply_keyboard_cannot_be_edited_in_so_the_words_are_sent(
    telegram: Telegram, simulator: Simulator, anna: Person
) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "Choose")))
    before = simulator.calls()[-1]["seq"]
    sent_id(telegram.deliver(claimed(anna.id, "Number?", keyboard=SHARE_BUTTON, replaces_message_id=number)))
    assert [call["method"] for call in simulator.calls(before)] == ["sendMessage"]


def test_html_that_telegram_cannot_read_goes_as_plain_text_and_says_so(telegram: Telegram, anna: Person) -> None:
    outcome = telegram.deliver(claimed(anna.id, "<b>Hello", keyboard=MY_BUTTON))
    assert outcome.verdict == Verdict.ACCEPTED
    assert "plain text" in (outcome.reason or "")
    shown = anna.message(outcome.telegram_message_id or 0)
    assert (shown["text"], shown["buttons"][0][0]["data"]) == ("<b>Hello", "my")


def test_bad_html_in_an_edit_is_sent_as_plain_text(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "Choose")))
    outcome = telegram.deliver(claimed(anna.id, "<i>Hello", replaces_message_id=number))
    assert outcome.verdict == Verdict.ACCEPTED
    assert anna.last()["text"] == "<i>Hello"


# --- messages that only edit


def test_an_edit_only_message_edits(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00", keyboard=MY_BUTTON)))
    again = sent_id(telegram.deliver(claimed(anna.id, "1:59", replaces_message_id=number, edits_only=True)))
    assert (again, [message["text"] for message in anna.from_bot()]) == (number, ["1:59"])


def test_an_edit_only_message_whose_message_is_gone_is_not_sent(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00")))
    apihelper.delete_message(TOKEN, anna.id, number)
    outcome = telegram.deliver(claimed(anna.id, "1:59", replaces_message_id=number, edits_only=True))
    assert (outcome, anna.from_bot()) == (NOTHING_TO_EDIT, [])


def test_an_edit_only_message_that_changes_nothing_is_as_good_as_done(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00")))
    assert sent_id(telegram.deliver(claimed(anna.id, "2:00", replaces_message_id=number, edits_only=True))) == number


def test_an_edit_only_message_that_telegram_cannot_read_edits_as_plain_text(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00")))
    outcome = telegram.deliver(claimed(anna.id, "<b>1:59", replaces_message_id=number, edits_only=True))
    assert "plain text" in (outcome.reason or "")
    assert [message["text"] for message in anna.from_bot()] == ["<b>1:59"]


def test_an_edit_only_message_with_a_reply_keyboard_is_not_sent(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00")))
    only = claimed(anna.id, "1:59", keyboard=SHARE_BUTTON, replaces_message_id=number, edits_only=True)
    assert telegram.deliver(only) == NOTHING_TO_EDIT
    assert len(anna.from_bot()) == 1


def test_an_edit_only_message_to_who_blocked_the_bot_finds_that_out(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, "2:00")))
    anna.block()
    assert telegram.deliver(claimed(anna.id, "1:59", replaces_message_id=number, edits_only=True)).unreachable


# --- people who cannot be reached


def test_who_blocked_the_bot_is_unreachable(telegram: Telegram, anna: Person) -> None:
    anna.block()
    outcome = telegram.deliver(claimed(anna.id))
    assert (outcome.verdict, outcome.unreachable) == (Verdict.REFUSED, True)
    assert outcome.reason == "403 Forbidden: bot was blocked by the user"


def test_who_blocked_the_bot_is_unreachable_for_an_edit_too(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id)))
    anna.block()
    outcome = telegram.deliver(claimed(anna.id, "Other", replaces_message_id=number))
    assert (outcome.verdict, outcome.unreachable) == (Verdict.REFUSED, True)


def test_a_chat_that_does_not_exist_is_unreachable(telegram: Telegram) -> None:
    outcome = telegram.deliver(claimed(987_654_321))
    assert (outcome.verdict, outcome.unreachable, outcome.reason) == (
        Verdict.REFUSED, True, "400 Bad Request: chat not found",
    )  # fmt: skip


@pytest.mark.parametrize("body", ["x" * 4097, " "])
def test_what_telegram_will_never_take_is_refused_but_the_person_is_reachable(
    telegram: Telegram, anna: Person, body: str
) -> None:
    outcome = telegram.deliver(claimed(anna.id, body))
    assert (outcome.verdict, outcome.unreachable) == (Verdict.REFUSED, False)


def test_too_many_messages_to_one_chat_must_wait(telegram: Telegram, simulator: Simulator, anna: Person) -> None:
    simulator.faults(rate_limits=True)
    outcomes = [telegram.deliver(claimed(anna.id, f"{number}")) for number in range(7)]
    busy = next(outcome for outcome in outcomes if outcome.verdict != Verdict.ACCEPTED)
    assert (busy.verdict, busy.wait) == (Verdict.BUSY, timedelta(seconds=1))


def test_a_server_error_is_surely_not_accepted(telegram: Telegram, simulator: Simulator, anna: Person) -> None:
    simulator.faults(error_rate=1)
    assert telegram.deliver(claimed(anna.id)).verdict == Verdict.BROKEN
    simulator.faults(error_rate=0)
    assert anna.from_bot() == []


def test_a_refused_connection_is_surely_not_accepted() -> None:
    outcome = Telegram(TOKEN, f"http://127.0.0.1:{any_free_port()}").deliver(claimed(55))
    assert (outcome.verdict, outcome.reason) == (Verdict.BROKEN, "no connection")


def test_an_unknown_host_is_surely_not_accepted() -> None:
    assert Telegram(TOKEN, "http://no-such-host.invalid").deliver(claimed(55)).verdict == Verdict.BROKEN


def test_a_lost_answer_leaves_a_doubt(telegram: Telegram, simulator: Simulator, anna: Person) -> None:
    simulator.faults(lost_response_rate=1)
    outcome = telegram.deliver(claimed(anna.id))
    assert (outcome.verdict, outcome.telegram_message_id) == (Verdict.DOUBTFUL, None)
    assert [message["text"] for message in anna.from_bot()] == ["Hello"], "the client must not repeat it by itself"


def test_an_answer_that_takes_too_long_leaves_a_doubt(
    telegram: Telegram, simulator: Simulator, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apihelper, "READ_TIMEOUT", 0.2)
    simulator.faults(latency_ms=1000)
    assert telegram.deliver(claimed(anna.id)).verdict == Verdict.DOUBTFUL
    assert len(anna.from_bot()) == 1


def test_every_call_is_bounded_in_time(telegram: Telegram) -> None:
    assert 0 < apihelper.CONNECT_TIMEOUT + apihelper.READ_TIMEOUT < 15
    assert apihelper.RETRY_ON_ERROR is False


def test_a_long_message_does_not_travel_in_the_address() -> None:
    """In the address each Cyrillic letter takes six bytes, and whatever stands before Telegram may cut it at 8 KiB."""
    addresses: list[str] = []
    taken = json.dumps({"ok": True, "result": {"message_id": 7}}).encode()
    with _answering(200, taken, addresses) as url:
        assert sent_id(Telegram(TOKEN, url).deliver(claimed(5, "я" * 4096))) == 7
    assert addresses == [f"/bot{TOKEN}/sendMessage"]


@contextmanager
def _answering(status: int, body: bytes, addresses: list[str] | None = None) -> Iterator[str]:
    """Something between us and Telegram that gives this answer to everything, and notes what was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if addresses is not None:
                addresses.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_CONNECT = do_POST

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def refusal(code: int, description: str, **more: Any) -> bytes:
    return json.dumps({"ok": False, "error_code": code, "description": description} | more).encode()


BUSY = refusal(429, "Too Many Requests: retry after 37", parameters={"retry_after": 37})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, BUSY, (Verdict.BUSY, timedelta(seconds=37), False)),
        (429, refusal(429, "Too Many Requests"), (Verdict.BUSY, timedelta(seconds=1), False)),
        (502, b"<html>Bad Gateway</html>", (Verdict.BROKEN, timedelta(0), False)),
        (500, refusal(500, "Internal Server Error"), (Verdict.BROKEN, timedelta(0), False)),
        (401, refusal(401, "Unauthorized"), (Verdict.BROKEN, timedelta(0), False)),
        (404, refusal(404, "Not Found"), (Verdict.BROKEN, timedelta(0), False)),
        (400, refusal(400, "Bad Request: BUTTON_URL_INVALID"), (Verdict.REFUSED, timedelta(0), False)),
        (400, refusal(400, "Bad Request: PEER_ID_INVALID"), (Verdict.REFUSED, timedelta(0), True)),
        (403, refusal(403, "Forbidden: user is deactivated"), (Verdict.REFUSED, timedelta(0), True)),
        (403, refusal(403, "Forbidden: in words nobody knows yet"), (Verdict.REFUSED, timedelta(0), True)),
        (302, b"", (Verdict.BROKEN, timedelta(0), False)),
        (403, b"<html>Forbidden by the proxy</html>", (Verdict.BROKEN, timedelta(0), False)),
        (429, b"<html>Too many requests</html>", (Verdict.BROKEN, timedelta(0), False)),
        (413, b"", (Verdict.BROKEN, timedelta(0), False)),
        (504, b"<html>Gateway Timeout</html>", (Verdict.DOUBTFUL, timedelta(0), False)),
        (200, b"", (Verdict.DOUBTFUL, timedelta(0), False)),
        (200, b"not json", (Verdict.DOUBTFUL, timedelta(0), False)),
    ],
)
def test_what_other_answers_mean(status: int, body: bytes, expected: tuple[Verdict, timedelta, bool]) -> None:
    with _answering(status, body) as url:
        outcome = Telegram(TOKEN, url).deliver(claimed(55))
    assert (outcome.verdict, outcome.wait, outcome.unreachable) == expected


@pytest.mark.parametrize(
    "trouble", [{"down": True}, {"error_rate": 1}, {"lost_response_rate": 1}], ids=lambda trouble: next(iter(trouble))
)
def test_no_reason_that_is_written_down_contains_the_token(
    telegram: Telegram, simulator: Simulator, anna: Person, trouble: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    simulator.faults(**trouble)
    with caplog.at_level(logging.INFO):
        outcome = telegram.deliver(claimed(anna.id))
    assert outcome.reason
    assert TOKEN.partition(":")[2] not in outcome.reason + caplog.text


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_reason_of_a_failed_connection_contains_the_token(
    simulator: Simulator, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The transport's own words contain the whole address."""
    port = simulator.url.rpartition(":")[2] if scheme == "https" else any_free_port()
    with caplog.at_level(logging.INFO):
        outcome = Telegram(TOKEN, f"{scheme}://127.0.0.1:{port}").deliver(claimed(55))
    assert outcome.reason
    assert TOKEN.partition(":")[2] not in f"{outcome.reason}{caplog.text}"


def test_a_button_opens_the_mini_app_where_there_is_one(simulator: Simulator, anna: Person) -> None:
    keyboard = [[{"label": "Calendar", "page": True}], [{"label": "My application", "action": "my"}]]
    mine = {"text": "My application", "data": "my"}
    page = "https://bot.example.org/webapp"
    number = sent_id(Telegram(TOKEN, simulator.url, page=page).deliver(claimed(anna.id, keyboard=keyboard)))
    assert anna.message(number)["buttons"] == [[{"text": "Calendar", "web_app": page}], [mine]]
    sent_id(Telegram(TOKEN, simulator.url).deliver(claimed(anna.id, keyboard=keyboard, replaces_message_id=number)))
    assert anna.message(number)["buttons"] == [[mine]]


def test_a_keyboard_of_nothing_but_the_mini_app_is_none_without_one(telegram: Telegram, anna: Person) -> None:
    number = sent_id(telegram.deliver(claimed(anna.id, keyboard=[[{"label": "Calendar", "page": True}]])))
    assert anna.message(number)["buttons"] == []


def test_the_menu_button_opens_the_mini_app_where_there_is_one(simulator: Simulator, anna: Person) -> None:
    def menu_button() -> Any:
        return simulator.ask("GET", f"/page/chats/{anna.id}").json()["menu_button"]

    Telegram(TOKEN, simulator.url, page="https://bot.example.org/webapp").offer_page("Calendar")
    assert menu_button()["web_app"] == {"url": "https://bot.example.org/webapp"}
    Telegram(TOKEN, simulator.url).offer_page("Calendar")
    assert menu_button() == {"type": "default"}


def test_updates_come_again_until_an_offset_confirms_them(simulator: Simulator) -> None:
    simulator.reset()
    telegram = Telegram(TOKEN, simulator.url)
    anna = simulator.person("Anna")
    numbers = [anna.write(text)["update_id"] for text in ("one", "two")]
    fetch: Callable[[int], list[int]] = lambda offset: [  # noqa: E731
        update["update_id"] for update in telegram.updates(offset=offset, timeout_seconds=0)
    ]
    assert fetch(0) == fetch(0) == numbers
    assert fetch(numbers[1]) == [numbers[1]]
    assert fetch(numbers[1] + 1) == []


def test_a_press_can_be_answered(telegram: Telegram, anna: Person) -> None:
    sent_id(telegram.deliver(claimed(anna.id, keyboard=MY_BUTTON)))
    pressed = anna.press("My application")
    telegram.answer_press(pressed["callback_query_id"])
    assert [answer["callback_query_id"] for answer in anna.answers()] == [pressed["callback_query_id"]]


# --- the way there


@pytest.mark.parametrize(("exempt", "verdict"), [("", Verdict.BROKEN), ("127.0.0.1", Verdict.ACCEPTED)])
def test_the_environments_proxy_is_used_and_its_exceptions(
    simulator: Simulator, anna: Person, monkeypatch: pytest.MonkeyPatch, exempt: str, verdict: Verdict
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{any_free_port()}")  # nobody listens there
    monkeypatch.setenv("no_proxy", exempt)
    assert Telegram(TOKEN, simulator.url).deliver(claimed(anna.id)).verdict == verdict


def test_a_proxy_that_lets_nobody_through_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(403, b"") as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        outcome = Telegram(TOKEN, "https://telegram.invalid").deliver(claimed(55))
    assert (outcome.verdict, outcome.away) == (Verdict.BROKEN, True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes the certificate")
def test_whoever_has_another_certificate_got_nothing(simulator: Simulator, tmp_path: Path) -> None:
    with TlsFront(int(simulator.url.rpartition(":")[2]), tmp_path) as front:
        outcome = Telegram(TOKEN, front.url).deliver(claimed(55))
    assert (outcome.verdict, outcome.away) == (Verdict.BROKEN, True)


# --- whether it answers at all


def test_whoever_refuses_answers(simulator: Simulator, telegram: Telegram) -> None:
    assert telegram.answers()
    assert Telegram("1:another", simulator.url).answers()
    simulator.faults(error_rate=1)
    assert telegram.answers()


def test_whoever_hangs_up_or_is_not_there_does_not(simulator: Simulator, telegram: Telegram) -> None:
    simulator.faults(down=True)
    assert not telegram.answers()
    assert not Telegram(TOKEN, f"http://127.0.0.1:{any_free_port()}").answers()
