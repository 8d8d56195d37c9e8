"""The simulator's Bot API, through the client production uses."""

import json
from datetime import UTC, datetime

import pytest
import requests
import telebot
from telebot import apihelper, types
from telebot.apihelper import ApiTelegramException

from tests.simulator import EmbeddedSimulator, MovableClock

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@pytest.fixture(scope="module")
def clock():
    return MovableClock(NOON)


@pytest.fixture(scope="module")
def running(clock):
    with EmbeddedSimulator(clock) as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    running.faults(rate_limits=False)
    return running


@pytest.fixture
def bot(simulator, monkeypatch):
    monkeypatch.setattr(apihelper, "API_URL", simulator.api_url)
    monkeypatch.setattr(apihelper, "FILE_URL", simulator.url + "/file/bot{0}/{1}")
    return telebot.TeleBot(simulator.token, threaded=False)


@pytest.fixture
def anna(simulator):
    person = simulator.person("Анна", last_name="Соколова", username="anna", language_code="ru")
    person.write("/start")
    return person


def keyboard(*labels_and_data: tuple[str, str]) -> types.InlineKeyboardMarkup:
    buttons = [types.InlineKeyboardButton(label, callback_data=data) for label, data in labels_and_data]
    return types.InlineKeyboardMarkup([buttons])


def refusal(act, *arguments, **more) -> tuple[int, str]:
    with pytest.raises(ApiTelegramException) as refused:
        act(*arguments, **more)
    return refused.value.error_code, refused.value.description


def next_update(bot: telebot.TeleBot) -> types.Update:
    """The oldest update, which is confirmed at once."""
    update = bot.get_updates(long_polling_timeout=5)[0]
    apihelper._make_request(bot.token, "getUpdates", params={"offset": update.update_id + 1})
    return update


def test_the_bot_learns_who_it_is(bot):
    me = bot.get_me()
    assert (me.id, me.is_bot) == (1, True)
    assert me.username.endswith("_bot")


def test_a_persons_message_arrives_with_sender_chat_and_text(bot, anna):
    message = next_update(bot).message
    assert (message.from_user.id, message.from_user.first_name, message.from_user.language_code) == (
        anna.id,
        "Анна",
        "ru",
    )
    assert (message.chat.id, message.chat.type, message.text) == (anna.id, "private", "/start")
    assert message.date == int(NOON.timestamp())


def test_a_command_is_marked_as_one(bot, simulator):
    simulator.person("Тимур").write("/start LINK-7F2A")
    message = next_update(bot).message
    assert [(each.type, each.offset, each.length) for each in message.entities] == [("bot_command", 0, 6)]


def test_a_shared_contact_is_the_persons_own(bot, simulator):
    timur = simulator.person("Тимур")
    timur.share_contact()
    contact = next_update(bot).message.contact
    assert contact.user_id == timur.id
    assert contact.phone_number == f"+7999000{timur.id}"


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice"])
def test_odd_messages_arrive_as_what_they_are(bot, simulator, kind):
    simulator.person("Тимур").send(**{kind: True})
    assert next_update(bot).message.content_type == kind


def test_a_sent_message_is_answered_and_shown(bot, anna):
    sent = bot.send_message(anna.id, "Привет, <b>Анна</b>", parse_mode="HTML", reply_markup=keyboard(("Да", "yes")))
    assert (sent.chat.id, sent.from_user.id, sent.text) == (anna.id, 1, "Привет, Анна")
    assert (sent.entities[0].type, sent.entities[0].offset) == ("bold", 8)
    assert sent.reply_markup.keyboard[0][0].callback_data == "yes"
    shown = anna.last()
    assert (shown["message_id"], shown["from"]) == (sent.message_id, "bot")
    assert (shown["text"], shown["html"]) == ("Привет, Анна", "Привет, <b>Анна</b>")
    assert shown["buttons"] == [[{"text": "Да", "data": "yes"}]]


def test_text_without_parse_mode_is_shown_as_it_is(bot, anna):
    bot.send_message(anna.id, "1 < 2 <b>")
    assert (anna.last()["text"], anna.last()["html"]) == ("1 < 2 <b>", "1 &lt; 2 &lt;b&gt;")


def test_message_ids_grow_per_chat(bot, simulator, anna):
    timur = simulator.person("Тимур")
    timur.write("/start")
    ids = [bot.send_message(anna.id, "a").message_id for _ in range(3)]
    assert ids == [2, 3, 4]
    assert bot.send_message(timur.id, "a").message_id == 2


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])
def test_arguments_may_come_in_every_way(simulator, anna, way):
    arguments = {"chat_id": anna.id, "text": "Привет", "reply_markup": {"inline_keyboard": []}}
    as_text = arguments | {"reply_markup": json.dumps(arguments["reply_markup"])}
    parts = {
        "query": {"params": as_text},
        "form": {"data": as_text},
        "multipart": {"files": {name: (None, str(value)) for name, value in as_text.items()}},
        "json": {"json": arguments},
    }[way]
    answer = requests.post(simulator.api_url.format(simulator.token, "sendMessage"), timeout=10, **parts).json()
    assert answer["ok"] is True
    assert answer["result"]["text"] == "Привет"


def test_method_names_ignore_case_and_get_works_too(simulator):
    assert requests.get(simulator.api_url.format("1:TEST", "getme"), timeout=10).json()["result"]["id"] == 1


def test_the_longest_text_passes_even_in_the_address(bot, anna):
    assert len(bot.send_message(anna.id, "я" * 4096).text) == 4096


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (" \n ", "Bad Request: message text is empty"),
        ("<b> </b>", "Bad Request: message text is empty"),
        ("я" * 4097, "Bad Request: message is too long"),
        ("😀" * 2049, "Bad Request: message is too long"),
        ("<b>x", "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""),
    ],
)
def test_bad_texts_are_refused_in_telegrams_words(bot, anna, text, description):
    assert refusal(bot.send_message, anna.id, text, parse_mode="HTML") == (400, description)
    assert anna.last() is None


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (b'{"chat_id": 1, "text": "a\\ud83d"}', "strings must be encoded in UTF-8"),
        (b'{"chat_id": ' + b"9" * 5000 + b', "text": "a"}', "can't parse request as JSON object"),
        (b'{"chat_id": "' + b"9" * 5000 + b'", "text": "a"}', "chat not found"),
        (b'{"chat_id": 1, "text": "a", "entities": [{"type": "bold"}]}', "can't parse entities JSON object"),
        (b'{"chat_id": 1, "text": "a", "entities": 5}', "can't parse entities JSON object"),
    ],
)
def test_what_no_client_sends_is_refused_and_not_an_error_of_ours(simulator, body, description):
    url, headers = simulator.api_url.format(simulator.token, "sendMessage"), {"Content-Type": "application/json"}
    answer = requests.post(url, data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["description"]) == (400, f"Bad Request: {description}")


def test_an_unknown_charset_is_refused(simulator):
    url, headers = simulator.api_url.format(simulator.token, "getMe"), {"Content-Type": "application/json; charset=x"}
    assert requests.post(url, data=b"{}", headers=headers, timeout=10).status_code == 400


def test_the_length_counts_after_parsing(bot, anna):
    assert bot.send_message(anna.id, "<b>" + "я" * 4096 + "</b>", parse_mode="HTML")


def test_button_data_holds_64_bytes_and_no_more(bot, anna):
    bot.send_message(anna.id, "a", reply_markup=keyboard(("a", "я" * 32)))
    too_long = keyboard(("a", "я" * 32 + "x"))
    assert refusal(bot.send_message, anna.id, "a", reply_markup=too_long) == (
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    )


def test_an_edit_changes_text_and_buttons_in_place(bot, anna):
    sent = bot.send_message(anna.id, "Город?", reply_markup=keyboard(("Казань", "city:2")))
    before = anna.last()
    edited = bot.edit_message_text("Город: <b>Казань</b>", anna.id, sent.message_id, parse_mode="HTML")
    shown = anna.last()
    assert edited.edit_date
    assert (shown["message_id"], shown["text"], shown["buttons"]) == (sent.message_id, "Город: Казань", [])
    assert shown["seq"] > before["seq"]
    assert shown["edited_at"] is not None


def test_only_the_buttons_can_be_edited(bot, anna):
    sent = bot.send_message(anna.id, "Город?", reply_markup=keyboard(("Казань", "city:2")))
    bot.edit_message_reply_markup(anna.id, sent.message_id, reply_markup=keyboard(("Москва", "city:1")))
    assert (anna.last()["text"], anna.buttons()) == ("Город?", ["Москва"])
    bot.edit_message_reply_markup(anna.id, sent.message_id)
    assert anna.buttons() == []


def test_an_edit_that_changes_nothing_is_refused(bot, anna):
    markup = keyboard(("Казань", "city:2"))
    sent = bot.send_message(anna.id, "Город?", reply_markup=markup)
    same = refusal(bot.edit_message_text, "Город?", anna.id, sent.message_id, reply_markup=markup)
    assert same == (400, NOT_MODIFIED)
    assert refusal(bot.edit_message_reply_markup, anna.id, sent.message_id, reply_markup=markup) == (
        400,
        NOT_MODIFIED,
    )


def test_what_is_not_there_cannot_be_edited_or_deleted(bot, anna):
    sent = bot.send_message(anna.id, "a")
    assert bot.delete_message(anna.id, sent.message_id) is True
    gone = (400, "Bad Request: message to edit not found")
    assert refusal(bot.edit_message_text, "b", anna.id, sent.message_id) == gone
    assert refusal(bot.edit_message_text, "b", anna.id, 999) == gone
    assert refusal(bot.delete_message, anna.id, sent.message_id) == (
        400,
        "Bad Request: message to delete not found",
    )


def test_a_deleted_message_stays_visible_as_deleted(bot, anna):
    sent = bot.send_message(anna.id, "a")
    before = anna.message(sent.message_id)
    bot.delete_message(anna.id, sent.message_id)
    shown = anna.message(sent.message_id)
    assert shown["deleted"] is True
    assert shown["seq"] > before["seq"]


def test_a_chat_exists_only_after_the_person_wrote(bot, simulator):
    timur = simulator.person("Тимур")
    assert refusal(bot.send_message, timur.id, "a") == (400, "Bad Request: chat not found")
    assert refusal(bot.send_message, 999_999, "a") == (400, "Bad Request: chat not found")
    timur.write("/start")
    assert bot.send_message(timur.id, "a").text == "a"


def test_who_blocked_the_bot_gets_nothing_until_they_unblock_it(bot, anna):
    next_update(bot)
    anna.block()
    change = next_update(bot).my_chat_member
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    assert refusal(bot.send_message, anna.id, "a") == (403, "Forbidden: bot was blocked by the user")
    anna.unblock()
    assert next_update(bot).my_chat_member.new_chat_member.status == "member"
    assert bot.send_message(anna.id, "a")


def test_a_press_arrives_with_its_data_and_message(bot, anna):
    next_update(bot)
    sent = bot.send_message(anna.id, "Город?", reply_markup=keyboard(("Казань", "city:2")))
    pressed = anna.press("Казань")
    query = next_update(bot).callback_query
    assert (query.id, query.data) == (pressed["callback_query_id"], "city:2")
    assert (query.from_user.id, query.message.message_id) == (anna.id, sent.message_id)


def test_an_answer_to_a_press_is_shown_to_the_person(bot, anna):
    bot.send_message(anna.id, "Город?", reply_markup=keyboard(("Казань", "city:2")))
    pressed = anna.press("city:2")
    assert bot.answer_callback_query(pressed["callback_query_id"], "Записали", show_alert=True) is True
    [answer] = anna.answers(wait=5)
    assert (answer["callback_query_id"], answer["text"], answer["show_alert"]) == (
        pressed["callback_query_id"],
        "Записали",
        True,
    )
    assert answer["at"] >= answer["pressed_at"]


def test_a_press_can_be_answered_for_fifteen_seconds_and_once(bot, anna, clock):
    too_old = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    bot.send_message(anna.id, "Город?", reply_markup=keyboard(("Казань", "city:2")))
    in_time = anna.press("Казань")["callback_query_id"]
    clock.forward(seconds=15)
    assert bot.answer_callback_query(in_time) is True
    assert refusal(bot.answer_callback_query, in_time) == too_old
    late = anna.press("Казань")["callback_query_id"]
    clock.forward(seconds=15.001)
    assert refusal(bot.answer_callback_query, late) == too_old
    assert refusal(bot.answer_callback_query, "77") == too_old


def test_a_document_with_a_cyrillic_name_can_be_downloaded(bot, simulator, anna):
    sent = bot.send_document(anna.id, ("отчёт 5.csv", "имя;час\n".encode()), caption="<i>Отчёт</i>", parse_mode="HTML")
    assert (sent.document.file_name, sent.caption) == ("отчёт 5.csv", "Отчёт")
    shown = anna.last()["document"]
    assert (shown["file_name"], shown["mime_type"], shown["size"]) == ("отчёт 5.csv", "text/csv", 14)
    downloaded = requests.get(shown["url"], timeout=10)
    assert downloaded.content.decode() == "имя;час\n"
    assert downloaded.headers["Content-Disposition"].startswith("attachment")
    assert bot.download_file(bot.get_file(sent.document.file_id).file_path).decode() == "имя;час\n"


def test_a_file_sent_before_can_be_sent_by_its_id(bot, anna):
    sent = bot.send_document(anna.id, b"a\r\n--b--\r\n", visible_file_name="a.bin")
    again = bot.send_document(anna.id, sent.document.file_id)
    assert again.document.file_name == "a.bin"
    assert requests.get(anna.last()["document"]["url"], timeout=10).content == b"a\r\n--b--\r\n"
    assert refusal(bot.send_document, anna.id, "nothing") == (
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    )


def test_a_caption_holds_1024_characters(bot, anna):
    assert bot.send_photo(anna.id, b"x", caption="я" * 1024).photo
    assert refusal(bot.send_photo, anna.id, b"x", caption="я" * 1025) == (
        400,
        "Bad Request: message caption is too long",
    )


def test_a_location_is_shown(bot, anna):
    assert bot.send_location(anna.id, 55.75, 37.61).location.latitude == 55.75
    assert anna.last()["location"] == {"latitude": 55.75, "longitude": 37.61}
    assert refusal(bot.send_location, anna.id, 155.75, 37.61)[0] == 400


def test_a_reply_keyboard_is_shown_and_can_be_taken_away(bot, simulator, anna):
    markup = types.ReplyKeyboardMarkup()
    markup.add(types.KeyboardButton("Телефон", request_contact=True), "Пропустить")
    bot.send_message(anna.id, "Телефон?", reply_markup=markup)
    rows = [[{"text": "Телефон", "request_contact": True}, {"text": "Пропустить"}]]
    assert anna.last()["reply_keyboard"] == rows
    assert simulator.control("GET", "/people")[0]["reply_keyboard"] == rows
    bot.send_message(anna.id, "Спасибо", reply_markup=types.ReplyKeyboardRemove())
    assert anna.last()["reply_keyboard"] is None
    assert simulator.control("GET", "/people")[0]["reply_keyboard"] is None


def test_the_bots_self_description_is_accepted(bot, anna):
    assert bot.set_my_commands([types.BotCommand("start", "Начать")], types.BotCommandScopeAllPrivateChats())
    assert bot.delete_my_commands(types.BotCommandScopeAllPrivateChats())
    assert bot.set_my_description("Запись на вводный день")
    assert bot.set_my_short_description("Запись")
    app = types.MenuButtonWebApp("Календарь", types.WebAppInfo("https://example.org/app"))
    assert bot.set_chat_menu_button(anna.id, app)
    assert bot.send_chat_action(anna.id, "typing")
    assert refusal(bot.set_my_commands, [types.BotCommand("Bad Name", "x")]) == (
        400,
        "Bad Request: BOT_COMMAND_INVALID",
    )


def test_a_malformed_token_is_401_and_an_unknown_method_404(simulator):
    malformed = requests.get(simulator.api_url.format("nonsense", "getMe"), timeout=10)
    assert (malformed.status_code, malformed.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    unknown = requests.get(simulator.api_url.format("1:TEST", "sendMoney"), timeout=10)
    assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found")


def test_bots_of_other_tokens_have_their_own_people_and_updates(bot, simulator, anna):
    next_update(bot)
    other = telebot.TeleBot("2:OTHER", threaded=False)
    timur = simulator.person("Тимур", token="2:OTHER")
    timur.write("/start")
    assert apihelper._make_request(bot.token, "getUpdates") == []
    assert next_update(other).message.chat.id == timur.id
    assert refusal(bot.send_message, timur.id, "a") == (400, "Bad Request: chat not found")
    assert refusal(other.send_message, anna.id, "a") == (400, "Bad Request: chat not found")


def test_past_the_limit_telegram_says_how_long_to_wait(bot, simulator, anna, clock):
    simulator.faults(rate_limits=True)
    sent = [bot.send_message(anna.id, "a") for _ in range(5)][-1]
    with pytest.raises(ApiTelegramException, match="Too Many Requests: retry after 1") as refused:
        bot.edit_message_text("b", anna.id, sent.message_id)
    assert refused.value.error_code == 429
    assert refused.value.result_json["parameters"] == {"retry_after": 1}
    assert bot.send_chat_action(anna.id, "typing")
    clock.forward(seconds=1)
    assert bot.edit_message_text("b", anna.id, sent.message_id)


def test_thirty_people_can_be_written_to_in_a_second(bot, simulator, clock):
    people = [simulator.person(f"P{number}") for number in range(31)]
    for person in people:
        person.write("/start")
    simulator.faults(rate_limits=True)
    for person in people[:30]:
        bot.send_message(person.id, "a")
    assert refusal(bot.send_message, people[30].id, "a") == (429, "Too Many Requests: retry after 1")
    clock.forward(seconds=1)
    bot.send_message(people[30].id, "a")
