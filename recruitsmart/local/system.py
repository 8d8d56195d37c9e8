"""The whole system on this machine: what `make run` starts, in which order, and what it tells."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from honcho.environ import parse_procfile

from config.settings import Settings, given
from recruitsmart.local import processes
from recruitsmart.local.errors import CannotStart
from recruitsmart.local.leftovers import MARK, Ledger
from recruitsmart.local.ports import ADDRESS, next_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.screen import Screen
from recruitsmart.local.services import Service
from recruitsmart.local.state import RunLock, StateFile, Surroundings
from recruitsmart.local.supervisor import Supervisor
from recruitsmart.local.valkey import ValkeyServer

PROJECT = Path(__file__).resolve().parents[2]

_POSTGRES_PORT = 54320
_VALKEY_PORT = 63790
_RELEASE = "release"
_BOT = "bot"
_ADMIN = "admin"
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_ANSWER_SECONDS = 90  # cold and busy, a machine may need a minute to import everything


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line decides; an empty demo command makes no demo data."""

    procfile: Path
    demo_command: str
    panel_port: int
    chat_port: int


class LocalSystem:
    """One run, from the lock to the end of the last process."""

    def __init__(self, settings: Settings, options: Options, screen: Screen, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._options = options
        self._screen = screen
        self._folder = settings.data_dir / "local"
        self._environment = {**environ, **_surroundings(settings.data_dir, environ)}
        self._commands = _commands(options.procfile)
        self._ledger = Ledger(self._folder / "processes.json", settings.data_dir)
        self._surroundings = Surroundings(self._folder)
        self._supervisor = Supervisor(screen, self._ledger)
        self._undo = ExitStack()
        self._is_first = False  # with a database that nobody has signed in to yet

    def run(self) -> None:
        """Start everything, keep it running until a signal comes, end everything.

        Raises:
            CannotStart: with the sentence to show; what had started has been ended.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = RunLock(self._folder / "run.lock")
        with lock.held(), self._undo:
            self._undo.callback(self._ledger.clear)
            self._take_over()
            self._choose_addresses()
            makes_demo = self._start_postgres()
            self._start_valkey()
            self._undo.callback(self._supervisor.stop)
            self._start_simulator()
            self._undo.callback(self._surroundings.clear)
            self._surroundings.note(self._environment)
            self._prepare(makes_demo=makes_demo)
            self._supervisor.listen()
            self._start_services()
            lock.describe(panel=self._panel_url, chat=self._chat)
            if self._wait_for_panel():
                self._tell()
            self._supervisor.run()
            self._screen.say("\nStopping …")
        self._screen.say("Stopped.")

    def _take_over(self) -> None:
        self._state_file = StateFile(self._folder / "state.json")
        self._state = self._state_file.load()
        self._surroundings.clear()  # those of a run that was killed
        ended = self._ledger.end_leftovers()
        if ended:
            self._screen.say(f"An earlier run had not ended properly; ended what it left: {', '.join(ended)}.")

    def _choose_addresses(self) -> None:
        panel_port = self._port("panel", self._options.panel_port)
        self._chat_port = self._port("chat", self._options.chat_port, panel_port) if self._has_simulator else 0
        self._panel_url = f"http://{ADDRESS}:{panel_port}"
        self._chat = f"http://{ADDRESS}:{self._chat_port}/" if self._has_simulator else "your bot in Telegram"
        self._environment |= {
            "PORT": str(panel_port),
            "SESSION_SECRET": given().get("SESSION_SECRET") or self._state.session_secret,
            "ADMIN_USER": self._settings.admin_user or _ADMIN,
            "ADMIN_PASSWORD": self._settings.admin_password or self._state.admin_password,
        }

    def _start_postgres(self) -> bool:
        """Whether demo data is due: once per embedded database, never in one we do not own."""
        if self._settings.database_url:
            self._screen.say("PostgreSQL: the one of DATABASE_URL.")
            return False
        server = PostgresServer(
            self._folder / "postgres",
            next_free_port(_POSTGRES_PORT),
            password=self._state.postgres_password,
            log=self._screen.log_of("postgres"),
        )
        with self._screen.step("PostgreSQL"):
            self._undo.callback(server.stop)
            server.start()
            server.create_database()
        self._supervisor.watch(server)
        self._environment["DATABASE_URL"] = server.url()
        self._is_first = server.is_new
        return server.is_new or not self._state.has_demo

    def _start_valkey(self) -> None:
        if self._settings.redis_url:
            self._screen.say("Redis: the one of REDIS_URL.")
            return
        server = ValkeyServer(
            self._folder / "valkey",
            next_free_port(_VALKEY_PORT),
            password=self._state.valkey_password,
            log=self._screen.log_of("valkey"),
        )
        with self._screen.step("Valkey"):
            self._undo.callback(server.stop)
            server.start()
        self._supervisor.watch(server)
        self._environment["REDIS_URL"] = server.url()

    def _start_simulator(self) -> None:
        if not self._has_simulator:
            return
        token, port = self._state.simulator_token, self._chat_port
        # The database remembers the people of earlier simulators, so each life of it begins with other numbers.
        module = "python -m recruitsmart.local.telegram --first-person 0"
        command = f"{module} --port {port} --token {token} --panel-url {self._panel_url}"
        with self._screen.step("Telegram simulator"):
            self._supervisor.add(self._service("simulator", command), ends_last=True)
            self._wait_for(f"{self._chat}sim/stats", "simulator")
        page = self._settings.webapp_url or f"{self._panel_url}/webapp"
        self._environment |= {"BOT_TOKEN": token, "TELEGRAM_API_URL": self._chat.rstrip("/"), "WEBAPP_URL": page}

    def _wait_for(self, url: str, process: str) -> None:
        """Until it answers; while signals already end the loop, nobody needs a sentence."""
        is_up = self._supervisor.run_until(lambda: _answers(url), _ANSWER_SECONDS)
        if not is_up and not self._supervisor.is_stopping:
            raise CannotStart(f"{url} does not answer. See {self._screen.log_of(process)}.")

    def _prepare(self, *, makes_demo: bool) -> None:
        if _RELEASE in self._commands:
            with self._screen.step("Database"):
                self._finish(_RELEASE, self._commands[_RELEASE])
        if makes_demo and self._options.demo_command:
            with self._screen.step("Demo data"):
                self._finish("demo", self._options.demo_command)
            self._state = self._state_file.note_demo(self._state)

    def _start_services(self) -> None:
        commands = {name: command for name, command in self._commands.items() if name != _RELEASE}
        if not (self._settings.bot_enabled and self._settings.bot_autostart):
            self._screen.say("The bot stays off: BOT_ENABLED or BOT_AUTOSTART says so.")
            commands.pop(_BOT, None)
        for name, command in commands.items():
            self._supervisor.add(self._service(name, command))

    def _wait_for_panel(self) -> bool:
        """Whether to go on; a panel that does not come up is said, and the rest stays."""
        if "web" in self._commands:
            try:
                with self._screen.step("Panel"):
                    self._wait_for(f"{self._panel_url}/health", "web")
            except CannotStart as error:
                self._screen.say(str(error))
        return not self._supervisor.is_stopping

    def _tell(self) -> None:
        user = self._environment["ADMIN_USER"]
        password = "as ADMIN_PASSWORD said" if self._settings.admin_password else self._state.admin_password
        changed = "" if self._is_first else " (unless it was changed)"
        self._screen.say(f"\nPanel  {self._panel_url}/admin  login {user}, password {password}{changed}")
        self._screen.say(f"Chat   {self._chat}")
        self._screen.say(f"Stop   Ctrl-C  (logs: {self._screen.logs})")

    @property
    def _has_simulator(self) -> bool:
        return not self._settings.bot_token

    def _port(self, what: str, wanted: int, *taken: int) -> int:
        port = next_free_port(wanted, except_for=taken)
        if port != wanted:
            self._screen.say(f"Port {wanted} is taken, or not for you to use; the {what} uses {port}.")
        return port

    def _service(self, name: str, command: str) -> Service:
        return Service(name, command, environment=self._environment, folder=PROJECT)

    def _finish(self, name: str, command: str) -> None:
        """Run a command to its end.

        Raises:
            CannotStart: it failed.
        """
        log_path = self._screen.log_of(name)
        with processes.open_log(log_path) as log:
            code = processes.run_to_end(
                ["/bin/sh", "-c", command], output=log, environment=self._environment, folder=PROJECT
            )
        if code != 0:
            end = processes.last_lines(log_path, 12)
            raise CannotStart(f"`{command}` failed with code {code}. Its log {log_path} ends with:\n{end}")


def _surroundings(data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What each process needs wherever `make run` was called: our Python first, one data folder, its mark.

    HOST and proxies are those of the shell, and what runs here is on this machine; the file .env we read ourselves.
    """
    programs = str(Path(sys.executable).parent)
    not_by_proxy = ",".join(filter(None, [environ.get("NO_PROXY") or environ.get("no_proxy"), ADDRESS, "localhost"]))
    return {
        "PATH": os.pathsep.join([programs, environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "FLASK_SKIP_DOTENV": "1",
        "HOST": ADDRESS,
        "NO_PROXY": not_by_proxy,
        "no_proxy": not_by_proxy,
        "DATA_DIR": str(data_dir),
        MARK: str(data_dir),
    }


def _commands(procfile: Path) -> dict[str, str]:
    try:
        return dict(parse_procfile(procfile.read_text()).processes)
    except FileNotFoundError:
        raise CannotStart(f"There is no {procfile}. Start from the project's folder.") from None


def _answers(url: str) -> bool:
    """Whether what is asked for is there; a panel that is unwell says so with 503, and is there."""
    try:
        with _DIRECTLY.open(url, timeout=1):
            return True
    except urllib.error.HTTPError as error:
        return error.code == HTTPStatus.SERVICE_UNAVAILABLE
    except OSError:
        return False
