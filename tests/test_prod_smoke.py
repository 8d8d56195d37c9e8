"""The checklist of docs/deployment.md, performed: production settings, real servers, and each thing wrong in turn."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from tests.servers import ROOT, empty_database
from tests.simulator import Simulator
from tests.tls import TlsFront
from workers.alive import Alive

TOKEN = "123456789:AAF-x7QmZ2kT9vLcR4dWbN8sYpEuHgJ1oVi"
SECRET = "f3b1c09e77d24a5588c1e0a9b64d2f17"
PASSED = "✓ ALL CHECKS PASSED - Ready for production deployment"
MIGRATED = "✓ Migrations completed successfully"
Environment = dict[str, str]


@pytest.fixture(scope="module")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulator, TlsFront]]:
    with Simulator(TOKEN) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        with TlsFront(port, tmp_path_factory.mktemp("tls")) as front:
            yield simulator, front


@pytest.fixture
def production(
    database_url: str, redis_url: str, telegram: tuple[Simulator, TlsFront], tmp_path: Path
) -> Iterator[Environment]:
    """The environment of a production system on real servers."""
    front = telegram[1]
    yield {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(tmp_path),
        "SESSION_SECRET": SECRET,
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": front.url,
        "REQUESTS_CA_BUNDLE": str(front.certificate),
    }


def smoke(environment: Environment, **changed: str) -> tuple[int, str]:
    """The script's exit code and all it printed, called from somewhere else."""
    script = str(ROOT / "scripts" / "prod_smoke.sh")
    done = subprocess.run(
        [script], cwd="/", env={**environment, **changed}, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_sound_system_passes_and_every_check_has_its_line(production: Environment) -> None:
    code, printed = smoke(production)
    assert code == 0, printed
    lines = printed.splitlines()
    assert lines[-2] == PASSED
    assert set(lines[-3]) == set(lines[-1]) == {"─"}
    assert [line[0] for line in lines[:-3]] == ["✓"] * 14
    for word in ("PostgreSQL", "migrations", "Redis eviction", "clocks", "bot token", "webhook", "DATA_DIR", "zones"):
        assert word in printed
    assert [secret for secret in (TOKEN, SECRET, "REQUESTS") if secret in printed] == []


def failure(environment: Environment, check: str, **changed: str) -> str:
    """The sentence of the one check that fails."""
    code, printed = smoke(environment, **changed)
    assert code == 1, printed
    assert PASSED not in printed
    failed = [line for line in printed.splitlines() if line.startswith("✗ ") and "CHECKS FAILED" not in line]
    assert [line[2:].partition("  ")[0] for line in failed] == [check], printed
    assert [secret for secret in (TOKEN, SECRET, "kestrel-71-oak") if secret in printed] == []
    return failed[0]


def test_a_development_system_is_not_ready(production: Environment) -> None:
    assert "ENVIRONMENT is staging" in failure(production, "settings", ENVIRONMENT="staging")


def test_wrong_settings_are_listed_and_nothing_else_is_tried(production: Environment) -> None:
    code, printed = smoke(production, SESSION_SECRET="changeme", NOTIFICATION_BROKER="memory")
    assert code == 1
    assert "PRODUCTION CONFIGURATION ERRORS" in printed
    assert "SESSION_SECRET" in printed
    assert "NOTIFICATION_BROKER" in printed
    assert "✗ NOT CHECKED" in printed
    assert "changeme" not in printed


def test_a_database_that_is_away_fails_the_checks_that_need_it(production: Environment) -> None:
    url = f"postgresql://someone:kestrel-71-oak@127.0.0.1:{any_free_port()}/name"
    code, printed = smoke(production, DATABASE_URL=url)
    assert code == 1
    assert "Check DATABASE_URL and the server." in printed
    assert "kestrel-71-oak" not in printed
    assert "✓ Redis " in printed


def test_a_redis_that_is_away_fails_the_checks_that_need_it(production: Environment) -> None:
    code, printed = smoke(production, REDIS_URL=f"redis://:kestrel-71-oak@127.0.0.1:{any_free_port()}/0")
    assert code == 1
    assert "Check REDIS_URL and the server." in printed
    assert "kestrel-71-oak" not in printed
    assert "✓ PostgreSQL" in printed


def test_a_database_behind_the_code_is_told_how_to_catch_up(production: Environment) -> None:
    with psycopg2.connect(production["DATABASE_URL"].replace("+psycopg2", "")) as connection:
        connection.cursor().execute("update alembic_version set version_num = 'elsewhere'")
    connection.close()
    assert "Run scripts/run_migrations.py" in failure(production, "migrations")


FIVE_SECONDS_AHEAD = """
    create function public.clock_timestamp() returns timestamptz language sql as
        $$ select pg_catalog.clock_timestamp() + interval '5 s' $$
"""


def test_a_clock_that_is_off_is_seen(production: Environment) -> None:
    """The server's own clock cannot be turned here; what it answers can."""
    with psycopg2.connect(production["DATABASE_URL"].replace("+psycopg2", "")) as connection:
        cursor = connection.cursor()
        cursor.execute(FIVE_SECONDS_AHEAD)
        cursor.execute("select current_database()")
        cursor.execute(f"alter database {cursor.fetchone()[0]} set search_path = public, pg_catalog")
    connection.close()
    sentence = failure(production, "clocks")
    assert "PostgreSQL is +5.0 s off. Synchronise all hosts with NTP." in sentence


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DATA_DIR", str(ROOT / "tests"), "inside the repository"),
        ("DATA_DIR", "/proc", "cannot be written"),
        ("DATA_DIR", "/nowhere/at/all", "does not exist"),
        ("BOT_TOKEN", "12:short", "BOT_TOKEN"),
        ("DATABASE_URL", "sqlite:///x.db", "SQLite database is forbidden in production"),
        ("REDIS_URL", "", "REDIS_URL"),
        ("BOT_USE_WEBHOOK", "1", "BOT_WEBHOOK_URL"),
        ("TELEGRAM_API_URL", "http://telegram.example", "https"),
        ("ENVIRONMENT", "prodution", "ENVIRONMENT"),
    ],
)
def test_a_wrong_setting_is_red_with_its_sentence(
    production: Environment, variable: str, value: str, sentence: str
) -> None:
    code, printed = smoke(production, **{variable: value})
    assert code == 1
    assert sentence in printed
    assert "✗ NOT CHECKED" in printed
    assert PASSED not in printed
    assert [secret for secret in (TOKEN, SECRET) if secret in printed] == []


def test_a_redis_that_throws_work_away_is_refused(production: Environment) -> None:
    with redis.Redis.from_url(production["REDIS_URL"]) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "Set maxmemory-policy noeviction" in failure(production, "Redis eviction")
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_a_token_telegram_does_not_know_is_refused(
    production: Environment, telegram: tuple[Simulator, TlsFront]
) -> None:
    telegram[0].faults(down=True)
    try:
        code, printed = smoke(production)
    finally:
        telegram[0].faults(down=False)
    assert code == 1
    assert "✗ bot token" in printed
    assert TOKEN not in printed


WEBHOOK = {
    "BOT_USE_WEBHOOK": "1",
    "BOT_WEBHOOK_URL": "https://bot.example.org/telegram",
    "BOT_WEBHOOK_SECRET": "Hk7_pQz2Xw9vLcR4",
}


def test_a_webhook_that_was_not_set_is_missed(production: Environment) -> None:
    assert "bot webhook set" in failure(production, "webhook", **WEBHOOK)


def test_a_webhook_that_is_in_the_way_of_polling_is_seen(
    production: Environment, telegram: tuple[Simulator, TlsFront]
) -> None:
    call = f"/bot{TOKEN}"
    telegram[0].ask("POST", f"{call}/setWebhook", json={"url": "https://bot.example.org/telegram"})
    try:
        assert "bot webhook delete" in failure(production, "webhook")
        code, printed = smoke(production, **WEBHOOK)
        assert code == 0, printed
    finally:
        telegram[0].ask("POST", f"{call}/deleteWebhook")


def test_a_worker_that_lives_and_does_no_work_is_named(production: Environment) -> None:
    with redis.Redis.from_url(production["REDIS_URL"]) as client:
        Alive(client).tell("worker", "worker-7@host")
    assert "worker-7@host live but do no work" in failure(production, "processes")


def migrations(environment: Environment) -> "subprocess.Popen[str]":
    command = [sys.executable, str(ROOT / "scripts" / "run_migrations.py")]
    return subprocess.Popen(
        command, cwd="/", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    printed, _ = process.communicate(timeout=60)
    return process.returncode, printed


def test_migrations_run_from_nothing_again_and_two_at_once(
    production: Environment, postgres_server: PostgresServer
) -> None:
    with empty_database(postgres_server, "smoke_migrations") as url:
        environment = {**production, "DATABASE_URL": url}
        for code, printed in [ended(each) for each in [migrations(environment) for _ in range(2)]]:
            assert (code, printed.splitlines()[-1]) == (0, MIGRATED), printed
        code, printed = ended(migrations(environment))
        assert (code, printed.splitlines()[-1]) == (0, MIGRATED)
        assert smoke(environment)[0] == 0


def test_migrations_say_where_without_the_password(production: Environment) -> None:
    url = f"postgresql://someone:kestrel-71-oak@127.0.0.1:{any_free_port()}/name?password=kestrel-71-oak"
    code, printed = ended(migrations({**production, "DATABASE_URL": url}))
    assert code == 1
    assert printed.startswith("Migrating postgresql://someone:***@127.0.0.1:")
    assert "✗ Migrations failed" in printed
    assert "kestrel-71-oak" not in printed
