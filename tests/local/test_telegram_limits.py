"""How fast a bot may speak."""

from datetime import UTC, datetime, timedelta

import pytest

from recruitsmart.local.telegram.errors import ApiError
from recruitsmart.local.telegram.limits import Limits

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_burst_of_five_to_one_chat_passes_and_the_sixth_waits_a_second():
    limits = Limits()
    for _ in range(5):
        limits.take(55, now=NOON)
    with pytest.raises(ApiError, match="Too Many Requests: retry after 1") as refused:
        limits.take(55, now=NOON)
    assert (refused.value.code, refused.value.retry_after) == (429, 1)


def test_after_the_burst_one_message_a_second_passes():
    limits = Limits()
    for _ in range(5):
        limits.take(55, now=NOON)
    for second in range(1, 10):
        limits.take(55, now=after(second))
        with pytest.raises(ApiError):
            limits.take(55, now=after(second + 0.5))


def test_thirty_messages_a_second_pass_and_no_window_of_a_second_holds_more():
    limits = Limits()
    sent = []
    for step in range(400):
        try:
            limits.take(step, now=after(step / 100))
        except ApiError:
            continue
        sent.append(step)
    assert sent[:30] == list(range(30))
    assert max(sum(1 for each in sent if begin <= each < begin + 100) for begin in range(300)) == 30
    assert len(sent) == 120


def test_another_chat_is_not_slowed_by_a_busy_one():
    limits = Limits()
    for _ in range(5):
        limits.take(55, now=NOON)
    limits.take(56, now=NOON)


def test_refused_calls_do_not_lengthen_the_wait():
    limits = Limits()
    for _ in range(5):
        limits.take(55, now=NOON)
    for _ in range(10):
        with pytest.raises(ApiError):
            limits.take(55, now=NOON)
    limits.take(55, now=after(1))
