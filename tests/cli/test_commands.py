"""What an operator reads when a command finds no database, or an empty one."""

import psycopg2
import pytest
from flask import Flask

from tests.admin.conftest import app, clock, company, nudged
from tests.panel import Company, make_app

__all__ = ["app", "clock", "company", "nudged"]

COMMANDS = [["staff", "list"], ["outbox", "list"], ["person", "export", "nobody"], ["seed"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_away_is_a_sentence(redis_url: str, command: list[str]) -> None:
    away = make_app("postgresql://someone:hidden@127.0.0.1:1/nowhere", redis_url)

    result = away.test_cli_runner().invoke(args=command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: The database does not answer: ")
    assert result.output.endswith("Check DATABASE_URL and the server.\n")
    assert "hidden" not in result.output


@pytest.mark.parametrize("missing", ["accounts rename to moved_away", "accounts rename column login to moved_away"])
def test_a_database_without_a_table_or_a_column_is_a_sentence(app: Flask, company: Company, missing: str) -> None:
    company.session.close()
    with psycopg2.connect(app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg2", "")) as sql:
        sql.cursor().execute(f"alter table {missing}")
    sql.close()

    result = app.test_cli_runner().invoke(args=["staff", "list"])

    assert (result.exit_code, result.output) == (
        1,
        "Error: The database is older than the code. Run scripts/run_migrations.py first.\n",
    )
