"""Updates that a full batch hides: since when they wait, also when the bot can fetch them much later."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import redis

from bot.backlog import Backlog
from bot.inbox import BATCH
from bot.loop import Loop, Stop
from recruitsmart import clock
from recruitsmart.local.processes import wait_until
from recruitsmart.telegram.client import Telegram
from tests.simulator import Simulator
from workers.acknowledgements import Acknowledgements
from workers.contract import FromPerson

TOKEN = "4242:backlog"
HIDDEN = 20
PATIENCE_SECONDS = 20


def test_what_was_counted_is_known_since_then() -> None:
    backlog = Backlog()
    backlog.note(1, 150, at=10.0)
    backlog.note(1, 180, at=11.0)
    backlog.note(51, 130, at=12.0)  # nobody wrote meanwhile
    backlog.note(60, 125, at=13.0)
    moments = [backlog.since(number, at=20.0) for number in (101, 150, 151, 180, 181, 184, 185)]
    assert moments == [10.0, 10.0, 11.0, 11.0, 13.0, 13.0, 20.0]


def test_an_update_nobody_counted_is_known_when_it_is_fetched() -> None:
    assert Backlog().since(7, at=20.0) == 20.0


def test_lower_numbers_after_a_quiet_week_are_new() -> None:
    backlog = Backlog()
    backlog.note(1000, 150, at=10.0)
    backlog.clear()
    assert backlog.since(3, at=20.0) == 20.0


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(TOKEN) as simulator:
        yield simulator


def test_who_waits_behind_a_full_batch_is_received_when_counted_not_when_fetched(
    simulator: Simulator, redis_url: str
) -> None:
    people = [simulator.person(f"P{number}") for number in range(BATCH + HIDDEN)]
    for person in people:
        person.write("/start")
    acknowledgements = Acknowledgements(redis.Redis.from_url(redis_url))
    taken: list[FromPerson] = []
    loop = Loop(Telegram(TOKEN, simulator.url), acknowledgements, taken.append)
    running = threading.Thread(target=loop.run)
    running.start()
    try:
        assert wait_until(lambda: len(taken) == BATCH and _asked(simulator), PATIENCE_SECONDS)
        free_at = clock.now().timestamp()
        for message in taken[:BATCH]:
            acknowledgements.tell(message.update_id, failed=False)
        assert wait_until(lambda: len(taken) == BATCH + HIDDEN, PATIENCE_SECONDS)
    finally:
        with suppress(Stop):  # in a process it ends the signal handler's long poll
            loop.stop()
        for message in taken:
            acknowledgements.tell(message.update_id, failed=False)
        running.join(PATIENCE_SECONDS)
    assert max(message.received_at for message in taken[BATCH:]) < free_at


def _asked(simulator: Simulator) -> bool:
    return any(call["method"] == "getWebhookInfo" for call in simulator.calls())
