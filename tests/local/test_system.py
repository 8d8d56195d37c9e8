"""`make run` as its user meets it: one process with its embedded servers and a tiny Procfile."""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from recruitsmart.local.errors import explained
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.processes import wait_until
from tests.local.running import PATIENCE_SECONDS, TOKEN, Run, are_gone
from tests.servers import ROOT

TOLD = "Stop   Ctrl-C"
PROCFILE = """
release: echo prepared $DATABASE_URL $REDIS_URL
web: sh -c 'mkdir -p "$DATA_DIR/panel/health"; exec python -m http.server $PORT -b $HOST -d "$DATA_DIR/panel"'
worker: sleep 1000
bot: sleep 1001
"""

# Where a test does not need the embedded servers: nobody looks whether these answer.
GIVEN = {"DATABASE_URL": "postgresql://somebody@127.0.0.1:1/some", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """Runs a test has started; whatever it left is ended."""
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


@pytest.fixture
def run(tmp_path: Path, runs: list[Run]) -> Run:
    run = Run(tmp_path / "data", PROCFILE)
    runs.append(run)
    run.wait_for(TOLD)
    return run


def state(run: Run) -> dict[str, str]:
    return json.loads((run.data_dir / "local" / "state.json").read_text())


def prepared(run: Run) -> list[str]:
    """The database and the Redis the release command was given last."""
    lines = (run.data_dir / "logs" / "release.log").read_text().splitlines()
    return lines[-1].split()[1:]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_it_leaves_nothing_behind(how: signal.Signals, run: Run) -> None:
    family = run.family()

    code = run.end(how)

    assert code == 0
    assert len(family) > 5
    assert not any(psutil.pid_exists(member.pid) and member.is_running() for member in family)
    assert not (run.data_dir / "local" / "processes.json").exists()
    assert not (run.data_dir / "local" / "postgres" / "postmaster.pid").exists()


def test_a_command_beside_the_run_meets_its_database_and_only_while_it_runs(run: Run) -> None:
    database, redis = prepared(run)

    assert _asked(run, "db", "current").returncode == 0
    kept = run.data_dir / "local" / "environment.json"
    assert json.loads(kept.read_text()).items() >= {"DATABASE_URL": database, "REDIS_URL": redis}.items()
    assert kept.stat().st_mode & 0o077 == 0
    run.end()

    refused = _asked(run, "db", "current")
    assert (refused.returncode, "make run" in refused.stderr) == (1, True)


def _asked(run: Run, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATA_DIR": str(run.data_dir), "BOT_TOKEN": TOKEN}
    command = [sys.executable, "-m", "recruitsmart.local.command", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_it_ends_with_three_lines_on_panel_chat_and_stopping(run: Run) -> None:
    panel, chat, stop = run.text.splitlines()[-3:]

    assert panel.endswith(f"/admin  login admin, password {state(run)['admin_password']}")
    assert chat == "Chat   your bot in Telegram"
    assert stop.startswith(TOLD)


def test_second_run_finds_data_and_login_of_the_first(tmp_path: Path, run: Run, runs: list[Run]) -> None:
    with psycopg2.connect(prepared(run)[0]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 17 AS n")
    connection.close()
    before = state(run)
    run.end()

    again = Run(tmp_path / "data", PROCFILE)
    runs.append(again)
    again.wait_for(TOLD)

    assert state(again) == before
    with psycopg2.connect(prepared(again)[0]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        assert cursor.fetchone() == (17,)
    connection.close()


def test_run_beside_a_run_names_it_and_leaves_it_alone(tmp_path: Path, run: Run, runs: list[Run]) -> None:
    second = Run(tmp_path / "data", PROCFILE)
    runs.append(second)

    assert second.wait() == 1
    assert second.text.startswith(f"RecruitSmart already runs here as process {run.process.pid}: panel http://")
    assert second.text.count("\n") == 1
    assert run.child("sleep 1000").is_running()


def test_killed_servers_and_processes_start_again(run: Run) -> None:
    for words in ("valkey-server", "postgres -D", "sleep 1000"):
        run.child(words).kill()

    for name in ("Valkey", "PostgreSQL", "worker"):
        run.wait_for(f"{name} ")
    for words in ("valkey-server", "postgres -D", "sleep 1000"):
        assert run.child(words).is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_killed_run_takes_its_processes_with_it(run: Run) -> None:
    family = run.family()

    run.process.kill()
    run.process.wait()

    assert are_gone(family)
    refused = _asked(run, "db", "current")  # what the run wrote down for commands is still there
    assert (refused.returncode, "make run" in refused.stderr) == (1, True)


def test_run_after_a_half_dead_one_ends_what_that_left(tmp_path: Path, runs: list[Run]) -> None:
    deaf = """worker: sh -c 'trap "" TERM; while :; do sleep 0.1; done'\n"""
    first = Run(tmp_path / "data", deaf)
    runs.append(first)
    first.wait_for(TOLD)
    family = first.family()
    first.process.kill()
    first.process.wait()

    second = Run(tmp_path / "data", PROCFILE)
    runs.append(second)
    second.wait_for(TOLD)

    assert re.search(r"An earlier run had not ended properly; ended what it left: .*worker\.", second.text)
    assert are_gone(family)


def test_taken_port_is_said_and_the_next_one_used(tmp_path: Path, runs: list[Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        run = Run(tmp_path / "data", PROCFILE, "--port", str(port), **GIVEN)
        runs.append(run)
        run.wait_for(TOLD)

    assert f"Port {port} is taken, or not for you to use; the panel uses " in run.text
    assert f"Panel  http://127.0.0.1:{port}/" not in run.text


def test_panel_and_chat_never_choose_the_same_port(tmp_path: Path, runs: list[Run]) -> None:
    port = str(any_free_port())
    told = "bot: sh -c 'echo $PORT $TELEGRAM_API_URL; exec sleep 1000'\n"
    run = Run(tmp_path / "data", told, "--port", port, "--chat-port", port, BOT_TOKEN="", **GIVEN)
    runs.append(run)
    run.wait_for(TOLD)
    said = run.data_dir / "logs" / "bot.log"
    assert wait_until(lambda: said.exists() and said.read_text().endswith("\n"), PATIENCE_SECONDS)
    panel, chat = said.read_text().split()
    assert panel == port and not chat.endswith(f":{port}")


def test_the_shells_proxy_and_host_are_not_for_what_runs_here(tmp_path: Path, runs: list[Run]) -> None:
    proxy = f"http://127.0.0.1:{any_free_port()}"
    told = "bot: sh -c 'echo $HOST $NO_PROXY $no_proxy; exec sleep 1000'\n"
    outside = {"http_proxy": proxy, "HTTP_PROXY": proxy, "NO_PROXY": "intranet", "HOST": "x86_64-conda-linux-gnu"}
    run = Run(tmp_path / "data", PROCFILE.replace("bot: sleep 1001\n", told), **outside, **GIVEN)
    runs.append(run)
    run.wait_for(TOLD)
    said = run.data_dir / "logs" / "bot.log"
    assert wait_until(lambda: said.exists() and said.read_text().endswith("\n"), PATIENCE_SECONDS)
    assert said.read_text() == "127.0.0.1 intranet,127.0.0.1,localhost intranet,127.0.0.1,localhost\n"


def test_a_password_that_may_have_been_changed_is_not_promised(tmp_path: Path, run: Run, runs: list[Run]) -> None:
    run.end()
    for given, said in (
        ({}, " (unless it was changed)"),
        ({"ADMIN_PASSWORD": "kestrel-71-oak"}, "as ADMIN_PASSWORD said"),
    ):
        again = Run(tmp_path / "data", PROCFILE, **given)
        runs.append(again)
        again.wait_for(TOLD)
        again.end()
        assert said in again.text and "kestrel" not in again.text


def test_failed_release_is_a_sentence_with_its_last_words(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path / "data", "release: echo the migration is broken; exit 4\nworker: sleep 1000\n", **GIVEN)
    runs.append(run)

    assert run.wait() == 1
    assert "failed with code 4" in run.text
    assert "    the migration is broken" in run.text
    assert "Traceback" not in run.text


def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path / "data", "release: sleep 1000\nworker: sleep 1001\n")
    runs.append(run)
    run.child("sleep 1000")
    family = run.family()

    assert run.end() == 0
    assert are_gone(family)
    assert "Traceback" not in run.text


def test_servers_that_are_given_are_used_one_by_one(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path / "data", PROCFILE, REDIS_URL=GIVEN["REDIS_URL"])
    runs.append(run)
    run.wait_for(TOLD)

    assert prepared(run)[1] == GIVEN["REDIS_URL"]
    assert not (run.data_dir / "local" / "valkey").exists()
    assert (run.data_dir / "local" / "postgres").exists()


def test_without_a_token_the_simulator_is_the_chat(tmp_path: Path, runs: list[Run]) -> None:
    port = any_free_port()
    run = Run(
        tmp_path / "data",
        "bot: sh -c 'echo $TELEGRAM_API_URL; exec sleep 1000'\n",
        "--chat-port",
        str(port),
        BOT_TOKEN="",
        **GIVEN,
    )
    runs.append(run)
    run.wait_for(f"Chat   http://127.0.0.1:{port}/")
    told = run.data_dir / "logs" / "bot.log"

    assert wait_until(lambda: told.exists() and told.read_text() == f"http://127.0.0.1:{port}\n", PATIENCE_SECONDS)


def test_bot_stays_off_when_the_settings_say_so(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path / "data", PROCFILE, BOT_AUTOSTART="0", **GIVEN)
    runs.append(run)
    run.wait_for(TOLD)

    assert "The bot stays off" in run.text
    assert not [member for member in run.family() if "1001" in member.cmdline()]


def test_demo_data_is_made_on_the_first_run_only(tmp_path: Path, runs: list[Run]) -> None:
    for _ in range(2):
        run = Run(tmp_path / "data", "worker: sleep 1000\n", "--demo", "echo made")
        runs.append(run)
        run.wait_for(TOLD)
        run.end()

    assert (tmp_path / "data" / "logs" / "demo.log").read_text() == "made\n"


def test_secrets_are_readable_by_their_owner_only(run: Run) -> None:
    assert (run.data_dir / "local" / "state.json").stat().st_mode & 0o077 == 0
    assert (run.data_dir / "local").stat().st_mode & 0o077 == 0


def test_folder_of_another_person_is_a_sentence() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/srv/data")

    assert explained(error) == "/srv/data may not be read or written by you. Set DATA_DIR to a folder of your own."


def test_full_disk_is_a_sentence() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/srv/data/state.json")

    assert explained(error).startswith("The disk is full, so /srv/data/state.json cannot be written.")


def test_damaged_state_is_a_sentence(tmp_path: Path, runs: list[Run]) -> None:
    (tmp_path / "data" / "local").mkdir(parents=True)
    (tmp_path / "data" / "local" / "state.json").write_text("{")
    run = Run(tmp_path / "data", PROCFILE)
    runs.append(run)

    assert run.wait() == 1
    assert "state.json is damaged" in run.text
    assert "Traceback" not in run.text
