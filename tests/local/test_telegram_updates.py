"""How a bot fetches its updates from the simulator."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator import Simulator

WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture(scope="module")
def running():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    return running


@pytest.fixture
def anna(simulator):
    return simulator.person("Анна")


def call(simulator: Simulator, method: str, **arguments) -> dict:
    return requests.post(simulator.api_url.format(simulator.token, method), json=arguments, timeout=30).json()


def fetch(simulator: Simulator, **arguments) -> list[dict]:
    answer = call(simulator, "getUpdates", **arguments)
    assert answer["ok"], answer
    return answer["result"]


def texts(updates: list[dict]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def test_unconfirmed_updates_come_again_until_a_higher_offset(simulator, anna):
    ids = [anna.write(text)["update_id"] for text in ("a", "b", "c")]
    assert ids == list(range(ids[0], ids[0] + 3))
    assert texts(fetch(simulator)) == texts(fetch(simulator)) == ["a", "b", "c"]
    assert texts(fetch(simulator, offset=ids[1])) == ["b", "c"]
    assert texts(fetch(simulator)) == ["b", "c"]
    assert fetch(simulator, offset=ids[2] + 1) == []
    assert fetch(simulator) == []


def test_a_batch_holds_at_most_what_was_asked_for_and_never_over_a_hundred(simulator, anna):
    for number in range(105):
        anna.simulator.control("POST", f"/people/{anna.id}/messages", {"text": str(number)})
    assert texts(fetch(simulator, limit=2)) == ["0", "1"]
    assert len(fetch(simulator, limit=500)) == 100


def test_a_negative_offset_keeps_only_the_newest(simulator, anna):
    for text in ("a", "b", "c"):
        anna.write(text)
    assert texts(fetch(simulator, offset=-2)) == ["b", "c"]
    assert texts(fetch(simulator)) == ["b", "c"]


def test_a_long_poll_returns_as_soon_as_something_happens(simulator, anna):
    with ThreadPoolExecutor() as threads:
        begun = time.monotonic()
        polled = threads.submit(fetch, simulator, timeout=20)
        anna.write("a")
        assert texts(polled.result(timeout=10)) == ["a"]
        assert time.monotonic() - begun < 5


def test_a_long_poll_ends_empty_after_its_time(simulator):
    begun = time.monotonic()
    assert fetch(simulator, timeout=1) == []
    assert 0.9 < time.monotonic() - begun < 3


def test_only_allowed_kinds_are_queued_from_then_on(simulator, anna):
    fetch(simulator, allowed_updates=["my_chat_member"])
    assert anna.write("a")["update_id"] is None
    anna.block()
    assert [sorted(update) for update in fetch(simulator)] == [["my_chat_member", "update_id"]]
    fetch(simulator, allowed_updates=[])
    anna.unblock()
    assert anna.write("b")["update_id"] is not None


def test_a_second_poller_ends_the_first_with_a_conflict(simulator, anna):
    with ThreadPoolExecutor() as threads:
        first = threads.submit(call, simulator, "getUpdates", timeout=20)
        answers = []
        while not first.done():
            answers.append(call(simulator, "getUpdates"))
        assert first.result() == {"ok": False, "error_code": 409, "description": OTHER_POLLER}
        assert all(answer["ok"] for answer in answers)
    anna.write("a")
    assert texts(fetch(simulator)) == ["a"]


def test_polling_and_a_webhook_exclude_each_other(simulator, anna):
    assert call(simulator, "setWebhook", url="http://127.0.0.1:9/hook")["ok"]
    anna.write("a")
    assert call(simulator, "getUpdates")["description"] == WEBHOOK_IS_SET
    assert call(simulator, "deleteWebhook")["ok"]
    assert texts(fetch(simulator)) == ["a"]


def test_setting_a_webhook_ends_a_waiting_poll(simulator):
    with ThreadPoolExecutor() as threads:
        polled = threads.submit(call, simulator, "getUpdates", timeout=20)
        while not polled.done():
            call(simulator, "setWebhook", url="http://127.0.0.1:9/hook")
            call(simulator, "getMe")
        assert polled.result()["error_code"] == 409


def test_injected_updates_arrive_as_they_are(simulator, anna):
    raw = {"poll": {"id": "7", "odd": [None, "ы"]}}
    update_id = anna.inject(raw)
    assert fetch(simulator) == [{"update_id": update_id} | raw]


def test_a_replay_is_delivered_once_more_after_its_confirmation(simulator, anna):
    anna.write("a")
    [update] = fetch(simulator)
    after = update["update_id"] + 1
    assert fetch(simulator, offset=after) == []
    assert anna.inject(update) == update["update_id"]
    assert fetch(simulator, offset=after) == [update]
    assert fetch(simulator, offset=after) == []
    assert anna.write("b")["update_id"] == after


def test_a_replay_does_not_overtake_what_waits(simulator, anna):
    """Whoever has a number confirms all below it; so none may come before those below it were handed out."""
    waiting = [anna.write(str(number))["update_id"] for number in range(120)]
    newest = fetch(simulator, offset=waiting[-1])[0]
    more = [anna.write(str(number))["update_id"] for number in range(120)]
    assert anna.inject(newest | {"update_id": more[-1]}) == more[-1]
    assert [update["update_id"] for update in fetch(simulator)] == [waiting[-1], *more[:99]]


def test_update_ids_go_on_after_a_reset(simulator, anna):
    before = anna.write("a")["update_id"]
    simulator.reset()
    assert fetch(simulator) == []
    again = simulator.person("Анна")
    assert again.write("a")["update_id"] == before + 1
    assert again.id > anna.id


def test_update_ids_do_not_come_again_after_a_restart(simulator, anna):
    before = anna.write("a")["update_id"]
    with Simulator() as restarted:
        assert restarted.person("Анна").write("a")["update_id"] > before
