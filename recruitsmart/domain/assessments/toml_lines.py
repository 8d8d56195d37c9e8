"""Where in a TOML file each value stands. The parsers that read values (`tomllib`, tomlkit) keep no places."""

from collections.abc import Iterator, Mapping
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]

_TOML = Language(tree_sitter_toml.language())


def lines_of(text: str) -> Lines:
    """The line, from 1, of every table, key and array item of a valid file, by its path such as ("questions", 0)."""
    lines: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    for node in Parser(_TOML).parse(text.encode()).root_node.named_children:
        match node.type:
            case "pair":
                _note_pair(lines, (), node)
            case "table" | "table_array_element":
                _note_table(lines, arrays, node)
    return lines


def line_of(lines: Lines, path: Path) -> int:
    """The line of a path, or of the nearest thing around it when it is missing from the file."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)


def _note_table(lines: dict[Path, int], arrays: dict[Path, int], node: Node) -> None:
    header, *pairs = [child for child in node.named_children if child.type != "comment"]
    path = _within_newest(arrays, _keys(header))
    if node.type == "table_array_element":
        arrays[path] = arrays.get(path, -1) + 1
        lines.setdefault(path, _line(node))
        path = (*path, arrays[path])
    lines.setdefault(path, _line(node))
    for pair in pairs:
        _note_pair(lines, path, pair)


def _within_newest(arrays: Mapping[Path, int], keys: list[str]) -> Path:
    """A header `[a.b]` under `[[a]]` speaks of the newest item of `a`; the last key itself is not looked up."""
    path: Path = ()
    for key in keys:
        path = (*path, arrays[path], key) if path in arrays else (*path, key)
    return path


def _note_pair(lines: dict[Path, int], above: Path, node: Node) -> None:
    key, value = [child for child in node.named_children if child.type != "comment"][:2]
    path = above
    for part in _keys(key):
        path = (*path, part)
        lines.setdefault(path, _line(node))
    _note_value(lines, path, value)


def _note_value(lines: dict[Path, int], path: Path, node: Node) -> None:
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for pair in children:
            _note_pair(lines, path, pair)
    if node.type == "array":
        for number, item in enumerate(children):
            lines[(*path, number)] = _line(item)
            _note_value(lines, (*path, number), item)


def _keys(node: Node) -> list[str]:
    """The parts of a key: bare, quoted, or several with dots between."""
    return list(_parts(node))


def _parts(node: Node) -> Iterator[str]:
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _parts(child)
    else:
        yield _words(node).strip("\"'")


def _words(node: Node) -> str:
    text: Any = node.text
    return str(text.decode())


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1
