"""The bot says who it is, or tries again."""

from typing import Any

from kombu.exceptions import OperationalError

from bot.introduction import introduce
from recruitsmart.telegram.refusal import Refused
from workers.contract import IntroduceBot, Message


class Telegram:
    """Telegram at the network's edge."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    def me(self) -> dict[str, Any]:
        if self.away:
            raise Refused("Telegram does not answer")
        return {"id": 77, "is_bot": True, "username": "smart_bot"}


def test_it_passes_on_what_telegram_says() -> None:
    said: list[Message] = []
    assert introduce(Telegram(), said.append)  # type: ignore[arg-type]
    assert said == [IntroduceBot(bot_id=77, username="smart_bot")]


def test_it_says_that_it_could_not_when_telegram_is_away() -> None:
    said: list[Message] = []
    assert not introduce(Telegram(away=True), said.append)  # type: ignore[arg-type]
    assert said == []


def test_it_says_that_it_could_not_when_redis_is_away() -> None:
    def refuse(message: Message) -> None:
        raise OperationalError

    assert not introduce(Telegram(), refuse)  # type: ignore[arg-type]
