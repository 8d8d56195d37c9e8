"""`flask seed`: what a system needs to begin; with `--demo`, a small company to play with. Never overwrites."""

import click
from flask import current_app
from flask.cli import with_appcontext

from recruitsmart import clock
from recruitsmart.cli import demo
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.directory.operations import ensure_first_admin
from recruitsmart.extensions import db


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Also four cities, three recruiters and two weeks of hours.")
@with_appcontext
def seed(with_demo: bool) -> None:
    """Load the shipped tests and the first admin account; run it as often as you like."""
    settings = current_app.config["SETTINGS"]
    added = load_shipped_tests(db.session)
    if settings.admin_user and settings.admin_password:
        ensure_first_admin(db.session, login=settings.admin_user, password=settings.admin_password)
    if with_demo:
        demo.seed(db.session, now=clock.now())
    db.session.commit()
    click.echo(f"seeded: {', '.join(added) or 'nothing new'}")
