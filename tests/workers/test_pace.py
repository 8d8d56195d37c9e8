"""Delivery and the limits: who waits for whom, who is called, and what a broadcast asks of Celery."""

from datetime import timedelta

import pytest
import requests

from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.telegram.limits import Limits
from tests.simulator import Person, Simulator
from tests.workers.outbox import TOKEN, Outbox, person
from workers.bell import Bell

SECOND = timedelta(seconds=1)


def test_who_must_wait_for_telegram_does_not_listen(outbox: Outbox, anna: Person) -> None:
    outbox.services.bell.listen = None  # whoever calls it fails
    outbox.services.limits.refuse(77, timedelta(seconds=9))
    outbox.add(anna.id)
    outbox.run()
    assert len(outbox.nudges) == 1


def test_a_chat_that_must_wait_does_not_hold_up_others_and_is_come_back_to(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    slowly = Limits(outbox.services.redis, per_second=1000, chat_per_second=0.2)  # however slow this machine is
    outbox.services.__dict__["limits"] = slowly
    boris = person(simulator, "Boris")
    annas = [outbox.add(anna.id) for _ in range(7)]
    boriss = outbox.add(boris.id)
    outbox.run()
    assert outbox.states(annas[-1], boriss) == ["queued", "sent"]
    assert any(timedelta(0) < after <= 5 * SECOND for after in outbox.nudges)
    waiting = next(outbox.row(each) for each in annas if outbox.row(each).state == "queued")
    assert (waiting.attempts, waiting.trail) == (0, [])


def test_of_a_chat_that_telegram_refuses_the_rest_waits_and_others_go_on(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    never_full_again = Limits(outbox.services.redis, per_second=1000, chat_per_second=0.001)
    outbox.services.__dict__["limits"] = never_full_again
    boris = person(simulator, "Boris")
    for _ in range(3):
        outbox.add(anna.id)
    outbox.run()
    simulator.faults(rate_limits=True)
    waiting, boriss = outbox.add(anna.id), outbox.add(boris.id)
    for _ in range(6):  # somebody else speaks for the bot, past our limits
        requests.get(f"{simulator.url}/bot{TOKEN}/sendMessage", {"chat_id": anna.id, "text": "hi"}, timeout=10)
    outbox.run()
    assert outbox.states(waiting, boriss) == ["queued", "sent"]
    row = outbox.row(waiting)
    assert (row.attempts, [step["what"] for step in row.trail]) == (0, ["busy"])
    assert outbox.nudges[-1] == SECOND


def test_when_telegram_refuses_a_fresh_chat_nobody_is_tried_until_the_wait_is_over(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    outbox.services.limits.refuse(77, timedelta(seconds=9))
    before = simulator.calls()[-1]["seq"]
    waiting = outbox.add(anna.id)
    outbox.run()
    assert (outbox.states(waiting), simulator.calls(before)) == (["queued"], [])
    assert timedelta(seconds=1) < outbox.nudges[-1] <= timedelta(seconds=9)


def test_nobody_undertakes_to_come_back_after_a_wait_beyond_the_window(outbox: Outbox, anna: Person) -> None:
    outbox.services.limits.refuse(77, timedelta(hours=1))
    outbox.add(anna.id)
    outbox.run()
    assert outbox.nudges == []


def test_while_more_messages_are_due_another_sender_is_called(outbox: Outbox, simulator: Simulator) -> None:
    outbox.add(person(simulator).id), outbox.add(person(simulator).id)
    outbox.run()
    assert outbox.nudges == [timedelta(0)]


# --- the moments of a broadcast


@pytest.fixture
def narrow(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """With a limit that a handful of messages reaches: five at once, then one each 20 ms."""
    outbox.services.__dict__["limits"] = Limits(outbox.services.redis, per_second=50.0)
    monkeypatch.setattr(outbox.services.bell, "rest", Bell.rest.__get__(outbox.services.bell))
    return outbox


def test_a_moment_of_the_limits_is_waited_out_by_the_same_task(narrow: Outbox, simulator: Simulator) -> None:
    ids = [narrow.add(person(simulator, f"Reader{number}").id) for number in range(14)]
    narrow.run()
    assert narrow.states(*ids) == ["sent"] * 14
    assert set(narrow.nudges) <= {timedelta(0)}  # others were called, and nobody comes back later


def test_of_those_who_meet_a_limit_one_waits_and_the_others_listen_for_its_call(
    narrow: Outbox, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def listen() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(narrow.services.bell, "listen", listen)
    ids = [narrow.add(person(simulator, f"Reader{number}").id) for number in range(14)]
    narrow.services.redis.set("limit:waker:everyone", 1, px=60_000)
    narrow.run()
    assert "queued" in narrow.states(*ids) and asked == [True]
    assert set(narrow.nudges) <= {timedelta(0)}


@pytest.mark.parametrize("somebody_waits", [True, False])
def test_where_somebody_waits_for_the_limits_nobody_else_is_called_to_wait(
    outbox: Outbox, simulator: Simulator, somebody_waits: bool
) -> None:
    outbox.services.__dict__["limits"] = Limits(outbox.services.redis, per_second=1.0)
    ids = [outbox.add(person(simulator, f"Reader{number}").id) for number in range(9)]
    if somebody_waits:
        outbox.services.redis.set("limit:waker:everyone", 1, px=60_000)
    outbox.run()
    sent = outbox.states(*ids).count(MessageState.SENT)
    assert 1 < sent < 9
    # after the last of them there is no room: only somebody to wait for it is missing, or is not
    assert outbox.nudges.count(timedelta(0)) == (sent - 1 if somebody_waits else sent)


def test_a_process_that_is_ending_hands_the_waiting_on(narrow: Outbox, simulator: Simulator) -> None:
    for number in range(14):
        narrow.add(person(simulator, f"Reader{number}").id)
    narrow.services.bell.close()
    narrow.services.limits.refuse(77, timedelta(milliseconds=900))
    narrow.run()
    assert timedelta(0) < narrow.nudges[-1] <= timedelta(milliseconds=900)


def test_without_redis_nobody_is_called(outbox: Outbox, simulator: Simulator) -> None:
    outbox.add(person(simulator).id), outbox.add(person(simulator).id)
    outbox.services.redis.connection_pool.connection_kwargs["port"] = 1  # nobody listens there
    outbox.services.redis.connection_pool.disconnect()
    outbox.run()
    assert outbox.nudges == []
