"""The whole system as processes: the Procfile's own commands against a database, a Redis and a simulator."""

import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import requests
from honcho.environ import parse_procfile

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.processes import end, kill_group, open_log, start, wait_until
from tests.servers import ROOT

EVERYTHING = ("web", "worker", "delivery", "beat", "bot")
PASSWORD = "correct-horse-battery-9"


class System:
    """Started processes by name. `folder` takes DATA_DIR and what the processes print."""

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, telegram_url: str, token: str, **environment: str
    ) -> None:
        self.port = any_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.database_url = database_url
        self.commands = parse_procfile((ROOT / "Procfile").read_text()).processes
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
            "ENVIRONMENT": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TELEGRAM_API_URL": telegram_url,
            "BOT_TOKEN": token,
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
            "ADMIN_USER": "admin",
            "ADMIN_PASSWORD": PASSWORD,
            "WEBAPP_URL": f"{self.url}/webapp",
            "SESSION_SECRET": "only-for-tests-" + "x7Qm" * 8,
            **environment,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def flask(self, *arguments: str, patience_seconds: float = 60) -> str:
        """Run a `flask` command and return what it printed."""
        command = ["flask", "--app", "recruitsmart.wsgi", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
            timeout=patience_seconds,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def launch(self, names: Iterable[str], **environment: str) -> None:
        """Start processes and wait for nothing."""
        for name in names:
            with open_log(self.folder / f"{name}.out") as output:
                self._running[name] = start(
                    ["/bin/sh", "-c", f"exec env {self.commands[_type(name)]}"],
                    output=output,
                    environment=self.environment | environment,
                    folder=ROOT,
                    death_signal=signal.SIGKILL,
                )

    def start(self, names: Iterable[str] = EVERYTHING, **environment: str) -> None:
        """Start processes and wait until each is at work."""
        names = list(names)
        self.launch(names, **environment)
        for name in names:
            if not wait_until(lambda name=name: self._is_at_work(name), 60):
                raise RuntimeError(f"{name} did not start:\n{self.printed(name)[-3000:]}")

    def _is_at_work(self, name: str) -> bool:
        if name.startswith("web"):
            return _answers(f"{self.url}/")
        return any(sign in self.printed(name) for sign in _SIGNS_OF_LIFE[_type(name)])

    def printed(self, name: str) -> str:
        """What a process wrote to its standard output so far, over all its lives."""
        return (self.folder / f"{name}.out").read_text(encoding="utf-8", errors="replace")

    def dead(self) -> list[str]:
        """The started processes that have ended without being asked."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def pid(self, name: str) -> int:
        """The pid of a started process."""
        return self._running[name].pid

    def pids(self, name: str) -> list[int]:
        """The pids of a started process and its children; of one that has ended, none."""
        try:
            process = psutil.Process(self.pid(name))
            return [process.pid, *(child.pid for child in process.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def kill(self, name: str) -> None:
        """`kill -9` of the process and its children."""
        process = self._running.pop(name)
        kill_group(process)
        process.wait()

    def restart(self, name: str, **environment: str) -> None:
        """What a supervisor does after a death. The log begins anew, so that readiness is seen."""
        (self.folder / f"{name}.out").unlink(missing_ok=True)
        self.start([name], **environment)

    def end(self, name: str, patience_seconds: float = 30) -> int:
        """SIGTERM; returns the exit code."""
        process = self._running.pop(name)
        end(process, signal.SIGTERM, patience_seconds)
        return process.returncode

    def stop(self) -> None:
        """End everything."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for name in list(self._running):
            self.end(name, 10)


_SIGNS_OF_LIFE = {
    "worker": [" ready"],
    "delivery": [" ready"],
    "beat": ["beat"],
    "bot": ["is polling", "does not poll"],
}


def _type(name: str) -> str:
    """`bot.second` is another process of the type `bot`."""
    return name.split(".")[0]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
