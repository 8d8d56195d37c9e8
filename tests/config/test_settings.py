"""Reading settings: defaults, parsers, the file .env, and the list of problems."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config import settings as settings_module
from config.model import ConfigurationError, NotificationBroker, SameSite, Settings
from config.settings import get_settings, read_settings, settings_or_exit, settings_with_servers_or_exit
from config.variables import VARIABLES

SECRET_VALUE = "hunter2-hunter2"


@pytest.fixture
def clean_environment(monkeypatch, tmp_path):
    """No variable of ours is set, and the working directory is empty."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def problem_of(variable: str, value: str, **others: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({variable: value, **others})
    (sentence,) = [problem.sentence for problem in caught.value.problems if problem.variable == variable]
    return sentence


def test_every_field_is_filled_by_exactly_one_variable():
    fields = [variable.field for variable in VARIABLES]
    assert sorted(fields) == sorted(field.name for field in dataclasses.fields(Settings))


def test_secret_variables_are_not_in_the_representation():
    shown = {field.name for field in dataclasses.fields(Settings) if field.repr}
    assert not shown & {variable.field for variable in VARIABLES if variable.is_secret}


def test_defaults_of_development():
    settings = read_settings({"HOME": "/home/anna"})
    assert settings.environment == "development"
    assert not settings.is_production
    assert (settings.database_url, settings.redis_url, settings.bot_token) == (None, None, None)
    assert (settings.admin_user, settings.admin_password) == (None, None)
    assert (settings.metrics_token, settings.sentry_dsn) == (None, None)
    assert settings.notification_broker is NotificationBroker.REDIS
    assert (settings.bot_enabled, settings.bot_integration_enabled, settings.bot_autostart) == (True, True, True)
    assert not settings.bot_use_webhook
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.timezone == ZoneInfo("Europe/Moscow")
    assert (settings.log_level, settings.log_json) == ("INFO", False)
    assert (settings.session_cookie_secure, settings.session_cookie_samesite) == (False, SameSite.STRICT)
    assert (settings.db_pool_size, settings.db_max_overflow) == (20, 10)
    assert (settings.db_pool_timeout_seconds, settings.db_pool_recycle_seconds) == (30, 3600)


@pytest.mark.parametrize(
    ("platform", "given", "folder"),
    [
        ("linux", {"HOME": "/home/anna"}, "/home/anna/.local/share/recruitsmart"),
        ("linux", {"HOME": "/home/anna", "XDG_DATA_HOME": "/data"}, "/data/recruitsmart"),
        ("linux", {"HOME": "/home/anna", "XDG_DATA_HOME": "data"}, "/home/anna/.local/share/recruitsmart"),
        ("darwin", {"HOME": "/Users/anna"}, "/Users/anna/Library/Application Support/RecruitSmart"),
    ],
)
def test_data_goes_to_the_folder_of_the_person(monkeypatch, platform, given, folder):
    monkeypatch.setattr(sys, "platform", platform)
    assert read_settings(given).data_dir == Path(folder)


def test_log_file_is_in_the_data_folder(tmp_path):
    assert read_settings({"DATA_DIR": str(tmp_path)}).log_file == tmp_path / "logs" / "app.log"


def test_development_generates_a_new_session_secret_per_start():
    first, second = read_settings({}), read_settings({})
    assert len(first.session_secret) >= 32
    assert first.session_secret != second.session_secret


@pytest.mark.parametrize("name", ["Development", "dev", "test", "staging", "local", "demo", "preview"])
def test_other_environments_stay_themselves(name):
    settings = read_settings({"ENVIRONMENT": name})
    assert settings.environment == name.casefold()
    assert not settings.is_production


@pytest.mark.parametrize(
    "name",
    ["prod", "PROD", "prd", "prodution", "productoin", "productive", "production-eu", "pre-production", "Prоduction"],
)
def test_a_near_miss_of_production_is_an_error(name):
    assert "misspelt 'production'" in problem_of("ENVIRONMENT", name)


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "yes", "on", " On "])
def test_words_for_yes(word):
    assert read_settings({"LOG_JSON": word}).log_json is True


@pytest.mark.parametrize("word", ["0", "false", "No", "OFF"])
def test_words_for_no(word):
    assert read_settings({"BOT_ENABLED": word}).bot_enabled is False


@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize("variable", [variable for variable in VARIABLES if variable.name != "SESSION_SECRET"], ids=str)
def test_an_empty_value_means_not_set(variable, value):
    unset = read_settings({"HOME": "/home/anna"})
    empty = read_settings({"HOME": "/home/anna", variable.name: value})
    assert getattr(empty, variable.field) == getattr(unset, variable.field)


@pytest.mark.parametrize(
    "address",
    [
        "postgres://u:p@h:5/d",
        "postgresql://u:p@h:5/d",
        "PostgreSQL://u:p@h:5/d",
        "postgresql+psycopg2://u:p@h:5/d",
        "postgresql+asyncpg://u:p@h:5/d",
    ],
)
def test_every_postgres_address_gets_our_driver(address):
    assert read_settings({"DATABASE_URL": address}).database_url == "postgresql+psycopg2://u:p@h:5/d"


def test_a_postgres_socket_is_an_address_too():
    address = "postgresql:///recruit?host=/var/run/postgresql"
    assert read_settings({"DATABASE_URL": address}).database_url.endswith(
        "psycopg2:///recruit?host=/var/run/postgresql"
    )


@pytest.mark.parametrize(
    "address", ["redis://h", "redis://:p@h:6379/0", "rediss://h:6380/1", "unix:///run/redis.sock?db=1"]
)
def test_redis_addresses_stay_as_written(address):
    assert read_settings({"REDIS_URL": address}).redis_url == address


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("DATABASE_URL", "sqlite:///x.db", "SQLite database is not supported"),
        ("DATABASE_URL", "sqlite+aiosqlite://", "SQLite database is not supported"),
        ("DATABASE_URL", "mysql://u:p@h/d", "not a PostgreSQL address"),
        ("DATABASE_URL", "recruit", "not a PostgreSQL address"),
        ("DATABASE_URL", "postgresql://u:p@h:port/d", "cannot be read"),
        ("DATABASE_URL", "postgresql://u:p@h", "names no database"),
        ("REDIS_URL", "http://h", "not a Redis address"),
        ("REDIS_URL", "redis://", "names no host"),
        ("REDIS_URL", "redis://h:port/0", "cannot be read"),
        ("REDIS_URL", "redis://h/first", "database number"),
        ("REDIS_URL", "unix://", "names no socket"),
        ("NOTIFICATION_BROKER", "kafka", "is not a broker"),
        ("DATA_DIR", __file__, "is a file"),
        ("BOT_ENABLED", "maybe", "neither yes nor no"),
        ("BOT_INTEGRATION_ENABLED", "2", "neither yes nor no"),
        ("BOT_AUTOSTART", "y", "neither yes nor no"),
        ("BOT_USE_WEBHOOK", "-1", "neither yes nor no"),
        ("BOT_WEBHOOK_URL", "ftp://h", "not an http or https address"),
        ("BOT_WEBHOOK_SECRET", "a b", "not a secret Telegram accepts"),
        ("BOT_WEBHOOK_SECRET", "a" * 257, "not a secret Telegram accepts"),
        ("WEBAPP_URL", "host/webapp", "not an http or https address"),
        ("TELEGRAM_API_URL", "api.telegram.org", "not an http or https address"),
        ("TELEGRAM_API_URL", "http://[", "cannot be read"),
        ("TZ", "Mars/Olympus", "is not a time zone"),
        ("TZ", "Europe", "is not a time zone"),
        ("TZ", "../../etc/passwd", "is not a time zone"),
        ("LOG_LEVEL", "LOUD", "is not a log level"),
        ("LOG_JSON", "json", "neither yes nor no"),
        ("SESSION_COOKIE_SECURE", "always", "neither yes nor no"),
        ("SESSION_COOKIE_SAMESITE", "none", "is not a SameSite policy"),
        ("DB_POOL_SIZE", "0", "is not between 1 and 500"),
        ("DB_POOL_SIZE", "ten", "is not a whole number"),
        ("DB_POOL_SIZE", "1_0", "is not a whole number"),
        ("DB_POOL_SIZE", "٣", "is not a whole number"),
        ("DB_MAX_OVERFLOW", "-1", "is not a whole number"),
        ("DB_POOL_TIMEOUT", "1.5", "is not a whole number"),
        ("DB_POOL_RECYCLE", "0", "is not between 1 and 86400"),
        ("SENTRY_DSN", "yes", "not an http or https address"),
        ("SENTRY_DSN", "https://key@errors.example", "is not whole"),
        ("SENTRY_DSN", "https://errors.example/7", "is not whole"),
        ("SENTRY_DSN", "https://key@errors.example/project", "is not whole"),
    ],
)
def test_a_wrong_value_is_an_error_that_says_what_to_do(variable, value, reason):
    sentence = problem_of(variable, value)
    assert reason in sentence
    (hint,) = [entry.hint for entry in VARIABLES if entry.name == variable]
    assert hint
    assert sentence.endswith(hint)


def test_every_problem_is_listed_under_the_heading():
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"TZ": "Mars", "LOG_JSON": "maybe", "DB_POOL_SIZE": "many", "BOT_USE_WEBHOOK": "1"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "CONFIGURATION ERRORS"
    names = {line.split(":")[0].removeprefix("  - ") for line in lines[1:]}
    assert names == {"TZ", "LOG_JSON", "DB_POOL_SIZE", "BOT_WEBHOOK_URL", "BOT_WEBHOOK_SECRET"}


@pytest.mark.parametrize("variable", [variable.name for variable in VARIABLES if variable.is_secret])
def test_no_problem_shows_a_secret(variable):
    value = f"nonsense://{SECRET_VALUE} {SECRET_VALUE}"
    with pytest.raises(ConfigurationError) as caught:
        read_settings({variable: value, "TZ": "Mars"})
    assert SECRET_VALUE not in str(caught.value)


def test_a_token_in_the_wrong_variable_is_masked():
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaww"
    sentence = problem_of("LOG_LEVEL", token)
    assert "AAHdqTcv" not in sentence
    assert "'***'" in sentence


def test_the_reason_for_an_unreadable_address_does_not_hang_on_to_it():
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"DATABASE_URL": f"postgresql://u:{SECRET_VALUE}@h:port/d"})
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_simulator_may_be_called_without_tls_outside_production(host):
    settings = read_settings(
        {"BOT_USE_WEBHOOK": "1", "BOT_WEBHOOK_URL": f"http://{host}:8000/telegram/", "BOT_WEBHOOK_SECRET": "s"}
    )
    assert settings.bot_webhook_url == f"http://{host}:8000/telegram"


def test_webhook_to_another_host_needs_https_everywhere():
    others = {"BOT_USE_WEBHOOK": "1", "BOT_WEBHOOK_SECRET": "s"}
    assert "https://" in problem_of("BOT_WEBHOOK_URL", "http://bot.example.org", **others)


def test_settings_are_cached_until_cleared(clean_environment, monkeypatch):
    first = get_settings()
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    assert get_settings() is first
    get_settings.cache_clear()
    assert get_settings().log_level == "DEBUG"


def test_the_file_is_read_and_the_real_environment_wins(clean_environment, monkeypatch):
    (clean_environment / ".env").write_text(
        "\ufeffTZ='Asia/Omsk'\nLOG_LEVEL=ERROR\nADMIN_PASSWORD=a${HOME}b\n", encoding="utf-8"
    )
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    settings = get_settings()
    assert (settings.log_level, settings.timezone) == ("DEBUG", ZoneInfo("Asia/Omsk"))
    assert settings.admin_password == "a${HOME}b"


def test_an_empty_real_variable_switches_the_files_value_off(clean_environment, monkeypatch):
    (clean_environment / ".env").write_text("BOT_TOKEN=1:TEST\n", encoding="utf-8")
    monkeypatch.setenv("BOT_TOKEN", "")
    assert get_settings().bot_token is None


def test_a_file_that_is_not_text_is_a_problem(clean_environment):
    (clean_environment / ".env").write_bytes(b"TZ=\xff\xfe\n")
    with pytest.raises(ConfigurationError, match=r"\.env: cannot be read"):
        get_settings()


def test_entry_points_print_the_list_and_exit_with_1(clean_environment, monkeypatch, capsys):
    monkeypatch.setenv("TZ", "Mars")
    with pytest.raises(SystemExit) as caught:
        settings_or_exit()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith("CONFIGURATION ERRORS\n  - TZ: 'Mars' is not a time zone.")


def test_what_needs_servers_names_all_that_are_missing_and_exits_with_1(clean_environment, monkeypatch, capsys):
    with pytest.raises(SystemExit) as caught:
        settings_with_servers_or_exit()
    said = capsys.readouterr().err
    assert caught.value.code == 1
    assert said.startswith("CONFIGURATION ERRORS\n  - DATABASE_URL: is not set. Start everything with `make run`, or")
    assert "\n  - REDIS_URL: is not set." in said

    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/x")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    assert settings_with_servers_or_exit().redis_url == "redis://localhost"


def test_importing_the_settings_reads_nothing():
    repository = Path(settings_module.__file__).parents[1]
    script = "import config.settings, config.logging; print('imported')"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        env={"ENVIRONMENT": "production", "TZ": "Mars"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "imported\n"


def test_the_address_of_sentry_is_taken_with_a_slash_at_its_end_too():
    assert read_settings({"SENTRY_DSN": "https://key@errors.example/7/"}).sentry_dsn == "https://key@errors.example/7"
