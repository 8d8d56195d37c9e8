"""Telegram's webhook: an update is answered with 200 only when Postgres has it, else Telegram posts it again."""

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.translate import Translated, translate
from config.settings import Settings
from recruitsmart import clock
from recruitsmart.extensions import csrf, limiter
from recruitsmart.metrics import count_update
from recruitsmart.web.places import Places
from workers.contract import FromPerson

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_UPDATE_BYTES = 256 * 1024  # Telegram's own limit is a quarter of it
RETRY_AFTER_SECONDS = "1"  # Telegram obeys it; without it the pauses grow to a minute


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What the webhook needs of the outside.

    `settle` enqueues an update and says within seconds whether Postgres has it; `stop_spinner` does not wait.
    """

    settle: Callable[[FromPerson], bool]
    stop_spinner: Callable[[str], None]


def init_app(app: Flask, settings: Settings, places: Places, intake: Intake) -> None:
    """Take updates at the path of BOT_WEBHOOK_URL."""
    webhook = _Webhook(settings.bot_webhook_secret or "", intake, places)
    view = limiter.exempt(csrf.exempt(webhook.take))
    app.add_url_rule(settings.webhook_path, "webhook", view, methods=["POST"])


class _Webhook:
    def __init__(self, secret: str, intake: Intake, places: Places) -> None:
        self._secret = secret.encode()
        self._intake = intake
        self._places = places

    def take(self) -> Response:
        """One update of Telegram's; nothing of it is read before the secret is right."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return _answer(HTTPStatus.FORBIDDEN)
        request.max_content_length = LONGEST_UPDATE_BYTES
        try:
            update = _update(request.get_data(cache=False))
        except RequestEntityTooLarge:
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if update is None:
            return _answer(HTTPStatus.BAD_REQUEST)
        count_update("webhook")
        return _answer(HTTPStatus.OK if self._settle(_translated(update)) else HTTPStatus.SERVICE_UNAVAILABLE)

    def _settle(self, translated: Translated) -> bool:
        if translated.callback_query_id is not None:
            self._intake.stop_spinner(translated.callback_query_id)
        if translated.message is None:
            return True
        settled = self._places.settle(self._intake.settle, translated.message)
        if settled is None:
            log.warning("too many updates wait already", extra={"update_id": translated.message.update_id})
        return bool(settled)


def _update(body: bytes) -> Mapping[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_update = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if is_update else None


def _translated(update: Mapping[str, Any]) -> Translated:
    """One that breaks the translation is passed over: Telegram would post it for a whole day."""
    try:
        return translate(update, received_at=clock.now().timestamp())
    except Exception:
        log.exception("an update cannot be read and is passed over", extra={"update_id": update["update_id"]})
        return Translated(message=None)


def _answer(status: HTTPStatus) -> Response:
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(status=status, headers=headers)
