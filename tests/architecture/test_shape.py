"""What ARCHITECTURE.md and CONTRIBUTING.md forbid, read from the source itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.servers import ROOT

OURS = ("recruitsmart", "workers", "bot", "config")
LONGEST_FUNCTION = 50
LONGEST_FILE = 300
LONGEST_TEST_FILE = 500  # a list of tests may be longer: nobody reads it from top to bottom

FORBIDDEN_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
FORBIDDEN_CLASSES = ("Repository", "Manager", "UnitOfWork", "Container", "EventBus", "Helper", "Util")

# Each exception with its reason. Remove a line here as soon as its file no longer needs it.
MAY_READ_THE_ENVIRONMENT = {
    "bot/__main__.py": "entry point",
    "workers/app.py": "entry point",
    "config/gunicorn.py": "entry point of gunicorn's master: address and number of processes",
    "config/settings.py": "what every entry point calls for the settings",
    "recruitsmart/wsgi.py": "entry point",
    "recruitsmart/metrics.py": "prometheus-client learns its folder from there",
    "recruitsmart/local/__main__.py": "entry point",
    "recruitsmart/local/command.py": "entry point",
    "recruitsmart/local/migration.py": "entry point",
}
MAY_READ_THE_CLOCK = {
    "recruitsmart/clock.py": "the one reader",
    "recruitsmart/local/screen.py": "the hour in front of a line on the terminal, in the person's own zone",
}
MAY_COMMIT = {
    "recruitsmart/db.py": "the unit of work of bot and workers",
    "recruitsmart/admin/base.py": "the one commit of the panel's pages",
    "recruitsmart/admin/preferences.py": "a preference of the account itself, no operation",
    "recruitsmart/web/login.py": "an attempt is written down before it is judged",
    "recruitsmart/web/passwords.py": "a code is used up together with the password it sets",
    "recruitsmart/cli/seed.py": "a command is one unit",
    "recruitsmart/cli/outbox.py": "a command is one unit",
    "recruitsmart/cli/person.py": "a command is one unit",
    "recruitsmart/cli/staff.py": "a command is one unit",
    "migrations/env.py": "the session of a migration",
}
MAY_SLEEP = {
    "bot/loop.py": "a rest while it drains and Redis or Telegram is away",
    "recruitsmart/local/processes.py": "waiting for a process to end",
    "recruitsmart/local/telegram/botapi.py": "the simulator plays a slow Telegram",
    "recruitsmart/local/telegram/webhook.py": "the simulator repeats a webhook as Telegram does",
}
MAY_BE_LONG = {
    "recruitsmart/domain/slots/operations.py": "the one guarded path to a seat, read from top to bottom",
    "workers/contract.py": "a list: one short class per message",
}
LONG_TESTS = {"tests/domain/slots/test_operations.py": "one list of tests for the one guarded path"}
MAY_HAVE_A_LONG_FUNCTION: dict[str, str] = {}


def _files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _calls(path: Path, *endings: str) -> Iterator[str]:
    """Calls such as `session.commit()` by the last one or two words of what is called."""
    for node in _nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            words = ast.unparse(node.func).split(".")
            if words[-1] in endings or ".".join(words[-2:]) in endings:
                yield f"{_name(path)}:{node.lineno}"


def _names_of(calls: list[str]) -> set[str]:
    return {call.partition(":")[0] for call in calls}


def test_files_are_named_after_their_subject() -> None:
    vague = [_name(path) for path in _files(*OURS, "migrations", "tests") if path.stem in FORBIDDEN_FILES]
    assert vague == []
    assert [_name(path) for path in _files("recruitsmart/domain") if path.stem == "services"] == []


def test_there_are_no_classes_whose_only_trade_is_a_pattern() -> None:
    classes = [(path, node) for path in _files(*OURS) for node in _nodes(path) if isinstance(node, ast.ClassDef)]
    assert [f"{_name(path)}: {node.name}" for path, node in classes if node.name.endswith(FORBIDDEN_CLASSES)] == []


def test_only_entry_points_read_the_environment() -> None:
    readers = {
        _name(path)
        for path in _files(*OURS)
        for node in _nodes(path)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and _imports(node, "environ", "getenv"))
    }
    assert readers <= MAY_READ_THE_ENVIRONMENT.keys()


def _imports(node: ast.ImportFrom, *names: str) -> bool:
    return any(alias.name in names for alias in node.names)


def test_only_the_clock_reads_wall_time() -> None:
    wall = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    readers = [call for path in _files(*OURS, "migrations") for call in _calls(path, *wall)]
    assert _names_of(readers) == MAY_READ_THE_CLOCK.keys()


def test_commits_are_made_in_few_places() -> None:
    commits = [call for path in _files(*OURS, "migrations") for call in _calls(path, "commit")]
    assert _names_of(commits) == MAY_COMMIT.keys()


def test_nothing_waits_by_sleeping() -> None:
    sleepers = [call for path in _files(*OURS) for call in _calls(path, "time.sleep", "asyncio.sleep")]
    assert _names_of(sleepers) == MAY_SLEEP.keys()


def test_celery_is_neither_eager_nor_asked_to_forget() -> None:
    assert [call for path in _files(*OURS, "tests") for call in _calls(path, "revoke")] == []
    eager = [path for path in _files(*OURS, "tests") if "always_eager" in path.read_text(encoding="utf-8")]
    assert [path for path in eager if path != Path(__file__)] == []


def test_no_error_is_passed_over_in_silence() -> None:
    silent = [
        f"{_name(path)}:{node.lineno}"
        for path in _files(*OURS, "migrations", "tests")
        for node in _nodes(path)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body)
    ]
    assert silent == []


def test_no_refusal_is_dropped() -> None:
    """What `refusal_of` answers is the only sign that nothing was saved."""
    dropped = [
        f"{_name(path)}:{node.lineno}"
        for path in _files(*OURS)
        for node in _nodes(path)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func).split(".")[-1] == "refusal_of"
    ]
    assert dropped == []


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{_name(path)}:{inner.lineno}"
        for path in _files(*OURS, "migrations")
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_functions_are_short() -> None:
    long = {
        f"{_name(path)}::{node.name}"
        for path in _files(*OURS, "tests")
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }
    assert long == MAY_HAVE_A_LONG_FUNCTION.keys()


def test_files_are_short() -> None:
    assert {_name(path) for path in _files(*OURS) if _lines(path) > LONGEST_FILE} == MAY_BE_LONG.keys()
    assert {_name(path) for path in _files("tests") if _lines(path) > LONGEST_TEST_FILE} <= LONG_TESTS.keys()


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("exceptions", [MAY_READ_THE_ENVIRONMENT, MAY_SLEEP, MAY_BE_LONG, MAY_COMMIT])
def test_exceptions_are_for_files_that_exist(exceptions: dict[str, str]) -> None:
    assert [name for name in exceptions if not (ROOT / name).exists()] == []
