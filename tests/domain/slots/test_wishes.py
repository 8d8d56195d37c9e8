"""Wished times as people type them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recruitsmart.domain.slots.wishes import is_within, read_refusal, read_wish

MOSCOW = ZoneInfo("Europe/Moscow")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=MOSCOW)  # a Monday at noon


def _local(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def _midnight_after(day):
    return _local(day, 0) + timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "starts_at", "ends_at"),
    [
        ("завтра после 15", _local(24, 15), _midnight_after(24)),
        ("Завтра, после 15:30!", _local(24, 15, 30), _midnight_after(24)),
        ("tomorrow after 3 pm", _local(24, 15), _midnight_after(24)),
        ("after 3pm tomorrow", _local(24, 15), _midnight_after(24)),
        ("25.11 12:00-16:00", _local(25, 12), _local(25, 16)),
        ("25.11 12:00 – 16:00", _local(25, 12), _local(25, 16)),
        ("25/11/2026 12-16", _local(25, 12), _local(25, 16)),
        ("25.11.26 с 12 до 16", _local(25, 12), _local(25, 16)),
        ("25 ноября с 12 до 16", _local(25, 12), _local(25, 16)),
        ("25 november from 12 to 16", _local(25, 12), _local(25, 16)),
        ("November 25 between 12 and 16", _local(25, 12), _local(25, 16)),
        ("послезавтра до 14", _local(25, 0), _local(25, 14)),
        ("послезавтра утром", _local(25, 6), _local(25, 12)),
        ("в среду вечером", _local(25, 17), _local(25, 22)),
        ("wednesday afternoon", _local(25, 12), _local(25, 17)),
        ("сегодня после 18", _local(23, 18), _midnight_after(23)),
        ("завтра", _local(24, 0), _midnight_after(24)),
        ("завтра в 15", _local(24, 15), _local(24, 16)),
        ("завтра 15:00", _local(24, 15), _local(24, 16)),
        ("tomorrow at 3 pm", _local(24, 15), _local(24, 16)),
        ("после 15", _local(23, 15), _midnight_after(23)),
        ("до 11", _local(24, 0), _local(24, 11)),
        ("завтра после 6 вечера", _local(24, 18), _midnight_after(24)),
        ("завтра с 16 до 12", _local(24, 0), _midnight_after(24)),
        ("завтра с 23 до 24", _local(24, 23), _midnight_after(24)),
        ("завтра в 3 часа дня", _local(24, 15), _local(24, 16)),
        ("завтра после 3 часов дня", _local(24, 15), _midnight_after(24)),
        ("завтра с 9 часов утра до 3 часов дня", _local(24, 9), _local(24, 15)),
        ("завтра в 15 ч", _local(24, 15), _local(24, 16)),
        ("завтра не раньше 15", _local(24, 15), _midnight_after(24)),
        ("not before 3 pm tomorrow", _local(24, 15), _midnight_after(24)),
        ("tomorrow no earlier than 15:00", _local(24, 15), _midnight_after(24)),
        ("завтра не позже 15", _local(24, 0), _local(24, 15)),
        ("tomorrow, no later than 3 pm", _local(24, 0), _local(24, 15)),
        ("tomorrow 10-2 pm", _local(24, 10), _local(24, 14)),
        ("tomorrow 1-2 pm", _local(24, 13), _local(24, 14)),
        ("завтра с 10 до 3 дня", _local(24, 10), _local(24, 15)),
        ("в следующий понедельник", _local(30, 0), _midnight_after(30)),
        ("next Monday after 15", _local(30, 15), _midnight_after(30)),
        ("next tuesday", _local(24, 0), _midnight_after(24)),
        ("с 0 до 9 завтра", _local(24, 0), _local(24, 9)),
        ("завтра после обеда", _local(24, 13), _midnight_after(24)),
        ("после обеда", _local(23, 13), _midnight_after(23)),
        ("tomorrow after lunch", _local(24, 13), _midnight_after(24)),
        ("завтра до обеда", _local(24, 0), _local(24, 13)),
        ("завтра в обед", _local(24, 12), _local(24, 14)),
        ("завтра с утра", _local(24, 6), _local(24, 12)),
        ("завтра с утра, часов в 10", _local(24, 10), _local(24, 11)),
        ("завтра ближе к вечеру", _local(24, 17), _local(24, 22)),
        ("завтра после работы", _local(24, 18), _local(24, 22)),
        ("в среду во второй половине дня", _local(25, 12), _local(25, 22)),
        ("25.11 в первой половине", _local(25, 6), _local(25, 12)),
        ("завтра в 3", _local(24, 15), _local(24, 16)),
        ("завтра после 5", _local(24, 17), _midnight_after(24)),
        ("завтра в 3:30", _local(24, 15, 30), _local(24, 16, 30)),
        ("завтра с 2 до 4", _local(24, 14), _local(24, 16)),
        ("завтра 10-2", _local(24, 10), _local(24, 14)),
        ("завтра в 6 утра", _local(24, 6), _local(24, 7)),
        ("завтра в 7", _local(24, 7), _local(24, 8)),
        ("завтра в 03:00", _local(24, 3), _local(24, 4)),
        ("завтра между 10 и 12", _local(24, 10), _local(24, 12)),
        ("завтра в 10 и 11", _local(24, 10), _local(24, 11)),
        ("завтра не раньше чем в 15", _local(24, 15), _midnight_after(24)),
        ("не раньше, чем в 15", _local(23, 15), _midnight_after(23)),
        ("не позднее чем в 15", _local(23, 0), _local(23, 15)),
        ("no earlier than at 3 pm", _local(23, 15), _midnight_after(23)),
        ("завтра рано утром", _local(24, 6), _local(24, 12)),
        ("завтра поздно вечером", _local(24, 17), _local(24, 22)),
        ("tomorrow after work", _local(24, 18), _local(24, 22)),
        ("tomorrow at 10 would work", _local(24, 10), _local(24, 11)),
        ("tomorrow, but in the evening", _local(24, 17), _local(24, 22)),
        ("нет, завтра утром", _local(24, 6), _local(24, 12)),
        ("завтра неплохо", _local(24, 0), _midnight_after(24)),
        ("no problem, tomorrow at 10", _local(24, 10), _local(24, 11)),
        ("завтра?", _local(24, 0), _midnight_after(24)),
        ("tomorrow?", _local(24, 0), _midnight_after(24)),
        ("(завтра)", _local(24, 0), _midnight_after(24)),
        ("«завтра»", _local(24, 0), _midnight_after(24)),
        ("tomorrow: after 15", _local(24, 15), _midnight_after(24)),
        ("завтра…", _local(24, 0), _midnight_after(24)),
        ("пн утром?", _local(30, 6), _local(30, 12)),
        ("в понедельник?", _local(23, 0), _midnight_after(23)),
        ("завтра не раньше 10 и не позже 15", _local(24, 10), _local(24, 15)),
        ("завтра не раньше 10, не позже 15", _local(24, 10), _local(24, 15)),
        ("завтра не раньше 10 и не после 15", _local(24, 10), _local(24, 15)),
        ("завтра не позже 15 и не раньше 10", _local(24, 10), _local(24, 15)),
        ("завтра после 10, но до 15", _local(24, 10), _local(24, 15)),
        ("tomorrow not before 10 and not after 15", _local(24, 10), _local(24, 15)),
        ("tomorrow not before 10 am, not after 3 pm", _local(24, 10), _local(24, 15)),
        ("tomorrow not earlier than 10 and no later than 15", _local(24, 10), _local(24, 15)),
        ("tomorrow after 10 but before 15", _local(24, 10), _local(24, 15)),
        ("завтра до 10 или после 15", _local(24, 15), _midnight_after(24)),
        ("tomorrow 10am-2pm", _local(24, 10), _local(24, 14)),
        ("tomorrow 9:00 AM – 5:00 PM", _local(24, 9), _local(24, 17)),
        ("завтра 10 утра - 3 дня", _local(24, 10), _local(24, 15)),
        ("tomorrow 3pm", _local(24, 15), _local(24, 16)),
        ("3 pm", _local(23, 15), _local(23, 16)),
        ("8 вечера", _local(23, 20), _local(23, 21)),
        ("завтра в 18-00", _local(24, 18), _local(24, 19)),
        ("завтра с 9-30 до 12-00", _local(24, 9, 30), _local(24, 12)),
        ("завтра 10-15", _local(24, 10), _local(24, 15)),
        ("завтра с 10 до обеда", _local(24, 10), _local(24, 13)),
        ("завтра после обеда и до 18", _local(24, 13), _local(24, 18)),
        ("завтра вечером до 20", _local(24, 17), _local(24, 20)),
        ("завтра с утра до 15", _local(24, 6), _local(24, 15)),
        ("завтра утром после 10", _local(24, 10), _local(24, 12)),
        ("завтра до обеда, в 10", _local(24, 10), _local(24, 11)),
        ("завтра утром или после 18", _local(24, 18), _midnight_after(24)),
        ("завтра до 12 или вечером", _local(24, 0), _local(24, 12)),
        ("завтра в 11 часов дня", _local(24, 11), _local(24, 12)),
        ("завтра с 10 до 11 дня", _local(24, 10), _local(24, 11)),
        ("на следующей неделе в понедельник", _local(30, 0), _midnight_after(30)),
        ("в среду на следующей неделе", _local(25, 0) + timedelta(days=7), _midnight_after(25) + timedelta(days=7)),
        ("Wednesday next week", _local(25, 0) + timedelta(days=7), _midnight_after(25) + timedelta(days=7)),
        ("после завтра в 10", _local(25, 10), _local(25, 11)),
        ("по будням после 18", _local(23, 18), _midnight_after(23)),
        ("не раньше 25.11", _local(25, 0), _midnight_after(25)),
        ("not before Friday", _local(27, 0), _midnight_after(27)),
        ("завтра? в пятницу лучше", _local(27, 0), _midnight_after(27)),
        ("в среду после 15, во вторник до 18", _local(25, 15), _midnight_after(25)),
        ("завтра после 10, послезавтра до 15", _local(24, 10), _midnight_after(24)),
        ("какое время свободно завтра?", _local(24, 0), _midnight_after(24)),
        ("что насчёт завтра?", _local(24, 0), _midnight_after(24)),
        ("how about tomorrow?", _local(24, 0), _midnight_after(24)),
    ],
)
def test_a_wish_is_read(typed, starts_at, ends_at):
    window = read_wish(typed, MOSCOW, now=NOW)
    assert (window.starts_at, window.ends_at) == (starts_at, ends_at)


@pytest.mark.parametrize(
    ("typed", "starts_at", "ends_at"),
    [
        ("неудобно, лучше вечером", _local(23, 17), _local(23, 22)),
        ("неудобно. можно в 15?", _local(23, 15), _local(23, 16)),
        ("неудобно, давайте в пятницу", _local(27, 0), _midnight_after(27)),
        ("мне неудобно, лучше завтра", _local(24, 0), _midnight_after(24)),
        ("не удобно, давайте вечером", _local(23, 17), _local(23, 22)),
        ("не подходит, давайте утром", _local(24, 6), _local(24, 12)),
        ("не подходит, давайте завтра", _local(24, 0), _midnight_after(24)),
        ("не могу, лучше в 10", _local(24, 10), _local(24, 11)),
        ("не могу, давайте в пятницу", _local(27, 0), _midnight_after(27)),
        ("не смогу, можно после 18?", _local(23, 18), _midnight_after(23)),
        ("doesn't suit me, better in the evening", _local(23, 17), _local(23, 22)),
        ("It doesn’t work for me. Better after 6", _local(23, 18), _midnight_after(23)),
        ("не могу, лучше не завтра", _local(25, 0), _local(25, 0) + timedelta(days=30)),
    ],
)
def test_what_is_proposed_instead_of_the_hours_on_the_screen_is_a_wish(typed, starts_at, ends_at):
    window = read_wish(typed, MOSCOW, now=NOW)
    assert (window.starts_at, window.ends_at, read_refusal(typed)) == (starts_at, ends_at, None)


@pytest.mark.parametrize(
    "typed",
    ["", "не знаю", "когда угодно", "позвоните мне", "🙂", "32.13", "сегодня до 9",
     "01.01.0001", "31.12.9999", "25.11.2019", "не знаю, может завтра", "I don’t know, maybe tomorrow", "не могу",
     "не во вторник, а в среду", "завтра не могу до 15", "не в 10 и 11", "почему не завтра?", "why not tomorrow?",
     "отчего бы не завтра?", "разве не завтра?", "is it not tomorrow?", "после 10, но не после обеда",
     "after 10 but not after lunch"],
)  # fmt: skip
def test_what_names_no_time_to_come_is_none(typed):
    assert read_wish(typed, MOSCOW, now=NOW) is None


@pytest.mark.parametrize(
    "typed",
    ["can't, Friday please", "can't Friday please", "I can't make it, Friday works", "не могу. завтра приду",
     "завтра. не могу говорить", "не могу, буду завтра", "не могу буду завтра", "не могу не завтра",
     "а завтра нельзя?", "нельзя ли завтра", "can't it be tomorrow?", "завтра удобно, но не могу говорить",
     "до пятницы не могу", "раньше пятницы не могу", "после пятницы не могу", "I can't until Friday",
     "I can't before Friday", "до 25 ноября не могу"],
)  # fmt: skip
def test_a_negation_that_may_belong_to_something_else_rules_out_no_day(typed):
    assert read_wish(typed, MOSCOW, now=NOW) is None


@pytest.mark.parametrize(
    "typed",
    ["утром занят", "в 10 занята", "до 18 работаю", "с 9 до 18 на работе", "на работе до 18, после могу",
     "до 15 на учебе", "вечером никак", "завтра никак", "ни утром ни вечером", "никогда в 10", "утром нет",
     "вечером нет.", "в 9 рано", "в 19 поздно", "10:00 is too early", "I'm busy in the morning", "no morning please",
     "never at 10", "any time but the morning", "anytime but at 10", "cant in the morning", "tomorrow doesnt work",
     "I'm at work until 6", "I work until 6", "working till 6", "завтра? нет, в пятницу",
     "завтра нет, послезавтра да", "завтра, нет, послезавтра", "завтра невозможно", "завтра вряд ли", "завтра плохо",
     "завтра некогда", "завтра отпадает", "завтра уезжаю", "завтра болею", "завтра у меня экзамен",
     "недоступен до 15", "до 15 у меня пары", "на смене до 18", "с 9 до 14 занятия", "отмените завтра",
     "tomorrow is impossible", "unlikely tomorrow", "I'm unable to come tomorrow", "tomorrow is bad for me",
     "I'm away tomorrow", "I'm sick tomorrow", "unavailable until 3", "I have a class until 3", "cancel tomorrow",
     "можно вместо завтра в пятницу?", "вместо 25.11 можно 27.11", "за исключением 25.11", "instead of Tuesday",
     "anything but Friday", "every day but Friday", "any day other than Friday", "apart from Friday"],
)  # fmt: skip
def test_when_somebody_has_no_time_is_not_what_they_wish_for(typed):
    assert (read_wish(typed, MOSCOW, now=NOW), read_refusal(typed)) == (None, None)


@pytest.mark.parametrize(
    "typed",
    ["по пятницам после 15", "Fridays after 3", "не раньше пятницы после 15", "после пятницы в 10", "к среде в 10",
     "до четверга после 15", "25 числа после 15", "25-го в 15", "November 25th at 3", "on the 25th at 3",
     "на следующей неделе после 15", "next week after 3", "через неделю в 10", "через 2 дня в 10", "in 2 days at 10",
     "на выходных после 12", "at the weekend after 3", "before Friday", "by Friday", "after Friday",
     "до 25.11", "раньше 25 ноября", "до завтра!"],
)  # fmt: skip
def test_an_hour_of_a_day_that_is_not_read_is_none_of_today(typed):
    assert read_wish(typed, MOSCOW, now=NOW) is None


@pytest.mark.parametrize(
    "typed",
    ["куда подойти в пятницу?", "где встречаемся завтра?", "как добраться завтра?", "where do I go tomorrow?",
     "what should I bring tomorrow?", "что завтра брать с собой?"],
)  # fmt: skip
def test_who_asks_for_something_else_than_an_hour_wishes_for_none(typed):
    assert read_wish(typed, MOSCOW, now=NOW) is None


@pytest.mark.parametrize(
    "typed",
    ["завтра не могу", "только не во вторник", "кроме вторника", "tomorrow I can’t", "not on Tuesday", "не могу завтра",
     "завтра, к сожалению, не могу", "извините, завтра не получится", "а не завтра можно?", "нет, завтра нельзя",
     "а можно не завтра?"],
)  # fmt: skip
def test_who_cannot_come_tomorrow_means_any_later_day(typed):
    window = read_wish(typed, MOSCOW, now=NOW)
    assert (window.starts_at, window.ends_at) == (_local(25, 0), _local(25, 0) + timedelta(days=30))


@pytest.mark.parametrize(
    "typed",
    ["не в пятницу", "кроме пятницы", "в пятницу не получится", "в пятницу неудобно", "except friday", "27.11 нельзя"],
)
def test_who_cannot_come_on_a_later_day_means_the_days_before(typed):
    """Once that day has come the wish is over, and any hour suits."""
    window = read_wish(typed, MOSCOW, now=NOW)
    assert (window.starts_at, window.ends_at) == (NOW, _local(27, 0))


@pytest.mark.parametrize(
    ("typed", "begin", "end"),
    [
        ("not in the morning", 6, 12),
        ("Not in the morning, please!", 6, 12),
        ("only not in the mornings", 6, 12),
        ("the morning doesn’t work for me", 6, 12),
        ("I can't in the evening", 17, 22),
        ("not in the afternoon", 12, 17),
        ("not at 10", 10, 11),
        ("not at 10 am", 10, 11),
        ("3pm doesn't work", 15, 16),
        ("not 10am-2pm", 10, 14),
        ("не в 18-00", 18, 19),
        ("not between 10 and 12", 10, 12),
        ("I cannot after 6 pm", 18, 24),
        ("I can’t before lunch", 0, 13),
        ("не утром", 6, 12),
        ("только не утром)", 6, 12),
        ("утром не могу", 6, 12),
        ("А можно не утром?", 6, 12),
        ("утро не подходит", 6, 12),
        ("по утрам не получается", 6, 12),
        ("кроме утра", 6, 12),
        ("кроме вечера", 17, 22),
        ("не днём", 12, 17),
        ("до обеда не могу", 0, 13),
        ("не в 10", 10, 11),
        ("только не в 10 утра", 10, 11),
        ("в 3 не смогу", 15, 16),
        ("с 10 до 12 мне неудобно", 10, 12),
        ("не после 18", 18, 24),
        ("not after 6", 18, 24),
        ("не могу утром", 6, 12),
        ("утром не буду свободен", 6, 12),
        ("лучше не утром", 6, 12),
        ("давайте не утром", 6, 12),
        ("I'd rather not in the morning", 6, 12),
        ("утром, к сожалению, не могу", 6, 12),
        ("не между 10 и 12", 10, 12),
    ],
)
def test_a_part_of_the_day_that_does_not_suit_is_read(typed, begin, end):
    assert read_refusal(typed) == (time(begin), time.max if end == 24 else time(end))
    assert read_wish(typed, MOSCOW, now=NOW) is None


def test_half_an_hour_that_does_not_suit_leaves_the_next_hour():
    assert read_refusal("не в 10:30") == (time(10, 30), time(11))


@pytest.mark.parametrize(
    "typed",
    ["", "утром", "in the morning", "не знаю", "не могу", "не только утром", "not only in the morning",
     "not later than 15", "не раньше 15", "не утром, а вечером", "не утром и не вечером", "не завтра утром",
     "not on Monday morning", "не знаю, может утром", "не могу сказать, утром или днём",
     "I don't know, maybe in the morning", "утром работаю", "нет, утром", "no, in the morning",
     "I did not come at 10", "почему не утром", "не в 25", "не в 24", "не в 10 и 11",
     "не могу, буду свободен после 18", "не могу буду в 10", "не могу давайте вечером", "не, утром",
     "не, в 10 удобно", "не могу. Утром.", "не могу не утром", "в 10 удобно, но не могу",
     "I can't, I'm free at 10", "I can't, only at 10", "I can't please after 6", "at 10 works, but not available",
     "at 10 works but not available", "it doesn't work for me. after 6 please", "can't not in the morning"],
)  # fmt: skip
def test_whoever_says_anything_else_has_ruled_nothing_out(typed):
    assert read_refusal(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["а утром нельзя?", "а вечером не получится?", "в 15 не подойдет?", "нельзя ли утром",
     "can't I come in the evening?", "can't it be after 6?"],
)  # fmt: skip
def test_who_asks_whether_a_time_is_possible_has_not_ruled_it_out(typed):
    assert (read_wish(typed, MOSCOW, now=NOW), read_refusal(typed)) == (None, None)


def test_a_part_of_the_day_is_one_of_the_local_day():
    part = (time(6), time(12))
    hours = [_local(24, 5, 59), _local(24, 6), _local(24, 11, 59), _local(24, 12)]
    assert [is_within(at.astimezone(UTC), part, MOSCOW) for at in hours] == [False, True, True, False]


def test_a_weekday_whose_hour_is_over_today_means_next_week():
    window = read_wish("пн утром", MOSCOW, now=NOW)
    assert window is not None and window.starts_at == datetime(2026, 11, 30, 6, 0, tzinfo=MOSCOW)


def test_a_day_that_has_passed_this_year_means_the_next():
    window = read_wish("10.01 10-12", MOSCOW, now=NOW)
    assert window.starts_at == datetime(2027, 1, 10, 10, tzinfo=MOSCOW)


def test_the_persons_zone_decides_which_day_is_tomorrow():
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    assert read_wish("завтра", ZoneInfo("Asia/Vladivostok"), now=late).starts_at.day == 24
    assert read_wish("завтра", ZoneInfo("Asia/Vladivostok"), now=late).starts_at.hour == 14


@pytest.mark.parametrize("typed", ["08.03 02:00-03:00", "08.03 02:30-03:00"])
def test_a_window_the_clocks_skip_is_no_window(typed):
    assert read_wish(typed, NEW_YORK, now=datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_a_window_in_the_hour_that_comes_twice_is_in_order():
    window = read_wish("01.11 01:00-02:00", NEW_YORK, now=datetime(2026, 10, 25, tzinfo=UTC))
    assert window.ends_at - window.starts_at == timedelta(hours=2)


WORDS = st.sampled_from(
    ("завтра", "сегодня", "после", "до", "с", "по", "в", "пн", "среду", "25.11", "29.02", "31.04.26", "12:00", "24",
     "24:00", "25", "0", "99", "3", "pm", "am", "утра", "вечера", "-", "–", ":", ".", "ноября", "may", "after",
     "before", "between", "and", "9999", "00", "²", "٣", "12.30", "00:60", "не", "not", "кроме", "утром")
)  # fmt: skip


@given(
    st.text() | st.lists(WORDS, max_size=12).map(" ".join),
    st.sampled_from([MOSCOW, NEW_YORK, ZoneInfo("Asia/Kathmandu")]),
)
@example("31.12.9999 после 3", MOSCOW)
@example("с 99 до 100", MOSCOW)
@example("не в 24", MOSCOW)
def test_nothing_people_type_raises_and_a_window_is_always_in_order(typed, zone):
    window = read_wish(typed, zone, now=NOW)
    assert window is None or (window.starts_at < window.ends_at and window.ends_at > NOW)
    part = read_refusal(typed)
    assert part is None or part[0] < part[1]
