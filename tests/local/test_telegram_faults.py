"""Troubles the simulator makes on request."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator import Simulator


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
    person = simulator.person("Анна")
    person.write("/start")
    return person


def send(simulator: Simulator, person, text: str = "a") -> requests.Response:
    url = simulator.api_url.format(simulator.token, "sendMessage")
    return requests.post(url, params={"chat_id": person.id, "text": text}, timeout=10)


def test_only_what_is_named_changes(simulator):
    simulator.faults(latency_ms=5, down=False)
    assert simulator.faults(error_rate=0.5) == {
        "latency_ms": 5,
        "error_rate": 0.5,
        "lost_response_rate": 0,
        "rate_limits": True,
        "down": False,
    }


@pytest.mark.parametrize(
    "wrong", [{"error_rate": 2}, {"latency_ms": "x"}, {"down": 1}, {"typo": 1}, {"error_rate": True}]
)
def test_nonsense_is_refused_with_a_sentence_and_changes_nothing(simulator, wrong):
    answer = simulator.ask("PUT", "/sim/faults", json={"latency_ms": 7} | wrong)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert simulator.control("GET", "/faults")["latency_ms"] == 0


def test_an_error_is_a_502_and_nothing_is_sent(simulator, anna):
    simulator.faults(error_rate=1)
    answer = send(simulator, anna)
    assert (answer.status_code, answer.json()["error_code"]) == (502, 502)
    assert anna.last() is None
    assert simulator.calls()[-1]["error_code"] == 502


def test_a_lost_response_was_carried_out(simulator, anna):
    simulator.faults(lost_response_rate=1)
    with pytest.raises(requests.ConnectionError):
        send(simulator, anna)
    assert anna.last()["text"] == "a"
    assert simulator.calls()[-1]["ok"] is True


def test_down_hangs_up_before_anything_is_done_but_the_control_api_answers(simulator, anna):
    simulator.faults(down=True)
    with pytest.raises(requests.ConnectionError):
        send(simulator, anna)
    assert anna.last() is None
    assert anna.write("still here")["message_id"]
    simulator.faults(down=False)
    assert send(simulator, anna).ok


def test_accidents_are_repeatable_with_a_seed(simulator, anna):
    def outcomes() -> list[int]:
        simulator.faults(error_rate=0.5, rate_limits=False, seed=7)
        return [send(simulator, anna).status_code for _ in range(12)]

    first = outcomes()
    assert set(first) == {200, 502}
    assert outcomes() == first


def test_a_slow_answer_keeps_nobody_else_waiting(simulator, anna):
    simulator.faults(latency_ms=600)
    with ThreadPoolExecutor(20) as threads:
        begun = time.monotonic()
        answers = list(
            threads.map(lambda _: requests.get(simulator.api_url.format("1:TEST", "getMe"), timeout=10), range(20))
        )
        took = time.monotonic() - begun
    assert all(answer.ok for answer in answers)
    assert 0.6 <= took < 3


def test_limits_can_be_switched_off(simulator, anna):
    statuses = [send(simulator, anna).status_code for _ in range(6)]
    assert statuses[5] == 429
    simulator.faults(rate_limits=False)
    assert {send(simulator, anna).status_code for _ in range(40)} == {200}
