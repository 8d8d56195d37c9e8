"""`flask staff`: accounts of the panel, when the panel cannot be used: the first one, the last one, a locked one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from recruitsmart import clock
from recruitsmart.cli.commands import Group
from recruitsmart.domain.directory import second_factor, throttle
from recruitsmart.domain.directory.first_password import LASTS
from recruitsmart.domain.directory.models import Account, Recruiter, Role
from recruitsmart.domain.directory.operations import find_account
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.operations import OPERATOR
from recruitsmart.domain.pipeline import accounts
from recruitsmart.extensions import db

staff = Group("staff", help="Accounts of the panel. What is done here stands in their history.")
_ROLES = click.Choice([role.value for role in Role])


@staff.command("list")
def list_accounts() -> None:
    """Logins with role, recruiter and state."""
    now = clock.now()
    for account in db.session.scalars(select(Account).order_by(Account.login)):
        recruiter = account.recruiter.name if account.recruiter else "-"
        click.echo(f"{account.login}\t{account.role}\t{recruiter}\t{_state(account, now)}")


def _state(account: Account, now: datetime) -> str:
    if not account.active:
        return "disabled"
    locked = throttle.locked_until(db.session, account, now=now)
    parts = (
        "" if account.has_password else "no password yet",
        "second factor" if second_factor.is_on(account) else "",
        f"locked until {locked.isoformat(timespec='seconds')}" if locked else "",
    )
    return ", ".join(part for part in parts if part) or "active"


@staff.command("create")
@click.argument("login")
@click.option("--role", type=_ROLES, required=True)
@click.option("--recruiter", help="Whose hours and cities: a recruiter's number or full name.")
def create(login: str, role: str, recruiter: str | None) -> None:
    """Make an account; prints a code with which its person sets a password, once."""
    recruiter_id = None if recruiter is None else _recruiter(recruiter).id
    _account, code = _carried_out(lambda now: accounts.make(
        db.session, login, Role(role), recruiter_id, actor=OPERATOR, now=now
    ))  # fmt: skip
    _hand_over(login.strip(), code)


@staff.command("reset")
@click.argument("login")
@click.option(
    "--second-factor", "also_factor", is_flag=True, help="For a lost phone: no second factor, no Telegram any more."
)
def reset(login: str, also_factor: bool) -> None:
    """Take the password away and end all sessions; prints a code with which a new one is set, once."""
    account = _found(login)

    def work(now: datetime) -> str:
        if also_factor:
            accounts.remove_second_factor(db.session, account.id, actor=OPERATOR, now=now)
        return accounts.take_password_away(db.session, account.id, actor=OPERATOR, now=now)

    _hand_over(account.login, _carried_out(work))


@staff.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Nobody signs in or acts with it any more; its sessions end."""
    _step(accounts.deactivate, login, done="disabled")


@staff.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """As it was before, with the password it had."""
    _step(accounts.activate, login, done="enabled")


@staff.command("unlock")
@click.argument("login")
def unlock(login: str) -> None:
    """Forget its failed attempts to sign in: nobody waits because of them any more."""
    _step(accounts.lift_lock, login, done="unlocked")


def _step(step: Callable[..., None], login: str, *, done: str) -> None:
    account = _found(login)
    _carried_out(lambda now: step(db.session, account.id, actor=OPERATOR, now=now))
    click.echo(f"{account.login}: {done}")


def _carried_out(work: Callable[[datetime], Any]) -> Any:
    """Run it and commit, or say in a sentence why not."""
    try:
        result = work(clock.now())
        db.session.commit()
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except IntegrityError as error:
        raise click.ClickException("There is an account with this login already.") from error
    return result


def _found(login: str) -> Account:
    account = find_account(db.session, login)
    if account is None:
        raise click.ClickException(f"There is no account {login}. See: flask --app recruitsmart.wsgi staff list")
    return account


def _recruiter(named: str) -> Recruiter:
    """By number or by name; two of one name are told apart by number."""
    is_number = named.isascii() and named.isdigit() and len(named) < 19
    which = Recruiter.id == int(named) if is_number else Recruiter.name == named.strip()
    found = db.session.scalars(select(Recruiter).where(which)).all()
    if len(found) > 1:
        numbers = ", ".join(str(one.id) for one in found)
        raise click.ClickException(f"There are several recruiters “{named}”; give the number: {numbers}.")
    if not found:
        raise click.ClickException(f"There is no recruiter “{named}”.")
    return found[0]


def _hand_over(login: str, code: str) -> None:
    hours = int(LASTS.total_seconds() // 3600)
    click.echo(f"login {login}\ncode  {code}")
    click.echo(f"It works once, for {hours} hours, at the panel's address /password, and is shown this once.", err=True)
