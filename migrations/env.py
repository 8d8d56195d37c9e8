"""How migrations run: one at a time, never waiting long for a lock, in one transaction each."""

from time import monotonic, sleep
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, TypeDecorator, text

ADVISORY_LOCK = 7_305_219_764_114
LOOK_AGAIN_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 600
WAIT_FOR_LOCK = "set lock_timeout = 0; set statement_timeout = '10min'; set idle_in_transaction_session_timeout = 0"
NEVER_WAIT_LONG = "set lock_timeout = '5s'"

_database = current_app.extensions["migrate"].db


def _plain_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations never import application code: our column types are written as what they are in Postgres."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _run(connection: Connection) -> None:
    # Two releases at once: the second waits here, then finds nothing to do. In no transaction, for an index that the
    # first one builds concurrently would wait for that.
    connection.execute(text(WAIT_FOR_LOCK))
    connection.commit()
    give_up_at = monotonic() + LONGEST_WAIT_SECONDS
    while not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}):
        connection.rollback()
        if monotonic() > give_up_at:
            raise SystemExit(
                "Another release has been at the migrations for ten minutes. See what it waits for, then try again."
            )
        sleep(LOOK_AGAIN_SECONDS)
    connection.execute(text(NEVER_WAIT_LONG))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=_database.metadata,
        render_item=_plain_type,
        transaction_per_migration=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    context.configure(
        url=current_app.config["SQLALCHEMY_DATABASE_URI"], target_metadata=_database.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with _database.engine.connect() as connection:
        _run(connection)
