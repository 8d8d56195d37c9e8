"""What one machine remembers between two runs: secrets, whether demo data was made, who runs now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from recruitsmart.local.errors import CannotStart

# Without letters and digits that look alike: people type it from the terminal.
_READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TOKEN_LETTERS = 35
# What a command needs to meet the same database, Redis and Telegram as the processes.
_NEEDED = (
    "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SESSION_SECRET", "BOT_TOKEN", "TELEGRAM_API_URL", "WEBAPP_URL",
    "ENVIRONMENT", "BOT_ENABLED", "BOT_USE_WEBHOOK", "BOT_WEBHOOK_URL", "BOT_WEBHOOK_SECRET", "TZ", "FLASK_SKIP_DOTENV",
)  # fmt: skip


def _password() -> str:
    return "".join(secrets.choice(_READABLE) for _ in range(16))


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _bot_token() -> str:
    return f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(48)[:_TOKEN_LETTERS]}"


@dataclass(frozen=True, kw_only=True)
class State:
    """Generated once and kept, so that logins and data survive a restart."""

    admin_password: str = field(default_factory=_password, repr=False)
    session_secret: str = field(default_factory=_secret, repr=False)
    postgres_password: str = field(default_factory=_secret, repr=False)
    valkey_password: str = field(default_factory=_secret, repr=False)
    simulator_token: str = field(default_factory=_bot_token, repr=False)
    has_demo: bool = False


class StateFile:
    """The state on disk, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> State:
        """What earlier runs kept; what is missing is generated and kept from now on.

        Raises:
            CannotStart: the file is damaged.
        """
        try:
            kept = json.loads(self._path.read_text()) if self._path.exists() else {}
            known = {name: kept[name] for name in (each.name for each in fields(State)) if name in kept}
        except (ValueError, TypeError):
            raise CannotStart(
                f"{self._path} is damaged. Restore it, or remove its folder to begin anew without the data."
            ) from None
        state = State(**known)
        self._save(state)
        return state

    def note_demo(self, state: State) -> State:
        """Demo data has been made: the next run leaves it alone."""
        noted = replace(state, has_demo=True)
        self._save(noted)
        return noted

    def _save(self, state: State) -> None:
        _write_privately(self._path, asdict(state))


def _write_privately(path: Path, values: Mapping[str, Any]) -> None:
    """For its owner only, and aside first: a full disk must not cost the secrets."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(values, indent=2))
    aside.replace(path)


class Surroundings:
    """Where the servers of the present run are, for commands beside it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "environment.json"
        self._lock = RunLock(folder / "run.lock")

    def note(self, environment: Mapping[str, str]) -> None:
        """Write down what a command needs of the environment of the processes."""
        _write_privately(self._path, {name: environment[name] for name in _NEEDED if name in environment})

    def load(self) -> dict[str, str]:
        """The environment of a command.

        Raises:
            CannotStart: nothing runs here.
        """
        if not self._lock.is_held or not self._path.exists():  # a run that was killed has left its file
            raise CannotStart("RecruitSmart does not run here. Start it with `make run`, then ask again.")
        return {str(name): str(value) for name, value in json.loads(self._path.read_text()).items()}

    def clear(self) -> None:
        """The run has ended."""
        self._path.unlink(missing_ok=True)


class RunLock:
    """Held while a run lives, by the kernel: no death of ours leaves it behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Raises:
            CannotStart: another run holds it; the sentence names it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor)
            self.describe()
            yield
        finally:
            os.close(descriptor)

    @property
    def is_held(self) -> bool:
        """Whether a run lives."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def describe(self, **addresses: str) -> None:
        """Tell a second run where the first one is."""
        self._path.write_text(json.dumps({"pid": os.getpid(), "addresses": addresses}))

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(self._sentence()) from None

    def _sentence(self) -> str:
        try:
            holder = json.loads(self._path.read_text())
        except ValueError:
            # caught between two writes: it has just begun
            holder = {}
        where = ", ".join(f"{name} {address}" for name, address in holder.get("addresses", {}).items())
        return (
            f"RecruitSmart already runs here as process {holder.get('pid', 'unknown')}: "
            f"{where or 'it is still starting'}. Stop it with Ctrl-C there, or choose another DATA_DIR."
        )
