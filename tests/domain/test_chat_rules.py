"""To whom typed words go, how long a human is there, and what can be sent: pure."""

from datetime import UTC, datetime, time, timedelta

import pytest

from recruitsmart.domain.chats.rules import LONGEST_LINE, answer_from, checked_line, human_until, is_for_human
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.errors import BadInput
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
MOSCOW = City(name="Москва", time_zone="Europe/Moscow", quiet_from=time(22), quiet_until=time(8))


@pytest.mark.parametrize("with_human", [True, False])
@pytest.mark.parametrize("asked_at", [None, NOW - MINUTE, NOW])
def test_words_after_turning_to_a_human_are_the_humans(with_human, asked_at):
    assert is_for_human(turned_at=NOW, with_human=with_human, asked_at=asked_at, own_errand=False)


def test_who_only_waits_answers_what_the_bot_has_put_since():
    assert not is_for_human(turned_at=NOW, with_human=False, asked_at=NOW + MINUTE, own_errand=False)


def test_while_a_human_is_there_nothing_that_was_put_takes_the_words():
    assert is_for_human(turned_at=NOW, with_human=True, asked_at=NOW + MINUTE, own_errand=False)


def test_an_errand_of_the_persons_own_takes_the_words_until_the_human_speaks_again():
    assert not is_for_human(turned_at=NOW, with_human=True, asked_at=NOW + MINUTE, own_errand=True)
    assert is_for_human(turned_at=NOW + 2 * MINUTE, with_human=True, asked_at=NOW + MINUTE, own_errand=True)


def test_a_conversation_nobody_turned_to_takes_no_words():
    assert not is_for_human(turned_at=None, with_human=False, asked_at=None, own_errand=False)


@pytest.mark.parametrize(
    ("spoke_at", "until"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:45"),
        ("2026-11-23 18:15", "2026-11-24 05:00"),  # 22:00 in Moscow: the bot is back at eight
        ("2026-11-23 18:14", "2026-11-23 18:59"),
    ],
)
def test_a_human_is_there_for_45_minutes_and_the_bot_comes_back_by_day(spoke_at, until):
    at, back = (datetime.fromisoformat(words).replace(tzinfo=UTC) for words in (spoke_at, until))
    assert human_until(MOSCOW, now=at) == back


def test_without_a_city_there_is_no_night():
    assert human_until(None, now=NOW) == NOW + 45 * MINUTE
    assert answer_from(None, now=NOW) is None


def test_at_night_the_answer_is_promised_for_the_morning():
    assert answer_from(MOSCOW, now=NOW) is None
    assert answer_from(MOSCOW, now=NOW.replace(hour=20)) == NOW.replace(hour=5) + timedelta(days=1)


def test_what_is_typed_is_sent_without_blanks_around_it():
    assert checked_line("  Да,\r\nждём \0 ") == "Да,\nждём"


@pytest.mark.parametrize("typed", ["", " \r\n ", "\0", "x" * (LONGEST_LINE + 1), "😀" * (LONGEST_LINE // 2 + 1)])
def test_nothing_and_too_much_are_not_sent(typed):
    with pytest.raises(BadInput):
        checked_line(typed)
