"""The Mini App as people use it: on a phone, through the simulator, with the workers behind it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect
from psycopg2.extensions import connection

from tests.browser import broken_rules, chromium
from tests.journeys.mini_app import choosing, city_with_hours, hours_of, one, opened
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("system")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def booked_hours(sql: connection, somebody: Applicant) -> list[int]:
    """Of the person's live bookings."""
    with sql.cursor() as cursor:
        cursor.execute(
            """select slot_id from bookings join contacts using (candidate_id)
               where chat_id = %s and status in ('pending', 'booked', 'confirmed')""",
            (somebody.person.id,),
        )
        return [row[0] for row in cursor.fetchall()]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_from_the_days_of_the_chat_to_a_booked_hour_moved_and_cancelled(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    hours = city_with_hours(sql, "Пермь")
    anna = choosing(simulator, sql, "Пермь")
    button = [each for row in anna.person.from_bot()[-1]["buttons"] for each in row if "web_app" in each]
    assert button == [{"text": "Open the calendar", "web_app": f"{system.url}/webapp"}]
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.get_by_text("Local time: Пермь, UTC+5")).to_be_visible()
        page.get_by_role("heading", name="Next free hour").locator("xpath=following-sibling::button[1]").click()
        expect(page.get_by_role("heading", name="Interview")).to_be_focused()
        expect(page.get_by_role("status")).to_contain_text("it is booked")
        assert booked_hours(sql, anna) == [hours[0]]
        anna.hears("is booked")
        expect(page.get_by_text("Main street 7")).to_be_visible()
        expect(page.get_by_role("link", name="Show on the map")).to_have_attribute("href", "https://maps.example.org/7")
        press(page, "Move")
        page.get_by_role("group", name="Days with free hours").get_by_role("button").nth(1).click()
        page.locator(".hours button").nth(1).click()
        expect(page.locator(".hours [aria-pressed=true]")).to_have_count(1)
        page.locator(".bar button").click()
        expect(page.get_by_role("status")).to_contain_text("it is moved")
        assert booked_hours(sql, anna) == [hours[4]]
        press(page, "Cancel")
        press(page, "Cancel it")
        expect(page.get_by_role("status")).to_contain_text("choose a reason")
        page.get_by_label("In your own words").fill("My mother is ill")
        press(page, "Cancel it")
        expect(page.get_by_role("status")).to_contain_text("It is cancelled")
        expect(page.get_by_role("heading", name="Next free hour")).to_be_visible()
    assert booked_hours(sql, anna) == []
    reason = "select end_reason from bookings where slot_id = %s and status = 'cancelled'"
    assert one(sql, reason, hours[4]) == "My mother is ill"
    anna.hears("cancelled")
    anna.hears("Choose a day")


def test_a_day_behind_a_change_of_the_clocks_states_its_own_zone(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    def change_the_clocks(route: Route) -> None:
        answer = route.fetch()
        hours = answer.json()
        for hour in hours["slots"][3:]:
            hour["zone"] = "UTC+6"
        route.fulfill(response=answer, json=hours)

    city_with_hours(sql, "Челябинск")
    anna = choosing(simulator, sql, "Челябинск")
    with opened(browser, system, simulator, anna.person.id) as page:
        page.route("**/api/webapp/slots*", change_the_clocks)
        page.reload()
        heading = page.locator("#hours")
        expect(heading).to_contain_text("Free")
        expect(heading).not_to_contain_text("UTC")
        page.get_by_role("group", name="Days with free hours").get_by_role("button").nth(1).click()
        expect(heading).to_contain_text("(UTC+6)")
        page.locator(".hours button").first.click()
        expect(page.locator(".bar button")).to_contain_text("(UTC+6)")
        expect(page.locator("[data-name=next]")).not_to_contain_text("UTC")


def test_the_menu_button_opens_it_too(system: System, simulator: Simulator) -> None:
    anna = simulator.person("Anna")
    shown = simulator.ask("GET", f"/page/chats/{anna.id}").json()["menu_button"]
    assert shown["web_app"] == {"url": f"{system.url}/webapp"}


def test_an_hour_that_has_just_gone_is_said_so_and_the_nearest_are_one_tap_away(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    hours = city_with_hours(sql, "Тула")
    anna, bella = choosing(simulator, sql, "Тула"), choosing(simulator, sql, "Тула", first_name="Bella")
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.locator(".hours button")).to_have_count(3)
        days = bella.person.from_bot()[-1]
        in_chat = bella.presses(days["buttons"][0][0]["text"], "Choose a time")
        bella.presses(in_chat["buttons"][0][0]["text"], "is booked")
        page.locator("[data-name=next]").click()
        expect(page.get_by_role("status")).to_contain_text("has just been taken")
        expect(page.locator(".hours button")).to_have_count(2)  # the list shows how things are now
        nearest = page.locator("#acts button")
        expect(nearest).to_have_count(3)
        expect(nearest.first).to_be_focused()
        nearest.first.click()
        expect(page.get_by_role("heading", name="Interview")).to_be_visible()
    assert (booked_hours(sql, bella), booked_hours(sql, anna)) == ([hours[0]], [hours[1]])


def test_a_double_tap_books_once(browser: Browser, system: System, simulator: Simulator, sql: connection) -> None:
    city_with_hours(sql, "Рязань")
    anna = choosing(simulator, sql, "Рязань")
    with opened(browser, system, simulator, anna.person.id) as page:
        taps: list[str] = []
        page.on("request", lambda sent: taps.append(sent.url) if sent.method == "POST" else None)
        page.locator("[data-name=next]").dblclick()
        expect(page.get_by_role("heading", name="Interview")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("it is booked")
        assert len(taps) == 1
    assert len(booked_hours(sql, anna)) == 1
    assert len([text for text in anna.everything() if "is booked" in text]) == 1


def test_without_a_connection_it_says_so_and_goes_on_where_it_was(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Омск", hours=3)
    anna = choosing(simulator, sql, "Омск")
    with opened(browser, system, simulator, anna.person.id) as page:
        page.locator("[data-name=next]").click()
        press(page, "Cancel")
        page.get_by_label("In your own words").fill("I am ill")
        page.context.set_offline(True)
        press(page, "Cancel it")
        expect(page.get_by_role("status")).to_contain_text("You are offline")
        expect(page.get_by_role("button", name="Try again")).to_be_focused()
        expect(page.get_by_label("In your own words")).to_have_value("I am ill")
        assert len(booked_hours(sql, anna)) == 1
        page.context.set_offline(False)
        press(page, "Try again")
        expect(page.get_by_role("status")).to_contain_text("It is cancelled")
    assert booked_hours(sql, anna) == []


def test_what_could_not_be_read_is_read_as_soon_as_there_is_a_connection(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Псков-на-сети", hours=3)
    anna = choosing(simulator, sql, "Псков-на-сети")
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.locator("[data-name=next]")).to_be_visible()
        page.context.set_offline(True)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.get_by_role("status")).to_contain_text("You are offline")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_role("status")).to_have_text("")


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_happens_twice(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Томск", hours=3)
    anna = choosing(simulator, sql, "Томск")
    with opened(browser, system, simulator, anna.person.id) as page:
        keys: list[str] = []

        def lose_the_answer(route: object) -> None:
            keys.append(route.request.headers["idempotency-key"])  # type: ignore[attr-defined]
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

        page.route("**/api/webapp/booking", lose_the_answer)
        page.locator("[data-name=next]").click()
        expect(page.get_by_role("status")).to_contain_text("No answer came")
        page.unroute("**/api/webapp/booking")
        page.on(
            "request",
            lambda sent: keys.append(sent.headers.get("idempotency-key", "")) if sent.method == "POST" else None,
        )
        press(page, "Try again")
        expect(page.get_by_role("status")).to_contain_text("it is booked")
    assert len(booked_hours(sql, anna)) == 1
    assert keys[0] == keys[1]


def test_it_speaks_russian_where_the_person_does(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Уфа", hours=3)
    anna = choosing(simulator, sql, "Уфа")
    one(sql, "update candidates set language = 'ru' where full_name = 'Anna Miller' returning 1")
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.get_by_role("heading", name="Ближайшее свободное время")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "ru")


def test_everything_can_be_done_with_the_keyboard(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Рыбинск")
    anna = choosing(simulator, sql, "Рыбинск")
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.locator("[data-name=next]")).to_be_visible()
        for _ in range(3):  # past the next hour and the first day
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".days button").nth(1)).to_be_focused()
        expect(page.locator(".days button").nth(1)).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator(".hours button").first).to_have_attribute("aria-pressed", "true")
        for _ in range(3):
            page.keyboard.press("Tab")
        expect(page.locator(".bar button")).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Interview")).to_be_focused()


@pytest.mark.parametrize(("theme", "looks"), [("", "light"), ("", "dark"), ("light", "light"), ("dark", "dark")])
def test_each_view_keeps_to_wcag(
    browser: Browser, system: System, simulator: Simulator, sql: connection, theme: str, looks: str
) -> None:
    city = f"Курск {theme} {looks}"
    city_with_hours(sql, city)
    anna = choosing(simulator, sql, city)
    with opened(browser, system, simulator, anna.person.id, theme=theme, looks=looks) as page:
        page.locator(".hours button").first.click()
        faults = broken_rules(page)
        page.locator(".bar button").click()
        expect(page.get_by_role("heading", name="Interview")).to_be_visible()
        faults += broken_rules(page)
        press(page, "Move")
        faults += broken_rules(page)
        press(page, "No, keep it")
        press(page, "Cancel")
        faults += broken_rules(page)
    assert faults == []


ODD = [
    {"bg_color": "#ffff00", "text_color": "#ffff00", "button_color": "#ffffff", "button_text_color": "#ffffff"},
    {"bg_color": "#777777", "text_color": "#888888", "hint_color": "#777777", "secondary_bg_color": "#ffffff"},
    {"bg_color": "#000000", "text_color": "#0000ff", "link_color": "#000080", "secondary_bg_color": "#ffffff"},
    {"bg_color": "red", "text_color": 7},
]


@pytest.mark.parametrize("params", ODD)
def test_odd_colours_stay_readable(
    browser: Browser, system: System, simulator: Simulator, sql: connection, params: dict[str, str]
) -> None:
    city = f"Орёл {ODD.index(params)}"
    city_with_hours(sql, city, hours=3)
    anna = choosing(simulator, sql, city)
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.locator("[data-name=next]")).to_be_visible()
        page.evaluate("params => Telegram.WebView.receiveEvent('theme_changed', {theme_params: params})", params)
        assert broken_rules(page) == []


def test_the_colours_of_telegram_are_worn(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Сочи", hours=3)
    anna = choosing(simulator, sql, "Сочи")
    with opened(browser, system, simulator, anna.person.id, theme="dark") as page:
        expect(page.locator("[data-name=next]")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 21)"
        assert page.evaluate("document.documentElement.style.colorScheme") == "dark"


def test_it_talks_to_the_app_around_it(browser: Browser, system: System, simulator: Simulator, sql: connection) -> None:
    city_with_hours(sql, "Орск", hours=3)
    anna = choosing(simulator, sql, "Орск")
    with opened(browser, system, simulator, anna.person.id) as page:
        page.add_init_script(
            "window.told = []; window.TelegramWebviewProxy = { postEvent: (...event) => window.told.push(event) };"
        )
        page.reload()
        page.locator("[data-name=next]").click()
        page.get_by_role("link", name="Show on the map").click()
        told = page.evaluate("window.told")
    link = ["web_app_open_link", '{"url":"https://maps.example.org/7"}']
    assert told == [["web_app_expand", "{}"], ["web_app_ready", "{}"], link]


def test_where_candidates_choose_the_recruiter_the_page_asks(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    city_with_hours(sql, "Ижевск", hours=3, recruiter_choice="candidate")
    hers = hours_of(sql, one(sql, "select id from cities where name = 'Ижевск'"), "Nina", hours=3)
    anna = choosing(simulator, sql, "Ижевск", asks="Whom would you like")
    with opened(browser, system, simulator, anna.person.id) as page:
        page.get_by_label("Whom would you like to meet?").select_option("Nina")
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        page.locator("[data-name=next]").click()
        expect(page.get_by_text("Nina")).to_be_visible()
    assert booked_hours(sql, anna) == [hers[0]]


def test_an_introductory_day_says_where_it_is_and_can_be_declined(
    browser: Browser, system: System, simulator: Simulator, sql: connection
) -> None:
    (hour,) = city_with_hours(sql, "Чита", hours=1, contact_person="Irina", intro_day_note="passport")
    anna = choosing(simulator, sql, "Чита")
    one(sql, "update slots set purpose = 'intro_day', capacity = 5 where id = %s returning id", hour)
    one(sql, "update candidates set stage = 'to_intro_day' where city_id = (select id from cities where name = 'Чита') "
             "returning id")  # fmt: skip
    with opened(browser, system, simulator, anna.person.id) as page:
        expect(page.get_by_text("choose one")).to_be_visible()
        page.locator("[data-name=next]").click()
        expect(page.get_by_role("heading", name="Introductory day")).to_be_focused()
        for words in ("Main street 7", "Irina", "passport"):
            expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("link", name="Show on the map")).to_have_attribute("href", "https://maps.example.org/7")
        faults = broken_rules(page)
        press(page, "I cannot come")
        page.get_by_label("I changed my mind").check()
        press(page, "Cancel it")
        expect(page.get_by_text("Your application is closed")).to_be_visible()
        faults += broken_rules(page)
    assert (faults, booked_hours(sql, anna)) == ([], [])


def test_opened_outside_telegram_it_says_where_to_go(browser: Browser, system: System) -> None:
    page = browser.new_page(locale="en-GB")
    page.goto(f"{system.url}/webapp")
    expect(page.get_by_role("status")).to_contain_text("open this page from the chat")
    page.close()


def test_it_is_one_request_of_at_most_60_kilobytes(system: System) -> None:
    answer = requests.get(f"{system.url}/webapp", timeout=10)
    assert len(answer.content) <= 60_000
    assert "src=" not in answer.text.split("<script", 1)[0]
    assert "frame-ancestors https://web.telegram.org" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def tapped_while_pressed(
    system: System, simulator: Simulator, tapping: Applicant, hour: int, pressing: Applicant, shown: dict[str, Any]
) -> requests.Response:
    """What the page is told when somebody taps an hour while somebody presses the first one in the chat."""
    path = f"/page/chats/{tapping.person.id}/app"
    opened_at = simulator.ask("GET", path, params={"url": f"{system.url}/webapp"}, allow_redirects=False)
    (init_data,) = parse_qs(urlsplit(opened_at.headers["Location"]).fragment)["tgWebAppData"]
    with ThreadPoolExecutor(1) as pool:
        tapped = pool.submit(
            requests.post, f"{system.url}/api/webapp/booking", json={"slot_id": hour},
            headers={"X-Telegram-Init-Data": init_data}, timeout=10,
        )  # fmt: skip
        pressing.person.press(shown["buttons"][0][0]["text"], message_id=shown["message_id"])
        return tapped.result()


@pytest.mark.parametrize("round_", range(4))
def test_a_tap_and_a_press_race_fairly(system: System, simulator: Simulator, sql: connection, round_: int) -> None:
    """One hour, one person in the chat and one on the page: exactly one has it, and both are answered sensibly."""
    city = f"Елец {round_}"
    (hour, other) = city_with_hours(sql, city, hours=2)
    anna, bella = choosing(simulator, sql, city), choosing(simulator, sql, city, first_name="Bella")
    days = bella.person.from_bot()[-1]
    shown = bella.presses(days["buttons"][0][0]["text"], "Choose a time")
    answer = tapped_while_pressed(system, simulator, anna, hour, bella, shown)
    said = bella.person.wait_for(lambda message: "is booked" in message["text"] or "taken" in message["text"])
    if answer.status_code == 201:
        assert "has just been taken" in said["text"]
        assert (booked_hours(sql, anna), booked_hours(sql, bella)) == ([hour], [])
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "taken")
        assert [one_["id"] for one_ in answer.json()["error"]["nearest"]] == [other]
        assert (booked_hours(sql, anna), booked_hours(sql, bella)) == ([], [hour])


@pytest.mark.parametrize("round_", range(4))
def test_one_person_in_the_chat_and_on_the_page_at_once_has_one_hour(
    system: System, simulator: Simulator, sql: connection, round_: int
) -> None:
    city = f"Ржев {round_}"
    (first, second) = city_with_hours(sql, city, hours=2)
    anna = choosing(simulator, sql, city)
    days = anna.person.from_bot()[-1]
    shown = anna.presses(days["buttons"][0][0]["text"], "Choose a time")
    answer = tapped_while_pressed(system, simulator, anna, second, anna, shown)
    anna.person.wait_for("is booked")
    (has,) = booked_hours(sql, anna)
    if answer.status_code == 201:
        assert has == second
    else:
        assert (answer.status_code, answer.json()["error"]["code"], has) == (409, "already_booked", first)
