"""What a worker has at hand, against the servers of the test run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.settings import Settings, read_settings
from recruitsmart.db import Database


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Settings with these addresses, each somewhere nobody listens unless given."""

    def make(
        *,
        redis_url: str = "redis://127.0.0.1:1/0",
        database_url: str = "postgresql+psycopg2://nobody@127.0.0.1:1/none",
    ) -> Settings:
        return read_settings(
            {
                "ENVIRONMENT": "test",
                "REDIS_URL": redis_url,
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path),
            }
        )

    return make


@pytest.fixture
def database(settings_for: Callable[..., Settings], database_url: str) -> Iterator[Database]:
    """A worker's way to the database of this test."""
    database = Database(settings_for(database_url=database_url))
    yield database
    database.engine.dispose()
