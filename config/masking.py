"""Hides secrets in texts that people will read: log lines and error messages."""

import re

MASK = "***"
# Telegram's tokens are digits, a colon and 35 characters. requests puts the whole address, token included,
# into the text of its exceptions, and some layers percent-encode the colon.
_BOT_TOKEN = re.compile(r"\d{5,20}(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE)
# To the last "@" before the path: a password may hold one that nobody has percent-encoded.
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s\"']+@")
# Postgres puts the row that broke a rule into its DETAIL, names and phones included; it ends where SQLAlchemy or Python
# goes on, else with the text. Line ends may have been escaped already, as in the `repr` of an error.
_ROW = re.compile(r"(DETAIL: ).*?(?=(?:\n|\\n)\[SQL:|(?:\n|\\n)(?:The above exception|During handling)|\Z)", re.DOTALL)


def masked(text: str) -> str:
    """The text without bot tokens, passwords inside addresses, and rows of people's data in errors of Postgres.

    For one message or one traceback: a row without an end would take along whatever is joined to it.
    """
    return _ROW.sub(rf"\g<1>{MASK}", without_secrets(text))


def without_secrets(text: str) -> str:
    """The text without bot tokens and passwords inside addresses; a finished line stays one."""
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}@", _BOT_TOKEN.sub(MASK, text))
