"""What the processes write while somebody applies: enough to follow an update, and not a word about the person."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import read_settings
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.journeys.people import Applicant
from tests.servers import copied_database
from tests.simulator import Simulator
from tests.system import EVERYTHING, PASSWORD, System
from workers.client import make_client
from workers.contract import DIALOGUE

NAME, PHONE, WORDS = "Serafima Quillfeather", "+79161234567", "my-own-secret-words"


@pytest.fixture
def logging_system(
    postgres_server: PostgresServer, valkey_server: ValkeyServer, template_database: str, tmp_path: Path
) -> Iterator[tuple[System, Simulator]]:
    """A system whose logs begin with this test, JSON as in production."""
    token = "123456789:AAF-x7QmZ2kT9vLcR4dWbN8sYpEuHgJ1oVi"
    with (
        Simulator(token) as simulator,
        copied_database(postgres_server, template_database) as database_url,
        System(
            tmp_path / "system", database_url=database_url, redis_url=valkey_server.url(3),
            telegram_url=simulator.url, token=token, LOG_JSON="1", LOG_LEVEL="DEBUG",
            TELEGRAM_CHAT_MESSAGES_PER_SECOND="100",
        ) as system,
    ):  # fmt: skip
        system.folder.mkdir()
        system.flask("seed", "--demo")
        system.start(EVERYTHING)
        yield system, simulator


def _lines(system: System) -> list[dict[str, Any]]:
    text = (system.folder / "logs" / "app.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_an_update_can_be_followed_and_nobody_is_named(logging_system: tuple[System, Simulator]) -> None:
    system, simulator = logging_system
    person = Applicant(simulator, first_name="Serafima")
    person.says("/start advert-7", "consent")
    person.presses("I agree, go on", "What is your name")
    said = person.person.write(NAME)
    person.hears("Which city")
    person.presses("Москва", "Which phone")
    person.person.share_contact(PHONE)
    person.hears("1/")
    person.person.write(WORDS)

    def settled() -> list[dict[str, Any]]:
        return [line for line in _lines(system) if line.get("action") == "delivery.settle"]

    (answered,) = [
        line for line in _lines(system) if line["message"] == "answered" and line["update_id"] == said["update_id"]
    ]
    assert answered["task_id"] == f"update-{said['update_id']}"
    (message_id,) = answered["message_ids"]
    assert wait_until(lambda: message_id in [line["message_id"] for line in settled()], 20)
    (tried,) = [line for line in settled() if line["message_id"] == message_id]
    assert tried["status"] == "accepted"

    newer = make_client(read_settings(system.environment))
    newer.send_task("slots.of_next_version", kwargs={"text": WORDS}, queue=DIALOGUE, argsrepr="", kwargsrepr="")
    assert wait_until(lambda: "slots.of_next_version" in [line.get("task") for line in _lines(system)], 20)

    for name in EVERYTHING:
        system.end(name)
    printed = "".join(path.read_text(encoding="utf-8") for path in system.folder.rglob("*") if _is_log(path))
    secrets = [*NAME.split(), PHONE, PHONE[1:], WORDS, system.environment["BOT_TOKEN"], PASSWORD]
    secrets += [re.escape("my-own"), system.environment["SESSION_SECRET"]]
    assert [secret for secret in secrets if secret in printed] == []
    assert "answered" in printed


def _is_log(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".out" or "app.log" in path.name)
