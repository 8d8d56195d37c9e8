"""The calls we make to Telegram, each bounded in time. telebot serves as HTTP client only."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from telebot import apihelper
from telebot.types import BotCommand, InputFile, MenuButtonDefault, MenuButtonWebApp, WebAppInfo

from recruitsmart.domain.messaging.sending import AS_PLAIN_TEXT, NOTHING_TO_EDIT, Claimed, Outcome, Verdict
from recruitsmart.telegram import markup
from recruitsmart.telegram.errors import CallFailed, in_words, is_bad_html, is_unchanged, is_uneditable, outcome_of
from recruitsmart.telegram.sessions import Sessions

CONNECT_SECONDS = 3.05
READ_SECONDS = 10
LONG_POLL_SECONDS = 25
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
PARSE_MODE = "HTML"


class Telegram:
    """One bot. Safe to use from several threads: each has an HTTP session of its own.

    `page` is the address of the Mini App, if there is one.
    """

    def __init__(self, token: str, api_url: str, *, page: str | None = None) -> None:
        self._token, self._page = token, page
        # telebot keeps these for the whole process; every process of ours has one bot.
        apihelper.API_URL = api_url.rstrip("/") + "/bot{0}/{1}"
        apihelper.CONNECT_TIMEOUT = CONNECT_SECONDS
        apihelper.READ_TIMEOUT = READ_SECONDS
        apihelper.LONG_POLLING_TIMEOUT = 0  # telebot takes an explicit 0 for "not given" and would wait 10 s
        apihelper.RETRY_ON_ERROR = False  # it delivered messages three and four times
        apihelper.CUSTOM_REQUEST_SENDER = Sessions(api_url).request

    def updates(self, *, offset: int, timeout_seconds: int) -> list[dict[str, Any]]:
        """Updates from `offset` on as raw JSON, oldest first, at most 100; waits up to `timeout_seconds` for the first.

        Asking with an offset tells Telegram that everything below it is done.
        """
        return list(
            apihelper.get_updates(
                self._token,
                offset=offset,
                limit=100,
                timeout=READ_SECONDS + timeout_seconds,
                long_polling_timeout=timeout_seconds,
                allowed_updates=list(ALLOWED_UPDATES),
            )
        )

    def answer_press(self, callback_query_id: str) -> None:
        """Stop the spinner of a pressed button. Telegram accepts this for about 15 s after the press."""
        apihelper.answer_callback_query(self._token, callback_query_id)

    def delete_webhook(self) -> None:
        """Polling needs that no webhook is set; what waits at Telegram is kept."""
        with in_words():
            apihelper.delete_webhook(self._token)

    def set_webhook(self, url: str, *, secret: str, connections: int) -> None:
        """Have updates posted to an address from now on, at most so many at once; what waits is kept."""
        with in_words():
            apihelper.set_webhook(
                self._token,
                url=url,
                secret_token=secret,
                max_connections=connections,
                allowed_updates=list(ALLOWED_UPDATES),
            )

    def webhook(self) -> dict[str, Any]:
        """Telegram's WebhookInfo: `url` is empty when none is set."""
        with in_words():
            return dict(apihelper.get_webhook_info(self._token))

    def waiting(self) -> int:
        """How many updates nobody has confirmed yet; Telegram shows only the first hundred of them."""
        return int(apihelper.get_webhook_info(self._token)["pending_update_count"])

    def me(self) -> dict[str, Any]:
        """The bot itself, which also tells whether the token is accepted."""
        with in_words():
            return dict(apihelper.get_me(self._token))

    def answers(self) -> bool:
        """Whether Telegram answers at all. Asks for the bot itself, which nobody sees."""
        try:
            apihelper.get_me(self._token)
        except apihelper.ApiTelegramException:
            return True
        except CallFailed:
            return False
        return True

    def set_commands(self, commands: dict[str, str], *, language: str) -> None:
        """The menu of commands for readers of a language."""
        listed = [BotCommand(name, words) for name, words in commands.items()]
        apihelper.set_my_commands(self._token, listed, language_code=language)

    def offer_page(self, label: str) -> None:
        """The button beside everybody's composer opens the Mini App; without one it shows the commands."""
        page = self._page
        button = MenuButtonDefault() if page is None else MenuButtonWebApp(label, WebAppInfo(page))
        apihelper.set_chat_menu_button(self._token, menu_button=button)

    def deliver(self, message: Claimed) -> Outcome:
        """Send or edit, and say what came of it. Never raises for anything Telegram or the network does."""
        try:
            return self._sent(message)
        except CallFailed as error:
            return outcome_of(error)

    def _sent(self, message: Claimed) -> Outcome:
        if message.replaces_message_id is not None and markup.is_inline(message.keyboard):
            edited = self._edited_if_possible(message)
            if edited is not None:
                return edited
        if message.edits_only:
            return NOTHING_TO_EDIT
        return self._readable(self._posted, message)

    def _edited_if_possible(self, message: Claimed) -> Outcome | None:
        try:
            return self._readable(self._edited, message)
        except apihelper.ApiTelegramException as error:
            if is_unchanged(error):
                return Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=message.replaces_message_id)
            if is_uneditable(error):
                return None
            raise

    def _readable(self, way: Callable[[Claimed, str | None], int | None], message: Claimed) -> Outcome:
        """Markup that Telegram cannot read goes as plain text."""
        try:
            return Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=way(message, PARSE_MODE))
        except apihelper.ApiTelegramException as error:
            if not is_bad_html(error):
                raise
            return Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=way(message, None), reason=AS_PLAIN_TEXT)

    def _edited(self, message: Claimed, parse_mode: str | None) -> int | None:
        apihelper.edit_message_text(
            self._token,
            message.body,
            chat_id=message.chat_id,
            message_id=message.replaces_message_id,
            parse_mode=parse_mode,
            reply_markup=markup.for_edited_message(message.keyboard, self._page),
        )
        return message.replaces_message_id

    def _posted(self, message: Claimed, parse_mode: str | None) -> int | None:
        sent = self._sent_file(message, parse_mode) if message.file_name else self._sent_words(message, parse_mode)
        return int(sent["message_id"])

    def _sent_words(self, message: Claimed, parse_mode: str | None) -> dict[str, Any]:
        return apihelper.send_message(
            self._token,
            message.chat_id,
            message.body,
            parse_mode=parse_mode,
            reply_markup=markup.for_new_message(message.keyboard, self._page),
        )

    def _sent_file(self, message: Claimed, parse_mode: str | None) -> dict[str, Any]:
        content = (message.file_text or "").encode()
        return apihelper.send_data(
            self._token,
            message.chat_id,
            InputFile(BytesIO(content), file_name=message.file_name),
            "document",
            caption=message.body,
            parse_mode=parse_mode,
            reply_markup=markup.for_new_message(message.keyboard, self._page),
        )
