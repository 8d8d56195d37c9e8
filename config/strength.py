"""Which secrets are too easy to guess; pure."""

import re
from itertools import pairwise

SESSION_SECRET_CHARACTERS = 32
PASSWORD_CHARACTERS = 12

_FEWEST_DIFFERENT = 8
_PLACEHOLDERS = (
    "changeme", "changethis", "changein", "replaceme", "replacethis", "placeholder", "example", "insecure",
    "notsecure", "yoursecret", "mysecret", "supersecret", "devsecret", "secretkey", "sessionsecret", "qwerty",
)  # fmt: skip
# printed in the documentation of Flask and of FastAPI, and copied from there
_PUBLISHED = frozenset(
    {
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    }
)
_COMMON_WORDS = re.compile(
    "password|passwort|passw|parol|пароль|administrator|admin|recruitsmart|recruiter|qwerty|uiop|asdf|zxcv"
    "|letmein|welcome|iloveyou|changeme|secret|default|master|dragon|monkey|football|sunshine|princess"
)
_FEWEST_OTHER_CHARACTERS = 6
_LEET = str.maketrans("@$0134578", "asoieastb")
_SHORTEST_USER_NAME = 3


def is_well_known_secret(secret: str) -> bool:
    """True for placeholders, published examples, and anything repeated or counted up."""
    letters = re.sub(r"[\W_]", "", secret.casefold())
    return (
        is_regular(secret)
        or secret.casefold() in _PUBLISHED
        or any(placeholder in letters for placeholder in _PLACEHOLDERS)
    )


def is_common_password(password: str) -> bool:
    """True when regular, or a common word with decoration ("P@ssw0rd2024!"); length is another rule."""
    if is_regular(password):
        return True
    undecorated = re.sub(r"[\W\d_]+$", "", password.casefold()).translate(_LEET)
    rest, found = _COMMON_WORDS.subn("", re.sub(r"[\W\d_]", "", undecorated))
    return found > 0 and len(rest) < _FEWEST_OTHER_CHARACTERS


def contains_name(password: str, user: str) -> bool:
    """True when the user's name, or the part of an e-mail address before the @, is in the password."""
    name = user.casefold().partition("@")[0]
    return len(name) >= _SHORTEST_USER_NAME and name in password.casefold()


def is_regular(text: str) -> bool:
    """True for a repeated piece, for a run such as "abcdef…", and for very few different characters."""
    return _repeats(text) or _counts_up(text) or len(set(text)) < min(_FEWEST_DIFFERENT, len(text))


def _repeats(text: str) -> bool:
    return any(text[period:] == text[:-period] for period in range(1, len(text) // 2 + 1))


def _counts_up(text: str) -> bool:
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return bool(steps) and max(steps.count(1), steps.count(-1)) * 2 > len(steps)
