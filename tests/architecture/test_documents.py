"""What the Markdown pages say of files, names, commands, settings and stages is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.variables import VARIABLES
from recruitsmart.local.diagram import PAGE, redrawn
from tests.servers import ROOT

ALLOWED = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/deployment.md"}
PICTURE_BYTES = 200 * 1024

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|toml|md|txt|ini|html|css|js|po|png|sh))|Makefile|Procfile|\.ci/run")
_COMMAND = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
_SETTING_ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
_TARGET = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)


def _pages() -> list[Path]:
    """Every Markdown file outside hidden folders, which belong to tools."""
    found = ROOT.rglob("*.md")
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def _words(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _named_files(page: Path) -> Iterator[tuple[str, str]]:
    """The files a page names in backticks; with `file::name`, also what is named inside."""
    for quoted in _CODE.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        file, _, name = quoted.partition("::")
        if _FILE.fullmatch(file):
            yield file, name


def _names_in(file: Path) -> set[str]:
    """Functions, classes, methods as `Class.method`, and assigned names of a module."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_there_are_no_other_pages() -> None:
    assert {page.relative_to(ROOT).as_posix() for page in _pages()} <= ALLOWED


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = (link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link)
    assert [link for link in links if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert [file for file, _ in _named_files(page) if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_every_function_that_is_named_exists(page: Path) -> None:
    named = [(file, name) for file, name in _named_files(page) if name]
    assert [f"{file}::{name}" for file, name in named if name not in _names_in(ROOT / file)] == []


def test_the_diagram_of_the_stages_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == redrawn(page), "run: .venv/bin/python -m recruitsmart.local.diagram"


def test_the_readme_names_the_commands_that_exist_and_no_others() -> None:
    commands = set(_TARGET.findall(_words("Makefile")))
    assert set(_COMMAND.findall(_words("README.md"))) == commands


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_no_page_names_a_command_that_does_not_exist(page: Path) -> None:
    quoted = "\n".join(_CODE.findall(page.read_text(encoding="utf-8")))
    assert set(_COMMAND.findall(quoted)) <= set(_TARGET.findall(_words("Makefile")))


def test_the_readme_lists_the_settings_that_exist_and_no_others() -> None:
    assert sorted(_SETTING_ROW.findall(_words("README.md"))) == sorted(variable.name for variable in VARIABLES)


def test_every_picture_is_shown_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    shown = "".join(page.read_text(encoding="utf-8") for page in _pages())

    assert [picture.name for picture in pictures if picture.stat().st_size > PICTURE_BYTES] == []
    assert [picture.name for picture in pictures if f"docs/pictures/{picture.name}" not in shown] == []


def test_the_way_to_a_server_names_every_extension_that_the_migrations_make() -> None:
    versions = (ROOT / "migrations" / "versions").glob("*.py")
    made = {name for path in versions for name in re.findall(r"create extension if not exists (\w+)", path.read_text())}
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert made
    assert [name for name in sorted(made) if f"`{name}`" not in page] == []
