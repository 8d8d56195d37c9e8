"""Reading cities, recruiters and accounts."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from recruitsmart.domain.directory.access import Scope, may_work, scope_of
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import (
    About,
    Account,
    City,
    Recruiter,
    Source,
    UsualReason,
    recruiter_cities,
)


def account_for_session(session: Session, account_id: int) -> Account | None:
    """An account with its recruiter and the recruiter's cities: all that access is decided by; two queries."""
    return session.scalar(
        select(Account)
        .options(joinedload(Account.recruiter).selectinload(Recruiter.cities))
        .where(Account.id == account_id)
    )


def accounts(session: Session, *, limit: int, offset: int) -> Sequence[Account]:
    """Staff accounts, those in use first, with what their scope is decided by; two queries."""
    each = select(Account).options(joinedload(Account.recruiter).selectinload(Recruiter.cities))
    ordered = each.order_by(Account.active.desc(), func.lower(Account.login))
    return session.scalars(ordered.limit(limit).offset(offset)).all()


def last_sign_ins(session: Session, logins: Collection[str]) -> dict[str, datetime]:
    """When somebody last signed in with each of these logins, by the login in small letters."""
    typed = {login.lower() for login in logins}
    found = select(LoginAttempt.login, func.max(LoginAttempt.at)).where(LoginAttempt.login.in_(typed))
    return dict(session.execute(found.where(LoginAttempt.succeeded).group_by(LoginAttempt.login)).all())


def working_scope(session: Session, account_id: int | None) -> Scope | None:
    """Whose candidates an account may change now; None when it is gone, switched off, or may only look."""
    account = None if account_id is None else account_for_session(session, account_id)
    if account is None or not account.active or not may_work(account):
        return None
    return scope_of(account)


def cities_in(session: Session, scope: Scope) -> Sequence[City]:
    """The cities of a scope, by name."""
    cities = select(City).order_by(City.name)
    if scope.city_ids is not None:
        cities = cities.where(City.id.in_(scope.city_ids))
    return session.scalars(cities).all()


def recruiters_in(session: Session, scope: Scope) -> Sequence[Recruiter]:
    """Active recruiters who serve a city of the scope, by name, with their cities; two queries."""
    serving = select(Recruiter).options(selectinload(Recruiter.cities)).where(Recruiter.active).order_by(Recruiter.name)
    if scope.city_ids is not None:
        own = select(recruiter_cities.c.recruiter_id).where(recruiter_cities.c.city_id.in_(scope.city_ids))
        serving = serving.where(Recruiter.id.in_(own))
    return session.scalars(serving).all()


def active_sources(session: Session) -> Sequence[Source]:
    """Sources that are offered where one is chosen, by title."""
    return session.scalars(select(Source).where(Source.active).order_by(Source.title)).all()


def usual_reasons(session: Session) -> Sequence[UsualReason]:
    """The reasons that are offered, in their order."""
    offered = select(UsualReason).where(UsualReason.active)
    return session.scalars(offered.order_by(UsualReason.about, UsualReason.position, UsualReason.id)).all()


def reason_pressed(session: Session, about: About, word: str) -> UsualReason | None:
    """The reason that a button carries, by its number or its old key; also one that is no longer offered."""
    is_number = word.isascii() and word.isdecimal() and len(word) < _DIGITS_OF_BIGINT
    named = UsualReason.id == int(word) if is_number else UsualReason.key == word
    return session.scalar(select(UsualReason).where(UsualReason.about == about, named))


_DIGITS_OF_BIGINT = 19


def recruiters_of_city(session: Session, city_id: int | None) -> Sequence[Recruiter]:
    """Active recruiters who serve a city, by name."""
    serving = select(recruiter_cities.c.recruiter_id).where(recruiter_cities.c.city_id == city_id)
    active = select(Recruiter).where(Recruiter.active, Recruiter.id.in_(serving))
    return session.scalars(active.order_by(Recruiter.name, Recruiter.id)).all()
