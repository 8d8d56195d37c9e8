"""What the person sees and what the log files get."""

import io
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from honcho.colour import get_colours
from honcho.printer import Message, Printer

_NOTABLE = re.compile(r"(?<!%)\b(WARN(ING)?|ERROR|CRITICAL|FATAL)\b|^Traceback|^\w*(Error|Exception)\b")
_SHOWN_CHARACTERS = 240
_NAME_WIDTH = 9
_LOG_LIMIT_BYTES = 10 * 1024 * 1024


class Screen:
    """The terminal, kept quiet: steps and sentences always, lines of processes only when they matter.

    Everything that processes write goes to `logs/<name>.log`.
    """

    def __init__(self, logs: Path, *, verbose: bool, terminal: TextIO = sys.stdout) -> None:
        self.logs = logs
        self._verbose = verbose
        self._terminal = terminal
        self._printer = Printer(terminal, width=_NAME_WIDTH)
        self._colours = get_colours()
        self._colour_of: dict[str, str] = {}
        self._open_step = ""
        self._has_left_step_line = False
        self._files: dict[str, _LogFile] = {}

    def say(self, sentence: str) -> None:
        self._leave_step_line()
        self._write(f"{sentence}\n")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One line per step: what is being done, then how it ended and how long it took."""
        started = time.monotonic()
        self._write(f"{name} … ")
        self._open_step = name
        try:
            yield
        except BaseException:
            self._close_step("stopped.")
            raise
        self._close_step(f"ready in {time.monotonic() - started:.1f} s")

    def line(self, process: str, text: str) -> None:
        """One line a process wrote."""
        self._file(process).emit(logging.makeLogRecord({"msg": text}))
        if self._verbose or _NOTABLE.search(text):
            shown = text if self._verbose else text[:_SHOWN_CHARACTERS]
            colour = self._colour_of.setdefault(process, next(self._colours))
            self._leave_step_line()
            self._print(Message("line", shown, datetime.now().astimezone(), process, colour))

    def log_of(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _leave_step_line(self) -> None:
        """Something is said while a step's line waits for its end: it begins a line of its own."""
        if self._open_step and not self._has_left_step_line:
            self._has_left_step_line = True
            self._write("\n")

    def _close_step(self, ending: str) -> None:
        begin = f"{self._open_step} … " if self._has_left_step_line else ""
        self._open_step, self._has_left_step_line = "", False
        self._write(f"{begin}{ending}\n")

    def _write(self, text: str) -> None:
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except OSError:
            self._go_on_without_terminal()

    def _print(self, message: Message) -> None:
        try:
            self._printer.write(message)
        except OSError:
            self._go_on_without_terminal()

    def _go_on_without_terminal(self) -> None:
        """Its window was closed: what runs must still be ended in order, and the log files go on."""
        self._terminal = self._printer.output = io.StringIO()
        self._verbose = False

    def _file(self, process: str) -> "_LogFile":
        if process not in self._files:
            self.logs.mkdir(parents=True, exist_ok=True)
            self._files[process] = _LogFile(self.log_of(process), self.say)
        return self._files[process]


class _LogFile(RotatingFileHandler):
    """Keeps itself small, and reports trouble as one sentence, once."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        super().__init__(path, maxBytes=_LOG_LIMIT_BYTES, backupCount=1, encoding="utf-8", errors="backslashreplace")
        self._say = say
        self._is_failing = False

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            self.handleError(logging.makeLogRecord({}))

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._is_failing:
            self._is_failing = True
            self._say(f"The log file {self.baseFilename} cannot be written: {sys.exc_info()[1]}.")
