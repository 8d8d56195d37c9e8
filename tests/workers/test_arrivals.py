"""Posted updates: one of a chat at a time, in order, and "got it" only after Postgres."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from kombu.exceptions import OperationalError
from redis import Redis

from config.settings import Settings
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from workers.acknowledgements import Acknowledgements
from workers.arrivals import Arrivals
from workers.connections import redis_client
from workers.contract import FromPerson, Say

PATIENCE_SECONDS = 10.0
AT_ONCE = 0.05


def said(update_id: int, chat_id: int = 55) -> Say:
    return Say(update_id=update_id, chat_id=chat_id, received_at=1_800_000_000.0, text="hello")


class Office:
    """Web processes that take updates, and a worker who acknowledges when the test says so."""

    def __init__(self, settings: Settings) -> None:
        self.redis: Redis = redis_client(settings)
        self.enqueued: queue.Queue[FromPerson] = queue.Queue()
        self._settings = settings
        self._threads = ThreadPoolExecutor(max_workers=16)

    def post(self, update_id: int, *, chat_id: int = 55, seconds: float = PATIENCE_SECONDS) -> Future[bool]:
        """What another web process does with a posted update."""
        arrivals = Arrivals(redis_client(self._settings), self.enqueued.put)
        return self._threads.submit(arrivals.settle, said(update_id, chat_id), within_seconds=seconds)

    def next_enqueued(self) -> FromPerson:
        return self.enqueued.get(timeout=PATIENCE_SECONDS)

    def waits(self, chat_id: int, *update_ids: int) -> None:
        """Until these updates stand in the line of their chat."""
        wanted = {str(update_id).encode() for update_id in update_ids}
        line = f"webhook:chat:{chat_id}:waiting"
        assert wait_until(lambda: set(self.redis.zrange(line, 0, -1)) == wanted, PATIENCE_SECONDS)

    def acknowledge(self, update_id: int, *, failed: bool = False) -> None:
        Acknowledgements(self.redis).tell(update_id, failed=failed)

    def end(self) -> None:
        self._threads.shutdown()


@pytest.fixture
def office(redis_url: str, settings_for: Callable[..., Settings]) -> Iterator[Office]:
    office = Office(settings_for(redis_url=redis_url))
    yield office
    office.end()


def test_an_update_is_settled_once_it_is_acknowledged(office: Office) -> None:
    settled = office.post(812)
    assert office.next_enqueued() == said(812)
    assert not settled.done()
    office.acknowledge(812)
    assert settled.result(PATIENCE_SECONDS)


def test_one_that_failed_for_good_is_settled_too(office: Office) -> None:
    settled = office.post(812)
    office.next_enqueued()
    office.acknowledge(812, failed=True)
    assert settled.result(PATIENCE_SECONDS)


def test_one_that_nobody_acknowledges_is_to_be_posted_again(office: Office) -> None:
    assert not office.post(812, seconds=AT_ONCE).result(PATIENCE_SECONDS)


def test_the_acknowledgement_of_another_update_settles_nothing(office: Office) -> None:
    settled = office.post(812, seconds=0.5)
    office.next_enqueued()
    office.acknowledge(811)
    assert not settled.result(PATIENCE_SECONDS)


def test_the_next_of_a_chat_is_enqueued_only_after_the_first_is_done(office: Office) -> None:
    first = office.post(812)
    office.next_enqueued()
    second = office.post(813)
    office.waits(55, 813)
    assert office.enqueued.empty()
    office.acknowledge(812)
    assert first.result(PATIENCE_SECONDS)
    assert office.next_enqueued().update_id == 813
    office.acknowledge(813)
    assert second.result(PATIENCE_SECONDS)


def test_those_that_wait_go_by_their_numbers_whatever_order_they_were_posted_in(office: Office) -> None:
    office.post(812)
    office.next_enqueued()
    waiting = range(813, 821)
    for update_id in reversed(waiting):
        office.post(update_id)
    office.waits(55, *waiting)
    order = []
    for update_id in (812, *waiting):
        office.acknowledge(update_id)
        if update_id != waiting[-1]:
            order.append(office.next_enqueued().update_id)
    assert order == list(waiting)


def test_other_chats_do_not_wait(office: Office) -> None:
    office.post(812, seconds=0.5)
    office.next_enqueued()
    office.post(813, chat_id=56, seconds=0.5)
    assert office.next_enqueued().update_id == 813


def test_one_that_gave_up_waiting_stands_in_nobodys_way(office: Office) -> None:
    first = office.post(812)
    office.next_enqueued()
    assert not office.post(813, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    office.acknowledge(812)
    assert first.result(PATIENCE_SECONDS)
    office.post(814, seconds=0.5)
    assert office.next_enqueued().update_id == 814


def test_an_update_posted_again_passes_its_own_turn_and_counts_as_a_repeat(office: Office) -> None:
    office.post(812, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    assert office.next_enqueued().tries == 0
    again = office.post(812)
    assert office.next_enqueued().tries == 1
    office.acknowledge(812)
    assert again.result(PATIENCE_SECONDS)


def test_what_is_not_acknowledged_keeps_its_turn_for_a_while(office: Office) -> None:
    office.post(812, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    office.next_enqueued()
    assert not office.post(813, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    assert office.enqueued.empty()
    assert 0 < office.redis.pttl("webhook:chat:55:turn") <= 15_000


def test_everything_about_a_chat_is_forgotten_by_itself(office: Office) -> None:
    office.post(812, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    office.post(813, seconds=AT_ONCE).result(PATIENCE_SECONDS)
    assert [key for key in office.redis.keys("webhook:*") if office.redis.pttl(key) < 0] == []


def test_a_broker_that_is_away_keeps_nobody_waiting(office: Office, settings_for: Callable[..., Settings]) -> None:
    def refuse(message: FromPerson) -> None:
        raise OperationalError

    assert not Arrivals(office.redis, refuse).settle(said(812))
    assert office.redis.get("webhook:chat:55:turn") is None


def test_a_redis_that_refuses_is_an_answer_not_an_error(settings_for: Callable[..., Settings]) -> None:
    assert not Arrivals(redis_client(settings_for()), lambda message: None).settle(said(812))


def test_a_flushed_redis_only_costs_the_answer(office: Office, valkey_server: ValkeyServer) -> None:
    settled = office.post(812, seconds=0.5)
    office.next_enqueued()
    office.redis.flushall()
    office.acknowledge(812)
    assert settled.result(PATIENCE_SECONDS) in (True, False)
    again = office.post(812)
    office.next_enqueued()
    office.acknowledge(812)
    assert again.result(PATIENCE_SECONDS)
