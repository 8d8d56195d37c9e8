"""The Celery applications: of the workers, and of those who only send."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import redis
from celery import Celery, current_app
from celery.beat import Scheduler
from kombu.exceptions import OperationalError

from config.settings import Settings
from recruitsmart import __version__
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.valkey import ValkeyServer
from workers.beating import own_name
from workers.client import make_client
from workers.contract import QUEUES, BeatSchedule, Deliver, Message, RunDueTimers, Say, all_messages, send
from workers.factory import make_celery
from workers.nudges import nudge
from workers.schedule import EVERY_SECONDS

SettingsFor = Callable[..., Settings]
SAID = Say(update_id=812, chat_id=55, received_at=1000.5, text="hello")
BOUND_SECONDS = 15  # what publishing promises is about 10; the rest is for a busy machine


@pytest.fixture
def workers(settings_for: SettingsFor) -> Iterator[Celery]:
    before = current_app._get_current_object()
    yield make_celery(settings_for())
    before.set_default()


@pytest.fixture
def client(settings_for: SettingsFor, redis_url: str) -> Iterator[Celery]:
    with make_client(settings_for(redis_url=redis_url)) as app:
        yield app


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server that may be stopped and killed without harm to other tests."""
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    yield server
    server.resume()
    server.stop()


def waiting(redis_url: str) -> dict[str, list[dict[str, object]]]:
    """The headers of what waits on each queue."""
    with redis.Redis.from_url(redis_url) as client:
        lists = {name: client.lrange(name, 0, -1) for name in QUEUES}
    return {name: [json.loads(body)["headers"] for body in bodies] for name, bodies in lists.items() if bodies}


def test_every_message_is_a_task_that_says_what_it_means(workers: Celery) -> None:
    tasks = {name: task.__doc__ for name, task in workers.tasks.items() if not name.startswith("celery.")}
    assert tasks == {kind.task: kind.__doc__ for kind in all_messages()}


def test_each_queue_has_an_exchange_and_a_key_of_its_own(workers: Celery) -> None:
    queues = [(queue.name, queue.exchange.name, queue.routing_key) for queue in workers.conf.task_queues]
    assert queues == [(name, name, name) for name in QUEUES]


def test_a_beat_that_begins_sends_every_sweep_at_once(workers: Celery) -> None:
    schedule = Scheduler(app=workers).schedule
    assert len(schedule) > len(EVERY_SECONDS)
    assert {name for name, entry in schedule.items() if not entry.is_due().is_due} == set()


def test_an_outage_of_postgres_is_one_line_of_the_log_and_no_failure(
    workers: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the settings of a test point to nobody listens."""
    done = workers.tasks[RunDueTimers.task].apply()
    assert (done.state, done.traceback) == ("SUCCESS", None)
    assert [record.getMessage() for record in caplog.records] == ["Postgres is away: OperationalError"]
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize("kind", [Say, Deliver, RunDueTimers], ids=lambda kind: kind.__name__)
def test_a_message_arrives_on_its_queue_and_on_no_other(client: Celery, redis_url: str, kind: type[Message]) -> None:
    send(client, SAID if kind is Say else kind(), task_id="t-1")
    arrived = {name: [headers["task"] for headers in all_] for name, all_ in waiting(redis_url).items()}
    assert arrived == {kind.queue: [kind.task]}


def test_a_message_keeps_the_id_it_was_given(client: Celery, redis_url: str) -> None:
    send(client, SAID, task_id="update-812")
    assert waiting(redis_url)["dialogue"][0]["id"] == "update-812"


def test_a_queue_nobody_reads_cannot_be_sent_to(client: Celery, redis_url: str) -> None:
    with pytest.raises(Exception, match="mistyped"):
        client.send_task("dialogue.say", queue="mistyped")
    assert waiting(redis_url) == {}


def test_a_sweep_that_is_asked_for_every_few_seconds_is_a_task_somebody_answers(workers: Celery) -> None:
    for name, entry in workers.conf.beat_schedule.items():
        assert entry["task"] == name
        assert name in workers.tasks


@pytest.mark.parametrize("kind", EVERY_SECONDS, ids=lambda kind: kind.__name__)
def test_a_sweep_goes_to_its_queue_and_does_not_pile_up(workers: Celery, kind: type[Message]) -> None:
    entry = workers.conf.beat_schedule[kind.task]
    assert entry["options"]["queue"] == kind.queue
    assert entry["schedule"] < entry["options"]["expires"] <= max(10, 2 * entry["schedule"])


def test_due_things_are_looked_for_every_two_seconds_and_heartbeats_come_every_ten(workers: Celery) -> None:
    assert {name: entry["schedule"] for name, entry in workers.conf.beat_schedule.items()} == {
        "timers.run_due": 2,
        "delivery.sweep": 2,
        "broadcasts.advance": 2,
        "batches.advance": 2,
        "intake.advance": 2,
        "upkeep.beat_schedule": 10,
        "upkeep.forget_seen_updates": 3600,
        "pipeline.erase": 600,
        "upkeep.plan_digests": 300,
    }


def test_beat_signs_its_schedule_with_its_own_name(workers: Celery) -> None:
    arguments = workers.conf.beat_schedule["upkeep.beat_schedule"]["kwargs"]
    assert BeatSchedule(**arguments) == BeatSchedule(instance=own_name(), version=__version__)


def test_a_sweep_needs_no_arguments(workers: Celery) -> None:
    for kind in EVERY_SECONDS:
        kind()


def test_who_only_sends_has_no_tasks_and_is_nobodys_default(settings_for: SettingsFor) -> None:
    before = current_app._get_current_object()
    app = make_client(settings_for())
    assert [name for name in app.tasks if not name.startswith("celery.")] == []
    assert current_app._get_current_object() is before


def test_only_json_is_read_and_written(workers: Celery) -> None:
    assert (workers.conf.accept_content, workers.conf.task_serializer) == (["json"], "json")


def test_sending_to_a_redis_that_refuses_raises(settings_for: SettingsFor) -> None:
    app = make_client(settings_for(redis_url=f"redis://127.0.0.1:{any_free_port()}/0"))
    assert isinstance(endings(lambda: send(app, SAID))[0], OperationalError)


def test_a_redis_that_hangs_holds_nobody_up(
    settings_for: SettingsFor, own_valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    """All at once, for each of them takes seconds."""
    fresh, used, nudging = (make_client(settings_for(redis_url=own_valkey.url())) for _ in range(3))
    send(used, SAID)
    own_valkey.pause()
    raised = endings(lambda: send(fresh, SAID), lambda: send(used, SAID), lambda: nudge(nudging, Deliver()))
    assert [type(error) for error in raised] == [OperationalError, OperationalError, type(None)]
    assert "the broker is away" in caplog.text


def test_after_redis_was_away_sending_works_again(settings_for: SettingsFor, own_valkey: ValkeyServer) -> None:
    app = make_client(settings_for(redis_url=own_valkey.url()))
    send(app, SAID)
    own_valkey.kill()
    assert isinstance(endings(lambda: send(app, SAID))[0], OperationalError)
    own_valkey.start()
    send(app, SAID)
    assert list(waiting(own_valkey.url())) == ["dialogue"]


def endings(*works: Callable[[], None]) -> list[BaseException | None]:
    """What each of them raised. They run in threads, so that one that never ends fails the test."""
    with ThreadPoolExecutor(len(works)) as threads:
        running = [threads.submit(work) for work in works]
        assert wait(running, timeout=BOUND_SECONDS).not_done == set(), f"something still waits after {BOUND_SECONDS} s"
    return [one.exception() for one in running]
