"""Why a message did not arrive, as recruiters read it."""

import pytest
from flask import Flask

from recruitsmart.admin.reasons import reason_word


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("403 Forbidden: user is deactivated", "the Telegram account was deleted"),
        ("400 Bad Request: chat not found", "Telegram does not know this chat"),
        ("403 Forbidden: bot can't initiate conversation with a user", "has never written to the bot"),
        ("403 Forbidden: bot was blocked by the user", "blocked the bot"),
        ("quiet hours", "quiet hours"),
        ("400 Bad Request: something new", "400 Bad Request: something new"),
        (None, ""),
    ],
)
def test_what_telegram_answered_is_told_in_plain_words(app: Flask, told: str | None, words: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert reason_word(told) == words
