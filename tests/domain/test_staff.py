"""Recruiters in Telegram: linked by a code, judged at the moment of the press by account, role and city."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations, registration, staff, staff_bookings
from recruitsmart.domain.dialogue.staff_lists import obey
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.linking import LASTS, MOST_AN_HOUR, CodeUnknown, link, make_code
from recruitsmart.domain.directory.models import About, Account, LinkCode, Role
from recruitsmart.domain.directory.queries import usual_reasons
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging import samples
from recruitsmart.domain.messaging.markup import shown_words, telegram_length
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.texts import LONGEST
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.waiting import wait
from tests.factories import (
    NOW,
    add_candidate,
    add_chooser,
    add_city,
    add_recruiter,
    add_slot,
    add_test,
    choice_question,
)

CHAT = 77
DAY = timedelta(days=1)
_updates = count(1)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return add_recruiter(session, city, chat_id=CHAT)


def _account(session, chat_id=CHAT):
    return session.scalars(select(Account).where(Account.chat_id == chat_id)).one()


def _turn(session, chat_id=CHAT, now=NOW):
    sender = Sender(
        update_id=next(_updates), chat_id=chat_id, received_at=now, pressed_message_id=5, language_code="en"
    )
    return staff.open_staff_turn(session, sender, now=now)


def _told(session, chat_id=CHAT):
    session.flush()
    mine = select(OutboxMessage).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id)
    return [(message.kind, message.body) for message in session.scalars(mine)]


def _last(session, chat_id=CHAT):
    return _told(session, chat_id)[-1]


def _request(session, recruiter, city, *, at=NOW + DAY, status=BookingStatus.PENDING):
    candidate = add_candidate(session, full_name="Анна Иванова", city=city, stage=Stage.INTERVIEW, phone="+79001234567")
    booking = Booking(
        slot=add_slot(session, recruiter, at), candidate=candidate, purpose=Purpose.INTERVIEW, slot_capacity=1, seat=1,
        status=status, created_at=NOW, time_zone=city.time_zone,
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


@pytest.mark.parametrize(
    ("role", "since", "opens"),
    [(Role.ADMIN, None, False), (Role.ADMIN, NOW, True), (Role.RECRUITER, None, True)],
)
def test_who_needs_a_second_factor_does_nothing_here_without_it(session, olga, role, since, opens):
    account = _account(session)
    account.role, account.totp_since, account.totp_secret = role, since, "JBSWY3DPEHPK3PXP"
    sender = Sender(update_id=next(_updates), chat_id=CHAT, received_at=NOW, language_code="en")
    turn = staff.open_staff_turn(session, sender, now=NOW, factor_required=True)
    assert (turn is not None) == opens
    assert [kind for kind, _ in _told(session)] == ([] if opens else ["staff.factor_missing"])


# --- linking


def test_a_code_ties_the_chat_to_the_account_once(session, city):
    recruiter = add_recruiter(session, city, chat_id=None)
    account = session.scalars(select(Account).where(Account.recruiter_id == recruiter.id)).one()
    code = make_code(session, account, now=NOW)
    staff.link_account(_turn(session), f"link_{code.lower()}")
    assert (account.chat_id, _last(session)[0]) == (CHAT, "staff.linked")
    session.refresh(recruiter, ["chat_id"])
    assert recruiter.chat_id == CHAT
    with pytest.raises(CodeUnknown):
        link(session, code, chat_id=78, now=NOW)


@pytest.mark.parametrize("to", [78, CHAT])
def test_the_chat_that_an_account_leaves_is_told(session, olga, city, to):
    loser = add_recruiter(session, city, chat_id=78)
    staff.link_account(_turn(session, to), make_code(session, _account(session), now=NOW))
    assert ("staff.unlinked" in [kind for kind, _ in _told(session)]) == (to != CHAT)
    taken = session.scalars(select(Entry.subject_id).where(Entry.kind == "account.unlinked")).all()
    assert len(taken) == (to != CHAT) and loser.id and _last(session, to)[0] == "staff.linked"


def test_only_the_hash_of_a_code_is_kept(session, olga):
    code = make_code(session, _account(session), now=NOW)
    session.flush()
    assert code not in session.scalars(select(LinkCode.code_hash)).one()


@pytest.mark.parametrize("words", ["", "x", "link_", "ABCDEFGHJK", "' or 1=1 --"])
def test_a_code_nobody_made_ties_nothing(session, olga, words):
    staff.link_account(_turn(session, 78), words)
    assert _last(session, 78)[0] == "staff.code_unknown"


def test_a_code_lasts_ten_minutes(session, olga):
    code = make_code(session, _account(session), now=NOW)
    with pytest.raises(CodeUnknown):
        link(session, code, chat_id=78, now=NOW + LASTS)


def test_a_new_code_ends_the_one_before(session, olga):
    account = _account(session)
    old, new = (make_code(session, account, now=NOW) for _ in range(2))
    with pytest.raises(CodeUnknown):
        link(session, old, chat_id=78, now=NOW)
    assert link(session, new, chat_id=78, now=NOW) == (account, CHAT)


def test_only_a_few_codes_an_hour_are_made(session, olga):
    account = _account(session)
    for _ in range(MOST_AN_HOUR):
        make_code(session, account, now=NOW)
    with pytest.raises(BadInput):
        make_code(session, account, now=NOW + timedelta(minutes=59))
    assert make_code(session, account, now=NOW + timedelta(minutes=61))


def test_a_code_of_an_account_out_of_use_ties_nothing(session, olga):
    account = _account(session)
    code = make_code(session, account, now=NOW)
    account.active = False
    with pytest.raises(CodeUnknown):
        link(session, code, chat_id=78, now=NOW)


def test_of_two_uses_of_a_code_at_once_one_wins(session, olga, behind):
    code = make_code(session, _account(session), now=NOW)
    session.commit()
    link(session, code, chat_id=78, now=NOW)
    second = behind(lambda other: link(other, code, chat_id=79, now=NOW))
    session.commit()
    assert isinstance(second.exception(), CodeUnknown)


def test_unlinking_ends_everything_at_once(session, olga, city):
    booking = _request(session, olga, city)
    obey(_turn(session), "unlink", "")
    staff_bookings.approve(_turn(session), booking.id)
    assert (_last(session)[0], booking.status) == ("staff.not_linked", BookingStatus.PENDING)


# --- requests


def test_a_recruiter_approves_and_the_candidate_is_told(session, olga, city):
    booking = _request(session, olga, city)
    staff_bookings.approve(_turn(session), booking.id)
    assert booking.status == BookingStatus.BOOKED
    kind, body = _last(session)
    assert (kind, "Подтверждено" in body) == ("staff.booking", True)
    assert "booking.booked" in [kind for kind, _ in _told(session, booking.candidate.contact.chat_id)]
    entry = session.scalars(select(Entry).where(Entry.kind == "booking.approved")).one()
    assert entry.actor_id == _account(session).id


def test_of_two_recruiters_one_acts_and_the_other_sees_who_did(session, olga, city):
    add_recruiter(session, city, name="Дарья", chat_id=78)
    booking = _request(session, olga, city)
    staff_bookings.approve(_turn(session), booking.id)
    staff_bookings.refuse(_turn(session, 78), booking.id, "busy")
    assert booking.status == BookingStatus.BOOKED
    assert f"({_account(session).login})" in _last(session, 78)[1]


def test_a_refusal_asks_why_and_the_reason_stays_inside(session, olga, city):
    booking = _request(session, olga, city)
    staff_bookings.ask_refusal(_turn(session), booking.id)
    assert _last(session)[0] == "staff.why_refuse"
    staff_bookings.refuse(_turn(session), booking.id, "busy")
    assert (booking.status, booking.end_reason) == (BookingStatus.CANCELLED, "Я занят в это время")
    assert not [body for _, body in _told(session, booking.candidate.contact.chat_id) if "занят" in body]


def _everything(session, booking, chat_id):
    """Every staff button on this booking, pressed from a chat."""
    presses = (
        lambda turn: staff_bookings.approve(turn, booking.id),
        lambda turn: staff_bookings.ask_refusal(turn, booking.id),
        lambda turn: staff_bookings.refuse(turn, booking.id, "busy"),
        lambda turn: staff_bookings.note_outcome(turn, booking.id, "attended"),
        lambda turn: staff_bookings.pass_interview(turn, booking.id),
        lambda turn: staff_bookings.show(turn, booking.id),
    )
    for press in presses:
        press(_turn(session, chat_id))
    return [kind for kind, _ in _told(session, chat_id)]


def test_a_stranger_gets_a_sentence_and_nothing_happens(session, olga, city):
    booking = _request(session, olga, city)
    assert set(_everything(session, booking, 78)) == {"staff.not_linked"}
    assert booking.status == BookingStatus.PENDING


def test_a_colleague_of_another_city_does_not_find_it(session, olga, city):
    add_recruiter(session, add_city(session, "Казань"), name="Дарья", chat_id=78)
    booking = _request(session, olga, city)
    assert set(_everything(session, booking, 78)) == {"error.not_found"}
    assert booking.status == BookingStatus.PENDING


def test_a_former_recruiter_is_a_stranger(session, olga, city):
    booking = _request(session, olga, city)
    _account(session).active = False
    assert set(_everything(session, booking, CHAT)) == {"staff.not_linked"}
    assert booking.status == BookingStatus.PENDING


def test_who_may_only_look_looks(session, olga, city):
    booking = _request(session, olga, city)
    _account(session).role = Role.VIEWER
    assert set(_everything(session, booking, CHAT)) == {"staff.not_allowed", "staff.why_refuse", "staff.booking"}
    assert booking.status == BookingStatus.PENDING


def test_a_press_a_month_later_shows_how_it_ended(session, olga, city):
    booking = _request(session, olga, city)
    booking.status, booking.ended_at = BookingStatus.CANCELLED, NOW
    booking.ended_by, booking.end_reason = "candidate", "x"
    session.flush()
    staff_bookings.approve(_turn(session, now=NOW + 30 * DAY), booking.id)
    assert "Отменено" in _last(session)[1]


# --- outcomes


@pytest.fixture
def met(session, olga, city):
    add_test(session, choice_question("a", "x", "y", right="x"), key="test2", kind="exam", pass_percent=50)
    return _request(session, olga, city, at=NOW - timedelta(hours=1), status=BookingStatus.CONFIRMED)


@pytest.mark.parametrize("result", ["attended", "late", "no_show"])
def test_an_outcome_is_noted_with_one_press(session, met, result):
    staff_bookings.note_outcome(_turn(session), met.id, result)
    assert met.status == result


def test_passed_invites_to_the_test(session, met):
    staff_bookings.pass_interview(_turn(session), met.id)
    assert (met.status, met.candidate.stage) == (BookingStatus.ATTENDED, Stage.TEST2)
    assert "exam.invite" in [kind for kind, _ in _told(session, met.candidate.contact.chat_id)]


def test_passed_twice_invites_once(session, met):
    for _ in range(2):
        staff_bookings.pass_interview(_turn(session), met.id)
    kinds = [kind for kind, _ in _told(session, met.candidate.contact.chat_id)]
    assert kinds.count("exam.invite") == 1


@pytest.mark.parametrize("ended", ["no_show", "cancelled"])
def test_passed_under_an_earlier_hour_decides_nothing_about_a_later_one(session, olga, city, met, ended):
    met.status, met.ended_at, met.ended_by = BookingStatus(ended), NOW, "recruiter" if ended == "cancelled" else None
    met.end_reason = "x" if ended == "cancelled" else None
    session.flush()
    at = NOW - timedelta(minutes=30)
    later = Booking(
        slot=add_slot(session, olga, at), candidate=met.candidate, purpose=Purpose.INTERVIEW, slot_capacity=1, seat=1,
        status=BookingStatus.BOOKED, created_at=at, time_zone=city.time_zone,
    )  # fmt: skip
    session.add(later)
    session.flush()
    staff_bookings.pass_interview(_turn(session), met.id)
    assert (later.status, met.candidate.stage) == (BookingStatus.BOOKED, Stage.INTERVIEW)
    assert _last(session)[0] == "staff.booking"


def test_who_came_and_whose_outcome_was_noted_can_be_passed(session, met):
    staff_bookings.note_outcome(_turn(session), met.id, "attended")
    staff_bookings.pass_interview(_turn(session), met.id)
    assert met.candidate.stage == Stage.TEST2


def test_an_outcome_before_the_hour_is_refused_with_the_reason(session, olga, city):
    booking = _request(session, olga, city, status=BookingStatus.BOOKED)
    staff_bookings.note_outcome(_turn(session), booking.id, "attended")
    assert (_last(session)[0], booking.status) == ("staff.not_begun", BookingStatus.BOOKED)


def test_who_came_after_all_may_have_chosen_another_hour_meanwhile(session, olga, met):
    staff_bookings.note_outcome(_turn(session), met.id, "no_show")
    slots.reserve(session, met.candidate, add_slot(session, olga, NOW + DAY).id, now=NOW)
    staff_bookings.note_outcome(_turn(session), met.id, "attended")
    assert "Есть ещё один час: вт 24 нояб. 12:00." in _last(session)[1]


def test_an_outcome_nobody_knows_shows_the_booking_as_it_is(session, met):
    staff_bookings.note_outcome(_turn(session), met.id, "vanished")
    assert (_last(session)[0], met.status) == ("staff.booking", BookingStatus.CONFIRMED)


# --- lists


def test_the_day_lists_the_own_meetings_of_the_recruiters_own_day(session, olga, city):
    colleague = add_recruiter(session, city, name="Дарья")
    midnight = NOW.replace(hour=21) - DAY  # in Moscow
    for at, recruiter in ((midnight, olga), (midnight + DAY, olga), (NOW, colleague)):
        _request(session, recruiter, city, at=at, status=BookingStatus.BOOKED)
    obey(_turn(session), "today", "")
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "staff.day")).one()
    assert [row[0]["label"] for row in message.keyboard] == ["00:00 Анна Иванова"]


def test_people_are_found_within_the_own_cities_only(session, olga, city):
    add_candidate(session, full_name="Анна Здешняя", city=city)
    add_candidate(session, full_name="Анна Чужая", city=add_city(session, "Казань"))
    obey(_turn(session), "find", "анна")
    assert ("Здешняя" in _last(session)[1], "Чужая" in _last(session)[1]) == (True, False)


def test_finding_nothing_says_how_to_ask(session, olga):
    for words in ("", "nobody"):
        obey(_turn(session), "find", words)
        assert "/find" in _last(session)[1]


def test_the_waiting_are_listed_the_longest_first(session, olga, city):
    for name, ago in (("Борис", 1), ("Анна", 5)):
        chooser = add_chooser(session, city, full_name=name)
        wait(session, chooser, Purpose.INTERVIEW, window=None, note="", now=NOW - timedelta(hours=ago))
    obey(_turn(session), "waiting", "")
    body = _last(session)[1]
    assert body.index("Анна") < body.index("Борис")
    assert ", 5 ч\n" in body and body.endswith(", 1 ч")  # the account reads Russian, whatever Telegram says


@pytest.mark.parametrize(("consent_at", "told"), [(None, "staff.help"), (NOW, "help")])
def test_help_in_a_linked_chat_is_that_of_staff_unless_they_applied(session, olga, consent_at, told):
    version = None if consent_at is None else "1"
    sender = Sender(update_id=99_000, chat_id=CHAT, received_at=NOW)
    turn = open_turn(session, sender, now=NOW)
    turn.candidate.consent_at, turn.candidate.consent_version = consent_at, version
    operations.obey(turn, "help")
    assert _last(session)[0] == told


@pytest.mark.parametrize(("consent_at", "told"), [(None, "staff.help"), (NOW, "name.words")])
def test_words_in_a_linked_chat_are_answered_for_staff_unless_they_applied(session, olga, consent_at, told):
    turn = open_turn(session, Sender(update_id=99_000, chat_id=CHAT, received_at=NOW), now=NOW)
    turn.candidate.consent_at, turn.candidate.consent_version = consent_at, None if consent_at is None else "1"
    turn.opens(turn.due_prompt())
    operations.say(turn, "1")
    assert _last(session)[0] == told


def test_a_sticker_in_a_linked_chat_is_answered_for_staff(session, olga):
    turn = open_turn(session, Sender(update_id=99_001, chat_id=CHAT, received_at=NOW), now=NOW)
    operations.take_other(turn, "sticker")
    assert _last(session)[0] == "staff.help"


@pytest.mark.parametrize(
    "write",
    [
        lambda turn: operations.say(turn, "1"),
        lambda turn: operations.take_other(turn, "sticker"),
        lambda turn: operations.share_contact(turn, "79123456789", own=True),
        *(lambda turn, name=name: operations.obey(turn, name) for name in ("help", "my", "human", "mydata", "odd")),
    ],
)
def test_staff_who_write_do_not_become_candidates(session, olga, write):
    for update_id in (99_000, 99_001):
        write(open_turn(session, Sender(update_id=update_id, chat_id=CHAT, received_at=NOW), now=NOW))
    session.flush()
    assert [kind for kind, _ in _told(session)] == ["staff.help"] * 2
    assert session.scalars(select(Candidate)).all() == []
    assert session.scalars(select(Entry.kind).where(Entry.kind == "candidate.started")).all() == []


def test_staff_who_applied_keep_their_card(session, olga):
    turn = open_turn(session, Sender(update_id=99_000, chat_id=CHAT, received_at=NOW), now=NOW)
    registration.start(turn, "")
    later = NOW + timedelta(minutes=1)
    operations.say(open_turn(session, Sender(update_id=99_001, chat_id=CHAT, received_at=later), now=later), "1")
    assert _last(session)[0] == "staff.help"
    operations.obey(open_turn(session, Sender(update_id=99_002, chat_id=CHAT, received_at=later), now=later), "forget")
    assert _last(session)[0] == "forget.ask"
    assert session.scalars(select(Candidate)).one().created_at == NOW


@pytest.mark.parametrize("command", ["waiting", "find"])
def test_a_list_of_people_fits_into_a_message_whatever_they_are_called(session, olga, city, command):
    for number in range(30):
        chooser = add_chooser(session, city, full_name=f"Щука{number} " + "𝕬" * 190)
        wait(session, chooser, Purpose.INTERVIEW, window=None, note="", now=NOW - timedelta(hours=number))
    obey(_turn(session), command, "щука")
    shown = shown_words(_last(session)[1])
    assert telegram_length(shown) <= len(samples.longest_values("staff.waiting", "ru", {})["people"]) <= LONGEST
    assert shown.startswith("• Щука")


@pytest.mark.parametrize("command", ["today", "tomorrow", "waiting", "find", "unlink", "staff"])
def test_a_stranger_is_told_that_commands_are_for_staff(session, command):
    obey(_turn(session, 78), command, "анна")
    assert [kind for kind, _ in _told(session, 78)] == ["staff.not_linked"]


def test_a_strangers_flood_of_commands_is_answered_once_and_then_passed_over(session):
    turns = [_turn(session, 78) for _ in range(25)]
    assert [turn is not None for turn in turns] == [True] * 20 + [False] * 5
    assert [kind for kind, _ in _told(session, 78)] == ["flood"]
    assert _turn(session, 79) is not None
    assert _turn(session, 78, now=NOW + timedelta(seconds=10)) is not None


def test_a_recruiter_may_press_as_quickly_as_it_takes(session, olga):
    assert all(_turn(session) for _ in range(25))


def test_an_update_of_staff_is_answered_once(session, olga):
    sender = Sender(update_id=1, chat_id=CHAT, received_at=NOW)
    assert staff.open_staff_turn(session, sender, now=NOW) is not None
    assert staff.open_staff_turn(session, sender, now=NOW) is None


# --- reasons


def _reasons(session, about=About.REFUSAL):
    return [reason for reason in usual_reasons(session) if reason.about == about]


def _offered(session):
    session.flush()
    asked = select(OutboxMessage).where(OutboxMessage.kind == "staff.why_refuse").order_by(OutboxMessage.id.desc())
    return [row[0]["label"] for row in session.scalars(asked.limit(1)).one().keyboard[:-1]]


def test_reasons_are_the_rows_in_their_order_in_the_accounts_language(session, olga, city):
    booking, (busy, filled, other) = _request(session, olga, city), _reasons(session)
    filled.position, busy.active = 1, False
    staff_bookings.ask_refusal(_turn(session), booking.id)
    assert _offered(session) == [filled.words_ru, other.words_ru]
    _account(session).language = "en"
    staff_bookings.ask_refusal(_turn(session), booking.id)
    assert _offered(session) == [filled.words_en, other.words_en]


def test_a_reason_that_was_hidden_since_counts_for_who_was_offered_it(session, olga, city):
    booking, busy = _request(session, olga, city), _reasons(session)[0]
    busy.active = False
    staff_bookings.refuse(_turn(session), booking.id, str(busy.id))
    assert booking.end_reason == busy.words_ru


@pytest.mark.parametrize("about", [About.REJECTION, About.WITHDRAWAL])
def test_a_reason_for_something_else_refuses_nothing(session, olga, city, about):
    booking = _request(session, olga, city)
    staff_bookings.refuse(_turn(session), booking.id, str(_reasons(session, about)[0].id))
    assert (_last(session)[0], booking.status) == ("staff.booking", BookingStatus.PENDING)
