"""`make run` as a process under test, with a Procfile of the test's own."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.processes import is_alive, wait_until
from tests.servers import ROOT

PATIENCE_SECONDS = 30
# With a token there is no simulator to wait for; nobody in these tests talks to Telegram.
TOKEN = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Run:
    """One run of `python -m recruitsmart.local`.

    Args:
        procfile: its text; the panel is not waited for unless it names `web`.
    """

    def __init__(self, data_dir: Path, procfile: str, *arguments: str, **environment: str) -> None:
        self.data_dir = data_dir
        path = data_dir.with_name(f"{data_dir.name}.Procfile")
        path.write_text(procfile)
        command = [sys.executable, "-m", "recruitsmart.local", "--procfile", str(path), "--demo", ""]
        surroundings = {**os.environ, "DATA_DIR": str(data_dir), "BOT_TOKEN": TOKEN, **environment}
        self.process = subprocess.Popen(
            [*command, "--port", str(any_free_port()), *arguments],
            cwd=ROOT,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.text = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        """Until the terminal shows the text."""
        found = wait_until(lambda: text in self.text or not self._reader.is_alive(), PATIENCE_SECONDS)
        assert found and text in self.text, f"{text!r} is not in:\n{self.text}"

    def family(self) -> list[psutil.Process]:
        """All processes this run has started and that live."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, words: str) -> psutil.Process:
        """The process of the run whose command contains these words, once there is one."""
        found: list[psutil.Process] = []

        def looks() -> bool:
            found[:] = [member for member in self.family() if words in " ".join(_command(member))]
            return bool(found)

        assert wait_until(looks, PATIENCE_SECONDS), f"no process with {words!r}:\n{self.text}"
        return found[0]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end; answers its exit code when everything it wrote has been read."""
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text += line


def are_gone(family: list[psutil.Process]) -> bool:
    """Whether all of them end soon."""
    return wait_until(lambda: not any(is_alive(member) for member in family), PATIENCE_SECONDS)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
