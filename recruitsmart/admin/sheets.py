"""Spreadsheets made in memory. What people wrote is text in every cell: a formula in it is never one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | None
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
_LONGEST = 32_767  # characters of a cell, Excel's limit
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " ")
_PART = 64 * 1024
_WIDTHS = (52, 36, 14, 12, 14, 14, 18, 22)


def workbook(title: str, rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet with these rows."""
    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            _write(sheet, number, column, value)
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def long_workbook(title: str, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """As `workbook`, for many rows: they go to a file without a name, which is then read in parts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_long_cell(sheet, value) for value in row])
    return _saved(book)


def _long_cell(sheet: Any, value: Cell) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=_UNFIT.sub("", value)[:_LONGEST])
    cell.data_type = "s"
    if value.startswith(_BEGINS_A_FORMULA):
        cell.quotePrefix = True
    return cell


def _saved(book: Workbook) -> Iterator[bytes]:
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while part := file.read(_PART):
            yield part


def _write(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    cell = sheet.cell(row=row, column=column)
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = _UNFIT.sub("", value)[:_LONGEST]
    cell.data_type = "s"  # openpyxl would take a leading “=” for a formula
    cell.quotePrefix = True  # and Excel would, as soon as somebody edits the cell
    cell.alignment = Alignment(wrap_text=True, vertical="top")
