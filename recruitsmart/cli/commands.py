"""Commands and groups that say in a sentence that the database is away or not migrated; a traceback helps nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

_UNDEFINED = ("42P01", "42703")  # a table, a column


@contextmanager
def _told_in_sentences() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        why = str(error.orig).strip().partition("\n")[0].rstrip(".")
        raise click.ClickException(
            f"The database does not answer: {why}. Check DATABASE_URL and the server."
        ) from error
    except ProgrammingError as error:
        if getattr(error.orig, "pgcode", None) not in _UNDEFINED:
            raise
        raise click.ClickException(
            "The database is older than the code. Run scripts/run_migrations.py first."
        ) from error


class Group(AppGroup):
    """Commands of one subject."""

    def invoke(self, ctx: click.Context) -> Any:
        with _told_in_sentences():
            return super().invoke(ctx)


class Command(click.Command):
    """A command by itself."""

    def invoke(self, ctx: click.Context) -> Any:
        with _told_in_sentences():
            return super().invoke(ctx)
