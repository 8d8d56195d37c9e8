"""Every staff button, as Telegram brings it: whoever presses, however often and late, gets a sentence, and no harm."""

import re
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, text, update

from bot.translate import translate
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue.staff import open_staff_turn
from recruitsmart.domain.dialogue.turn import Sender
from recruitsmart.domain.directory.linking import unlink
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.queries import usual_reasons
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.markup import shown_words
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.schema import Base
from recruitsmart.domain.slots.ending import expire_pending
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot, add_test, choice_question
from workers.contract import FromStaff
from workers.registry import HANDLERS
from workers.tasks import staff as answers_of_staff

CHAT, STRANGER, ELSEWHERE, APPLICANT = 77, 78, 79, 80
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
NONSENSE = 2**63 - 1
_updates = count(1)

# What each button carries behind its action; the words in braces are the meetings of `world`.
CARRIED = {
    Action.STAFF_SHOW: ("{request}", "{met}", "{seat}"),
    Action.STAFF_APPROVE: ("{request}",),
    Action.STAFF_ASK_REFUSAL: ("{request}",),
    Action.STAFF_REFUSE: ("{request}:busy", "{request}:{busy}", "{request}:", f"{{request}}:{NONSENSE}"),
    Action.STAFF_ASK_HOURS: ("{request}", "{request}:", "{request}:{free}", f"{{request}}:{NONSENSE}-{{free}}"),
    Action.STAFF_PROPOSE: ("{request}:{free}", "{request}:{free}-{day}", f"{{request}}:{NONSENSE}", "{request}:"),
    Action.STAFF_OUTCOME: ("{met}:attended", "{met}:late", "{met}:no_show", f"{{met}}:{NONSENSE}"),
    Action.STAFF_PASS: ("{met}", "{request}"),
    Action.STAFF_GROUP: ("0:{day}", f"{NONSENSE}:{{day}}"),
    Action.STAFF_TICK: ("{seat}:attended:0", "{seat}:no_show:0", f"{{seat}}:{NONSENSE}:0", f"{{seat}}:late:{NONSENSE}"),
    Action.STAFF_ALL_CAME: ("{day}",),
    Action.STAFF_HIRE: ("{came}", "{seat}"),
    Action.STAFF_ASK_REJECTION: ("{came}", "{seat}"),
    Action.STAFF_REJECT: ("{came}:fit", "{came}:{fit}", "{came}:", f"{{came}}:{NONSENSE}"),
    Action.STAFF_BRING_BACK: ("{refused}",),
}
DATA = [f"{action}:{args}" for action, carried in CARRIED.items() for args in carried]
NOWHERE = [f"{action}:{re.sub('{.*?}', str(NONSENSE), carried[0])}" for action, carried in CARRIED.items()]
every_button = pytest.mark.parametrize("data", DATA)


def test_every_staff_button_is_pressed_here():
    assert set(CARRIED) == {action for action in Action if action.startswith("s_")}
    pressed = {type(_message(data.format_map(_ONE_EACH), CHAT)) for data in DATA}
    buttonless = {answers_of_staff.contract.LinkAccount, answers_of_staff.contract.StaffCommand}
    assert pressed == {kind for kind in HANDLERS if issubclass(kind, FromStaff)} - buttonless


_ONE_EACH = dict.fromkeys(("request", "met", "seat", "came", "refused", "day", "free", "busy", "fit"), 1)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return add_recruiter(session, city, chat_id=CHAT)


@pytest.fixture
def world(session, city, olga):
    """A meeting of every kind with its number, and who may press about it: a request and a free hour, an interview that
    is over, an introductory day that has begun with somebody expected, who came, and who came and was rejected."""
    add_test(session, choice_question("a", "x", "y", right="x"), key="test2", kind="exam", pass_percent=50)
    add_recruiter(session, add_city(session, "Казань"), name="Дарья", chat_id=ELSEWHERE)
    day = add_slot(session, olga, NOW - HOUR, purpose=Purpose.INTRO_DAY, capacity=9, minutes=180)
    later, before = add_slot(session, olga, NOW + 24 * HOUR), add_slot(session, olga, NOW - 3 * HOUR)
    free = add_slot(session, olga, NOW + 26 * HOUR)
    meetings = {
        "request": _meeting(session, city, later, BookingStatus.PENDING, chat_id=APPLICANT),
        "met": _meeting(session, city, before, BookingStatus.CONFIRMED),
        "seat": _meeting(session, city, day, BookingStatus.BOOKED, seat=1),
        "came": _meeting(session, city, day, BookingStatus.ATTENDED, seat=2),
        "refused": _meeting(session, city, day, BookingStatus.ATTENDED, seat=3),
    }
    reasons = {reason.key: reason.id for reason in usual_reasons(session) if reason.key in ("busy", "fit")}
    meetings["refused"].candidate.outcome = Outcome.REJECTED
    meetings["refused"].candidate.outcome_reason = "x"
    session.flush()
    return {name: meeting.id for name, meeting in meetings.items()} | {"day": day.id, "free": free.id} | reasons


def _meeting(session, city, slot, status, *, seat=1, chat_id=None):
    candidate = add_candidate(
        session, chat_id=chat_id, full_name="Анна Иванова", city=city, stage=Stage(slot.purpose), phone="+79001234567"
    )
    booking = Booking(
        slot=slot, candidate=candidate, purpose=slot.purpose, slot_capacity=slot.capacity, seat=seat, status=status,
        created_at=NOW, time_zone=city.time_zone, ended_at=None if status in LIVE else NOW,
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def _message(data, chat_id, now=NOW):
    person = {"id": chat_id, "first_name": "Анна", "language_code": "ru"}
    pressed = {"message_id": 5, "chat": {"id": chat_id, "type": "private"}}
    query = {"id": "1", "from": person, "message": pressed, "data": data}
    update_id = next(_updates)
    return translate({"update_id": update_id, "callback_query": query}, received_at=now.timestamp()).message


def _press(session, data, chat_id, now=NOW):
    """Press it as the worker would have it; the answer, which must be words of ours, and whom else we wrote to."""
    message = _message(data, chat_id, now)
    assert isinstance(message, FromStaff)
    newest = session.scalar(text("select coalesce(max(id), 0) from outbox"))
    sender = Sender(
        update_id=message.update_id, chat_id=chat_id, received_at=now, pressed_message_id=5, language_code="ru"
    )
    HANDLERS[type(message)](open_staff_turn(session, sender, now=now), message)
    session.flush()
    posted = session.scalars(select(OutboxMessage).where(OutboxMessage.id > newest).order_by(OutboxMessage.id)).all()
    answers = [one for one in posted if one.chat_id == chat_id and one.about.startswith("turn:")]
    assert answers, "silence"
    for answer in answers:
        _is_a_sentence(answer)
    return answers[-1].kind, [one.kind for one in posted if one not in answers]


def _is_a_sentence(answer):
    """Russian words, no key, no hole, and no English sentence in them."""
    shown = shown_words(answer.body)
    assert re.search("[а-я]{3}", shown), shown
    assert not re.search(r"\{\{|None|staff\.|[A-Za-z]+ [a-z]+ [a-z]+", shown), shown


def _rows(session, *, but=()):
    """A mark of all rows of each table, but for what every answer adds."""
    session.flush()
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in ("outbox", "seen_updates", *but)]
    marks = (f"select '{name}', md5(string_agg(x::text, '|' order by x::text)) from {name} x" for name in tables)
    return dict(session.execute(text(" union all ".join(marks))).all())


# --- who has no business here


def _leave(session):
    account = session.scalars(select(Account).where(Account.chat_id == CHAT)).one()
    account.active = False


def _unlink(session):
    unlink(session.scalars(select(Account).where(Account.chat_id == CHAT)).one())


@pytest.mark.parametrize(
    ("chat_id", "before", "answer"),
    [
        pytest.param(STRANGER, None, "staff.not_linked", id="a stranger"),
        pytest.param(APPLICANT, None, "staff.not_linked", id="the candidate"),
        pytest.param(CHAT, _leave, "staff.not_linked", id="a former recruiter"),
        pytest.param(CHAT, _unlink, "staff.not_linked", id="an unlinked recruiter"),
        pytest.param(ELSEWHERE, None, "error.not_found", id="a colleague of another city"),
    ],
)
@every_button
def test_who_has_no_business_here_is_told_so_and_changes_nothing(session, world, data, chat_id, before, answer):
    if before:
        before(session)
    rows = _rows(session)
    assert _press(session, data.format_map(world), chat_id) == (answer, [])
    assert _rows(session) == rows


# --- who has


@every_button
def test_twice_is_once(session, world, data):
    _press(session, data.format_map(world), CHAT)
    rows = _rows(session)
    _, others = _press(session, data.format_map(world), CHAT)
    assert (others, _rows(session)) == ([], rows)


UNSAID = [each for each in DATA if re.search(f"}}:({NONSENSE}(:0)?)?$", each) and "hours" not in each]


@pytest.mark.parametrize("data", UNSAID)
def test_what_no_button_says_changes_nothing(session, world, data):
    rows = _rows(session)
    answer, others = _press(session, data.format_map(world), CHAT)
    gone = data.startswith(Action.STAFF_PROPOSE)
    assert (answer, others, _rows(session)) == ("staff.hours_gone" if gone else "staff.booking", [], rows)


@pytest.mark.parametrize("data", NOWHERE)
def test_what_does_not_exist_is_not_found(session, world, data):
    rows = _rows(session)
    assert _press(session, data, CHAT) == ("error.not_found", [])
    assert _rows(session) == rows


# --- a month later


_OF_A_CORRECTION = ("bookings", "journal")  # who came is a fact about then, which can be put right


@every_button
def test_a_month_later_nothing_is_said_to_people_who_went_on(session, world, data):
    session.execute(update(Booking).where(Booking.status.in_(LIVE)).values(status="attended", ended_at=NOW))
    session.execute(
        update(Candidate).values(stage=Stage.HIRED, outcome=Outcome.HIRED, outcome_reason=None, stage_since=NOW)
    )
    session.expire_all()
    rows = _rows(session, but=_OF_A_CORRECTION)
    _, others = _press(session, data.format_map(world), CHAT, NOW + MONTH)
    assert (others, _rows(session, but=_OF_A_CORRECTION)) == ([], rows)


@pytest.mark.parametrize("data", [each for each in DATA if "{request}" in each])
def test_a_month_later_a_request_that_nobody_answered_is_over(session, world, data):
    expire_pending(session, world["request"], NOW, NOW + 24 * HOUR)
    rows = _rows(session)
    answer, others = _press(session, data.format_map(world), CHAT, NOW + MONTH)
    assert (answer, others, _rows(session)) == ("staff.booking", [], rows)


@pytest.mark.parametrize("data", [each for each in DATA if "{request}" not in each])
def test_a_month_later_what_nobody_noted_is_noted_once(session, world, data):
    _press(session, data.format_map(world), CHAT, NOW + MONTH)
    rows = _rows(session)
    _, others = _press(session, data.format_map(world), CHAT, NOW + MONTH + HOUR)
    assert (others, _rows(session)) == ([], rows)
