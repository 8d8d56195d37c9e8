"""Health pages tell the truth, within two seconds."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from recruitsmart import __version__
from recruitsmart.domain.journal.models import Heartbeat
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.timers.models import Timer
from recruitsmart.extensions import db
from recruitsmart.web.probes import Probe, ask_all
from tests.panel import NOW, Company, Person, make_app
from workers.alive import Alive


@pytest.fixture
def mute_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def test_healthy_when_postgres_and_redis_answer(visitor: Person) -> None:
    answer = visitor.get("/health")

    assert answer.status_code == 200
    assert answer.json["status"] == "healthy"
    assert answer.json["timestamp"] == "2026-11-23T09:00:00Z"
    assert answer.json["components"]["application"] == {"status": "up"}
    for name in ("database", "redis"):
        assert answer.json["components"][name]["status"] == "up"
        assert answer.json["components"][name]["latency_ms"] >= 0
    assert set(answer.json) == {"status", "timestamp", "components", "response_time_ms"}


def test_a_refusing_redis_is_down(database_url: str) -> None:
    answer = make_app(database_url, "redis://127.0.0.1:1/0").test_client().get("/health")

    assert answer.status_code == 503
    assert answer.json["status"] == "unhealthy"
    assert answer.json["components"]["redis"] == {"status": "down"}
    assert answer.json["components"]["database"]["status"] == "up"


def test_a_refusing_postgres_is_down_and_no_detail_leaks(redis_url: str) -> None:
    url = "postgresql://someone:hidden@127.0.0.1:1/secret_name"
    answer = make_app(url, redis_url).test_client().get("/health")

    assert answer.status_code == 503
    assert answer.json["components"]["database"] == {"status": "down"}
    assert "hidden" not in answer.text
    assert "secret_name" not in answer.text


def test_servers_that_hang_are_down_within_two_seconds(mute_server: int) -> None:
    url = f"postgresql://someone@127.0.0.1:{mute_server}/name"
    client = make_app(url, f"redis://127.0.0.1:{mute_server}/0").test_client()

    for _ in range(3):  # also when a check of before is not done
        began = monotonic()
        answer = client.get("/health")
        assert monotonic() - began < 2
        assert answer.status_code == 503
        assert {answer.json["components"][name]["status"] for name in ("database", "redis")} == {"down"}


def test_hanging_servers_hold_up_the_workers_page_no_longer(mute_server: int) -> None:
    url = f"postgresql://someone@127.0.0.1:{mute_server}/name"
    client = make_app(url, f"redis://127.0.0.1:{mute_server}/0").test_client()
    began = monotonic()
    answer = client.get("/health/workers")

    assert monotonic() - began < 2
    assert answer.status_code == 503
    assert answer.json["silent"] == ["worker", "delivery", "beat", "bot"]


def test_however_many_ask_at_once_a_component_is_asked_once_and_all_hear_that_it_is_up() -> None:
    asked, answers = [], Event()

    def check(seconds: float) -> None:
        asked.append(seconds)
        answers.wait(seconds)

    probe = Probe("slow", check)
    waiting = [probe.begin(30) for _ in range(40)]
    answers.set()

    assert all(one.result(30).up for one in waiting)
    assert asked == [30]
    assert ask_all([probe], seconds=30)["slow"].up
    assert len(asked) == 2


def test_who_joins_a_check_that_never_ends_is_answered_in_time() -> None:
    mended = Event()
    probe = Probe("hung", lambda seconds: mended.wait(30) and None)
    hung = probe.begin(0.01)
    for _ in range(3):
        began = monotonic()
        assert not ask_all([probe], seconds=0.05)["hung"].up
        assert monotonic() - began < 1
    mended.set()

    hung.result(30)
    assert ask_all([probe], seconds=30)["hung"].up


def test_asking_for_health_takes_no_connection_from_the_pool(app: Flask, visitor: Person) -> None:
    visitor.get("/health")
    with app.app_context():
        pool = app.extensions["sqlalchemy"].engine.pool
        assert pool.checkedin() + pool.checkedout() == 0


def _beat(company: Company, process: str, *, seconds_ago: int = 10, version: str = __version__) -> None:
    at = NOW - timedelta(seconds=seconds_ago)
    company.session.add(Heartbeat(process=process, instance="host-1", version=version, beat_at=at))
    company.session.commit()


def _states(visitor: Person) -> list[tuple[str, str, str]]:
    processes = visitor.get("/health/workers").json["processes"]
    return [(one["process"], one["instance"], one["state"]) for one in processes]


def test_the_workers_are_healthy_when_all_four_gave_a_sign_of_life(visitor: Person, company: Company) -> None:
    for process in ("worker", "delivery", "beat", "bot"):
        _beat(company, process, seconds_ago=45)

    answer = visitor.get("/health/workers")

    assert answer.status_code == 200
    assert answer.json["silent"] == []
    assert answer.json["processes"][0] == {
        "process": "beat",
        "instance": "host-1",
        "version": __version__,
        "is_old_version": False,
        "state": "well",
        "seconds_since_beat": 45.0,
    }


def test_the_silent_ones_are_named(visitor: Person, company: Company) -> None:
    _beat(company, "worker")
    _beat(company, "delivery", seconds_ago=46)

    answer = visitor.get("/health/workers")

    assert answer.status_code == 503
    assert answer.json["silent"] == ["delivery", "beat", "bot"]


def test_one_living_instance_is_enough(visitor: Person, company: Company) -> None:
    for process in ("worker", "delivery", "beat", "bot"):
        _beat(company, process)
    stopped = Heartbeat(process="worker", instance="host-2", version="0.1.0", beat_at=NOW - timedelta(minutes=10))
    company.session.add(stopped)
    company.session.commit()

    assert visitor.get("/health/workers").status_code == 200


def test_who_gives_signs_of_life_and_does_no_work_is_deaf(visitor: Person, company: Company, redis_url: str) -> None:
    _beat(company, "worker", seconds_ago=46)
    _beat(company, "delivery", seconds_ago=46)
    with Redis.from_url(redis_url) as client:
        Alive(client).tell("worker", "host-1")
        Alive(client).tell("worker", "host-2")  # it has not done anything yet

    assert _states(visitor) == [
        ("delivery", "host-1", "dead"),
        ("worker", "host-1", "deaf"),
        ("worker", "host-2", "deaf"),
    ]
    assert "worker" in visitor.get("/health/workers").json["silent"]


def test_a_sign_of_life_counts_for_a_while(visitor: Person, company: Company, redis_url: str, clock: Any) -> None:
    _beat(company, "worker", seconds_ago=46)
    clock.move_to(NOW - timedelta(seconds=46))
    with Redis.from_url(redis_url) as client:
        Alive(client).tell("worker", "host-1")
    clock.move_to(NOW)

    assert _states(visitor) == [("worker", "host-1", "dead")]


def test_an_old_version_shows(visitor: Person, company: Company) -> None:
    _beat(company, "worker", version="0.0.1")

    (worker,) = visitor.get("/health/workers").json["processes"]
    assert (worker["version"], worker["is_old_version"]) == ("0.0.1", True)


@pytest.mark.parametrize(
    "surroundings",
    [
        {"BOT_ENABLED": "0"},
        {"BOT_USE_WEBHOOK": "1", "BOT_WEBHOOK_URL": "https://bot.example.org", "BOT_WEBHOOK_SECRET": "s"},
    ],
)
def test_a_bot_that_does_not_poll_is_not_missed(
    database_url: str, redis_url: str, company: Company, clock: object, surroundings: dict[str, str]
) -> None:
    for process in ("worker", "delivery", "beat"):
        _beat(company, process)
    app = make_app(database_url, redis_url, **surroundings)

    assert app.test_client().get("/health/workers").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_lag_is_told(visitor: Person, company: Company) -> None:
    late = NOW - timedelta(seconds=90)
    company.session.add(Timer(kind="x", subject_id=1, planned_at=late, due_at=late))
    unsent = OutboxMessage(
        about="x", kind="x", chat_id=1, lane=0, language="ru", body="x", due_at=late, created_at=late
    )
    company.session.add(unsent)
    company.session.commit()

    answer = visitor.get("/health/workers").json

    assert answer["lag"] == {"oldest_due_timer_seconds": 90.0, "oldest_unsent_message_seconds": 90.0}
    assert answer["queues"] == {"dialogue": 0, "timers": 0, "upkeep": 0, "delivery": 0}
