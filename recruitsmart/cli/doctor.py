"""`flask doctor`: a line for each check, then what to do about those that failed."""

import click
from flask import current_app
from flask.cli import with_appcontext

from config.settings import Settings
from recruitsmart.cli.checks import CHECKS, Check, production, run

RULE = "─" * 60


@click.command()
@click.option("--production", "for_production", is_flag=True, help="Also that the settings are those of production.")
@with_appcontext
def doctor(for_production: bool) -> None:
    """Look at everything the system depends on; exit code 1 when something is wrong."""
    settings = current_app.config["SETTINGS"]
    first = Check(name="settings", look=production if for_production else lambda found: found.environment)
    failed = []
    for check in (first, *CHECKS):
        passed, sentence = run(check, settings)
        click.echo(f"{'✓' if passed else '✗'} {check.name:<18} {sentence}")
        if not passed:
            failed.append(f"  {check.name}: {sentence}")
    click.echo(RULE)
    if failed:
        click.echo("\n".join([f"✗ {len(failed)} OF {len(CHECKS) + 1} CHECKS FAILED", *failed, RULE]))
        raise SystemExit(1)
    click.echo(f"{all_passed(settings)}\n{RULE}")


def all_passed(settings: Settings) -> str:
    """The last line; only a production system is ready for production."""
    ready = "Ready for production deployment" if settings.is_production else f"Ready for {settings.environment}"
    return f"✓ ALL CHECKS PASSED - {ready}"
