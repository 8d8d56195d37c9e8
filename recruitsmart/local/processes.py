"""Child processes: started so that they end with us, ended so that nothing of them stays."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psutil

from recruitsmart.local.errors import CannotStart

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_LOG_LIMIT_BYTES = 5 * 1024 * 1024
_POLL_SECONDS = 0.02
_KILL_SECONDS = 5

Output = IO[bytes] | int


def start(
    command: Sequence[str],
    *,
    output: Output,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that Ctrl-C in the terminal reaches only us.

    Call it from the main thread: Linux sends `death_signal` when the *thread* that started the child ends.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        process_group=0,
        preexec_fn=_before_exec(death_signal),
    )


def run_to_end(
    command: Sequence[str], *, output: Output, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> int:
    """Start a process, wait for it, and end what it left of its group; the exit code.

    A signal that interrupts us waits while the process is being started: else it could come when there is one already
    and nobody knows it yet.
    """
    held = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        process = start(command, output=output, environment=environment, folder=folder)
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            return process.wait()
        finally:
            kill_group(process)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def ask_to_end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Signal the process itself, not its group: Celery and gunicorn end their children in order."""
    if process.poll() is None:
        process.send_signal(how)
        # a stopped process takes no other signal
        process.send_signal(signal.SIGCONT)


def end(process: subprocess.Popen[bytes], how: signal.Signals, patience_seconds: float) -> None:
    """Ask, wait, then kill whatever of its group is still there."""
    ask_to_end(process, how)
    wait_until(lambda: process.poll() is not None, patience_seconds)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to all that is left of the process' group, and take note of its end."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        # everybody has gone: what was wanted
        return
    finally:
        process.wait()


def kill_tree(pid: int) -> None:
    """SIGKILL to a process and its descendants, also those that left its group as Postgres' do."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        _kill(member)
    wait_until(lambda: not any(is_alive(member) for member in family), _KILL_SECONDS)


def is_alive(process: psutil.Process) -> bool:
    """A zombie is dead: it only waits for its parent to take note."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], timeout_seconds: float) -> bool:
    """Whether the condition came true in time; it is asked every 20 ms."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def open_log(path: Path) -> IO[bytes]:
    """A log file to append to; the one of earlier runs is put aside when it has grown large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 5) -> str:
    """The end of a log, for the sentence that reports a failure."""
    if not path.exists():
        return ""
    lines = path.read_text(errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line}" for line in lines)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        # it was faster
        return


def _before_exec(death_signal: signal.Signals) -> Callable[[], None]:
    is_linux, parent = sys.platform == "linux", os.getpid()
    prctl = ctypes.CDLL(None).prctl if is_linux else None

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a program inherits what its starter holds back
        if prctl is not None:
            prctl(_SET_PARENT_DEATH_SIGNAL, int(death_signal))
            if os.getppid() != parent:  # the parent died before the line above
                os._exit(1)

    return prepare


def program_folder(package: str) -> Path:
    """Where an installed package lies, without importing it: the servers' wheels do things on import.

    Raises:
        CannotStart: it is not installed.
    """
    found = find_spec(package)
    if found is None or found.origin is None:
        raise CannotStart(f"The package {package} is missing. Run `make run`, which installs it.")
    return Path(found.origin).parent
