"""Updates sent to a bot's own address."""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise

import pytest
import requests

from recruitsmart.local.telegram.webhook import LONGEST_PAUSE_SECONDS, pauses
from tests.simulator import Simulator


class Receiver:
    """A web server that answers what it is told and keeps what it got."""

    def __init__(self) -> None:
        self.received: queue.Queue[tuple[float, str, dict]] = queue.Queue()
        self.status_of = lambda update: 200
        self.headers: list[dict] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.headers.append(dict(self.headers))
                receiver.received.put((time.monotonic(), self.path, update))
                status = receiver.status_of(update)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/login")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                receiver.received.put((time.monotonic(), self.path, {"message": {"text": "redirected"}}))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next_text(self) -> str:
        return self.received.get(timeout=10)[2]["message"]["text"]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="module")
def running():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    return running


def call(simulator: Simulator, method: str, **arguments):
    answer = requests.post(simulator.api_url.format(simulator.token, method), json=arguments, timeout=10).json()
    return answer.get("result", answer)


def settled_info(simulator: Simulator) -> dict:
    """getWebhookInfo once nothing is pending; accepting an update ends a moment after our answer."""
    for _ in range(2000):
        info = call(simulator, "getWebhookInfo")
        if info["pending_update_count"] == 0:
            return info
    raise AssertionError(f"Still pending: {info}")


def test_updates_are_posted_with_the_secret_header(simulator, receiver):
    assert call(simulator, "setWebhook", url=receiver.url, secret_token="s-1_X") is True
    anna = simulator.person("Анна")
    update_id = anna.write("/start")["update_id"]
    _, path, update = receiver.received.get(timeout=10)
    assert (path, update["update_id"], update["message"]["text"]) == ("/hook", update_id, "/start")
    assert receiver.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == "s-1_X"
    info = settled_info(simulator)
    assert info["url"] == receiver.url
    assert "last_error_message" not in info


def test_what_is_refused_comes_again_with_growing_pauses(simulator, receiver):
    statuses = iter([500, 403, 302, 200])
    receiver.status_of = lambda update: next(statuses)
    call(simulator, "setWebhook", url=receiver.url)
    simulator.person("Анна").write("/start")
    tries = [receiver.received.get(timeout=10) for _ in range(4)]
    assert len({update["update_id"] for _, _, update in tries}) == 1
    times = [at for at, _, _ in tries]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] < gaps[1] < gaps[2]
    assert settled_info(simulator)["last_error_message"].startswith("Wrong response from the webhook: 302")


def test_pauses_double_up_to_a_limit():
    first = list(islice(pauses(), 12))
    assert first[1] == 2 * first[0]
    assert first[-1] == first[-2] == LONGEST_PAUSE_SECONDS


def test_the_next_update_of_a_chat_waits_and_other_chats_do_not(simulator, receiver):
    open_now = threading.Event()
    receiver.status_of = lambda update: (
        500 if update["message"]["text"].startswith("anna") and not open_now.is_set() else 200
    )
    call(simulator, "setWebhook", url=receiver.url)
    anna, timur = simulator.person("Анна"), simulator.person("Тимур")
    anna.write("anna 1")
    anna.write("anna 2")
    timur.write("timur")
    seen = [receiver.next_text()]
    while "timur" not in seen:
        seen.append(receiver.next_text())
    assert "anna 2" not in seen
    assert call(simulator, "getWebhookInfo")["pending_update_count"] >= 2
    open_now.set()
    while seen[-1] != "anna 2":
        seen.append(receiver.next_text())
    assert seen.index("anna 2") == len(seen) - 1
    settled_info(simulator)


def test_waiting_updates_are_sent_when_the_webhook_is_set(simulator, receiver):
    anna = simulator.person("Анна")
    for text in ("a", "b"):
        anna.write(text)
    call(simulator, "setWebhook", url=receiver.url)
    assert [receiver.next_text(), receiver.next_text()] == ["a", "b"]


def test_dropping_pending_updates_forgets_them(simulator, receiver):
    anna = simulator.person("Анна")
    anna.write("a")
    call(simulator, "setWebhook", url=receiver.url, drop_pending_updates=True)
    anna.write("b")
    assert receiver.next_text() == "b"
    settled_info(simulator)
    call(simulator, "deleteWebhook")
    anna.write("c")
    assert call(simulator, "deleteWebhook", drop_pending_updates=True) is True
    assert call(simulator, "getUpdates") == []


def test_an_unreachable_address_is_reported_and_keeps_the_update(simulator):
    call(simulator, "setWebhook", url="http://127.0.0.1:9/hook", max_connections=3)
    simulator.person("Анна").write("a")
    info: dict = {}
    while "last_error_message" not in info:
        info = call(simulator, "getWebhookInfo")
    assert info["last_error_message"] == "Connection refused"
    assert (info["pending_update_count"], info["max_connections"]) == (1, 3)
    assert info["last_error_date"] > 0


def test_a_replay_is_posted_too(simulator, receiver):
    call(simulator, "setWebhook", url=receiver.url)
    anna = simulator.person("Анна")
    anna.write("a")
    update = receiver.received.get(timeout=10)[2]
    anna.inject(update)
    assert receiver.received.get(timeout=10)[2] == update
    settled_info(simulator)


def test_bad_webhooks_are_refused(simulator):
    assert call(simulator, "setWebhook", url="ftp://x")["error_code"] == 400
    assert call(simulator, "setWebhook", url="http://x", secret_token="ы")["error_code"] == 400


def test_a_redirect_is_no_acceptance(simulator, receiver):
    answers = iter([302, 200])
    receiver.status_of = lambda update: next(answers)
    call(simulator, "setWebhook", url=receiver.url)
    simulator.person("Анна").write("once more")
    assert [receiver.next_text(), receiver.next_text()] == ["once more", "once more"]
