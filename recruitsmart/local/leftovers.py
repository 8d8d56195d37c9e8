"""What a dead run of the same data folder left behind, and its end."""

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from recruitsmart.local.processes import is_alive, wait_until

# Set for every process we start; its value is the data folder.
MARK = "RECRUITSMART_LOCAL"

_PATIENCE_SECONDS = 3
_CLOCK_TOLERANCE_SECONDS = 0.1


@dataclass(frozen=True)
class _Entry:
    name: str
    pid: int
    started: float
    end_signal: int

    def is_the_leader(self, process: psutil.Process) -> bool:
        """The kernel gives a process id to somebody else later; never at the same moment."""
        return process.pid == self.pid and abs(process.create_time() - self.started) < _CLOCK_TOLERANCE_SECONDS

    def left_a_child(self, process: psutil.Process, folder: str) -> bool:
        """A pool process of a dead Celery: still in its group, and marked as ours."""
        return (
            os.getpgid(process.pid) == self.pid
            and process.create_time() >= self.started - _CLOCK_TOLERANCE_SECONDS
            and process.environ().get(MARK) == folder
        )


class Ledger:
    """The processes of the present run, written down for the case that it dies without cleaning up."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = str(folder)
        self._entries: dict[str, _Entry] = {}

    def note(self, name: str, pid: int, end_signal: signal.Signals) -> None:
        """Remember the process that now answers to this name, and how it wants to be asked to end."""
        try:
            started = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            # it has already ended: nothing to find later
            return
        self._entries[name] = _Entry(name, pid, started, int(end_signal))
        self._path.write_text(json.dumps([asdict(entry) for entry in self._entries.values()]))

    def clear(self) -> None:
        """After an orderly end."""
        self._path.unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """End what an earlier run wrote down and is still alive; answers the names."""
        left = [(entry, process) for entry in self._earlier() for process in self._alive(entry)]
        for entry, process in left:
            _send(process, signal.Signals(entry.end_signal))
        everybody_gone = wait_until(lambda: not any(is_alive(process) for _, process in left), _PATIENCE_SECONDS)
        if not everybody_gone:
            for _, process in left:
                _send(process, signal.SIGKILL)
        self.clear()
        return sorted({entry.name for entry, _ in left})

    def _earlier(self) -> list[_Entry]:
        try:
            return [_Entry(**entry) for entry in json.loads(self._path.read_text())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            # cut off by a full disk or a power failure: those processes cannot be told from others
            return []

    def _alive(self, entry: _Entry) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._belongs(process, entry)]

    def _belongs(self, process: psutil.Process, entry: _Entry) -> bool:
        try:
            return is_alive(process) and (entry.is_the_leader(process) or entry.left_a_child(process, self._folder))
        except (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError, PermissionError):
            # gone meanwhile, or another person's
            return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
    except psutil.NoSuchProcess:
        # it has ended meanwhile
        return
