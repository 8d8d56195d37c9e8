"""The error of commands' calls to Telegram; it knows nothing of the library, so that commands need not either."""


class Refused(Exception):
    """Telegram refused a call or did not answer; the text says what it said, without the token."""
