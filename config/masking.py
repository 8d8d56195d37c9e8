"""Hides secrets in texts that people will read: log lines and error messages."""

import re

MASK = "***"
# Telegram's tokens are digits, a colon and 35 characters. requests puts the whole address, token included,
# into the text of its exceptions, and some layers percent-encode the colon.
_BOT_TOKEN = re.compile(r"\d{5,20}(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")


def masked(text: str) -> str:
    """The text without anything that looks like a bot token or a password inside an address."""
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}@", _BOT_TOKEN.sub(MASK, text))
