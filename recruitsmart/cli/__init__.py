"""Commands of `flask`."""

from flask import Flask

from recruitsmart.cli.bot import bot
from recruitsmart.cli.doctor import doctor
from recruitsmart.cli.outbox import outbox
from recruitsmart.cli.person import person
from recruitsmart.cli.seed import seed
from recruitsmart.cli.staff import staff


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(seed)
    app.cli.add_command(outbox)
    app.cli.add_command(bot)
    app.cli.add_command(doctor)
    app.cli.add_command(person)
    app.cli.add_command(staff)
