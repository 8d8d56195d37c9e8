"""Opening the Mini App as Telegram does, by a signature of the test's own making."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawQ"


def init_data(chat_id: int = 55, *, at: datetime, token: str = TOKEN, language: str = "en", **fields: Any) -> str:
    """What Telegram's clients hand to the page; `fields` are added, or left out when they are None."""
    user = {"id": chat_id, "first_name": "Anna", "language_code": language}
    whole = {"auth_date": str(int(at.timestamp())), "query_id": "AAHd", "user": json.dumps(user), **fields}
    return sealed({name: value for name, value in whole.items() if value is not None}, token=token)


def sealed(fields: dict[str, str], *, token: str = TOKEN) -> str:
    """These fields with their signature."""
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return urlencode({**fields, "hash": hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()})
