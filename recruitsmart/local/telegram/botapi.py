"""The Bot API over HTTP: /bot<token>/<method>, with the faults that were asked for."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from . import fetching, sending
from .arguments import Arguments, read_arguments
from .chats import Bot
from .errors import ApiError
from .files import download
from .state import Simulator
from .wire import encoded

Method = Callable[[Simulator, Bot, Arguments], Any]

METHODS: dict[str, Method] = {
    "getMe": fetching.get_me,
    "setWebhook": fetching.set_webhook,
    "deleteWebhook": fetching.delete_webhook,
    "getWebhookInfo": fetching.get_webhook_info,
    "sendMessage": sending.send_message,
    "editMessageText": sending.edit_message_text,
    "editMessageReplyMarkup": sending.edit_message_reply_markup,
    "deleteMessage": sending.delete_message,
    "answerCallbackQuery": sending.answer_callback_query,
    "sendDocument": sending.send_document,
    "sendPhoto": sending.send_photo,
    "sendLocation": sending.send_location,
    "sendChatAction": sending.send_chat_action,
    "setMyCommands": fetching.set_my_commands,
    "deleteMyCommands": fetching.delete_my_commands,
    "setMyDescription": fetching.set_my_description,
    "setMyShortDescription": fetching.set_my_short_description,
    "setChatMenuButton": fetching.set_chat_menu_button,
    "getFile": fetching.get_file,
}
GET_UPDATES = "getUpdates"
# Telegram does not care about upper and lower case here.
_SPELLED = {name.lower(): name for name in (*METHODS, GET_UPDATES)}


@dataclass(slots=True, kw_only=True)
class Reply:
    """What a call is answered, and what the diary notes about it."""

    body: bytes
    chat_id: int = 0
    error_code: int = 0


def add_routes(app: web.Application, simulator: Simulator) -> None:
    """Serve the Bot API of this simulator."""

    async def call(request: web.Request) -> web.StreamResponse:
        return await _answer(simulator, request)

    async def fetch(request: web.Request) -> web.StreamResponse:
        return download(simulator, request.match_info["file_id"])

    app.router.add_route("*", "/bot{token:[^/]*}/{method:[^/]*}", call)
    app.router.add_get("/file/bot{token:[^/]*}/documents/{file_id}", fetch)


async def _answer(simulator: Simulator, request: web.Request) -> web.StreamResponse:
    if simulator.faults.down:
        return _hang_up(request)
    method = request.match_info["method"]
    method = _SPELLED.get(method.lower(), method[:64])
    reply = await _carry_out(simulator, request, method)
    # Read again: a long poll may have begun in better times.
    faults = simulator.faults
    simulator.calls.add(method, at=simulator.now(), chat_id=reply.chat_id, error_code=reply.error_code)
    if faults.latency_ms:
        await asyncio.sleep(faults.latency_ms / 1000)
    if faults.down or faults.loses_response():
        return _hang_up(request)
    return web.Response(body=reply.body, status=reply.error_code or 200, content_type="application/json")


async def _carry_out(simulator: Simulator, request: web.Request, method: str) -> Reply:
    chat_id = 0
    try:
        if simulator.faults.answers_502():
            raise ApiError(502, "Bad Gateway")
        bot = fetching.bot_of(simulator, request.match_info["token"])
        arguments = await read_arguments(request)
        chat_id = _chat_id(arguments)
        return Reply(body=await _result(simulator, bot, method, arguments), chat_id=chat_id)
    except ApiError as error:
        body = encoded(json.dumps(error.as_json(), ensure_ascii=False))
        return Reply(body=body, chat_id=chat_id, error_code=error.code)


async def _result(simulator: Simulator, bot: Bot, method: str, arguments: Arguments) -> bytes:
    if method == GET_UPDATES:
        return await fetching.get_updates(simulator, bot, arguments)
    carry_out = METHODS.get(method)
    if carry_out is None:
        raise ApiError(404, "Not Found")
    result = carry_out(simulator, bot, arguments)
    return encoded(json.dumps({"ok": True, "result": result}, ensure_ascii=False))


def _chat_id(arguments: Arguments) -> int:
    chat_id = arguments.text("chat_id")
    return int(chat_id) if chat_id.isdecimal() and len(chat_id) < 19 else 0


def _hang_up(request: web.Request) -> web.Response:
    """End the connection without an answer; what is returned here reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
