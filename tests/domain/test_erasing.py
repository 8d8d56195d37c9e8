"""Forgetting a person leaves nothing that tells who it was; counts stay."""

from datetime import timedelta

import pytest
from markupsafe import escape
from sqlalchemy import func, select, text

from recruitsmart.domain import schema
from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.batches.models import Act, Batch
from recruitsmart.domain.broadcasts.models import Broadcast
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.queries import Wanted, by_reference, list_page, matching
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import human, operations, privacy, registration
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.intake.models import Intake, IntakeLine, LineState, Verdict
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride
from recruitsmart.domain.notes.operations import note
from recruitsmart.domain.pipeline import personal_data
from recruitsmart.domain.pipeline.decisions import bring_back, reject
from recruitsmart.domain.pipeline.erasing import (
    DELETED,
    KEPT_BARE,
    OnHold,
    due_to_be_erased,
    erase,
    erase_when_due,
    forget_what_staff_read,
    hold,
)
from recruitsmart.domain.pipeline.erasure_wishes import who_asked
from recruitsmart.domain.slots.ending import cancel, cancel_by_staff
from recruitsmart.domain.slots.models import Booking, BookingStatus, Offer, OfferStatus, Purpose
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.waiting import wait
from tests.domain.slots.conftest import statements_of
from tests.factories import NOW, add_candidate, add_city, add_message, add_recruiter, add_slot, add_test, typed_question

NAME, PHONE, WORDS = "Аврора Неповторимая", "+79217654321", "люблю редкие кактусы"
CHAT, USERNAME = 777_000_111, "avrora_x"
TRACES = (NAME, "Аврор", "аврор", PHONE, WORDS, str(CHAT), USERNAME)
STAFF_CHAT = 5_005


@pytest.fixture
def avrora(session) -> Candidate:
    """Somebody who has left traces everywhere."""
    add_test(session, typed_question("why"))
    city = add_city(session, approval_required=False)
    recruiter = add_recruiter(session, city)
    for number in range(2):
        _turn(session, number, lambda turn: registration.start(turn, "advert"))
    _turn(session, 2, registration.agree)
    _turn(session, 3, lambda turn: operations.say(turn, NAME))
    _turn(session, 4, lambda turn: registration.choose_city(turn, city.id))
    _turn(session, 5, lambda turn: operations.say(turn, PHONE))
    _turn(session, 6, lambda turn: operations.say(turn, WORDS))
    candidate = session.scalars(select(Candidate).join(Contact).where(Contact.chat_id == CHAT)).one()
    candidate.stage = Stage.TO_SCHEDULE
    _turn(session, 7, human.ask_human)
    _turn(session, 8, lambda turn: operations.say(turn, WORDS))
    note(session, candidate, WORDS, actor=SYSTEM, now=NOW)
    first = reserve(session, candidate, add_slot(session, recruiter, NOW + timedelta(days=1)).id, now=NOW)
    cancel(session, candidate, first.id, reason=WORDS, now=NOW)
    wait(session, candidate, Purpose.INTERVIEW, note=WORDS, now=NOW)
    second = reserve(session, candidate, add_slot(session, recruiter, NOW + timedelta(days=2)).id, now=NOW)
    sent = {"state": MessageState.SENT, "settled_at": NOW}
    add_message(session, chat_id=STAFF_CHAT, about="digest:1", body=f"Завтра: {NAME}", **sent)
    add_message(session, chat_id=STAFF_CHAT, about=f"booking:{second.id}", body="Новая запись: А. Н.")
    intake = Intake(file_name=f"{NAME}.csv", headings=["имя"], mapping={}, source="s", total=1, created_at=NOW)
    session.add(intake)
    session.flush()
    session.add(IntakeLine(
        intake_id=intake.id, number=2, cells=[NAME, PHONE], phone=PHONE, verdict=Verdict.NEW, state=LineState.CREATED,
        candidate_id=candidate.id,
    ))  # fmt: skip
    _named_elsewhere(session, intake)
    session.flush()
    return candidate


def _named_elsewhere(session, intake) -> None:
    """In what belongs to nobody: filters, words of lists, a line that came to nothing, why an hour was closed."""
    why = f"“{NAME}” is no name: a name has letters only."
    session.add_all([
        Broadcast(bodies={"ru": f"Спасибо, {NAME}!"}, wanted={"words": "аврор"}, created_at=NOW),
        Batch(act=Act.REJECT, details={"reason": f"взяли {PHONE}"}, wanted={"words": f"@{USERNAME}"}, created_at=NOW),
        IntakeLine(intake_id=intake.id, number=3, cells=[NAME], state=LineState.REFUSED, why=why),
    ])  # fmt: skip
    record(session, "slot.closed", actor=SYSTEM, now=NOW, subject_id=1, reason=f"{NAME} заболела")


def _turn(session, number, act, chat_id=CHAT):
    sender = Sender(update_id=number, chat_id=chat_id, received_at=NOW, first_name="Аврора", username=USERNAME)
    act(open_turn(session, sender, now=NOW))
    session.flush()


def _traces(session, *, without=("seen_updates",)) -> list[str]:
    """Where in the whole database a trace of the person is found."""
    session.flush()
    found = []
    for table in schema.metadata.sorted_tables:
        if table.name not in without:
            rows = session.scalars(text(f"select {table.name}::text from {table.name}"))
            found += [f"{table.name}: {row[:200]}" for row in rows if any(trace in row for trace in TRACES)]
    return found


def test_the_person_of_these_tests_has_left_traces_everywhere(session, avrora):
    tables = {place.partition(":")[0] for place in _traces(session)}
    assert tables >= {"candidates", "contacts", "answers", "outbox", "bookings", "waiting", "journal", "intake_lines"}
    assert tables >= {"chat_lines", "notes", "broadcasts", "batches", "intakes"}


def test_nothing_is_left_that_tells_who_it_was(session, avrora):
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert _traces(session) == []


def test_an_hour_once_offered_in_place_of_a_booking_goes_too(session, avrora):
    booking = session.scalars(select(Booking).where(Booking.candidate_id == avrora.id).limit(1)).one()
    declined = {"status": OfferStatus.DECLINED, "offered_at": NOW, "expires_at": NOW, "ended_at": NOW}
    session.add(Offer(booking_id=booking.id, slot_id=booking.slot_id, **declined))
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert session.scalars(select(Offer.id)).all() == []


def test_every_table_that_refers_to_a_candidate_has_its_place_in_the_plan():
    referring = {
        table.name
        for table in schema.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in ("candidates", "attempts", "waiting") and table.name != "candidates"
    }
    referring |= {table.name for table in schema.metadata.sorted_tables if "candidate_id" in table.columns}
    assert referring == {*DELETED, *KEPT_BARE}


def test_counts_stay(session, avrora):
    source, city_id, created_at = avrora.source, avrora.city_id, avrora.created_at
    moves = select(func.count()).select_from(Entry).where(Entry.candidate_id == avrora.id)
    before = session.scalar(moves)
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert (avrora.source, avrora.city_id, avrora.created_at) == (source, city_id, created_at)
    assert session.scalar(moves) > before
    assert (avrora.outcome, avrora.erased_at) == (Outcome.WITHDRAWN, NOW)


def test_a_live_hour_is_free_again_and_the_recruiter_reads_no_name(session, avrora):
    erase(session, avrora, actor=SYSTEM, now=NOW)
    bookings = session.scalars(select(Booking).where(Booking.candidate_id == avrora.id)).all()
    assert {booking.status for booking in bookings} == {BookingStatus.CANCELLED}
    waiting = select(OutboxMessage).where(OutboxMessage.candidate_id.is_(None), OutboxMessage.state == "queued")
    told = {message.kind: message.body for message in session.scalars(waiting)}
    assert told.keys() == {"staff.cancelled", "staff.people_wait"}
    assert "—" in told["staff.cancelled"]


def test_the_hour_and_the_booking_are_locked_before_the_person(session, avrora):
    with statements_of(session) as statements:
        erase(session, avrora, actor=SYSTEM, now=NOW)
    first = [
        next(number for number, statement in enumerate(statements) if part in statement)
        for part in ("FOR UPDATE OF slots", "FOR UPDATE OF bookings", "UPDATE candidates")
    ]
    assert first == sorted(first)


def test_what_had_not_left_yet_never_leaves(session, avrora):
    request = session.scalars(select(OutboxMessage).where(OutboxMessage.body == "Новая запись: А. Н.")).one()
    erase(session, avrora, actor=SYSTEM, now=NOW)
    session.refresh(request)
    assert (request.state, request.body) == (MessageState.SKIPPED, "")


def test_what_staff_read_is_html_and_a_name_in_it_is_found_all_the_same(session):
    anna = add_candidate(session, full_name="Анна О'Хара")
    add_message(session, chat_id=STAFF_CHAT, about="digest:2", body=str(escape(f"Завтра: {anna.full_name}")))
    erase(session, anna, actor=SYSTEM, now=NOW)
    session.flush()
    assert session.scalars(select(OutboxMessage.body)).all() == [""]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("Новая заявка", "Новая заявка: <b>Пётр Другой</b>, Москва"),
        ("Наши слова", "Наши слова: <b>Пётр Другой</b>"),
        ("Анна Ли", "Придёт: <b>Анна Липова</b>, Москва"),
    ],
)
def test_nobody_takes_words_from_staff_with_a_name_that_tells_of_nobody_or_begins_anothers(session, name, body):
    session.add(
        TextOverride(key="staff.booked", language="ru", version=1, body="Наши слова: {{ candidate }}", author="b")
    )
    person = add_candidate(session, full_name=name)
    add_message(session, chat_id=STAFF_CHAT, about="turn:9", body=body)
    erase(session, person, actor=SYSTEM, now=NOW)
    assert body in session.scalars(select(OutboxMessage.body)).all()


@pytest.mark.parametrize("what", ["attempt:{attempt}=80%", "booking:{booking}@late"])
def test_what_staff_read_under_an_earlier_name_is_forgotten_too(session, avrora, what):
    attempt = session.scalars(select(Attempt.id).where(Attempt.candidate_id == avrora.id)).one()
    booking = session.scalars(select(Booking.id).where(Booking.candidate_id == avrora.id).limit(1)).one()
    about = what.format(attempt=attempt, booking=booking)
    add_message(session, chat_id=STAFF_CHAT, about=about, body="Аврора Прежняя")
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert _traces(session) == []


def test_others_keep_everything(session, avrora):
    _turn(session, 90, lambda turn: registration.start(turn, ""), chat_id=4)
    other = add_candidate(session, full_name="Пётр Другой", phone="+79210000000")
    add_message(session, chat_id=STAFF_CHAT, about="turn:9", body="Пётр Другой")
    erase(session, avrora, actor=SYSTEM, now=NOW)
    session.expire_all()
    assert other.full_name == "Пётр Другой"
    assert (
        session.scalar(select(func.count()).select_from(OutboxMessage).where(OutboxMessage.body == "Пётр Другой")) == 1
    )
    assert session.scalar(select(Contact.id).where(Contact.chat_id == 4)) is not None


def test_an_erased_person_is_found_nowhere(session, avrora):
    reference = avrora.reference
    erase(session, avrora, actor=SYSTEM, now=NOW)
    session.flush()
    for known in (reference, avrora.reference):
        with pytest.raises(NotFound):
            by_reference(session, known, EVERYTHING)
    assert list_page(session, matching(EVERYTHING, Wanted()), after=None, limit=10) == []


def test_erasing_twice_changes_nothing(session, avrora):
    erase(session, avrora, actor=SYSTEM, now=NOW)
    reference = avrora.reference
    erase(session, avrora, actor=SYSTEM, now=NOW + timedelta(days=1))
    assert (avrora.reference, avrora.erased_at) == (reference, NOW)


def test_a_legal_hold_forbids_it_until_it_ends(session, avrora):
    hold(session, avrora, reason="суд", actor=SYSTEM, now=NOW)
    with pytest.raises(OnHold):
        erase(session, avrora, actor=SYSTEM, now=NOW)
    hold(session, avrora, reason=" ", actor=SYSTEM, now=NOW)
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert avrora.erased_at == NOW


# In the chat


def _last_words(session, chat_id=CHAT) -> OutboxMessage:
    mine = select(OutboxMessage).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id.desc()).limit(1)
    return session.scalars(mine).one()


def test_forget_asks_first_and_the_button_does_it(session, avrora):
    _turn(session, 20, lambda turn: operations.obey(turn, "forget"))
    assert _last_words(session).keyboard[0][0]["action"] == "forget"
    assert avrora.erased_at is None
    _turn(session, 21, privacy.forget)
    assert (_last_words(session).kind, _last_words(session).candidate_id) == ("forget.done", None)
    assert avrora.erased_at == NOW


def test_a_month_later_not_even_the_chat_of_the_last_words_is_known(session, avrora):
    _turn(session, 21, privacy.forget)
    _last_words(session).state, _last_words(session).settled_at = MessageState.SENT, NOW
    session.flush()
    assert len(_traces(session)) == 1
    forget_what_staff_read(session, now=NOW + timedelta(days=31))
    assert _traces(session) == []


def test_afterwards_the_same_chat_is_a_new_person(session, avrora):
    _turn(session, 21, privacy.forget)
    _turn(session, 22, lambda turn: registration.start(turn, ""))
    known = session.scalars(select(Candidate).join(Contact).where(Contact.chat_id == CHAT)).one()
    assert known.id != avrora.id and known.full_name is None


def test_a_second_press_on_the_button_begins_and_counts_nobody(session, avrora):
    people = select(func.count()).select_from(Candidate)
    before = session.scalar(people)
    for update_id in (21, 22, 23):
        _turn(session, update_id, privacy.forget)
        assert _last_words(session).kind == "forget.done"
    assert session.scalar(people) == before
    assert session.scalar(select(func.count()).select_from(Contact).where(Contact.chat_id == CHAT)) == 0


def test_who_is_on_hold_is_told_so(session, avrora):
    hold(session, avrora, reason="суд", actor=SYSTEM, now=NOW)
    _turn(session, 21, privacy.forget)
    assert _last_words(session).kind == "forget.held"


def test_the_wish_of_somebody_on_hold_is_kept_once_until_they_are_erased(session, avrora):
    hold(session, avrora, reason="суд", actor=SYSTEM, now=NOW)
    for update_id in (21, 22):
        _turn(session, update_id, privacy.forget)
    entry = session.scalars(select(Entry).where(Entry.kind == "candidate.asked_to_be_erased")).one()
    assert (entry.candidate_id, entry.actor_kind) == (avrora.id, ActorKind.CANDIDATE)
    assert list(who_asked(session, limit=5)) == [avrora]
    hold(session, avrora, reason="", actor=SYSTEM, now=NOW)
    assert (avrora.erased_at, list(who_asked(session, limit=5))) == (None, [avrora])
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert list(who_asked(session, limit=5)) == []


def test_mydata_is_a_file_with_all_we_hold_and_nothing_of_colleagues(session, avrora):
    hold(session, avrora, reason="тайна", actor=SYSTEM, now=NOW)
    _turn(session, 21, lambda turn: operations.obey(turn, "mydata"))
    message = _last_words(session)
    assert message.file_name == personal_data.FILE_NAME
    for trace in (NAME, PHONE, WORDS, USERNAME):
        assert trace in message.file_text
    assert "тайна" not in message.file_text


# By retention


def test_mydata_says_why_an_hour_was_given_up_in_the_persons_own_words_only(session, avrora):
    given_up, booked = personal_data.collected(session, avrora)["bookings"]
    assert (given_up["reason"], "reason" in booked) == (WORDS, False)
    cancel_by_staff(session, session.scalars(select(Booking.id).order_by(Booking.id.desc())).first(), reason="x",
                    actor=SYSTEM, now=NOW)  # fmt: skip
    session.flush()
    assert "reason" not in personal_data.collected(session, avrora)["bookings"][1]


def _due(session, now, **days):
    kept = {"rejected_days": 180, "withdrawn_days": 180, **days}
    return due_to_be_erased(session, **kept, limit=10, now=now)


def test_data_is_kept_until_so_many_days_after_the_last_thing_that_happened(session, avrora):
    reject(session, avrora, reason="нет", actor=SYSTEM, now=NOW)
    session.flush()
    assert _due(session, NOW + timedelta(days=179)) == []
    assert _due(session, NOW + timedelta(days=181)) == [avrora.id]
    assert _due(session, NOW + timedelta(days=181), rejected_days=0) == []


def test_who_was_brought_back_or_held_meanwhile_is_left_alone(session, avrora):
    reject(session, avrora, reason="нет", actor=SYSTEM, now=NOW)
    later = NOW + timedelta(days=181)
    hold(session, avrora, reason="суд", actor=SYSTEM, now=NOW)
    session.flush()
    assert _due(session, later) == []
    erase_when_due(session, avrora.id, now=later)
    hold(session, avrora, reason="", actor=SYSTEM, now=NOW)
    bring_back(session, avrora, actor=SYSTEM, now=later)
    session.flush()
    erase_when_due(session, avrora.id, now=later)
    assert avrora.erased_at is None


def test_active_and_hired_people_are_kept(session):
    add_candidate(session, stage=Stage.TO_SCHEDULE)
    add_candidate(session, stage=Stage.HIRED, outcome=Outcome.HIRED, chat_id=8)
    assert _due(session, NOW + timedelta(days=4000)) == []


def test_words_to_recruiters_are_forgotten_after_a_month(session):
    for about, days in (("digest:1", 31), ("digest:2", 29)):
        add_message(session, about=about, body="Анна", state=MessageState.SENT, settled_at=NOW - timedelta(days=days))
    forget_what_staff_read(session, now=NOW)
    session.expire_all()
    bodies = select(OutboxMessage.about, OutboxMessage.body).order_by(OutboxMessage.about)
    assert [tuple(row) for row in session.execute(bodies)] == [("digest:1", ""), ("digest:2", "Анна")]


def test_attempts_are_gone(session, avrora):
    erase(session, avrora, actor=SYSTEM, now=NOW)
    assert session.scalar(select(func.count()).select_from(Attempt).where(Attempt.candidate_id == avrora.id)) == 0
