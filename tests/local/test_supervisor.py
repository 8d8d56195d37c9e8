"""Keeping processes running, with real processes: what dies starts again, and nothing stays behind."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from recruitsmart.local.leftovers import MARK, Ledger
from recruitsmart.local.processes import wait_until
from recruitsmart.local.screen import Screen
from recruitsmart.local.services import Restarts, Service
from recruitsmart.local.supervisor import Supervisor
from tests.local.running import PATIENCE_SECONDS, are_gone

SLEEPS = "sleep 1000"
IGNORES_SIGTERM = """sh -c 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'"""


class Bench:
    """A supervisor with its terminal and folder, in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminal = io.StringIO()
        self.screen = Screen(folder / "logs", verbose=False, terminal=self.terminal)
        self.ledger = Ledger(folder / "processes.json", folder)
        self.supervisor = Supervisor(
            self.screen, self.ledger, new_restarts=lambda: Restarts(first_pause=0.01), patience_seconds=0.3
        )

    def service(self, command: str, name: str = "worker") -> Service:
        environment = {**os.environ, MARK: str(self.folder)}
        return Service(name, command, environment=environment, folder=self.folder)

    def start(self, command: str, name: str = "worker") -> Service:
        service = self.service(command, name)
        self.supervisor.add(service)
        return service

    def runs_until_it_says(self, text: str) -> bool:
        return self.supervisor.run_until(lambda: text in self.terminal.getvalue(), PATIENCE_SECONDS)

    def runs_until_logged(self, text: str, name: str = "worker") -> bool:
        log = self.screen.log_of(name)
        return self.supervisor.run_until(lambda: log.exists() and text in log.read_text(), PATIENCE_SECONDS)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.supervisor.stop()
    bench.screen.close()


def pauses(*lives_seconds: float) -> list[float]:
    restarts = Restarts()
    return [restarts.pause_after(lived) for lived in lives_seconds]


def test_pauses_double_up_to_ten_seconds() -> None:
    assert pauses(0, 0, 0, 0, 0, 0, 0) == [0.5, 1, 2, 4, 8, 10, 10]


def test_pause_begins_anew_after_a_steady_life() -> None:
    assert pauses(0, 0, 0, 30, 0) == [0.5, 1, 2, 0.5, 1]


def test_five_short_lives_in_a_row_are_hopeless_and_said_once() -> None:
    restarts = Restarts()
    said = []
    for lived_seconds in (1, 1, 1, 1, 11, 1, 1, 1, 1, 1, 1):
        restarts.pause_after(lived_seconds)
        said.append(restarts.has_just_become_hopeless)

    assert said.index(True) == 9
    assert said.count(True) == 1
    assert restarts.is_hopeless


def test_killed_process_starts_again(bench: Bench) -> None:
    service = bench.start(SLEEPS)
    first = service.pid

    os.kill(first, signal.SIGKILL)

    assert bench.supervisor.run_until(lambda: service.is_running and service.pid != first, PATIENCE_SECONDS)
    assert "worker was ended by SIGKILL; it starts again in 0.0 s." in bench.terminal.getvalue()


def test_dead_server_starts_again(bench: Bench) -> None:
    server = MortalServer()
    bench.supervisor.watch(server)

    server.is_running = False

    assert bench.supervisor.run_until(lambda: server.is_running, PATIENCE_SECONDS)


class MortalServer:
    """Stands for an embedded server; `test_system` kills the real ones."""

    name = "Server"
    end_signal = signal.SIGTERM
    pid = None
    is_running = True

    def start(self) -> None:
        self.is_running = True


def test_process_that_cannot_live_is_reported_with_its_last_words_and_the_rest_runs(bench: Bench) -> None:
    healthy = bench.start(SLEEPS, "web")
    first = healthy.pid
    bench.start("sh -c 'echo no such setting; exit 3'")

    assert bench.runs_until_it_says("has died 5 times right after its start")

    assert bench.terminal.getvalue().count("ended with code 3; it starts again") == 4
    assert "    no such setting\n" in bench.terminal.getvalue()
    assert (healthy.is_running, healthy.pid) == (True, first)


def test_everything_is_logged_and_only_trouble_is_shown(bench: Bench) -> None:
    bench.start("sh -c 'echo INFO fine; echo WARNING odd; printf unfinished; exec sleep 1000'")

    assert bench.runs_until_logged("WARNING odd")

    assert "INFO fine" in bench.screen.log_of("worker").read_text()
    assert "WARNING odd" in bench.terminal.getvalue()
    assert "INFO fine" not in bench.terminal.getvalue()


def test_last_line_without_an_end_is_logged_too(bench: Bench) -> None:
    bench.start("printf unfinished")

    assert bench.runs_until_logged("unfinished")


def test_bytes_that_are_no_text_do_not_disturb(bench: Bench) -> None:
    bench.start(r"printf 'bad \377 byte\n'")

    assert bench.runs_until_logged("bad \N{REPLACEMENT CHARACTER} byte")


def test_variables_of_the_procfile_are_replaced(bench: Bench) -> None:
    bench.start("COLOUR=green sh -c 'echo ${PROCESS_TYPE:-nobody} $COLOUR; exec sleep 1000'")

    assert bench.runs_until_logged("worker green")


def test_children_of_a_dead_process_are_ended_with_it(bench: Bench) -> None:
    service = bench.start("sh -c 'sleep 1000 & echo ready; wait'")
    assert bench.runs_until_logged("ready")
    family = psutil.Process(service.pid).children()

    os.kill(service.pid, signal.SIGKILL)

    assert family
    assert bench.runs_until_it_says("starts again")
    assert are_gone(family)


def test_stop_ends_those_that_do_not_listen(bench: Bench) -> None:
    service = bench.start(IGNORES_SIGTERM)
    assert bench.runs_until_logged("deaf")
    family = [psutil.Process(service.pid), *psutil.Process(service.pid).children()]

    bench.supervisor.stop()

    assert are_gone(family)


def test_simulator_ends_after_those_that_use_it(bench: Bench) -> None:
    says_when_it_ends = """sh -c 'trap "echo ends; date +%s%N; exit" TERM; echo up; while :; do sleep 0.02; done'"""
    bench.supervisor.add(bench.service(says_when_it_ends, "simulator"), ends_last=True)
    bench.start(says_when_it_ends, "bot")
    assert bench.runs_until_logged("up", "simulator")
    assert bench.runs_until_logged("up", "bot")

    bench.supervisor.stop()

    bot, simulator = (int(bench.screen.log_of(name).read_text().split()[-1]) for name in ("bot", "simulator"))
    assert bot < simulator


@pytest.mark.parametrize("command", [SLEEPS, IGNORES_SIGTERM])
def test_leftovers_of_a_dead_run_are_ended(command: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recruitsmart.local.leftovers._PATIENCE_SECONDS", 0.3)
    service = bench.start(command)
    family = [psutil.Process(service.pid), *psutil.Process(service.pid).children()]

    ended = Ledger(bench.folder / "processes.json", bench.folder).end_leftovers()

    assert ended == ["worker"]
    assert are_gone(family)


def test_leftover_pool_processes_without_their_head_are_ended(bench: Bench) -> None:
    service = bench.start("sh -c 'sleep 1000 & echo ready; wait'")
    assert bench.runs_until_logged("ready")
    head = psutil.Process(service.pid)
    family = head.children()
    head.kill()
    assert wait_until(lambda: not service.is_running, PATIENCE_SECONDS)

    ended = Ledger(bench.folder / "processes.json", bench.folder).end_leftovers()

    assert ended == ["worker"]
    assert are_gone(family)


def test_process_that_only_has_the_same_id_is_left_alone(bench: Bench) -> None:
    stranger = bench.service(SLEEPS, "stranger")
    stranger.start()
    started = psutil.Process(stranger.pid).create_time() - 1
    (bench.folder / "processes.json").write_text(
        f'[{{"name": "worker", "pid": {stranger.pid}, "started": {started}, "end_signal": 15}}]'
    )
    try:
        assert Ledger(bench.folder / "processes.json", Path("/another")).end_leftovers() == []
        assert stranger.is_running
    finally:
        stranger.close()


def test_damaged_ledger_is_no_obstacle(bench: Bench) -> None:
    (bench.folder / "processes.json").write_text('[{"name": "wor')

    assert Ledger(bench.folder / "processes.json", bench.folder).end_leftovers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux'")
def test_full_disk_is_said_once_and_the_processes_go_on(bench: Bench) -> None:
    bench.screen.logs.mkdir()
    bench.screen.log_of("worker").symlink_to("/dev/full")
    service = bench.start("sh -c 'echo one; echo two; echo WARNING three; exec sleep 1000'")

    assert bench.runs_until_it_says("WARNING three")

    assert bench.terminal.getvalue().count("cannot be written") == 1
    assert service.is_running


def test_what_the_machine_has_no_room_for_is_said_and_tried_again_while_the_others_go_on(
    bench: Bench, tmp_path: Path
) -> None:
    """A folder that is missing stands for no memory, or no process left: all are errors of the operating system."""
    other = bench.start(SLEEPS, "other")
    late = Service("late", "sh -c 'echo here'", environment={**os.environ}, folder=tmp_path / "missing")
    bench.supervisor.add(late)
    assert "late cannot start: No such file or directory" in bench.terminal.getvalue()
    (tmp_path / "missing").mkdir()
    assert bench.runs_until_logged("here", "late")
    assert other.is_running
