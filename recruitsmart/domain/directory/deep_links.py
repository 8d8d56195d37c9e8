"""Links that open the bot with a payload, and the bot's name that they are made of."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.linking import PREFIX as LINK
from recruitsmart.domain.directory.models import Bot

INVITATION = "invite_"  # of the payload of somebody's personal link
RESERVED = (LINK, INVITATION)
_PAYLOAD = re.compile(
    r"[A-Za-z0-9_-]{1,64}"
)  # what Telegram lets through: core.telegram.org/bots/features#deep-linking


def is_payload(words: str) -> bool:
    """Whether Telegram hands these words over with `/start`."""
    return _PAYLOAD.fullmatch(words) is not None


def is_reserved(payload: str) -> bool:
    """Whether a payload means something else than a source; case does not matter."""
    return payload.lower().startswith(RESERVED)


def deep_link(username: str, payload: str) -> str:
    """The address that opens the bot and starts it with a payload."""
    return f"https://t.me/{username}?start={payload}"


def introduce(session: Session, bot_id: int, username: str, *, now: datetime) -> None:
    """The bot says who it is, which it does whenever it starts."""
    said = {"username": username, "introduced_at": now}
    row = insert(Bot).values(id=bot_id, **said)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=said))


def bot_name(session: Session) -> str | None:
    """The username of the bot that introduced itself last; None when none ever has."""
    return session.scalar(select(Bot.username).order_by(Bot.introduced_at.desc()).limit(1))
