"""Tomorrow's list in the evening, and the call when somebody who is expected cannot be reached."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging import samples
from recruitsmart.domain.messaging.markup import shown_words, telegram_length
from recruitsmart.domain.messaging.proofreading import proofread
from recruitsmart.domain.messaging.texts import LONGEST, shipped
from recruitsmart.domain.pipeline.directory import save_recruiter
from recruitsmart.domain.slots import digests, ending, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.domain.slots.reaching import lose_contact
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, messages, pending_timers, statements_of, told
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

FIRINGS = {digests.DIGEST: digests.send_digest}
EVENING = NOW + 6 * HOUR  # 18:00 in Moscow
DAY = timedelta(days=1)


@pytest.fixture
def booking(session, city, slot):
    city.approval_required = False
    return slots.reserve(session, add_chooser(session, city, phone="+79123456789"), slot.id, now=NOW)


def _evening(session, recruiter, *, late=timedelta(0)):
    digests.arm_digest(session, recruiter, now=NOW)
    run_due(session, FIRINGS, now=EVENING + late)
    return messages(session, "staff.digest")


# --- when


@pytest.mark.parametrize(
    ("now", "at"),
    [
        (datetime(2026, 10, 24, 10, tzinfo=UTC), datetime(2026, 10, 24, 16, tzinfo=UTC)),
        (datetime(2026, 10, 24, 16, tzinfo=UTC), datetime(2026, 10, 25, 17, tzinfo=UTC)),  # clocks went back at night
    ],
)
def test_it_comes_at_18_on_the_recruiters_wall_clock(now, at):
    assert digests.next_digest_at(ZoneInfo("Europe/Berlin"), now=now) == at


def test_each_evening_plans_the_next_one(session, recruiter, booking):
    _evening(session, recruiter)
    assert pending_timers(session, recruiter.id)[digests.DIGEST] == EVENING + DAY


def test_whoever_can_get_a_list_gets_it_planned_once(session, city, recruiter):
    add_recruiter(session, city, name="без чата", chat_id=None), add_recruiter(session, city, active=False)
    digests.arm_digests(session, now=NOW)
    digests.arm_digests(session, now=NOW + 7 * HOUR)
    assert pending_timers(session, recruiter.id) == {digests.DIGEST: EVENING}
    assert run_due(session, FIRINGS, now=NOW + 30 * DAY) == 1


def test_another_zone_of_the_recruiter_moves_the_list(session, recruiter):
    digests.arm_digest(session, recruiter, now=NOW)
    recruiter.time_zone = "Asia/Yekaterinburg"
    save_recruiter(session, recruiter, actor=STAFF, now=NOW)
    assert pending_timers(session, recruiter.id)[digests.DIGEST] == EVENING - 2 * HOUR


# --- what


def test_it_names_everybody_of_tomorrow_with_their_answer(session, city, recruiter, booking):
    slots.confirm(session, booking.candidate, booking.id, now=NOW)
    city.approval_required = True
    for number, name in enumerate(["Пётр <b>", "Вера Лис"], 1):
        later = add_slot(session, recruiter, TOMORROW + number * HOUR)
        slots.reserve(session, add_chooser(session, city, full_name=name), later.id, now=NOW)
    in_two_days = add_slot(session, recruiter, TOMORROW + DAY)
    slots.reserve(session, add_chooser(session, city, full_name="Послезавтра Анна"), in_two_days.id, now=NOW)
    (digest,) = _evening(session, recruiter)
    assert "✓ 12:00 Анна Иванова, Москва\n? 13:00 Пётр &lt;b&gt;, Москва\n? 14:00 Вера Лис, Москва" in digest.body
    assert "Встреч: 3" in digest.body and "Послезавтра" not in digest.body


def test_the_longest_list_is_as_long_as_a_text_is_proofread_with_and_can_be_sent(session, city, recruiter):
    """Whatever people and cities are called; what does not fit is counted."""
    city.name, names = "Г" * 120, ["Щ" * 200, "𝕬" * 200]
    city.approval_required = False
    for number in range(60):
        slot = add_slot(session, recruiter, TOMORROW + timedelta(minutes=10 * number), minutes=10)
        slots.reserve(session, add_chooser(session, city, full_name=names[number % 2]), slot.id, now=NOW)
    (digest,) = _evening(session, recruiter)
    shown = shown_words(digest.body)
    lines = [line for line in shown.splitlines() if line.startswith("·") and "Г" in line]
    proofread_with = samples.longest_values("staff.digest", "ru", {})["list"]
    assert 0.9 * len(proofread_with) < telegram_length("\n".join(lines)) <= len(proofread_with)
    assert telegram_length(shown) <= LONGEST
    assert f"и ещё {60 - len(lines)}" in digest.body


def test_a_text_around_the_list_leaves_room_for_it():
    body = shipped("ru")["staff.digest"]
    proofread("staff.digest", body + "x" * 300, language="ru")
    with pytest.raises(BadText, match="With the longest names"):
        proofread("staff.digest", body + "x" * 1000, language="ru")


def test_an_introductory_day_is_one_line_with_its_numbers(session, city, recruiter, booking):
    day = add_slot(session, recruiter, TOMORROW - HOUR, purpose=Purpose.INTRO_DAY, capacity=9)
    for _ in range(3):
        invited = add_chooser(session, city, stage=Stage.TO_INTRO_DAY)
        seat = slots.assign(session, invited, day.id, actor=STAFF, now=NOW)
    slots.confirm(session, invited, seat.id, now=NOW)
    (digest,) = _evening(session, recruiter)
    assert "11:00 ознакомительный день: 3 (✓ 1)\n· 12:00 Анна Иванова, Москва" in digest.body
    assert "Встреч: 2" in digest.body


def test_nobody_to_meet_is_no_message(session, recruiter):
    assert _evening(session, recruiter) == []


@pytest.mark.parametrize(("late", "count"), [(4 * HOUR, 1), (4 * HOUR + timedelta(seconds=1), 0)])
def test_after_an_outage_it_comes_as_long_as_it_is_evening(session, recruiter, booking, late, count):
    assert len(_evening(session, recruiter, late=late)) == count


def test_an_evening_that_is_tried_twice_is_told_once(session, recruiter, booking):
    _evening(session, recruiter)
    assert len(_evening(session, recruiter)) == 1


# --- whom to call


def _lost(session, city, *, name, slot=None, waits=False):
    person = add_chooser(session, city, full_name=name)
    if slot is not None:
        slots.reserve(session, person, slot.id, now=NOW)
    if waits:
        waiting.wait(session, person, Purpose.INTERVIEW, now=NOW)
    lose_contact(session, person.contact.chat_id, reason="blocked", now=NOW)
    session.flush()


def test_it_names_whom_no_message_reaches_and_who_is_expected_or_waits(session, city, recruiter):
    city.approval_required = False
    elsewhere = add_city(session, "Казань", approval_required=False)
    colleague = add_recruiter(session, city, elsewhere, name="Дарья")
    _lost(session, city, name="Вера <b>", waits=True)
    _lost(session, city, name="Анна Лис", slot=add_slot(session, colleague, TOMORROW + 3 * DAY))
    _lost(session, city, name="Никому не нужна")
    _lost(session, elsewhere, name="Чужая Яна", slot=add_slot(session, colleague, TOMORROW + 4 * DAY))
    (digest,) = _evening(session, recruiter)
    assert "Позвоните, нет связи: 2\n• Анна Лис\n• Вера &lt;b&gt;" in shown_as_sent(digest)
    assert "Никому" not in digest.body and "Чужая" not in digest.body
    assert "Встреч нет" in digest.body and "страница «Позвонить»" in digest.body


def shown_as_sent(message):
    return message.body.replace("<b>", "").replace("</b>", "")


def test_whose_hour_is_over_is_nobodys_call_in_the_evening(session, city, recruiter, slot):
    city.approval_required = False
    soon = add_slot(session, recruiter, NOW + 2 * HOUR)
    _lost(session, city, name="Анна Лис", slot=soon)
    assert _evening(session, recruiter) == []


def test_of_many_to_call_it_names_a_few_and_counts_all(session, city, recruiter, booking):
    for number in range(9):
        _lost(session, city, name=f"Щ{number} " + "𝕬" * 190, waits=True)
    (digest,) = _evening(session, recruiter)
    longest = samples.longest_values("staff.digest", "ru", {})["to_call_names"]
    names = [line for line in shown_words(digest.body).splitlines() if line.startswith("• ")]
    assert "нет связи: 9" in shown_as_sent(digest)
    assert 1 < len(names) < 9 and telegram_length("\n".join(names)) <= len(longest)


def test_the_list_of_an_evening_costs_the_same_however_many_are_on_it(session, city, recruiter, booking):
    _lost(session, city, name="Анна Лис", waits=True)
    few = _statements_of_the_evening(session, recruiter, EVENING)
    for number in range(4):
        later = add_slot(session, recruiter, TOMORROW + DAY + number * HOUR)
        slots.reserve(session, add_chooser(session, city), later.id, now=NOW)
        _lost(session, city, name=f"Ещё {number}", waits=True)
    assert _statements_of_the_evening(session, recruiter, EVENING + DAY) == few


def _statements_of_the_evening(session, recruiter, evening):
    session.flush()
    session.expire_all()
    with statements_of(session) as statements:
        assert digests.send_digest(session, recruiter.id, evening, evening) is None
    return len(statements)


# --- who cannot be reached


def test_the_recruiter_is_told_to_call_once(session, recruiter, booking):
    for _ in range(2):
        lose_contact(session, booking.candidate.contact.chat_id, reason="blocked", now=NOW)
    (message,) = messages(session, "staff.unreachable")
    assert message.chat_id == recruiter.chat_id
    assert "Анна Иванова" in message.body and "+79123456789" in message.body


def test_who_is_not_expected_is_nobodys_call(session, recruiter, booking):
    ending.cancel(session, booking.candidate, booking.id, reason="ill", now=NOW)
    lose_contact(session, booking.candidate.contact.chat_id, reason="blocked", now=NOW)
    assert "staff.unreachable" not in told(session, recruiter.chat_id)
