"""What the supervisor keeps running: commands of the Procfile and embedded servers, and when they start again."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from recruitsmart.local import processes

_READ_BYTES = 65_536
_KEPT_LINES = 8


@dataclass
class Restarts:
    """When something that died may start again: soon, then less and less often.

    Times are seconds of any clock that only moves forward.
    """

    first_pause: float = 0.5
    longest_pause: float = 10.0
    steady_after: float = 30.0
    short_life: float = 10.0
    deaths_until_hopeless: int = 5
    _pause: float = field(default=0.0, init=False)
    short_lives: int = field(default=0, init=False)

    def pause_after(self, lived_seconds: float) -> float:
        """How long to wait after a life of this length."""
        self.short_lives = self.short_lives + 1 if lived_seconds < self.short_life else 0
        if lived_seconds >= self.steady_after or not self._pause:
            self._pause = self.first_pause
        else:
            self._pause = min(self._pause * 2, self.longest_pause)
        return self._pause

    @property
    def has_just_become_hopeless(self) -> bool:
        """True after exactly so many short lives in a row: it is said once, not each time."""
        return self.short_lives == self.deaths_until_hopeless

    @property
    def is_hopeless(self) -> bool:
        return self.short_lives >= self.deaths_until_hopeless


class Server(Protocol):
    """An embedded server: it starts and stops itself, we only notice when it has died."""

    name: str
    end_signal: signal.Signals

    @property
    def is_running(self) -> bool: ...

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...


class Service:
    """A command that should always run.

    Args:
        command: as in a Procfile: one simple command, in which the shell replaces variables.
    """

    end_signal = signal.SIGTERM

    def __init__(self, name: str, command: str, *, environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.restarts = Restarts()
        self.last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._command = command
        self._environment = {**environment, "PROCESS_TYPE": name}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._unfinished = b""

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> int:
        """The file descriptor to wait on for what it writes."""
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def ending(self) -> str:
        """How it ended, to follow its name."""
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def start(self) -> None:
        # "exec": the process is the command itself, not a shell in front of it; "env" takes assignments too.
        words = ["/bin/sh", "-c", f"exec env {self._command}"]
        self._process = processes.start(
            words, output=subprocess.PIPE, environment=self._environment, folder=self._folder
        )
        os.set_blocking(self.output, False)
        self._unfinished = b""

    def read(self) -> tuple[list[str], bool]:
        """The complete lines written since the last call, and whether nothing more will come."""
        try:
            data = os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return [], False
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if not data and self._unfinished:
            lines, self._unfinished = [*lines, self._unfinished], b""
        texts = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        self.last_lines.extend(text for text in texts if text.strip())
        return texts, not data

    def close(self) -> None:
        """Let go of a dead process, and of what it left in its group."""
        assert self._process is not None
        assert self._process.stdout is not None
        processes.kill_group(self._process)
        self._process.stdout.close()

    def ask_to_end(self) -> None:
        if self._process is not None:
            processes.ask_to_end(self._process, self.end_signal)
