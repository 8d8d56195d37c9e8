"""The control API, by which tests act as people."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests

from tests.simulator import EmbeddedSimulator, MovableClock, Simulator


@pytest.fixture(scope="module")
def running():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    running.faults(rate_limits=False)
    return running


@pytest.fixture
def anna(simulator):
    person = simulator.person("Анна", last_name="Соколова", language_code="ru")
    person.write("/start")
    return person


def call(simulator: Simulator, method: str, **arguments):
    answer = requests.post(simulator.api_url.format(simulator.token, method), json=arguments, timeout=10).json()
    return answer.get("result", answer)


def say(simulator: Simulator, person, text: str, *labels: str) -> int:
    buttons = [[{"text": label, "callback_data": f"do:{label}"}] for label in labels]
    markup = {"inline_keyboard": buttons} if labels else None
    return call(simulator, "sendMessage", chat_id=person.id, text=text, reply_markup=markup)["message_id"]


def test_a_fresh_simulator_begins_at_1001_and_ends_cleanly():
    simulator = Simulator().start()
    assert simulator.person("Анна").id == 1001
    assert simulator.stop() == 0


def test_everyone_is_listed(simulator, anna):
    [listed] = simulator.control("GET", "/people")
    assert (listed["id"], listed["first_name"], listed["last_name"]) == (anna.id, "Анна", "Соколова")
    assert (listed["blocked"], listed["started"]) == (False, True)


def test_a_message_has_every_field_of_the_contract(simulator, anna):
    say(simulator, anna, "Да?", "Да")
    shown = anna.last()
    named = {"seq", "message_id", "from", "text", "html", "buttons", "reply_keyboard", "document", "at"}
    assert named | {"edited_at", "deleted"} <= set(shown)
    assert shown["buttons"] == [[{"text": "Да", "data": "do:Да"}]]
    assert (shown["reply_keyboard"], shown["document"], shown["deleted"]) == (None, None, False)
    assert datetime.fromisoformat(shown["at"]).utcoffset().total_seconds() == 0
    assert "." in shown["at"]


def test_the_three_kinds_of_inline_buttons_are_shown(simulator, anna):
    row = [{"text": "a", "callback_data": "1"}, {"text": "b", "url": "https://e.org"}]
    row.append({"text": "c", "web_app": {"url": "https://e.org/app"}})
    call(simulator, "sendMessage", chat_id=anna.id, text="x", reply_markup={"inline_keyboard": [row]})
    assert anna.last()["buttons"] == [
        [
            {"text": "a", "data": "1"},
            {"text": "b", "url": "https://e.org"},
            {"text": "c", "web_app": "https://e.org/app"},
        ]
    ]


def test_only_what_is_newer_is_shown_oldest_first(simulator, anna):
    first = say(simulator, anna, "a")
    seen = anna.messages()[-1]["seq"]
    say(simulator, anna, "b")
    call(simulator, "editMessageText", chat_id=anna.id, message_id=first, text="a2")
    newer = anna.messages(after=seen)
    assert [(each["text"], each["from"]) for each in newer] == [("b", "bot"), ("a2", "bot")]
    assert newer[0]["seq"] < newer[1]["seq"]
    assert anna.messages(after=newer[1]["seq"]) == []


def test_waiting_ends_with_the_first_newer_message(simulator, anna):
    seen = anna.messages()[-1]["seq"]
    with ThreadPoolExecutor() as threads:
        begun = time.monotonic()
        waiting = threads.submit(anna.messages, after=seen, wait=20)
        say(simulator, anna, "a")
        assert [each["text"] for each in waiting.result(timeout=10)] == ["a"]
        assert time.monotonic() - begun < 5


def test_waiting_ends_empty_after_its_time(anna):
    seen = anna.messages()[-1]["seq"]
    begun = time.monotonic()
    assert anna.messages(after=seen, wait=0.3) == []
    assert 0.25 < time.monotonic() - begun < 3


def test_a_person_changes_a_text_and_the_bot_is_told(simulator, anna):
    said = anna.write("Анна Ивонова")
    changed = anna.edit(said["message_id"], "Анна Иванова")
    assert changed["message_id"] == said["message_id"] and changed["update_id"] > said["update_id"]
    newest = anna.messages()[-1]
    assert (newest["text"], newest["from"], newest["edited_at"] is not None) == ("Анна Иванова", "person", True)
    told = call(simulator, "getUpdates")[-1]["edited_message"]
    assert (told["text"], told["from"]["id"], told["chat"]["type"]) == ("Анна Иванова", anna.id, "private")
    assert told["edit_date"] >= told["date"]


def test_only_own_texts_are_changed_and_into_something_else(simulator, anna):
    own, photo = anna.write("a")["message_id"], anna.send(photo=True)["message_id"]
    refused = [(say(simulator, anna, "b"), "c", 404), (photo, "c", 404), (999, "c", 404), ("x", "c", 404)]
    refused += [(own, "a", 400), (own, " ", 400), (own, "x" * 4097, 400), (own, None, 400)]
    for message_id, text, status in refused:
        path = f"/sim/people/{anna.id}/messages/{message_id}"
        assert simulator.ask("PUT", path, json={"text": text}).status_code == status, (message_id, text)


def test_a_change_of_a_person_is_no_answer_of_the_bot(simulator, anna):
    anna.edit(anna.write("a")["message_id"], "b")
    assert simulator.stats()["unanswered_people"] == 1


def test_hundreds_wait_at_once_and_each_gets_their_own(simulator):
    people = [simulator.person(f"P{number}") for number in range(200)]
    for person in people:
        person.write("/start")
    with ThreadPoolExecutor(200) as threads:
        waiting = [threads.submit(person.wait_for, f"for {person.id}", 20) for person in people]
        for person in people:
            say(simulator, person, f"for {person.id}")
        assert all(each.result(timeout=20) for each in waiting)


def test_a_button_is_pressed_by_data_or_by_label(simulator, anna):
    message_id = say(simulator, anna, "Да?", "Да", "Нет")
    for body in ({"data": "do:Нет"}, {"text": "Нет"}):
        pressed = simulator.control("POST", f"/people/{anna.id}/presses", {"message_id": message_id} | body)
        assert set(pressed) == {"update_id", "callback_query_id"}
    updates = call(simulator, "getUpdates")
    assert [each["callback_query"]["data"] for each in updates if "callback_query" in each] == ["do:Нет"] * 2


@pytest.mark.parametrize("body", [{"data": "do:Может"}, {"text": "Может"}, {"data": "Да"}])
def test_a_button_that_is_not_there_now_is_a_404(simulator, anna, body):
    message_id = say(simulator, anna, "Да?", "Да")
    answer = simulator.ask("POST", f"/sim/people/{anna.id}/presses", json={"message_id": message_id} | body)
    assert answer.status_code == 404
    assert "no button" in answer.json()["error"]


def test_a_button_is_gone_after_an_edit_without_it(simulator, anna):
    message_id = say(simulator, anna, "Да?", "Да")
    call(simulator, "editMessageText", chat_id=anna.id, message_id=message_id, text="Хорошо")
    answer = simulator.ask("POST", f"/sim/people/{anna.id}/presses", json={"message_id": message_id, "text": "Да"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/sim/people", b"nonsense", 400),
        ("POST", "/sim/people", b"[]", 400),
        ("POST", "/sim/people", b"{}", 400),
        ("POST", "/sim/people", b'{"first_name": "A", "token": "x"}', 400),
        ("POST", "/sim/people", b'{"first_name": 7}', 400),
        ("GET", "/sim/people/77/messages", None, 404),
        ("GET", "/sim/people/anna/messages", None, 404),
        ("GET", f"/sim/people/{'9' * 5000}/messages", None, 404),
        ("POST", "/sim/people/{anna}/presses", b'{"message_id": 1, "data": null}', 400),
        ("POST", "/sim/people/{anna}/messages", b"{}", 400),
        ("POST", "/sim/people/{anna}/messages", b'{"text": " "}', 400),
        ("GET", "/sim/people/{anna}/messages?after=x", None, 400),
        ("POST", "/sim/people/{anna}/presses", b'{"data": "x"}', 400),
        ("POST", "/sim/people/{anna}/presses", b'{"message_id": 99, "data": "x"}', 404),
        ("POST", "/sim/people/{anna}/updates", b'{"update_id": "x"}', 400),
        ("GET", "/sim/files/nothing", None, 404),
        ("GET", "/sim/nothing", None, 404),
    ],
)
def test_bad_input_is_answered_with_a_sentence(simulator, anna, method, path, body, status):
    answer = simulator.ask(method, path.format(anna=anna.id), data=body)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


def test_half_a_surrogate_pair_stops_nobodys_chat(simulator, anna):
    simulator.ask("POST", f"/sim/people/{anna.id}/messages", data=b'{"text": "a\\ud800"}')
    assert call(simulator, "getUpdates")[-1]["message"]["text"] == "a\ud800"
    assert anna.messages()[-1]["text"] == "a\ud800"
    odd = simulator.control("POST", "/people", {"first_name": "\ud800"})
    assert [each["id"] for each in simulator.control("GET", "/people")] == [anna.id, odd["id"]]


def test_a_field_that_is_null_is_as_good_as_absent(simulator, anna):
    pressed = {"message_id": say(simulator, anna, "Да?", "Да"), "data": None, "text": "Да"}
    assert simulator.control("POST", f"/people/{anna.id}/presses", pressed)["callback_query_id"]


def test_who_has_blocked_the_bot_cannot_write_to_it(simulator, anna):
    anna.block()
    assert simulator.ask("POST", f"/sim/people/{anna.id}/messages", json={"text": "a"}).status_code == 400


def test_every_call_is_noted(simulator, anna):
    before = [each["seq"] for each in simulator.calls()]
    say(simulator, anna, "a")
    call(simulator, "sendMessage", chat_id=4, text="a")
    sent, refused = simulator.calls(after=max(before, default=0))
    assert (sent["method"], sent["chat_id"], sent["ok"], sent["error_code"]) == ("sendMessage", anna.id, True, None)
    assert (refused["chat_id"], refused["ok"], refused["error_code"]) == (4, False, 400)
    assert refused["seq"] == sent["seq"] + 1
    assert datetime.fromisoformat(sent["at"]) <= datetime.now(UTC)


def test_seqs_of_calls_go_on_after_a_reset(simulator):
    call(simulator, "getMe")
    last = simulator.calls()[-1]["seq"]
    simulator.reset()
    assert simulator.calls() == []
    call(simulator, "getMe")
    assert simulator.calls(after=last)[0]["seq"] == last + 1


def test_stats_know_counts_and_the_largest_delay():
    clock = MovableClock(datetime(2026, 5, 4, 12, 0, tzinfo=UTC))
    with EmbeddedSimulator(clock) as simulator:
        anna = simulator.person("Анна")
        anna.write("/start")
        clock.forward(seconds=1)
        anna.write("hello?")
        assert simulator.stats()["unanswered_people"] == 1
        clock.forward(seconds=2)
        say(simulator, anna, "a", "Да")
        clock.forward(seconds=100)
        say(simulator, anna, "a reminder nobody waited for")
        anna.press("Да")
        clock.forward(seconds=1)
        call(simulator, "editMessageText", chat_id=anna.id, message_id=3, text="b")
        stats = simulator.stats()
    assert stats["methods"] == {"sendMessage": 2, "editMessageText": 1}
    assert stats["pending_updates"] == 3
    assert (stats["largest_delay_seconds"], stats["unanswered_people"]) == (3, 0)


def test_a_reset_leaves_nothing(simulator, anna):
    simulator.faults(latency_ms=1)
    call(simulator, "setWebhook", url="http://127.0.0.1:9/hook")
    simulator.reset()
    assert simulator.control("GET", "/people") == []
    stats = simulator.stats()
    assert (stats["calls"], stats["messages"], stats["pending_updates"]) == (0, 0, 0)
    assert simulator.control("GET", "/faults")["latency_ms"] == 0
    assert call(simulator, "getUpdates") == []


def test_a_waiting_poll_sees_what_comes_after_a_reset(simulator):
    with ThreadPoolExecutor() as threads:
        polled = threads.submit(call, simulator, "getUpdates", timeout=20)
        simulator.reset()
        simulator.person("Анна").write("a")
        assert polled.result(timeout=10)[0]["message"]["text"] == "a"


def test_a_wrong_token_on_the_command_line_is_refused():
    with pytest.raises(RuntimeError, match="status 2"):
        Simulator(token="nonsense").start()
