"""Reads the settings from the environment and refuses wrong ones, all at once."""

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from dotenv import dotenv_values

from config.masking import MASK, masked
from config.model import (
    PRODUCTION,
    ConfigurationError,
    NotificationBroker,
    Problem,
    SameSite,
    Settings,
)
from config.parsers import WrongValue
from config.production import development_problems, production_problems
from config.variables import ENVIRONMENT, VARIABLES, Variable

__all__ = [
    "ConfigurationError",
    "NotificationBroker",
    "Problem",
    "SameSite",
    "Settings",
    "get_settings",
    "given",
    "process_number",
    "read_settings",
    "settings_or_exit",
    "settings_with_servers_or_exit",
]

Number = TypeVar("Number", int, float)

_DOTENV = Path(".env")
_SHOWN_CHARACTERS = 40
_SERVERS = {
    "DATABASE_URL": "a PostgreSQL address: postgresql://USER:PASSWORD@HOST:5432/DATABASE",
    "REDIS_URL": "a Redis address: redis://HOST:6379/0",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings these variables describe; an empty variable counts as unset.

    Looks at the file system only to judge DATA_DIR. Outside production each call generates a new session
    secret unless one is set.

    Raises:
        ConfigurationError: carries every problem, not only the first.
    """
    given = _given(environ)
    production = _is_production(given)
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        try:
            values[variable.field] = _value(variable, given, production=production)
        except WrongValue as error:
            problems.append(_problem(variable, given[variable.name], error, production=production))
            values[variable.field] = variable.default(given, production)
    problems += _broken_rules(Settings(**values), given, problems, production=production)
    if problems:
        raise ConfigurationError(problems, production=production)
    return Settings(**values)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once; `get_settings.cache_clear()` forgets them.

    Raises:
        ConfigurationError: see `read_settings`.
    """
    return read_settings(_environment())


def given() -> dict[str, str]:
    """What the environment sets and, outside production, the file `.env`; without what is empty.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return _given(_environment())


def process_number(name: str, default: Number, *, lowest: Number, highest: Number) -> Number:
    """A number that one type of process takes from the environment, whole when its default is; exits with a sentence
    when it is none.

    For the few variables that are no settings, for what they say is of no meaning to any other process.
    """
    text = os.environ.get(name, "").strip()
    try:
        number = type(default)(text or default)
    except ValueError:
        number = None
    if number is None or not lowest <= number <= highest:
        _refuse_with(name, f"is not a {'whole ' * isinstance(default, int)}number from {lowest} to {highest}.")
    return number


def shown(settings: Settings) -> list[tuple[str, str]]:
    """Each variable and its value for people to read, in the order of the table; empty when it is not set.

    A secret, or an address that may hold one, is only said to be there.
    """
    values = ((variable, getattr(settings, variable.field)) for variable in VARIABLES)
    return [(variable.name, _in_words(value, is_secret=variable.is_secret)) for variable, value in values]


def _in_words(value: object, *, is_secret: bool) -> str:
    if value is None or value == "":
        return ""
    if is_secret:
        return MASK
    return str(int(value) if isinstance(value, bool) else value)


def settings_or_exit() -> Settings:
    """For entry points: the settings, or the list of problems on stderr and exit code 1."""
    try:
        return get_settings()
    except ConfigurationError as error:
        _refuse(error)


def settings_with_servers_or_exit() -> Settings:
    """The same for entry points that do nothing without Postgres and Redis; `make run` brings both."""
    settings = settings_or_exit()
    addresses = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    unset = [
        Problem(variable=name, sentence=f"is not set. Start everything with `make run`, or set it to {_SERVERS[name]}.")
        for name, address in addresses.items()
        if address is None
    ]
    if unset:
        _refuse(ConfigurationError(unset, production=settings.is_production))
    return settings


def _refuse_with(name: str, sentence: str) -> NoReturn:
    _refuse(ConfigurationError([Problem(variable=name, sentence=sentence)], production=False))


def _refuse(error: ConfigurationError) -> NoReturn:
    print(error, file=sys.stderr, flush=True)
    sys.exit(1)


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in environ.items() if value.strip()}


def _is_production(given: Mapping[str, str]) -> bool:
    """A misspelt 'production' is judged as production, so that its whole list of problems is shown."""
    try:
        return _value(ENVIRONMENT, given, production=False) == PRODUCTION
    except WrongValue:
        return True


def _value(variable: Variable, given: Mapping[str, str], *, production: bool) -> object:
    if variable.name not in given:
        return variable.default(given, production)
    return variable.parse(given[variable.name])


def _problem(variable: Variable, text: str, error: WrongValue, *, production: bool) -> Problem:
    reason = error.in_production if production else error.reason
    shown = "" if variable.is_secret else f"{masked(text)[:_SHOWN_CHARACTERS]!r} "
    return Problem(variable=variable.name, sentence=f"{shown}{reason}. {variable.hint}")


def _broken_rules(
    settings: Settings, given: Mapping[str, str], unread: list[Problem], *, production: bool
) -> list[Problem]:
    """What the rules say, except about variables that could not be read: those hold their defaults."""
    broken = (production_problems if production else development_problems)(settings, given)
    wrong = {problem.variable for problem in unread}
    return [problem for problem in broken if problem.variable not in wrong]


def _environment() -> dict[str, str]:
    """The real environment over the file `.env`, which production never reads."""
    real = dict(os.environ)
    if _is_production(_given(real)):
        return real
    file = _dotenv(_DOTENV)
    if "ENVIRONMENT" not in real and _is_production(_given(file)):
        sentence = "production never reads the file .env. Set it in the real environment, with all the others."
        raise ConfigurationError([Problem(variable="ENVIRONMENT", sentence=sentence)], production=True)
    return {**file, **real}


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        # no interpolation: a password may contain a dollar sign
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem(variable=".env", sentence="cannot be read. Save it as UTF-8 text, or remove it.")
        raise ConfigurationError([problem], production=False) from None
    return {name: value for name, value in values.items() if value}
