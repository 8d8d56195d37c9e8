"""The servers of a test run and the databases in them: each test gets a copy of one migrated template."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from psycopg2 import sql

from recruitsmart.local.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "template_recruitsmart"
ROOM = 2 * 2**30  # a session's databases and its log of changes; containers often have less

_SHARED_MEMORY = Path("/dev/shm")

# The app wants an address; migrations never ask whether anybody is there.
_NO_REDIS = "redis://127.0.0.1:1/0"

_numbers = count(1)


def migrate(url: str, **environment: str) -> None:
    """Bring a database to the newest migration, as the Procfile's release does."""
    command = [sys.executable, "-m", "flask", "--app", "recruitsmart.wsgi", "db", "upgrade"]
    surroundings = {**os.environ, "DATABASE_URL": url, "REDIS_URL": _NO_REDIS, **environment}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


@contextmanager
def empty_database(server: PostgresServer, name: str) -> Iterator[str]:
    """The address of a new database without tables; dropped afterwards."""
    with _database(server, name, template="template0") as url:
        yield url


@contextmanager
def copied_database(server: PostgresServer, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a fresh copy; dropped afterwards, with whoever is still connected."""
    with _database(server, f"test_{next(_numbers)}", template=template) as url:
        yield url


@contextmanager
def next_database(server: PostgresServer, template: str = TEMPLATE) -> Iterator[str]:
    """The same, at one address for one test after the other.

    What was made for that address may then be used again: an application, or an engine with the statements that it has
    compiled. Both take longer than most tests.
    """
    with _database(server, "test", template=template) as url:
        yield url


@contextmanager
def quick_folder(*, otherwise: Path) -> Iterator[Path]:
    """A folder in memory where there is room: the database of a test is 700 files; a disk may take 0.4 s for them."""
    if not _SHARED_MEMORY.is_dir() or shutil.disk_usage(_SHARED_MEMORY).free < ROOM:
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=_SHARED_MEMORY) as place:
        yield Path(place)


@contextmanager
def _database(server: PostgresServer, name: str, *, template: str) -> Iterator[str]:
    # FILE_COPY: in memory 12 ms for our schema, about half of what the default, WAL_LOG, takes (fsync is off)
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
    with server.administration() as cursor:
        cursor.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield server.url(name)
        finally:
            cursor.execute(drop.format(sql.Identifier(name)))
