"""The embedded servers: real processes, started, stopped, killed and found half dead."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recruitsmart.local.errors import CannotStart
from recruitsmart.local.ports import any_free_port, next_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.local.running import are_gone
from tests.servers import ROOT, copied_database, empty_database

Server = PostgresServer | ValkeyServer


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres", any_free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path / "valkey", any_free_port())
    server.start()
    yield server
    server.stop()


def ask(server: PostgresServer, question: str, database: str = "postgres") -> object:
    connection = psycopg2.connect(server.url(database))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def client(server: ValkeyServer, timeout_seconds: float = 5) -> redis.Redis:
    return redis.Redis.from_url(server.url(), socket_timeout=timeout_seconds, retry=Retry(NoBackoff(), 0))


def family(server: Server) -> list[psutil.Process]:
    process = psutil.Process(server.pid)
    return [process, *process.children(recursive=True)]


def test_postgres_knows_cyrillic_case_and_works_in_utc(postgres: PostgresServer) -> None:
    assert ask(postgres, "SELECT lower('ЁЛКА') || ' ' || current_setting('timezone')") == "ёлка UTC"


def test_postgres_listens_on_this_machine_only(postgres: PostgresServer) -> None:
    addresses = {link.laddr.ip for link in psutil.Process(postgres.pid).net_connections("inet")}

    assert addresses == {"127.0.0.1"}


def test_stopped_postgres_leaves_no_process_and_keeps_its_data(postgres: PostgresServer) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 17 AS n")
    processes = family(postgres)

    postgres.stop()

    assert are_gone(processes)
    postgres.start()
    assert ask(postgres, "SELECT n FROM kept") == 17


def test_killed_postgres_leaves_no_process_and_keeps_what_was_committed(postgres: PostgresServer) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 17 AS n")
    processes = family(postgres)

    postgres.kill()

    assert are_gone(processes)
    assert not postgres.is_running
    postgres.start()
    assert ask(postgres, "SELECT n FROM kept") == 17


def test_only_the_first_start_makes_a_new_folder(postgres: PostgresServer) -> None:
    postgres.stop()
    again = PostgresServer(postgres.data_dir, postgres.port)
    again.start()
    again.stop()

    assert (postgres.is_new, again.is_new) == (True, False)


def test_database_is_made_once(postgres: PostgresServer) -> None:
    postgres.create_database()
    postgres.create_database()

    assert ask(postgres, "SELECT current_database()", "recruitsmart") == "recruitsmart"


def test_postgres_with_a_password_refuses_those_without(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", any_free_port(), password="right")
    server.start()
    try:
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(server.url("postgres").replace("right", "wrong"))
    finally:
        server.stop()


def test_lost_password_is_a_sentence(tmp_path: Path) -> None:
    first = PostgresServer(tmp_path / "postgres", any_free_port(), password="first")
    first.start()
    first.stop()
    other = PostgresServer(tmp_path / "postgres", any_free_port(), password="other")

    with pytest.raises(CannotStart, match="does not open the database"):
        other.start()

    assert not other.is_running


def test_stale_file_with_the_id_of_another_program_stops_nobody(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", any_free_port())
    server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "1000"], user=server.data_dir.stat().st_uid if os.geteuid() == 0 else None)
    (server.data_dir / "postmaster.pid").write_text(f"{stranger.pid}\n{server.data_dir}\n1\n1\n\n\n\nready\n")
    try:
        server.start()

        assert server.is_running
        assert stranger.poll() is None
    finally:
        server.stop()
        stranger.kill()
        stranger.wait()


def test_an_empty_file_as_a_power_cut_leaves_it_stops_nobody(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", any_free_port())
    server.start()
    server.stop()
    (server.data_dir / "postmaster.pid").write_text("")
    try:
        server.start()

        assert server.is_running
    finally:
        server.stop()


def test_server_of_a_dead_run_is_ended_first(postgres: PostgresServer) -> None:
    heir = PostgresServer(postgres.data_dir, any_free_port())
    heir.start()
    try:
        assert not postgres.is_running
        assert ask(heir, "SELECT 1") == 1
    finally:
        heir.stop()


def test_folder_of_an_interrupted_first_start_is_made_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    server = PostgresServer(tmp_path / "postgres", any_free_port())

    server.start()

    server.stop()
    assert not unfinished.exists()


@pytest.mark.parametrize("kind", [PostgresServer, ValkeyServer])
def test_taken_port_is_a_sentence_with_the_end_of_the_log(kind: type[Server], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        server = kind(tmp_path / "server", holder.getsockname()[1])

        with pytest.raises(CannotStart, match=r"did not start(.|\n)*[Aa]ddress already in use"):
            server.start()


def test_valkey_does_not_take_another_valkey_for_itself(valkey: ValkeyServer, tmp_path: Path) -> None:
    second = ValkeyServer(tmp_path / "second", valkey.port)

    with pytest.raises(CannotStart, match="did not start"):
        second.start()


def test_postgres_does_not_take_another_postgres_for_itself(postgres: PostgresServer, tmp_path: Path) -> None:
    second = PostgresServer(tmp_path / "second", postgres.port)

    with pytest.raises(CannotStart, match="did not start"):
        second.start()


def test_durable_valkey_keeps_its_keys_when_killed(valkey: ValkeyServer) -> None:
    client(valkey).set("key", "kept")

    valkey.kill()
    valkey.start()

    assert client(valkey).get("key") == b"kept"


def test_valkey_for_tests_forgets_its_keys(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    client(server).set("key", "gone")
    server.stop()
    server.start()
    try:
        assert client(server).get("key") is None
    finally:
        server.stop()


def test_valkey_with_a_password_refuses_those_without(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), password="secret")
    server.start()
    try:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
        assert client(server).ping()
        assert (server.data_dir / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_paused_valkey_hangs_until_it_is_resumed(valkey: ValkeyServer) -> None:
    valkey.pause()
    with pytest.raises(redis.TimeoutError):
        client(valkey, timeout_seconds=0.2).ping()

    valkey.resume()

    assert client(valkey).ping()


def test_paused_valkey_can_be_stopped(valkey: ValkeyServer) -> None:
    processes = family(valkey)
    valkey.pause()

    valkey.stop()

    assert are_gone(processes)
    assert "ready to exit" in valkey.log.read_text()  # it was not killed


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_servers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = f"""
import pathlib, time
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
folder = pathlib.Path({str(tmp_path)!r})
for server in (PostgresServer(folder / "p", {any_free_port()}), ValkeyServer(folder / "v", {any_free_port()})):
    server.start()
print("up", flush=True)
time.sleep(1000)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    children = psutil.Process(parent.pid).children(recursive=True)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert len(children) > 2
    assert are_gone(children)


def test_next_free_port_passes_over_those_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]

        assert next_free_port(taken) != taken


def test_copy_of_a_database_is_dropped_with_whoever_is_connected(postgres_server: PostgresServer) -> None:
    with empty_database(postgres_server, "little_template") as url:
        connection = psycopg2.connect(url)
        connection.cursor().execute("CREATE TABLE kept ()")
        connection.commit()
        connection.close()
        with copied_database(postgres_server, "little_template") as copy:
            forgotten = psycopg2.connect(copy)
            forgotten.cursor().execute("SELECT FROM kept")

    name = copy.rpartition("/")[2]

    def is_gone() -> bool:
        return ask(postgres_server, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == 0

    assert wait_until(is_gone, 5)
    forgotten.close()
