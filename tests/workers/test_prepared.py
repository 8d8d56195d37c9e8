"""Statements that are planned once for a while, and called by a name."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DBAPIError

from recruitsmart import prepared
from recruitsmart.db import Database
from recruitsmart.prepared import PLAN_SECONDS

NAMES = text("select name from pg_prepared_statements order by prepare_time")
SUM = text("select cast(:left as int) + :right + :left, '100 %'").execution_options(prepared="sum")
SUM = SUM.bindparams(bindparam("left"), bindparam("right"))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the monotonic clock shows, as a list of one number that a test may change."""
    shown = [1000.0]
    monkeypatch.setattr(prepared, "monotonic", lambda: shown[0])
    return shown


def names(connection: Connection) -> list[str]:
    return list(connection.execute(NAMES).scalars())


def add(connection: Connection, left: int, right: int) -> Any:
    return connection.execute(SUM, {"left": left, "right": right}).one()


def test_what_is_marked_has_a_name_and_answers_as_before(connection: Connection) -> None:
    assert [tuple(add(connection, 1, 2)), tuple(add(connection, 10, 5))] == [(4, "100 %"), (25, "100 %")]
    assert len(names(connection)) == 1


def test_what_is_not_marked_has_none(connection: Connection) -> None:
    connection.execute(text("select 1"))
    assert names(connection) == []


def test_a_plan_is_made_anew_after_a_while_and_the_old_one_goes(connection: Connection, clock: list[float]) -> None:
    add(connection, 1, 2)
    first = names(connection)
    clock[0] += PLAN_SECONDS - 1
    add(connection, 1, 2)
    assert names(connection) == first
    clock[0] += 2
    assert add(connection, 1, 2)[0] == 4
    second = names(connection)
    assert len(second) == 1
    assert second != first


def test_a_name_outlives_the_transaction_that_made_it(connection: Connection) -> None:
    add(connection, 1, 2)
    connection.rollback()
    assert add(connection, 1, 2)[0] == 4
    assert len(names(connection)) == 1


def test_what_cannot_be_planned_now_can_be_later(connection: Connection, clock: list[float]) -> None:
    """A table is locked, say, when its turn comes: neither the old name nor the new one may be missed afterwards."""
    connection.execute(text("create table noted (at int)"))
    connection.commit()
    read = text("select count(*) from noted").execution_options(prepared="sum")
    assert connection.execute(read).scalar_one() == 0
    clock[0] += PLAN_SECONDS + 1
    connection.execute(text("alter table noted rename to away"))
    connection.commit()
    with pytest.raises(DBAPIError):
        connection.execute(read)
    connection.rollback()
    connection.execute(text("alter table away rename to noted"))
    connection.commit()
    assert connection.execute(read).scalar_one() == 0


@pytest.mark.parametrize("way", ["run", "single"])
def test_a_column_that_a_migration_gave_another_type_is_read_all_the_same(
    database: Database, database_url: str, way: str
) -> None:
    read = text("select at from noted").execution_options(prepared="noted")
    with psycopg2.connect(database_url) as other, other.cursor() as cursor:
        cursor.execute("create table noted (at int); insert into noted values (17)")
        other.commit()
        assert getattr(database, way)(lambda way: way.execute(read).scalar_one()) == 17
        cursor.execute("alter table noted alter at type text")
        other.commit()
        assert getattr(database, way)(lambda way: way.execute(read).scalar_one()) == "17"
        assert getattr(database, way)(lambda way: way.execute(read).scalar_one()) == "17"
