"""Who opened the Mini App, by the word of Telegram: pure verification of its init data.

core.telegram.org/bots/webapps, “Validating data received via the Mini App”.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

GREATEST_AGE = timedelta(hours=24)
CLOCKS_APART = timedelta(seconds=60)  # Telegram's clock and ours
LONGEST = 4096
MOST_FIELDS = 32
GREATEST_ID = 2**52  # core.telegram.org/bots/api#user: at most 52 significant bits
_WHOLE_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whom Telegram vouches for; the number of a person is that of their private chat with the bot."""

    chat_id: int
    language_code: str | None


class InitDataRefused(Exception):
    """These init data prove nothing; `code` tells a program why."""

    code: ClassVar[str]


class Missing(InitDataRefused):
    """There are none."""

    code = "init_data_missing"


class Malformed(InitDataRefused):
    """They are no query string as Telegram writes it: too long, a field twice, no moment, no signature."""

    code = "init_data_malformed"


class Forged(InitDataRefused):
    """The signature is another one: something was changed, or they are of another bot."""

    code = "init_data_forged"


class Expired(InitDataRefused):
    """They are older than a day."""

    code = "init_data_expired"


class FromTheFuture(InitDataRefused):
    """They are of a moment that has not come."""

    code = "init_data_from_the_future"


class WithoutUser(InitDataRefused):
    """They name no person."""

    code = "init_data_without_user"


def verified(init_data: str, token: str, *, now: datetime) -> Visitor:
    """Who opened the page. Nothing in the data is believed before the signature is found right, in constant time.

    Raises:
        InitDataRefused: one of the classes above.
        ValueError: there is no token, so nothing can be verified.
    """
    if not token:
        raise ValueError("without a token everybody could sign")
    fields = _fields(init_data)
    signature = fields.pop("hash", "")
    if not hmac.compare_digest(signed(fields, token).encode(), signature.encode()):
        raise Forged
    _judge_moment(fields.get("auth_date", ""), now=now)
    return _visitor(fields.get("user", ""))


def signed(fields: Mapping[str, str], token: str) -> str:
    """The signature of these fields, in hexadecimal digits: each on a line of its own, in the order of their names."""
    secret = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    checked = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hmac.new(secret, checked.encode(), hashlib.sha256).hexdigest()


def _fields(init_data: str) -> dict[str, str]:
    if not init_data.strip():
        raise Missing
    if len(init_data) > LONGEST:
        raise Malformed
    try:
        pairs = parse_qsl(
            init_data, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
        "".join(value for _, value in pairs).encode()
    except ValueError as error:
        raise Malformed from error
    fields = dict(pairs)
    if len(fields) < len(pairs) or "hash" not in fields:  # of a doubled field nobody could say which one is meant
        raise Malformed
    return fields


def _judge_moment(auth_date: str, *, now: datetime) -> None:
    if not _WHOLE_NUMBER.fullmatch(auth_date):
        raise Malformed
    try:
        at = datetime.fromtimestamp(int(auth_date), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed from error
    if now - at > GREATEST_AGE:
        raise Expired
    if at - now > CLOCKS_APART:
        raise FromTheFuture


def _visitor(user: str) -> Visitor:
    try:
        named: Any = json.loads(user)
    except (ValueError, RecursionError) as error:
        raise WithoutUser from error
    chat_id = named.get("id") if isinstance(named, dict) else None
    if type(chat_id) is not int or not 0 < chat_id < GREATEST_ID:
        raise WithoutUser
    language_code = named.get("language_code")
    return Visitor(chat_id=chat_id, language_code=language_code if isinstance(language_code, str) else None)
