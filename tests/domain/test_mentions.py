"""Who is forgotten is named nowhere else either: in filters, words of lists, files of people, reasons of staff."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.batches.models import Act, Batch
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastState
from recruitsmart.domain.broadcasts.rules import from_json
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, conditions
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.intake.models import Intake, IntakeLine, LineState
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.pipeline import mentions
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.pipeline.merging import merge
from tests.factories import NOW, add_candidate, add_city, add_message

NAME, PHONE, USERNAME = "Алёна Неповторимая", "+79217654321", "Alyona_x"
FINDING = ("алена", "НЕПОВТОРИМ алё", NAME, "7654321", "8 921 765-43-21", PHONE, "@alyona", "alyona_x", "ALYONA")
NOT_FINDING = ("", "Анна", "алёна иванова", "12", "0000000", "@anna", "—", "x" * 50)


@pytest.fixture
def alyona(session: Session) -> Candidate:
    candidate = add_candidate(session, full_name=NAME, phone=PHONE, city=add_city(session))
    candidate.contact.username = USERNAME
    session.flush()
    return candidate


def _broadcast(session: Session, wanted: dict[str, Any], body: str = "Привет") -> Broadcast:
    row = Broadcast(bodies={"ru": body}, wanted=wanted, created_at=NOW)
    session.add(row)
    session.flush()
    return row


def _batch(session: Session, wanted: dict[str, Any], **details: Any) -> Batch:
    row = Batch(act=Act.REJECT, details=details, wanted=wanted, created_at=NOW)
    session.add(row)
    session.flush()
    return row


def _forget(session: Session, candidate: Candidate) -> None:
    erase(session, candidate, actor=SYSTEM, now=NOW)
    session.flush()
    session.expire_all()


def _shown(session: Session, words: str) -> bool:
    return session.scalar(select(Candidate.id).where(*conditions(EVERYTHING, Wanted(words=words)))) is not None


@pytest.mark.parametrize("words", [*FINDING, *NOT_FINDING])
def test_words_tell_of_a_person_when_the_list_they_filter_shows_them(
    session: Session, alyona: Candidate, words: str
) -> None:
    person = mentions.person_of(session, alyona)
    tells = mentions.finds(words, person)
    assert tells == (words in FINDING)
    assert tells == (_shown(session, words) and words.strip() != "")


@pytest.mark.parametrize("words", FINDING)
def test_a_filter_that_names_the_person_finds_nobody_afterwards(
    session: Session, alyona: Candidate, words: str
) -> None:
    add_candidate(session, full_name="Пётр Другой", phone="+79210000001")
    rows = [_broadcast(session, {"words": words, "stage": "test1"}), _batch(session, {"words": words}, reason="нет")]
    _forget(session, alyona)
    for row in rows:
        wanted = from_json(row.wanted)
        assert wanted.words == mentions.NOBODY
        assert session.scalars(select(Candidate).where(*conditions(EVERYTHING, wanted))).all() == []
    assert rows[0].wanted["stage"] == "test1"


@pytest.mark.parametrize("words", NOT_FINDING)
def test_other_filters_stay(session: Session, alyona: Candidate, words: str) -> None:
    row, revision = _broadcast(session, {"words": words}), 1
    _forget(session, alyona)
    assert (row.wanted, row.revision) == ({"words": words}, revision)


def test_a_draft_that_was_changed_has_to_be_looked_at_again(session: Session, alyona: Candidate) -> None:
    row = _broadcast(session, {"words": NAME})
    _forget(session, alyona)
    assert row.revision == 2


def test_somebody_ticked_by_name_is_replaced_and_the_list_grows_no_longer(session: Session, alyona: Candidate) -> None:
    other = add_candidate(session, full_name="Пётр Другой")
    for references in ([alyona.reference], [other.reference, alyona.reference]):
        _batch(session, {"references": references})
    _forget(session, alyona)
    kept = session.scalars(select(Batch.wanted).order_by(Batch.id)).all()
    assert kept == [{"references": ["—"]}, {"references": [other.reference, "—"]}]
    wanted = from_json(kept[0])
    assert session.scalars(select(Candidate).where(*conditions(EVERYTHING, wanted))).all() == []


def test_words_of_staff_lose_the_names_and_keep_the_rest(session: Session, alyona: Candidate) -> None:
    broadcast = _broadcast(session, {}, body=f"Поздравляем: {NAME.upper()} принята! @{USERNAME}, {PHONE}")
    batch = _batch(session, {}, reason=f"вместо них взяли {NAME}", stage="test1")
    _forget(session, alyona)
    assert broadcast.bodies == {"ru": "Поздравляем: — принята! @—, —"}
    assert batch.details == {"reason": "вместо них взяли —", "stage": "test1"}


@pytest.mark.parametrize("state", [BroadcastState.RUNNING, BroadcastState.PAUSED])
def test_what_many_people_are_just_being_told_stays_for_anybody_may_register_with_a_name_that_stands_in_it(
    session: Session, state: BroadcastState
) -> None:
    greeting = add_candidate(session, full_name="Добрый День")
    row = _broadcast(session, {}, body="Добрый день! Мы ждём вас.")
    row.state, row.started_at = state, NOW
    session.flush()
    _forget(session, greeting)
    assert row.bodies == {"ru": "Добрый день! Мы ждём вас."}


def test_a_longer_name_that_begins_alike_stays(session: Session) -> None:
    ivan = add_candidate(session, full_name="Иван Петров")
    row = _broadcast(session, {}, body="Иван Петрова нашёл, а Иван Петров — нет")
    _forget(session, ivan)
    assert row.bodies == {"ru": "Иван Петрова нашёл, а — — нет"}


def test_lines_of_files_that_came_to_nothing_are_found_by_what_stands_in_them(
    session: Session, alyona: Candidate
) -> None:
    intake = Intake(
        file_name=f"{NAME}.csv", headings=["имя"], mapping={}, source="s", total=3, created_at=NOW
    )  # fmt: skip
    session.add(intake)
    session.flush()
    for number, (cells, why) in enumerate([
        ([NAME.upper(), "x"], f"“{NAME}” is no name: a name has letters only."),
        (["?", PHONE], "There is no name."),
        (["Пётр Другой", "+79210000001"], "“Пётр” is no full name: write two to five words."),
    ]):  # fmt: skip
        line = IntakeLine(intake_id=intake.id, number=number, cells=cells, state=LineState.REFUSED, why=why)
        session.add(line)
    session.flush()
    _forget(session, alyona)
    lines = session.scalars(select(IntakeLine).order_by(IntakeLine.number)).all()
    assert [line.cells for line in lines] == [[], [], ["Пётр Другой", "+79210000001"]]
    assert lines[0].why == "“…” is no name: a name has letters only."
    assert "Пётр" in lines[2].why
    assert intake.file_name == mentions.NOBODY


@pytest.mark.parametrize(
    ("cells", "state", "stays"),
    [
        (["Неповторимая", "Алёна"], LineState.REFUSED, False),
        (["неповторимая алёна", "нет"], LineState.REFUSED, False),
        (["А. Н.", "8 (921) 765-43-21"], LineState.WAITING, False),
        (["Неповторимая", "Алёна", "8 (921) 000-00-21"], LineState.WAITING, True),
        (["Алёна", "Иванова"], LineState.REFUSED, True),
        (["921", "7654321"], LineState.REFUSED, True),
    ],
)
def test_a_line_tells_of_a_person_however_name_and_phone_are_written(
    session: Session, alyona: Candidate, cells: list[str], state: LineState, stays: bool
) -> None:
    intake = Intake(file_name="люди.csv", headings=[], mapping={}, source="s", total=1, created_at=NOW)
    session.add(intake)
    session.flush()
    why = "There is no city." if state == LineState.REFUSED else None
    session.add(IntakeLine(intake_id=intake.id, number=1, cells=cells, state=state, why=why))
    session.flush()
    _forget(session, alyona)
    assert session.scalars(select(IntakeLine.cells)).all() == [cells if stays else []]


def test_why_an_hour_was_closed_no_longer_names_the_person(session: Session, alyona: Candidate) -> None:
    record(session, "slot.closed", actor=SYSTEM, now=NOW, subject_id=1, reason=f"{NAME} не придёт")
    record(session, "slot.closed", actor=SYSTEM, now=NOW, subject_id=2, reason="болею")
    session.flush()
    _forget(session, alyona)
    kept = session.scalars(select(Entry.details).where(Entry.kind == "slot.closed").order_by(Entry.subject_id)).all()
    assert kept == [{}, {"reason": "болею"}]


def test_a_person_without_a_name_empties_nobodys_lists(session: Session) -> None:
    """Who pressed Start and no more has no name, and an empty one stands in every word."""
    row = _broadcast(session, {"words": "Анна"}, body="Привет")
    nobody = add_candidate(session)
    _forget(session, nobody)
    assert (row.wanted, row.bodies) == ({"words": "Анна"}, {"ru": "Привет"})


def test_the_name_and_phone_of_a_card_that_was_merged_are_forgotten_too(session: Session, alyona: Candidate) -> None:
    other = add_candidate(session, full_name="Елена Старая", phone="+79990001122", city=alyona.city)
    merge(session, alyona.id, other.id, actor=SYSTEM, now=NOW)
    broadcast = _broadcast(session, {"words": "елена стар"}, body="Спасибо, Елена Старая!")
    digest = add_message(session, chat_id=5_005, about="digest:1", body="Завтра: Елена Старая, +79990001122")

    _forget(session, alyona)

    assert (broadcast.bodies["ru"], broadcast.wanted["words"]) == ("Спасибо, —!", "—")
    assert digest.body == ""
