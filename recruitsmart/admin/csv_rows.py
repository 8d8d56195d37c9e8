"""CSV for spreadsheets, line by line. What people wrote is text: a formula in it is never one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

Cell = str | int | float | None
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The rows as lines, with the mark in front by which Excel knows UTF-8."""
    yield "\ufeff"
    for row in rows:
        line = StringIO()
        csv.writer(line).writerow([safe(cell) for cell in row])
        yield line.getvalue()


def safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell
