"""`flask outbox`: what waits or failed, and sending it again."""

import re
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import select

from recruitsmart import clock
from recruitsmart.cli.commands import Group
from recruitsmart.domain.candidates.resending import MOST_AT_ONCE, Which, resendable, send_again
from recruitsmart.domain.journal.operations import OPERATOR
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.extensions import db

outbox = Group("outbox", help="Messages that wait, failed or ended in doubt.")
_STATES = click.Choice([state.value for state in MessageState])
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Since(click.ParamType):
    """A moment: `90m`, `2h`, `3d` ago, or an ISO time (UTC unless it names a zone)."""

    name = "since"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if ago := re.fullmatch(r"(\d{1,4})([mhd])", value):
            return clock.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither like 2h nor like 2026-11-25T10:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@outbox.command("list")
@click.option("--state", type=_STATES, default=MessageState.FAILED.value, show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_messages(state: str, limit: int) -> None:
    """Messages in a state, newest first: ids and reasons, no texts."""
    rows = select(OutboxMessage).where(OutboxMessage.state == MessageState(state))
    found = db.session.scalars(rows.order_by(OutboxMessage.id.desc()).limit(limit)).all()
    for row in found:
        at = (row.settled_at or row.due_at).isoformat(timespec="seconds")
        click.echo(f"{row.id}\t{at}\t{row.kind}\t{row.about}\tattempts {row.attempts}\t{row.reason or ''}")
    click.echo(f"{len(found)} {state}", err=True)


@outbox.command("retry")
@click.option("--id", "ids", type=int, multiple=True, help="This message; may be given several times.")
@click.option("--failed-since", type=Since(), help="All that failed since: 90m, 2h, 3d, or an ISO time.")
@click.option("--unknown", is_flag=True, help="With --failed-since: those that ended in doubt, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retry(ids: tuple[int, ...], failed_since: datetime | None, unknown: bool, yes: bool) -> None:
    """Send failed messages again. Of those in doubt a second copy may arrive, so they are asked about."""
    if bool(ids) == bool(failed_since):
        raise click.UsageError("Say either --id or --failed-since.")
    state = None if ids or unknown else MessageState.FAILED
    found = resendable(db.session, Which(ids=ids or None, since=failed_since, state=state))
    click.echo(f"{len(found.ids)} to send again, {found.in_doubt} of them in doubt (at most {MOST_AT_ONCE} at once)")
    db.session.rollback()  # Postgres ends a transaction that waits long for somebody to think
    if found.in_doubt and not yes:
        click.confirm("Some people may get a second copy. Go on?", abort=True)
    count = send_again(db.session, found.ids, actor=OPERATOR, now=clock.now())
    db.session.commit()
    click.echo(f"queued again: {count}")
