"""What the gunicorn file says, run as gunicorn runs it."""

import runpy
from pathlib import Path

import pytest

from config.production import REPOSITORY
from config.settings import get_settings
from config.variables import VARIABLES


@pytest.fixture
def run(monkeypatch, tmp_path):
    def read(**environ: str) -> dict[str, object]:
        for name in (*(variable.name for variable in VARIABLES), "HOST", "PORT", "WEB_CONCURRENCY"):
            monkeypatch.delenv(name, raising=False)
        servers = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h"}
        for name, value in (servers | environ).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return runpy.run_path(str(REPOSITORY / "config/gunicorn.py"))

    monkeypatch.chdir(tmp_path)
    yield read
    get_settings.cache_clear()


def production(data_dir: Path) -> dict[str, str]:
    return {
        "ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://h/d",
        "REDIS_URL": "redis://h",
        "DATA_DIR": str(data_dir),
        "SESSION_SECRET": "f3b1c09e77d24a5588c1e0a9b64d2f17",
        "BOT_ENABLED": "0",
    }


def test_only_this_machine_is_served_outside_production(run):
    assert run()["bind"] == "127.0.0.1:8000"


def test_production_is_reached_from_the_proxys_host(run, tmp_path):
    assert run(**production(tmp_path))["bind"] == "0.0.0.0:8000"


def test_host_and_port_of_the_environment_win(run):
    assert run(HOST="::1", PORT="9000")["bind"] == "[::1]:9000"


def test_threads_never_wait_for_the_pool(run):
    assert run(DB_POOL_SIZE="3", DB_MAX_OVERFLOW="2")["threads"] == 5


def test_stopping_ends_before_supervisors_kill(run):
    assert run()["graceful_timeout"] < 30


def test_the_workers_inherit_one_generated_session_secret(run):
    run()
    assert get_settings.cache_info().currsize == 1


def test_requests_are_not_logged_with_their_addresses(run):
    assert run()["accesslog"] is None


def test_the_proxies_of_the_settings_are_gunicorns_too(run):
    assert run()["forwarded_allow_ips"] == "127.0.0.1,::1"
    assert run(FORWARDED_ALLOW_IPS="10.0.0.5, 10.0.0.6")["forwarded_allow_ips"] == "10.0.0.5,10.0.0.6"
    with pytest.raises(SystemExit):
        run(FORWARDED_ALLOW_IPS="proxy.example.org")


@pytest.mark.parametrize(
    "wrong", [{"PORT": "abc"}, {"PORT": "65536"}, {"WEB_CONCURRENCY": "two"}, {"PORT": "nan"}, {"PORT": "8000.6"}]
)
def test_a_number_that_is_none_is_a_sentence(run, capsys, wrong):
    with pytest.raises(SystemExit):
        run(**wrong)
    ((name, _),) = wrong.items()
    assert f"{name}: is not a whole number from 1 to " in capsys.readouterr().err
