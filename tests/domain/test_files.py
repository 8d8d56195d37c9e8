"""Files on a card: what is kept, what is refused, and that they go where the person goes."""

import pytest
from sqlalchemy import select

import recruitsmart.domain.schema  # noqa: F401  whoever erases must know every table
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.notes import files
from recruitsmart.domain.notes.models import File
from recruitsmart.domain.pipeline.beside import beside
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.pipeline.merging import merge
from recruitsmart.domain.pipeline.personal_data import collected
from tests.factories import NOW, add_candidate, add_city


@pytest.fixture
def anna(session):
    return add_candidate(session, full_name="Анна Иванова", city=add_city(session))


def keep(session, candidate, name="cv.pdf", content=b"words"):
    return files.keep(session, candidate, name, content, actor=SYSTEM, now=NOW)


def kept(session, candidate):
    return [(file.name, file.size_bytes) for file in beside(session, candidate).files]


def test_the_newest_file_is_listed_first_with_its_size_and_moment(session, anna):
    keep(session, anna, "cv.pdf", b"12345")
    keep(session, anna, "photo.jpg", b"1")
    assert kept(session, anna) == [("photo.jpg", 1), ("cv.pdf", 5)]
    assert beside(session, anna).files[0].kept_at == NOW


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("C:\\papers\\Анна.pdf", "Анна.pdf"), ("../../etc/passwd", "passwd"), ("a\r\nb\0\u202e.txt", "ab.txt"),
        ("..", "file"), (" . ", "file"), ("x" * 200 + ".pdf", "x" * 146 + ".pdf"),
    ],
)  # fmt: skip
def test_a_name_has_no_folders_and_nothing_invisible(session, anna, typed, name):
    assert keep(session, anna, typed).name == name


@pytest.mark.parametrize("content", [b"", b"x" * (files.LONGEST_FILE_BYTES + 1)])
def test_an_empty_and_a_too_large_file_are_refused(session, anna, content):
    with pytest.raises(BadInput):
        keep(session, anna, content=content)
    assert kept(session, anna) == []


def test_a_card_keeps_only_so_many(session, anna):
    other = add_candidate(session)
    for _ in range(files.MOST_FILES):
        keep(session, anna)
    with pytest.raises(BadInput, match="at most 20"):
        keep(session, anna)
    keep(session, other)


def test_a_file_of_another_card_is_not_there(session, anna):
    file, other = keep(session, anna), add_candidate(session)
    with pytest.raises(NotFound):
        files.file_of(session, other, file.id)
    with pytest.raises(NotFound):
        files.take_away(session, other, file.id, actor=SYSTEM, now=NOW)
    assert kept(session, anna)


def test_a_file_taken_away_is_gone_and_the_history_keeps_its_name(session, anna):
    files.take_away(session, anna, keep(session, anna).id, actor=SYSTEM, now=NOW)
    told = session.execute(select(Entry.kind, Entry.details).order_by(Entry.id)).all()
    assert kept(session, anna) == []
    assert told == [("file.kept", {"name": "cv.pdf"}), ("file.taken_away", {"name": "cv.pdf"})]


def test_files_move_with_a_merged_card(session, anna):
    other = add_candidate(session, full_name="Анна Иванова")
    keep(session, other)
    merge(session, anna.id, other.id, actor=SYSTEM, now=NOW)
    assert kept(session, anna) == [("cv.pdf", 5)]


def test_the_person_reads_which_files_there_are(session, anna):
    keep(session, anna)
    assert collected(session, anna)["files"] == [{"at": NOW, "name": "cv.pdf", "bytes": 5}]


def test_files_are_erased_with_the_person(session, anna):
    keep(session, anna, "Анна Иванова.pdf")
    erase(session, anna, actor=SYSTEM, now=NOW)
    assert session.scalars(select(File)).all() == []
    assert session.scalars(select(Entry.details).where(Entry.kind == "file.kept")).all() == [{}]
