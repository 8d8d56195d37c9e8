"""`flask bot webhook set|delete|info`: how Telegram's updates reach us."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from recruitsmart.extensions import TELEGRAM
from recruitsmart.telegram.refusal import Refused

PLACES_PER_HOST = 16  # two web processes take twelve each

bot = AppGroup("bot", help="The bot's side of Telegram.")
webhook = AppGroup("webhook", help="Where Telegram posts updates.")
bot.add_command(webhook)


@webhook.command("set")
@click.option("--connections", default=PLACES_PER_HOST, show_default=True, type=click.IntRange(1, 100),
              help="Updates posted at once; 16 for each host that runs the web process.")  # fmt: skip
def set_(connections: int) -> None:
    """Have Telegram post updates to BOT_WEBHOOK_URL; what waits at Telegram is kept."""
    settings = current_app.config["SETTINGS"]
    if not settings.takes_webhooks:
        raise click.ClickException("BOT_USE_WEBHOOK is off: the bot polls, and would delete the webhook. Set it to 1.")
    address = settings.webhook_address
    with _telegram() as telegram:
        telegram.set_webhook(address, secret=settings.bot_webhook_secret, connections=connections)
    click.echo(f"Telegram posts updates to {address}, at most {connections} at once.")


@webhook.command("delete")
def delete() -> None:
    """Have Telegram post no more; what waits is kept for the bot that polls."""
    with _telegram() as telegram:
        telegram.delete_webhook()
    click.echo("Telegram posts no updates any more; they wait for the bot that polls.")


@webhook.command("info")
def info() -> None:
    """What Telegram says about the webhook."""
    with _telegram() as telegram:
        found = telegram.webhook()
    click.echo(f"address:      {found['url'] or 'none, the bot has to poll'}")
    click.echo(f"waiting:      {found['pending_update_count']}")
    if "max_connections" in found:
        click.echo(f"at once:      {found['max_connections']}")
    if "allowed_updates" in found:
        click.echo(f"updates:      {', '.join(found['allowed_updates'])}")
    if "last_error_date" in found:
        at = datetime.fromtimestamp(found["last_error_date"], UTC)
        click.echo(f"last failure: {at:%Y-%m-%d %H:%M:%S} UTC, {found.get('last_error_message', '')}")


@contextmanager
def _telegram() -> Iterator[Any]:
    """The client, with failures as sentences."""
    telegram = current_app.extensions[TELEGRAM]
    if telegram is None:
        raise click.ClickException("BOT_TOKEN is not set.")
    try:
        yield telegram
    except Refused as error:
        raise click.ClickException(str(error)) from None
