"""Health pages tell the truth, within two seconds."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

import pytest
from flask import Flask

from recruitsmart.domain.journal.models import Heartbeat
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.timers.models import Timer
from tests.panel import NOW, Company, Person, make_app


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

    for _ in range(6):  # more than the checks that may wait at once
        began = monotonic()
        answer = client.get("/health")
        assert monotonic() - began < 2
        assert answer.status_code == 503
        assert {answer.json["components"][name]["status"] for name in ("database", "redis")} == {"down"}


def test_hanging_servers_hold_up_the_workers_page_no_longer(mute_server: int) -> None:
    url = f"postgresql://someone@127.0.0.1:{mute_server}/name"
    began = monotonic()
    answer = make_app(url, f"redis://127.0.0.1:{mute_server}/0").test_client().get("/health/workers")

    assert monotonic() - began < 2
    assert answer.status_code == 503
    assert answer.json["silent"] == ["worker", "delivery", "beat", "bot"]


def test_asking_for_health_takes_no_connection_from_the_pool(app: Flask, visitor: Person) -> None:
    visitor.get("/health")
    with app.app_context():
        pool = app.extensions["sqlalchemy"].engine.pool
        assert pool.checkedin() + pool.checkedout() == 0


def _beat(company: Company, process: str, *, seconds_ago: int = 10) -> None:
    at = NOW - timedelta(seconds=seconds_ago)
    company.session.add(Heartbeat(process=process, instance="host-1", version="0.1.0", beat_at=at))
    company.session.commit()


def test_the_workers_are_healthy_when_all_four_gave_a_sign_of_life(visitor: Person, company: Company) -> None:
    for process in ("worker", "delivery", "beat", "bot"):
        _beat(company, process, seconds_ago=45)

    answer = visitor.get("/health/workers")

    assert answer.status_code == 200
    assert answer.json["silent"] == []
    first = answer.json["processes"][0]
    assert first == {"process": "beat", "instance": "host-1", "version": "0.1.0", "seconds_since_beat": 45.0}


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
