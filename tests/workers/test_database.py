"""A worker's way to Postgres, when the connections of its pool have died."""

from collections.abc import Callable

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from recruitsmart import db
from recruitsmart.db import Database

KILL = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'recruitsmart'"


@pytest.fixture
def kill(database_url: str) -> Callable[[], None]:
    def kill_all() -> None:
        with psycopg2.connect(database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
            cursor.execute(KILL)
            assert cursor.rowcount

    return kill_all


def work(database: Database) -> int:
    with database.unit() as session:
        return session.execute(text("select 17")).scalar_one()


@pytest.fixture
def cut_off(database: Database, kill: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Database:
    """Its connection was used a moment ago and is dead."""
    monkeypatch.setattr(db, "FRESH_SECONDS", 60.0)
    work(database)
    kill()
    return database


def test_a_connection_that_died_while_it_rested_fails_nobody(
    database: Database, kill: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(database)
    kill()
    monkeypatch.setattr(db, "FRESH_SECONDS", 0.0)
    assert work(database) == 17


def test_one_that_was_used_a_moment_ago_is_not_asked_and_fails_one_unit(cut_off: Database) -> None:
    with pytest.raises(OperationalError):
        work(cut_off)
    assert work(cut_off) == 17


def test_what_may_run_again_does_not_notice(cut_off: Database) -> None:
    assert cut_off.run(lambda session: session.execute(text("select 17")).scalar_one()) == 17


def test_a_single_statement_is_committed_by_itself(database: Database) -> None:
    database.single(
        lambda connection: connection.execute(text("create table noted (at int); insert into noted values (17)"))
    )
    with database.unit() as session:
        assert session.execute(text("select at from noted")).scalar_one() == 17


def test_a_single_statement_that_loses_its_connection_is_tried_again(cut_off: Database) -> None:
    assert cut_off.single(lambda connection: connection.execute(text("select 17")).scalar_one()) == 17


def test_after_a_single_statement_the_connection_serves_transactions_again(database: Database) -> None:
    database.single(lambda connection: connection.execute(text("create table noted (at int)")))
    with database._new_session() as session:
        session.execute(text("insert into noted values (17)"))
    with database.unit() as session:
        assert session.execute(text("select count(*) from noted")).scalar_one() == 0
