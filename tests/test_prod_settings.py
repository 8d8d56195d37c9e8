"""Production refuses each unsafe setting in turn, says what to do, and shows no secret."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.model import ConfigurationError, NotificationBroker, SameSite
from config.production import PAGES, REPOSITORY, RULES
from config.settings import get_settings, read_settings
from config.variables import VARIABLES
from tests.panel import make_app

TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawQ"
SECRET = "f3b1c09e77d24a5588c1e0a9b64d2f17"
PASSWORD = "krill-Velvet-93-tundra"
UNSET = ""


@pytest.fixture
def sound(tmp_path) -> dict[str, str]:
    """Settings that production accepts, with everything in use."""
    return {
        "ENVIRONMENT": "Production",
        "DATABASE_URL": "postgresql://recruit:kestrel-71-oak@db.internal:5432/recruit",
        "REDIS_URL": "rediss://:heron-45-elm@redis.internal:6379/0",
        "DATA_DIR": str(tmp_path),
        "SESSION_SECRET": SECRET,
        "BOT_TOKEN": TOKEN,
        "ADMIN_USER": "olga@example.org",
        "ADMIN_PASSWORD": PASSWORD,
        "BOT_USE_WEBHOOK": "1",
        "BOT_WEBHOOK_URL": "https://bot.example.org/telegram",
        "BOT_WEBHOOK_SECRET": "Hk7_pQz2Xw9vLcR4",
        "METRICS_TOKEN": "Mt5-bNq8YsEuHgJ1",
        "WEBAPP_URL": "https://bot.example.org/webapp",
    }


# variable, value, what the sentence says; one line at least for every rule
BROKEN = [
    ("DATABASE_URL", UNSET, "is not set. Set it to a PostgreSQL address"),
    ("DATABASE_URL", "sqlite:///bot.db", "SQLite database is forbidden in production. Set it to a PostgreSQL"),
    ("DATABASE_URL", "sqlite+aiosqlite:///bot.db", "SQLite database is forbidden in production"),
    ("DATABASE_URL", "mysql://u:my-password@h/d", "not a PostgreSQL address. Set it to"),
    ("REDIS_URL", UNSET, "is not set. Set it to a Redis address"),
    ("REDIS_URL", "http://:my-password@h", "not a Redis address. Set it to"),
    ("NOTIFICATION_BROKER", "memory", "must be 'redis' in production"),
    ("DATA_DIR", UNSET, "is not set. Set it to a folder outside the repository"),
    ("DATA_DIR", "/no/such/folder", "does not exist. Create the folder"),
    ("DATA_DIR", "/proc", "cannot be written. Give the folder"),
    ("DATA_DIR", str(REPOSITORY), "is inside the repository"),
    ("DATA_DIR", str(REPOSITORY / "config"), "is inside the repository"),
    ("SESSION_SECRET", UNSET, "is not set. Set it to the output of: openssl rand -hex 32"),
    ("SESSION_SECRET", "f3b1c09e77d24a5588c1e0a9b64d2f1", "is shorter than 32 characters"),
    ("SESSION_SECRET", "change-me-in-production-0123-4567-89", "is a placeholder"),
    ("SESSION_SECRET", "your-secret-key-goes-right-here-please", "is a placeholder"),
    ("SESSION_SECRET", "x" * 40, "is a placeholder, a published example or a pattern"),
    ("SESSION_SECRET", "0123456789abcdef0123456789abcdef", "a pattern"),
    ("BOT_TOKEN", UNSET, "is not set and the bot is enabled"),
    ("BOT_TOKEN", "your-bot-token", "does not look like a bot token"),
    ("BOT_TOKEN", "1:TEST", "does not look like a bot token"),
    ("BOT_TOKEN", TOKEN.replace(":", ""), "does not look like a bot token"),
    ("ADMIN_USER", UNSET, "is not set, but ADMIN_PASSWORD is"),
    ("ADMIN_PASSWORD", UNSET, "is not set, but ADMIN_USER is"),
    ("ADMIN_PASSWORD", "kV9-tundra!", "is shorter than 12 characters"),
    ("ADMIN_PASSWORD", "P@ssw0rd2024!", "is a common password"),
    ("ADMIN_PASSWORD", "123456123456", "is a common password"),
    ("ADMIN_PASSWORD", "my-Olga-tundra-77", "contains the name of ADMIN_USER"),
    ("BOT_WEBHOOK_URL", UNSET, "is not set and BOT_USE_WEBHOOK is on"),
    ("BOT_WEBHOOK_URL", "http://bot.example.org/telegram", "does not begin with https://"),
    ("BOT_WEBHOOK_URL", "http://localhost:8000/telegram", "does not begin with https://"),
    ("BOT_WEBHOOK_URL", "https://bot.example.org/admin/hook", "is the address of a page of ours"),
    ("BOT_WEBHOOK_SECRET", UNSET, "is not set and BOT_USE_WEBHOOK is on"),
    ("BOT_WEBHOOK_SECRET", "with a space", "not a secret Telegram accepts"),
    ("BOT_WEBHOOK_SECRET", "Hk7_pQz2", "is shorter than 16 characters"),
    ("BOT_WEBHOOK_SECRET", "change-me-in-production", "a placeholder or a pattern"),
    ("WEBAPP_URL", "http://bot.example.org/webapp", "does not begin with https://, and Telegram opens nothing else"),
    ("WEBAPP_URL", "bot.example.org/webapp", "not an http or https address. Set it to https://HOST/webapp"),
    ("METRICS_TOKEN", "Mt5-bNq8", "is shorter than 16 characters"),
    ("METRICS_TOKEN", "0123456789abcdef", "a placeholder or a pattern"),
    ("DATABASE_URL", "postgresql://recruit:changeme@db/recruit", "contains a placeholder or a common word"),
    ("DATABASE_URL", "postgresql://recruit:p%40ssw0rd@db/recruit", "contains a placeholder or a common word"),
    ("REDIS_URL", "redis://:password1@redis", "contains a placeholder or a common word"),
    ("BOT_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "is an example from a documentation"),
    ("BOT_TOKEN", "123456789:your_secret_token_goes_here_00000000", "is an example from a documentation"),
    ("TELEGRAM_API_URL", "http://bot-api.internal:8081", "does not begin with https://"),
    ("SESSION_COOKIE_SECURE", "0", "is off: sessions could be read on the way"),
    ("SESSION_COOKIE_SAMESITE", "lax", "must be 'strict' in production"),
    ("SESSION_COOKIE_SAMESITE", "none", "is not a SameSite policy we allow"),
]
SECRETS = ("kestrel-71-oak", "heron-45-elm", SECRET, TOKEN, PASSWORD, "Hk7_pQz2Xw9vLcR4", "Mt5-bNq8YsEuHgJ1")


def refusal(environ: dict[str, str]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(environ)
    return caught.value


def test_sound_settings_are_accepted(sound):
    settings = read_settings(sound)
    assert settings.is_production
    assert settings.environment == "production"
    assert settings.database_url.startswith("postgresql+psycopg2://recruit:kestrel-71-oak@")
    assert settings.notification_broker is NotificationBroker.REDIS
    assert (settings.session_cookie_secure, settings.session_cookie_samesite) == (True, SameSite.STRICT)
    assert (settings.bot_enabled, settings.bot_integration_enabled, settings.bot_autostart) == (True, True, False)


def test_the_least_that_production_needs(tmp_path):
    settings = read_settings(
        {
            "ENVIRONMENT": "PRODUCTION",
            "DATABASE_URL": "postgres://db/recruit",
            "REDIS_URL": "redis://redis",
            "DATA_DIR": str(tmp_path),
            "SESSION_SECRET": SECRET,
            "BOT_ENABLED": "0",
        }
    )
    assert settings.is_production
    assert settings.admin_user is None


@pytest.mark.parametrize(("variable", "value", "sentence"), BROKEN)
def test_each_unsafe_setting_is_refused(sound, variable, value, sentence):
    error = refusal({**sound, variable: value})
    assert [problem.variable for problem in error.problems] == [variable]
    assert sentence in error.problems[0].sentence
    assert str(error).startswith("PRODUCTION CONFIGURATION ERRORS\n")


@pytest.mark.parametrize(("variable", "value", "sentence"), BROKEN)
def test_no_refusal_shows_a_secret(sound, variable, value, sentence):
    text = str(refusal({**sound, variable: value}))
    assert [secret for secret in (*SECRETS, "my-password") if secret in text] == []
    is_secret = {entry.name for entry in VARIABLES if entry.is_secret}
    assert not (value and variable in is_secret and value in text)


def test_every_rule_is_broken_by_some_case(sound):
    said = {str(problem) for name, value, _ in BROKEN for problem in refusal({**sound, name: value}).problems}
    silent = [rule for rule in RULES if f"{rule.variable}: {rule.sentence}" not in said]
    assert silent == []


def test_all_problems_are_listed_at_once(sound):
    unsafe = {"SESSION_SECRET": "changeme", "ADMIN_PASSWORD": "olga", "LOG_JSON": "maybe", "BOT_TOKEN": "x"}
    error = refusal({**sound, **unsafe, "DATABASE_URL": ""})
    assert {problem.variable for problem in error.problems} == {*unsafe, "DATABASE_URL"}
    assert len([problem for problem in error.problems if problem.variable == "SESSION_SECRET"]) == 2


def test_a_misspelt_production_still_gets_its_whole_list():
    error = refusal({"ENVIRONMENT": "prodution"})
    assert {"ENVIRONMENT", "DATABASE_URL", "REDIS_URL", "SESSION_SECRET"} <= {p.variable for p in error.problems}


def test_a_link_into_the_repository_does_not_count_as_outside(sound, tmp_path):
    link = tmp_path / "data"
    link.symlink_to(REPOSITORY / "config")
    (problem,) = refusal({**sound, "DATA_DIR": str(link)}).problems
    assert "inside the repository" in problem.sentence


def test_the_bots_settings_do_not_matter_when_it_is_off(sound):
    assert read_settings({**sound, "BOT_ENABLED": "0", "BOT_TOKEN": ""}).bot_token is None


def test_the_webhooks_settings_do_not_matter_when_polling(sound):
    polling = {"BOT_USE_WEBHOOK": "0", "BOT_WEBHOOK_URL": "", "BOT_WEBHOOK_SECRET": ""}
    assert not read_settings({**sound, **polling}).bot_use_webhook


ONLY_IN_PRODUCTION = [
    (variable, value)
    for variable, value, sentence in BROKEN
    for rule in RULES
    if rule.variable == variable and sentence in rule.sentence and not rule.everywhere
]


@pytest.mark.parametrize(("variable", "value"), ONLY_IN_PRODUCTION)
def test_development_takes_what_only_production_refuses(sound, variable, value):
    assert not read_settings({**sound, "ENVIRONMENT": "development", variable: value}).is_production


def test_production_never_reads_the_file(sound, monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.delenv(variable.name, raising=False)
    for name, value in sound.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    try:
        assert get_settings().log_level == "INFO"
    finally:
        get_settings.cache_clear()


def test_the_file_cannot_switch_production_on(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("ENVIRONMENT=production\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="production never reads the file"):
        get_settings()


def test_the_web_process_ends_with_1_and_one_list(sound, tmp_path):
    gunicorn = Path(sys.executable).with_name("gunicorn")
    run = subprocess.run(
        [gunicorn, "-c", "config/gunicorn.py", "--check-config", "wsgiref.simple_server:demo_app"],
        cwd=REPOSITORY,
        env={**sound, "SESSION_SECRET": "changeme"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.count("PRODUCTION CONFIGURATION ERRORS") == 1
    assert "changeme" not in run.stderr


def test_no_page_of_ours_can_be_the_address_of_the_webhook():
    app = make_app("postgresql://someone@127.0.0.1:1/nowhere", "redis://127.0.0.1:1/0")
    first_parts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}
    assert first_parts == PAGES
