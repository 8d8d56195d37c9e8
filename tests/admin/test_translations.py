"""The panel speaks Russian completely, and what is compiled is what is written."""

from io import BytesIO

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from tests.catalog import PO, spoken


def test_every_sentence_is_translated_and_no_translation_is_left_over() -> None:
    with PO.open("rb") as file:
        catalog = read_po(file)
    translated = {str(message.id) for message in catalog if message.id and message.string and not message.fuzzy}

    assert spoken() - translated == set()
    assert translated - spoken() == set()


def test_placeholders_are_the_same_in_both_languages() -> None:
    with PO.open("rb") as file:
        catalog = read_po(file)
    assert [(message.id, errors) for message, errors in catalog.check()] == []


def test_the_compiled_catalog_is_fresh() -> None:
    with PO.open("rb") as written, PO.with_suffix(".mo").open("rb") as compiled:
        fresh = BytesIO()
        write_mo(fresh, read_po(written))
        fresh.seek(0)
        assert {m.id: m.string for m in read_mo(fresh)} == {m.id: m.string for m in read_mo(compiled)}
