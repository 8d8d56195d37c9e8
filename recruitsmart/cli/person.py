"""`flask person`: what we hold about somebody, and forgetting it. By the reference in the address of the card."""

import click

from recruitsmart import clock
from recruitsmart.cli.commands import Group
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.operations import OPERATOR, record
from recruitsmart.domain.pipeline import erasing, personal_data
from recruitsmart.extensions import db

person = Group("person", help="One candidate's personal data.")


@person.command()
@click.argument("reference")
def export(reference: str) -> None:
    """Print everything we hold about a candidate, as JSON; it stands in the history that this was done."""
    candidate = _found(reference)
    content = personal_data.as_file(db.session, candidate)
    record(db.session, "candidate.exported", actor=OPERATOR, now=clock.now(), candidate_id=candidate.id)
    db.session.commit()
    click.echo(content)


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
