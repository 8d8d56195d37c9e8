"""The chat page, in a browser, with a bot on the other side."""

import hashlib
import hmac
import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import WIDE, chromium, watched_page
from tests.simulator import Person, Simulator

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running():
    with Simulator(panel_url="http://127.0.0.1:5000/admin") as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    running.faults(rate_limits=False)
    return running


@pytest.fixture
def page(browser, simulator):
    with watched_page(browser, simulator.url, WIDE) as page:
        yield page


@pytest.fixture
def anna(simulator):
    person = simulator.person("Анна", last_name="Соколова")
    person.write("/start")
    return person


def call(simulator: Simulator, method: str, **arguments):
    answer = requests.post(simulator.api_url.format(simulator.token, method), json=arguments, timeout=10).json()
    assert answer["ok"], answer
    return answer["result"]


def pane_of(page: Page, person: Person):
    return page.locator(f".pane[data-person='{person.id}']")


def test_a_newcomer_adds_a_candidate_and_presses_start(page, simulator):
    page.goto(simulator.url)
    page.get_by_role("button", name="Add a candidate").click()
    page.get_by_label("First name").fill("Анна")
    page.get_by_label("First name").press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("/start")
    [person] = simulator.control("GET", "/people")
    assert (person["first_name"], person["role"], person["language_code"]) == ("Анна", "candidate", "ru")
    [update] = call(simulator, "getUpdates")
    assert update["message"]["text"] == "/start"


def test_enter_sends_and_the_answer_appears_by_itself(page, simulator, anna):
    page.goto(simulator.url)
    box = pane_of(page, anna).get_by_role("textbox")
    box.fill("Привет")
    box.press("Enter")
    expect(pane_of(page, anna).locator(".mine").last).to_contain_text("Привет")
    expect(box).to_have_value("")
    call(simulator, "sendMessage", chat_id=anna.id, text="<b>И</b> вам", parse_mode="HTML")
    expect(pane_of(page, anna).locator(".theirs strong")).to_have_text("И")


def test_several_people_are_shown_side_by_side_and_kept_when_the_page_is_loaded_again(page, simulator, anna):
    olga = simulator.person("Ольга", role="recruiter")
    olga.write("/start LINK")
    page.goto(simulator.url)
    page.reload()
    expect(pane_of(page, anna)).to_be_visible()
    expect(pane_of(page, olga)).to_contain_text("Recruiter")
    expect(pane_of(page, olga)).to_contain_text("/start LINK")
    left, right = (pane_of(page, person).bounding_box() for person in (anna, olga))
    assert left["x"] + left["width"] <= right["x"]


def test_hostile_text_stays_text(page, simulator, anna):
    hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    anna.write(hostile)
    entities = [{"type": "text_link", "offset": 0, "length": 4, "url": "javascript:document.title=1"}]
    call(simulator, "sendMessage", chat_id=anna.id, text=hostile, entities=entities)
    page.goto(simulator.url)
    expect(pane_of(page, anna).locator(".text").last).to_have_text(hostile)
    assert pane_of(page, anna).locator(".text img, .text script, .text a").count() == 0


def test_a_button_is_pressed_and_its_answer_shown(page, simulator, anna):
    markup = {"inline_keyboard": [[{"text": "Казань", "callback_data": "city:2"}]]}
    sent = call(simulator, "sendMessage", chat_id=anna.id, text="Город?", reply_markup=markup)
    call(simulator, "getUpdates", offset=-1)
    page.goto(simulator.url)
    button = pane_of(page, anna).get_by_role("button", name="Казань")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    query = call(simulator, "getUpdates", timeout=5)[-1]["callback_query"]
    call(simulator, "answerCallbackQuery", callback_query_id=query["id"], text="Записали")
    expect(pane_of(page, anna).locator(".toast.shown")).to_have_text("Записали")
    expect(button).not_to_have_attribute("aria-busy", "true")
    call(simulator, "editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="Город: Казань")
    expect(pane_of(page, anna).locator(".theirs")).to_contain_text("edited")
    expect(button).to_have_count(0)


def test_an_alert_is_a_dialog(page, simulator, anna):
    markup = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}
    call(simulator, "sendMessage", chat_id=anna.id, text="?", reply_markup=markup)
    page.goto(simulator.url)
    pane_of(page, anna).get_by_role("button", name="Да", exact=True).click()
    query = call(simulator, "getUpdates", timeout=5)[-1]["callback_query"]
    call(simulator, "answerCallbackQuery", callback_query_id=query["id"], text="Занято", show_alert=True)
    expect(page.get_by_role("dialog")).to_contain_text("Занято")


def test_a_deleted_message_is_marked(page, simulator, anna):
    sent = call(simulator, "sendMessage", chat_id=anna.id, text="ошибка")
    page.goto(simulator.url)
    call(simulator, "deleteMessage", chat_id=anna.id, message_id=sent["message_id"])
    expect(pane_of(page, anna).locator(".gone")).to_contain_text("deleted")


def test_links_open_a_new_tab_without_a_way_back(page, simulator, anna):
    markup = {"inline_keyboard": [[{"text": "Сайт", "url": "https://example.org/"}]]}
    call(simulator, "sendMessage", chat_id=anna.id, text="a", reply_markup=markup)
    page.goto(simulator.url)
    link = pane_of(page, anna).get_by_role("link", name="Сайт")
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_the_reply_keyboard_shares_the_contact(page, simulator, anna):
    keyboard = {"keyboard": [[{"text": "Телефон", "request_contact": True}, {"text": "Пропустить"}]]}
    call(simulator, "sendMessage", chat_id=anna.id, text="Телефон?", reply_markup=keyboard)
    page.goto(simulator.url)
    pane_of(page, anna).get_by_role("button", name="Телефон").click()
    expect(pane_of(page, anna).locator(".is-contact")).to_contain_text("+7999")
    assert call(simulator, "getUpdates")[-1]["message"]["contact"]["user_id"] == anna.id


def test_a_document_is_downloaded_under_its_name(page, simulator, anna):
    url = simulator.api_url.format(simulator.token, "sendDocument")
    requests.post(url, data={"chat_id": anna.id}, files={"document": ("Памятка.txt", b"hello")}, timeout=10)
    page.goto(simulator.url)
    with page.expect_download() as download:
        pane_of(page, anna).get_by_role("link", name="Памятка.txt").click()
    assert download.value.suggested_filename == "Памятка.txt"
    assert download.value.path().read_bytes() == b"hello"


def test_the_bot_can_be_blocked_and_taken_back(page, simulator, anna):
    page.goto(simulator.url)
    pane_of(page, anna).get_by_role("button", name="Block the bot").click()
    expect(pane_of(page, anna)).to_contain_text("has blocked the bot")
    assert simulator.control("GET", "/people")[0]["blocked"] is True
    pane_of(page, anna).get_by_role("button", name="Unblock").click()
    expect(pane_of(page, anna).get_by_role("textbox")).to_be_visible()


def test_the_bots_menu_offers_its_commands(page, simulator, anna):
    commands = [{"command": "my", "description": "Моя запись"}]
    call(simulator, "setMyCommands", commands=commands, scope={"type": "all_private_chats"})
    page.goto(simulator.url)
    pane_of(page, anna).get_by_label("The bot’s menu").click()
    pane_of(page, anna).get_by_role("button", name="/my").click()
    expect(pane_of(page, anna).locator(".mine").last).to_contain_text("/my")


def test_everything_can_be_reached_by_keyboard(page, simulator, anna):
    markup = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}
    call(simulator, "sendMessage", chat_id=anna.id, text="?", reply_markup=markup)
    page.goto(simulator.url)
    expect(pane_of(page, anna).get_by_role("button", name="Да", exact=True)).to_be_visible()
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()"))
    assert {"Да", "Share contact", "Block the bot", "Send", "The bot’s menu", "Recruiters’ panel ↗"} <= reached
    assert any(each.startswith("Message from") for each in reached)


def test_the_page_leads_to_the_panel(page, simulator):
    page.goto(simulator.url)
    expect(page.get_by_role("link", name="Recruiters’ panel")).to_have_attribute("href", "http://127.0.0.1:5000/admin")


def test_emptying_everything_asks_first(page, simulator, anna):
    page.goto(simulator.url)
    page.get_by_role("button", name="Empty everything").click()
    page.get_by_role("button", name="Keep them").click()
    assert simulator.control("GET", "/people")
    page.get_by_role("button", name="Empty everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Empty everything").click()
    expect(page.get_by_role("heading", name="Nobody is here yet")).to_be_visible()
    assert simulator.control("GET", "/people") == []


def test_a_phone_shows_one_chat_at_a_time_without_sideways_scrolling(browser, simulator, anna):
    timur = simulator.person("Тимур")
    timur.write("/start")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(simulator.url)
    expect(pane_of(page, anna)).to_be_visible()
    expect(pane_of(page, timur)).to_be_hidden()
    page.get_by_role("button", name="Тимур").click()
    expect(pane_of(page, timur)).to_be_visible()
    expect(pane_of(page, anna)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_a_mini_app_is_opened_with_signed_data_and_only_if_the_bot_offered_it(simulator, anna):
    app = "http://127.0.0.1:5000/app"
    markup = {"inline_keyboard": [[{"text": "Календарь", "web_app": {"url": app}}]]}
    call(simulator, "sendMessage", chat_id=anna.id, text="a", reply_markup=markup)
    path = f"/page/chats/{anna.id}/app"
    opened = simulator.ask("GET", path, params={"url": app}, allow_redirects=False)
    address = urlsplit(opened.headers["Location"])
    assert address._replace(fragment="").geturl() == app
    fields = dict(parse_qsl(parse_qs(address.fragment)["tgWebAppData"][0]))
    signature = fields.pop("hash")
    checked = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.digest(b"WebAppData", simulator.token.encode(), hashlib.sha256)
    assert hmac.new(secret, checked.encode(), hashlib.sha256).hexdigest() == signature
    assert json.loads(fields["user"])["id"] == anna.id
    elsewhere = simulator.ask("GET", path, params={"url": "http://evil.example/"}, allow_redirects=False)
    assert elsewhere.status_code == 404
