"""Staff accounts: made, changed, switched off and on, let in anew. Each step is written down; one administrator stays.

Every step locks all active administrators and the account, by id: two who switch each other off follow one another.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory import operations, second_factor
from recruitsmart.domain.directory.first_password import ask_for_password
from recruitsmart.domain.directory.linking import unlink
from recruitsmart.domain.directory.models import NO_PASSWORD, Account, Recruiter, Role
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.operations import Actor, record

SHORTEST_LOGIN, LONGEST_LOGIN = 3, 120


def make(
    session: Session, login: str, role: Role, recruiter_id: int | None, *, actor: Actor, now: datetime
) -> tuple[Account, str]:
    """An account without a password, and the code with which its person sets one; shown this once.

    Raises:
        BadInput: the login is none. One that exists breaks the unique index.
        NotFound: there is no such recruiter.
    """
    name = login.strip()
    if not SHORTEST_LOGIN <= len(name) <= LONGEST_LOGIN or any(
        char.isspace() or not char.isprintable() for char in name
    ):
        raise BadInput("A login has 3 to 120 characters and no spaces.")
    account = Account(login=name, password_hash=NO_PASSWORD, role=role)
    account.recruiter = _recruiter(session, recruiter_id)
    session.add(account)
    session.flush()
    code = ask_for_password(session, account, now=now)
    record(
        session, "account.made", actor=actor, now=now, subject_id=account.id, role=role,
        recruiter=_name_of(account.recruiter),
    )  # fmt: skip
    return account, code


def _recruiter(session: Session, recruiter_id: int | None) -> Recruiter | None:
    recruiter = None if recruiter_id is None else session.get(Recruiter, recruiter_id)
    if recruiter is None and recruiter_id is not None:
        raise NotFound
    return recruiter


def _name_of(recruiter: Recruiter | None) -> str | None:
    return None if recruiter is None else recruiter.name


def standing(account: Account) -> str:
    """How an account stood when a form was shown; a press on an older page is refused."""
    return f"{account.role.value}.{account.recruiter_id}.{account.active}"


def change(
    session: Session, account_id: int, role: Role, recruiter_id: int | None, *, seen: str, actor: Actor, now: datetime
) -> None:
    """Another role, another recruiter; it counts from the next press on. The same again changes nothing.

    `seen` is the `standing` that was changed: what a colleague made of it meanwhile is not overwritten.

    Raises:
        BadInput: this would leave no administrator.
        Changed: the account stands otherwise by now.
        NotFound: there is no such account or recruiter.
    """
    account = _locked(session, account_id)
    if (account.role, account.recruiter_id) == (role, recruiter_id):
        return
    if seen != standing(account):
        raise Changed
    if role != Role.ADMIN:
        _keep_an_admin(session, account)
    before = {"role": account.role, "recruiter": _name_of(account.recruiter)}
    account.role, account.recruiter = role, _recruiter(session, recruiter_id)
    after = {"role": account.role, "recruiter": _name_of(account.recruiter)}
    record(session, "account.changed", actor=actor, now=now, subject_id=account.id, before=before, after=after)


def deactivate(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Nobody signs in or acts with it any more, in Telegram neither; its sessions end. Twice changes nothing.

    Raises:
        BadInput: it is the last administrator.
    """
    account = _locked(session, account_id)
    if not account.active:
        return
    _keep_an_admin(session, account)
    account.active = False
    operations.end_sessions(account)
    record(session, "account.deactivated", actor=actor, now=now, subject_id=account.id)


def activate(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """As it was before, with the password it had."""
    account = _locked(session, account_id)
    if not account.active:
        account.active = True
        record(session, "account.activated", actor=actor, now=now, subject_id=account.id)


def end_sessions(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Wherever somebody is signed in with it, they must sign in again."""
    account = _locked(session, account_id)
    operations.end_sessions(account)
    record(session, "account.sessions_ended", actor=actor, now=now, subject_id=account.id)


def reset_password(session: Session, account_id: int, *, actor: Actor, now: datetime) -> str:
    """The password works no longer; the code with which a new one is set, shown this once.

    Raises:
        BadInput: nobody else could help, should the code be lost.
    """
    _keep_an_admin(session, _locked(session, account_id))
    return take_password_away(session, account_id, actor=actor, now=now)


def take_password_away(session: Session, account_id: int, *, actor: Actor, now: datetime) -> str:
    """As `reset_password`, also of the last administrator: for operators, who can always do it again.

    Who was waiting because of failures may set the new password at once.
    """
    account = _locked(session, account_id)
    account.lock_lifted_at = now
    record(session, "account.password_reset", actor=actor, now=now, subject_id=account.id)
    return ask_for_password(session, account, now=now)


def lift_lock(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Nobody waits any more for what failed with this account so far; counting begins anew."""
    account = _locked(session, account_id)
    account.lock_lifted_at = now
    record(session, "account.lock_lifted", actor=actor, now=now, subject_id=account.id)


def remove_second_factor(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """For a lost phone: the password alone opens it until its person sets up another. Sessions end, and so does the
    link to Telegram, which was on that phone too.
    """
    account = _locked(session, account_id)
    _untie(session, account, actor=actor, now=now)
    if not second_factor.is_on(account):
        return
    second_factor.remove(account)
    operations.end_sessions(account)
    record(session, "account.second_factor_removed", actor=actor, now=now, subject_id=account.id)


def untie(session: Session, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Its Telegram chat neither acts nor is told anything any more."""
    _untie(session, _locked(session, account_id), actor=actor, now=now)


def _untie(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    if account.chat_id is not None:
        unlink(account)
        record(session, "account.unlinked", actor=actor, now=now, subject_id=account.id)


def _is_admin() -> ColumnElement[bool]:
    return and_(Account.role == Role.ADMIN, Account.active)


def _locked(session: Session, account_id: int) -> Account:
    """The account under its lock; all active administrators are locked along.

    Raises:
        NotFound: there is none.
    """
    rows = select(Account).where(or_(_is_admin(), Account.id == account_id)).order_by(Account.id).with_for_update()
    found = session.scalars(rows.execution_options(populate_existing=True)).all()
    account = next((one for one in found if one.id == account_id), None)
    if account is None:
        raise NotFound
    return account


def _keep_an_admin(session: Session, account: Account) -> None:
    """Somebody else must be able to sign in as administrator."""
    if account.role != Role.ADMIN or not account.active:
        return
    admins = session.scalars(select(Account).where(_is_admin(), Account.id != account.id)).all()
    if not any(admin.has_password for admin in admins):
        raise BadInput("This is the last administrator who can sign in. Make another one first.")
