"""What `flask doctor` says at the end; `tests/test_prod_smoke.py` runs all of it."""

from dataclasses import replace

import pytest

from config.settings import read_settings
from recruitsmart.cli import checks
from recruitsmart.cli.doctor import all_passed
from recruitsmart.extensions import TELEGRAM, db
from tests.panel import make_app


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ("development", "✓ ALL CHECKS PASSED - Ready for development"),
        ("production", "✓ ALL CHECKS PASSED - Ready for production deployment"),
    ],
)
def test_only_a_production_system_is_called_ready_for_production(environment: str, said: str) -> None:
    assert all_passed(replace(read_settings({}), environment=environment)) == said


@pytest.mark.parametrize("name", ["bot token", "webhook"])
def test_a_token_that_is_missing_is_a_sentence(database_url: str, redis_url: str, name: str) -> None:
    app = make_app(database_url, redis_url)
    app.extensions[TELEGRAM] = None
    (check,) = [each for each in checks.CHECKS if each.name == name]
    with app.app_context():
        passed, said = checks.run(check, replace(app.config["SETTINGS"], bot_enabled=True))
        db.engine.dispose()
    assert not passed and said.startswith("BOT_TOKEN is not set")


def test_no_check_leaves_a_transaction_open_for_the_next_one(database_url: str, redis_url: str) -> None:
    """Telegram may take 20 s to say nothing; Postgres would end the transaction meanwhile, and the next check fail."""
    app = make_app(database_url, redis_url)
    with app.app_context():
        passed, _ = checks.run(checks.CHECKS[0], app.config["SETTINGS"])
        still_open = db.session.registry().in_transaction()
        db.engine.dispose()
    assert (passed, still_open) == (True, False)
