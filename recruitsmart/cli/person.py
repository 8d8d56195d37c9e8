"""`flask person`: what we hold about somebody, and forgetting it. By the reference in the address of the card."""

import click
from flask.cli import AppGroup

from recruitsmart import clock
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.operations import OPERATOR
from recruitsmart.domain.pipeline import erasing, personal_data
from recruitsmart.extensions import db

person = AppGroup("person", help="One candidate's personal data.")


@person.command()
@click.argument("reference")
def export(reference: str) -> None:
    """Print everything we hold about a candidate, as JSON."""
    click.echo(personal_data.as_file(db.session, _found(reference)))


@person.command()
@click.argument("reference")
@click.confirmation_option(prompt="Erase everything about this person? This cannot be taken back.")
def erase(reference: str) -> None:
    """Erase everything about a candidate; an anonymous count stays."""
    try:
        erasing.erase(db.session, _found(reference), actor=OPERATOR, now=clock.now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo("erased")


def _found(reference: str) -> Candidate:
    try:
        return by_reference(db.session, reference, EVERYTHING)
    except DomainError as error:
        raise click.ClickException(f"There is no candidate {reference}.") from error
