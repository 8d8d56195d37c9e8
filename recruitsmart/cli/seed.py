"""`flask seed`: what a system needs to begin; with `--demo`, a small company to play with. Never overwrites."""

from random import Random

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select, text

from recruitsmart import clock
from recruitsmart.cli import crowd, demo
from recruitsmart.cli.commands import Command
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.directory.operations import ensure_first_admin
from recruitsmart.extensions import db

TURNS = 7_204_115  # of the advisory lock by which two releases at once take turns
_DICE = 7  # the same crowd each time, so that figures can be compared


@click.command(cls=Command)
@click.option("--demo", "with_demo", is_flag=True, help="Also four cities, three recruiters and two weeks of hours.")
@click.option("--size", type=click.Choice(list(crowd.SIZES)), help="Also a year of made-up applications.")
@with_appcontext
def seed(with_demo: bool, size: str | None) -> None:
    """Load the shipped tests and the first admin account; run it as often as you like."""
    settings = current_app.config["SETTINGS"]
    if (size or with_demo) and settings.is_production:
        raise click.ClickException("Made-up cities, hours and people do not belong into production.")
    db.session.execute(select(func.pg_advisory_xact_lock(TURNS)))
    added = load_shipped_tests(db.session)
    if settings.admin_user and settings.admin_password:
        ensure_first_admin(db.session, login=settings.admin_user, password=settings.admin_password)
    if with_demo:
        demo.seed(db.session, now=clock.now())
    if size:
        _add_crowd(crowd.SIZES[size])
        added = [*added, f"{crowd.SIZES[size]} made-up people"]
    db.session.commit()
    click.echo(f"seeded: {', '.join(added) or 'nothing new'}")
    if size:
        _measure_tables()


def _add_crowd(people: int) -> None:
    try:
        crowd.seed(db.session, people=people, now=clock.now(), dice=Random(_DICE))
    except crowd.NotEmpty as error:
        raise click.ClickException(str(crowd.NotEmpty.__doc__)) from error


def _measure_tables() -> None:
    """Postgres plans by what it knows of its tables; so many new rows it should know at once."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum analyze"))
