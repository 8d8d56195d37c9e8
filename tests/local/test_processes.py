"""Child processes at the moments when a signal comes between two lines."""

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from recruitsmart.local import processes

OFTEN = 40  # the moment cannot be chosen, only met: without the guard one interruption in five left a process behind


class _Interrupted(Exception):
    """What a handler raises; at a KeyboardInterrupt `Popen.wait` would linger."""


@pytest.fixture
def _interrupting() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, _interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


def _interrupt(*_: Any) -> None:
    raise _Interrupted


@pytest.mark.usefixtures("_interrupting")
def test_an_interruption_while_a_process_starts_leaves_none_behind() -> None:
    command = ["/bin/sh", "-c", "kill -USR1 $PPID; sleep 1000; :"]
    before = psutil.Process().children()
    for _ in range(OFTEN):
        with pytest.raises(_Interrupted):
            processes.run_to_end(command, output=subprocess.DEVNULL)
    assert psutil.Process().children() == before
    assert signal.SIGUSR1 not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_process_hears_the_signals_that_its_starter_holds_back() -> None:
    assert (
        processes.run_to_end(["/bin/sh", "-c", "kill -TERM $$; exit 3"], output=subprocess.DEVNULL) == -signal.SIGTERM
    )
