"""Reading tables that people bring, CSV or XLSX: bounded, whatever is in the file."""

import csv
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.intake.operations import MOST_COLUMNS

LONGEST_FILE_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 80_000_000
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


@dataclass(frozen=True, kw_only=True)
class _Most:
    """How much one part of a workbook may hold: openpyxl builds an object of each element, and a row at once."""

    bytes: int
    elements: int
    in_row: int


# A cell has up to three elements. Columns beyond ours are cut, so a row may be as wide as Excel makes one.
_MOST_OF_SHEET = _Most(bytes=MOST_UNPACKED_BYTES, elements=3 * MOST_LINES * MOST_COLUMNS, in_row=3 * 16_384)
_MOST_OF_STRINGS = _Most(bytes=10_000_000, elements=1_000_000, in_row=1_000_000)
_MOST_OF_OTHERS = _Most(bytes=4_000_000, elements=100_000, in_row=100_000)
_MOST_SHEETS = 255
_LONGEST_TAG_BYTES = 1_000_000  # a tag, or a comment, is read from its beginning again with every chunk
_CHUNK_BYTES = 65_536


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
            raise _too_large()
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
                raise _too_large()
            _refuse_costly(packed)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield [_as_words(value) for value in row]
    except _UNREADABLE as error:
        raise BadInput(_("This workbook cannot be read. Save it anew as XLSX, or as CSV.")) from error


def _refuse_costly(packed: ZipFile) -> None:
    """Before openpyxl reads anything: a few packed bytes can mean millions of objects."""
    for part in packed.infolist():
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # the others unpack without bound
            raise BadZipFile
        name = part.filename.lower()
        most = _MOST_OF_SHEET if name.startswith("xl/worksheets/") else _MOST_OF_OTHERS
        with packed.open(part) as unpacked:
            _Weighed(_MOST_OF_STRINGS if name == "xl/sharedstrings.xml" else most).read(unpacked)


class _Weighed:
    """Counts what openpyxl would build of a part, and keeps nothing of it."""

    def __init__(self, most: _Most) -> None:
        self._most = most
        self._elements = self._in_row = self._sheets = 0
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._count
        self._parser.StartDoctypeDeclHandler = self._refuse_entities

    def read(self, unpacked: IO[bytes]) -> None:
        """Up to its end, or to where it is no XML: there openpyxl would stop too."""
        read = 0
        while chunk := unpacked.read(_CHUNK_BYTES):
            read += len(chunk)
            try:
                self._parser.Parse(chunk)
            except ExpatError:  # a picture, for one
                return
            if read > self._most.bytes or read - self._parser.CurrentByteIndex > _LONGEST_TAG_BYTES:
                raise _too_large()

    def _count(self, name: str, _attributes: object) -> None:
        kind = name.rpartition(" ")[2]
        self._elements += 1
        self._in_row = 0 if kind == "row" else self._in_row + 1
        self._sheets += kind == "sheet"
        if self._elements > self._most.elements or self._in_row > self._most.in_row or self._sheets > _MOST_SHEETS:
            raise _too_large()

    def _refuse_entities(self, *_declared: object) -> None:
        raise BadZipFile


def _too_large() -> BadInput:
    return BadInput(_("Unpacked, this workbook is too large. Save the sheet as CSV."))


def _as_words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that was taken for a number
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
