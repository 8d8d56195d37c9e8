"""The checklist of docs/deployment.md with everything at work: production settings, passwords, TLS to Telegram, and
the Procfile's processes under honcho. Then servers are taken away, and at last everything is told to go."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import psutil
import pytest
import requests

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.processes import is_alive, kill_tree, open_log, start, wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.servers import ROOT
from tests.simulator import Simulator
from tests.system import EVERYTHING
from tests.test_prod_smoke import MIGRATED, PASSED, TOKEN, ended, migrations, smoke
from tests.tls import TlsFront

pytestmark = pytest.mark.drill

LONGEST_HEALTH_SECONDS = 2
HONCHO = [str(ROOT / ".venv/bin/honcho"), "start", "--no-prefix", "--no-colour", *EVERYTHING]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A production system on servers of its own."""

    environment: dict[str, str]
    postgres: PostgresServer
    valkey: ValkeyServer
    honcho: "subprocess.Popen[bytes]"
    output: Path
    smoke_before: tuple[int, str]

    def health(self, page: str = "") -> requests.Response:
        """Asked as a load balancer does: it waits for two seconds."""
        url = f"http://127.0.0.1:{self.environment['PORT']}/health{page}"
        return requests.get(url, timeout=LONGEST_HEALTH_SECONDS)

    def is_at_work(self) -> bool:
        """Whether every process has done something of late."""
        try:
            return self.health("/workers").status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Made in the order of the page: servers, settings, migrations (twice at once), seed, smoke, processes."""
    folder = tmp_path_factory.mktemp("production")
    password = token_hex(16)
    postgres = PostgresServer(folder / "postgres", any_free_port(), password=password)
    valkey = ValkeyServer(folder / "valkey", any_free_port(), password=password)
    data = folder / "data"
    data.mkdir(mode=0o700)
    with Simulator(TOKEN) as telegram, TlsFront(int(telegram.url.rpartition(":")[2]), folder) as front:
        postgres.start()
        valkey.start()
        postgres.create_database()
        environment = _environment(postgres, valkey, data) | {
            "TELEGRAM_API_URL": front.url, "REQUESTS_CA_BUNDLE": str(front.certificate),
        }  # fmt: skip
        for code, printed in [ended(each) for each in [migrations(environment) for _ in range(2)]]:
            assert (code, printed.splitlines()[-1]) == (0, MIGRATED), printed
        seed = ["flask", "--app", "recruitsmart.wsgi", "seed"]
        subprocess.run(seed, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)
        before = smoke(environment)
        with open_log(folder / "honcho.out") as output:
            honcho = start(HONCHO, output=output, environment=environment, folder=ROOT)
        try:
            yield Site(
                environment=environment, postgres=postgres, valkey=valkey, honcho=honcho,
                output=folder / "honcho.out", smoke_before=before,
            )  # fmt: skip
        finally:
            kill_tree(honcho.pid)  # its processes have groups of their own
            valkey.stop()
            postgres.stop()


def _environment(postgres: PostgresServer, valkey: ValkeyServer, data: Path) -> dict[str, str]:
    """Nothing of whoever runs the tests: only what the page names."""
    return {
        "ENVIRONMENT": "production",
        "DATABASE_URL": postgres.url(),
        "REDIS_URL": valkey.url(),
        "DATA_DIR": str(data),
        "SESSION_SECRET": token_hex(32),
        "BOT_TOKEN": TOKEN,
        "ADMIN_USER": "boss",
        "ADMIN_PASSWORD": token_hex(16),
        "METRICS_TOKEN": token_hex(32),
        "LOG_JSON": "1",
        "PORT": str(any_free_port()),
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": "1",
        "PATH": f"{ROOT / '.venv/bin'}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }


def _secrets(site: Site) -> list[str]:
    named = ("SESSION_SECRET", "BOT_TOKEN", "ADMIN_PASSWORD", "METRICS_TOKEN")
    in_addresses = re.findall(r":([0-9a-f]{32})@", site.environment["DATABASE_URL"])
    return [site.environment[name] for name in named] + in_addresses


def test_the_checklist_is_green_before_the_start_and_with_everything_at_work(site: Site) -> None:
    code, printed = site.smoke_before
    assert code == 0, printed
    assert PASSED in printed
    assert "none is running yet" in printed
    assert wait_until(site.is_at_work, 60), site.output.read_text()[-3000:]
    code, printed = smoke(site.environment)
    assert code == 0, printed
    assert "beat, bot, delivery, web, worker at work" in printed
    assert [secret for secret in _secrets(site) if secret in printed] == []


def _stop(servers: tuple[PostgresServer | ValkeyServer, ...]) -> None:
    for server in servers:
        server.stop()


def _start(servers: tuple[PostgresServer | ValkeyServer, ...]) -> None:
    for server in servers:
        server.start()


def _signal(number: signal.Signals) -> Callable[[tuple[PostgresServer | ValkeyServer, ...]], None]:
    def send(servers: tuple[PostgresServer | ValkeyServer, ...]) -> None:
        for server in servers:
            assert server.pid is not None
            os.kill(server.pid, number)

    return send


REFUSES = (_stop, _start)
HANGS = (_signal(signal.SIGSTOP), _signal(signal.SIGCONT))


@pytest.mark.parametrize("how", [REFUSES, HANGS], ids=["refuses", "hangs"])
@pytest.mark.parametrize("which", [("database",), ("redis",), ("database", "redis")], ids=lambda which: "+".join(which))
def test_health_tells_within_two_seconds_what_is_away_and_that_it_is_back(
    site: Site, which: tuple[str, ...], how: tuple[Callable[..., None], Callable[..., None]]
) -> None:
    assert wait_until(lambda: site.health().status_code == 200, 30)
    servers = tuple({"database": site.postgres, "redis": site.valkey}[name] for name in which)
    away, back = how
    away(servers)
    try:
        answers = [site.health() for _ in range(3)]
    finally:
        back(servers)
    for answer in answers:
        assert answer.status_code == 503
        states = {name: part["status"] for name, part in answer.json()["components"].items()}
        assert states == {
            "application": "up", "database": "up", "redis": "up",
        } | dict.fromkeys(which, "down")  # fmt: skip
        assert [secret for secret in _secrets(site) if secret in answer.text] == []
    assert wait_until(lambda: site.health().status_code == 200, 10)


def test_after_all_that_everything_works_again_without_a_start(site: Site) -> None:
    assert wait_until(site.is_at_work, 90), site.health("/workers").text
    code, printed = smoke(site.environment)
    assert code == 0, printed
    log = (Path(site.environment["DATA_DIR"]) / "logs" / "app.log").read_text(encoding="utf-8")
    assert [secret for secret in _secrets(site) if secret in log + site.output.read_text()] == []


FAREWELLS = {
    "web": "Shutting down: Master", "worker and delivery": "Warm shutdown (MainProcess)",
    "bot": "the bot has stopped",
}  # fmt: skip


def test_at_sigterm_honcho_and_all_its_processes_end_in_order(site: Site) -> None:
    """The last one: nothing runs afterwards. Of what each exits with, `test_shutdown` tells: honcho sees the shell."""
    family = psutil.Process(site.honcho.pid).children(recursive=True)
    assert len(family) >= 2 * len(EVERYTHING)
    site.honcho.send_signal(signal.SIGTERM)
    site.honcho.wait(timeout=30)
    assert wait_until(lambda: not any(is_alive(process) for process in family), 30), family
    printed = site.output.read_text()
    assert set(re.findall(r"(\w+)\.1 stopped", printed)) == set(EVERYTHING)
    assert [name for name, words in FAREWELLS.items() if words not in printed] == []
    assert printed.count(FAREWELLS["worker and delivery"]) == 2
    assert "SIGKILL" not in printed
    assert "Traceback" not in printed.partition("SIGTERM received")[2]
    with pytest.raises(requests.ConnectionError):
        site.health()
