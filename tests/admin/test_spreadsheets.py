"""Files with tables, also those made to break the reader: read, or refused with a sentence."""

from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from flask import Flask
from openpyxl import Workbook

from recruitsmart.admin import spreadsheets
from recruitsmart.admin.spreadsheets import LONGEST_CELL, LONGEST_FILE_BYTES, read_table
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.intake.operations import MOST_COLUMNS

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
TEXT = "ФИО;Телефон\r\nАнна Иванова;89123456789\r\n"
TABLE = [(1, ["ФИО", "Телефон"]), (2, ["Анна Иванова", "89123456789"])]


def _xlsx(*rows: list[object]) -> bytes:
    book, content = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def _zip(**files: bytes) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as packed:
        for name, words in files.items():
            packed.writestr(name, words)
    return content.getvalue()


def _changed(content: bytes, part: str, words: str, instead: str) -> bytes:
    with ZipFile(BytesIO(content)) as packed:
        files = {STRINGS: b"<sst></sst>"} | {name: packed.read(name) for name in packed.namelist()}
    changed = files[part].decode().replace(words, instead)
    assert changed != files[part].decode()
    return _zip(**files | {part: changed.encode()})


def _refusal(app: Flask, content: bytes) -> str:
    with app.test_request_context(), pytest.raises(BadInput) as refused:
        read_table(content)
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_csv_is_read_in_each_encoding_spreadsheets_write(encoding: str) -> None:
    assert read_table(TEXT.encode(encoding)) == TABLE


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_is_read_with_each_separator(separator: str) -> None:
    assert read_table(TEXT.replace(";", separator).encode()) == TABLE


def test_a_workbook_is_read_with_numbers_as_people_mean_them() -> None:
    content = _xlsx(["ФИО", "Телефон"], ["Анна Иванова", 89123456789], [None, None], ["Борис", 89123456789.0])
    assert read_table(content) == [*TABLE, (4, ["Борис", "89123456789"])]


def test_lines_keep_the_numbers_they_have_in_the_spreadsheet() -> None:
    text = 'ФИО;Телефон\n\n"Анна\nИванова";1\n;;\nБорис;2\n'
    assert [number for number, _ in read_table(text.encode())] == [1, 3, 5]


def test_cells_and_columns_beyond_the_bounds_are_cut() -> None:
    table = read_table((("я" * 5000 + ";") + "x;" * 200).encode())
    assert len(table[0][1]) == MOST_COLUMNS
    assert len(table[0][1][0]) == LONGEST_CELL


def test_a_formula_in_a_workbook_is_never_worked_out() -> None:
    assert read_table(_xlsx(["ФИО", "=1+1"])) == [(1, ["ФИО"])]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02binary", b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfe\x00\xd8", b"PK\x03\x04broken", _zip(x=b"y"),
        _zip(**{"[Content_Types].xml": b"<a", "xl/workbook.xml": b"<"}), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b'a;b\n"' + b"x" * 200_000, _xlsx(["a"])[:-200],
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_sentence(app: Flask, content: bytes) -> None:
    assert _refusal(app, content)


def test_a_workbook_that_unpacks_to_very_much_is_refused_before_it_is_read(app: Flask) -> None:
    bomb = _zip(**{"xl/worksheets/sheet1.xml": b" " * 90_000_000})
    assert len(bomb) < 200_000
    assert "распакованном" in _refusal(app, bomb)


def test_a_long_text_that_stands_in_very_many_cells_is_refused(app: Flask) -> None:
    content = _xlsx(*[["я" * LONGEST_CELL] * MOST_COLUMNS] * 450)
    assert len(content) < 200_000
    assert "распакованном" in _refusal(app, content)


def test_entities_in_a_workbook_do_not_grow(app: Flask) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'
    with ZipFile(BytesIO(_xlsx(["a"]))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"].decode()
    laughing = doctype + sheet.replace("<t>a</t>", "<t>&e12;</t>")
    assert laughing != doctype + sheet
    assert _refusal(app, _zip(**files | {"xl/worksheets/sheet1.xml": laughing.encode()}))


@pytest.mark.parametrize(
    ("part", "words", "instead"),
    [
        ("xl/worksheets/sheet1.xml", "<worksheet", '<?xml version="1.0" encoding="no-such"?><worksheet'),
        ("xl/styles.xml", ' borderId="0"', f' borderId="{10**20}"'),
    ],
)
def test_a_workbook_with_a_nonsense_encoding_or_number_is_refused(
    app: Flask, part: str, words: str, instead: str
) -> None:
    assert _refusal(app, _changed(_xlsx(["a"]), part, words, instead))


@pytest.mark.parametrize(
    ("part", "words", "instead"),
    [
        (SHEET, "</row>", "<c/>" * 60_000 + "</row>"),
        (SHEET, "</row>", "<x/>" * 60_000 + "</row>"),
        (SHEET, "</sheetData>", "</sheetData><mergeCells>" + '<mergeCell ref="A1:B2"/>' * 60_000 + "</mergeCells>"),
        (SHEET, "</sheetData>", f"<!-- {'x' * 2_000_000} --></sheetData>"),
        (STRINGS, "</sst>", "<si/>" * 1_000_000 + "</sst>"),
        (STRINGS, "</sst>", " " * 10_000_000 + "</sst>"),
        (STYLES, "</cellXfs>", "<xf/>" * 100_000 + "</cellXfs>"),
        (STYLES, "</styleSheet>", " " * 4_000_000 + "</styleSheet>"),
        ("xl/theme/theme1.xml", "</a:theme>", " " * 4_000_000 + "</a:theme>"),
        ("xl/workbook.xml", "</sheets>", '<sheet name="a" sheetId="1" r:id="rId1"/>' * 300 + "</sheets>"),
    ],
    ids=[
        "cells", "no_cells", "merged", "comment", "strings", "long_strings", "styles", "long_styles", "long_theme",
        "sheets",
    ],
)  # fmt: skip
def test_a_small_workbook_that_costs_very_much_to_read_is_refused_before(
    app: Flask, monkeypatch: pytest.MonkeyPatch, part: str, words: str, instead: str
) -> None:
    monkeypatch.setattr(spreadsheets, "load_workbook", None)
    costly = _changed(_xlsx(["ФИО"]), part, words, instead)
    assert len(costly) < 50_000
    assert "распакованном" in _refusal(app, costly)


def test_a_sheet_with_more_cells_than_may_be_used_is_refused_before(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = spreadsheets._Most(bytes=10_000, elements=145, in_row=50)
    monkeypatch.setattr(spreadsheets, "_MOST_OF_SHEET", bounds)
    assert len(read_table(_xlsx(*[["a"] * 5] * 8))) == 8
    monkeypatch.setattr(spreadsheets, "load_workbook", None)
    assert "распакованном" in _refusal(app, _xlsx(*[["a"] * 5] * 9))


def test_a_wide_sheet_is_read_and_cut() -> None:
    assert len(read_table(_xlsx(["a"] * 300))[0][1]) == MOST_COLUMNS


def test_a_workbook_packed_as_no_spreadsheet_does_is_refused(app: Flask) -> None:
    content = BytesIO()
    with ZipFile(BytesIO(_xlsx(["a"]))) as packed, ZipFile(content, "w", ZIP_BZIP2) as again:
        for name in packed.namelist():
            again.writestr(name, packed.read(name))
    assert _refusal(app, content.getvalue())


def test_a_file_too_large_or_too_long_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "10 МБ" in _refusal(app, b"x" * (LONGEST_FILE_BYTES + 1))
    monkeypatch.setattr(spreadsheets, "MOST_LINES", 3)
    assert len(read_table(b"a\nb\nc")) == 3
    assert "20 000" in _refusal(app, b"a\nb\nc\nd")
    assert "20 000" in _refusal(app, _xlsx(*[["a"]] * 4))


def test_a_cell_in_the_last_row_of_excel_costs_no_walk_down_to_it(app: Flask) -> None:
    book, content = Workbook(), BytesIO()
    book.active["A1"], book.active["A1000000"] = "ФИО", "Анна"
    book.save(content)
    walked = []
    with app.test_request_context(), pytest.raises(BadInput, match="20 000"):
        spreadsheets._bounded(walked.append(1) or row for row in spreadsheets._xlsx(content.getvalue()))
    assert len(walked) < 200_000
