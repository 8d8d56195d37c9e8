"""Reading tables that people bring, CSV or XLSX: bounded, whatever is in the file."""

import csv
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from recruitsmart.domain.errors import BadInput

LONGEST_FILE_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 80_000_000
MOST_COLUMNS = 50
LONGEST_CELL = 501  # one more than may be used, so that a longer one is still seen to be too long
MOST_LINES = 20_001  # with a heading
ENCODINGS = ("utf-8-sig", "cp1251")  # what Excel writes in Russia comes second
SEPARATORS = ";,\t|"
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What openpyxl and the libraries below it raise over files made to break them.
_UNREADABLE = (
    BadZipFile, InvalidFileException, zlib.error, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    OSError, EOFError, SyntaxError, RuntimeError, AssertionError,
)  # fmt: skip

Row = tuple[int, list[str]]


def read_table(content: bytes) -> list[Row]:
    """The lines that are not empty, by their number in the file from 1; cells and columns beyond the bounds are cut.

    Raises:
        BadInput: it is no table, or too long.
    """
    if len(content) > LONGEST_FILE_BYTES:
        raise BadInput(_("This file is too large: at most 10 MB can be read at once."))
    if content.startswith(_OLD_EXCEL):
        raise BadInput(_("This is an old or protected Excel file. Save it as XLSX without a password, or as CSV."))
    return _bounded(_xlsx(content) if content.startswith(_ZIP) else _csv(content))


def _bounded(rows: Iterable[Iterable[str]]) -> list[Row]:
    table: list[Row] = []
    letters = 0
    for number, row in enumerate(rows, 1):
        cells = [cell.replace("\0", "").strip()[:LONGEST_CELL] for cell in islice(row, MOST_COLUMNS)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            table.append((number, cells))
        letters += sum(map(len, cells))
        if letters > LONGEST_FILE_BYTES:  # a workbook keeps a text once, however many cells show it
            raise BadInput(_("Unpacked, this workbook is too large. Save the sheet as CSV."))
        if len(table) > MOST_LINES or number > 5 * MOST_LINES:
            raise BadInput(_("The file has more than 20,000 lines; divide it."))
    return table


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=heading.count)
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise BadInput(_("This is not a CSV file, or a quotation mark in it is never closed.")) from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(char < " " and char not in "\t\r\n" for char in text):
            return text
    raise BadInput(_("This is neither CSV nor XLSX, or its encoding is unknown. Save it as CSV UTF-8."))


def _xlsx(content: bytes) -> Iterator[list[str]]:
    """The first sheet; of formulas the values that were saved with them."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise BadInput(_("Unpacked, this workbook is too large. Save the sheet as CSV."))
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield [_as_words(value) for value in row]
    except _UNREADABLE as error:
        raise BadInput(_("This workbook cannot be read. Save it anew as XLSX, or as CSV.")) from error


def _as_words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that was taken for a number
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
