"""Who may do what, and whose candidates an account sees."""

from dataclasses import dataclass

from recruitsmart.domain.directory.models import Account, Role

NOT_ANY_MORE = "The account that began this may not do it any more."


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The cities whose candidates, slots and bookings an account sees; None means all, an empty set nothing."""

    city_ids: frozenset[int] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.city_ids is None

    def includes(self, city_id: int | None) -> bool:
        """Whether what belongs to this city may be seen; what belongs to none is the administrators'."""
        return self.city_ids is None or city_id in self.city_ids


EVERYTHING = Scope()


def scope_of(account: Account) -> Scope:
    """What an account sees: its recruiter's cities. Without one a viewer sees all, a recruiter nothing."""
    if account.role == Role.ADMIN:
        return EVERYTHING
    if account.recruiter is not None:
        return Scope(city_ids=frozenset(city.id for city in account.recruiter.cities))
    return EVERYTHING if account.role == Role.VIEWER else Scope(city_ids=frozenset())


def may_work(account: Account) -> bool:
    """Whether the account may change what concerns candidates: bookings, slots."""
    return account.role in {Role.ADMIN, Role.RECRUITER}


def may_direct(account: Account) -> bool:
    """Whether the account may change what concerns everybody: directory, tests, texts."""
    return account.role == Role.ADMIN
