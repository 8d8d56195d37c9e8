"""A person asks for a human in the chat, a recruiter answers in the panel, and the bot takes over again."""

import re
from typing import Any

import pytest

from recruitsmart.local.processes import wait_until
from tests.browser import WIDE, chromium, sign_in, watched_page
from tests.journeys.people import Applicant, Panel
from tests.simulator import Simulator
from tests.system import PASSWORD, System

INBOX = "/admin/inbox/"


def _address(panel: Panel, name: str) -> str:
    found = re.search(rf'href="({INBOX}[\w-]+)">{name}<', panel.get(INBOX))
    assert found, f"{name} is not in the inbox"
    return found.group(1)


def _answers(panel: Panel, address: str, text: str) -> None:
    panel.post(f"{address}/write", address, text=text, **_hidden(panel, address))


def _hidden(panel: Panel, address: str) -> dict[str, str]:
    return dict(re.findall(r'name="(once|seen|read)"[^>]*? value="([^"]*)"', panel.get(address)))


def test_a_question_in_the_middle_of_test_1_is_answered_by_a_human(simulator: Simulator, panel: Panel) -> None:
    anna = Applicant(simulator)
    question = anna.registers("Ingrid Inbox", "Москва")
    while _has_options(question):  # a test ends, or the person's answers time out
        question = anna.answers(question)
    number = question["text"].split("/")[0].splitlines()[-1]

    anna.says("/human", "A recruiter will answer here")
    anna.says("Is the office near a station?", "Passed on to the recruiter")
    address = _address(panel, "Ingrid Inbox")
    assert "Is the office near a station?" in panel.get(address)

    _answers(panel, address, "Yes, five minutes on foot")
    anna.hears("is writing to you now")
    anna.hears("Yes, five minutes on foot")
    said = anna.person.write("That is what I wanted to now")
    assert "That is what I wanted to now" in _shown(panel, address, "That is what")
    anna.person.edit(said["message_id"], "That is what I wanted to know")
    assert "исправлено: That is what I wanted to know" in _shown(panel, address, "wanted to know")

    anna.person.write("/and when does it close?")
    assert "/and when does it close?" in _shown(panel, address, "does it close")

    panel.post(f"{address}/hand-back", address, **_hidden(panel, address))
    anna.hears("The bot answers again")
    again = anna.hears(f"{number}/")
    assert "Ingrid Inbox" not in panel.get(INBOX)
    anna.answers(again)


def _has_options(question: dict[str, Any]) -> bool:
    return any(button["text"] != "← Back" for row in question["buttons"] or [] for button in row)


def _shown(panel: Panel, address: str, words: str) -> str:
    """The thread as the page's script fetches it, once it shows these words."""
    assert wait_until(lambda: words in panel.get(f"{address}/changes"), 10), "the words do not arrive"
    return panel.get(f"{address}/changes")


@pytest.mark.browser
def test_an_open_page_shows_what_is_written_meanwhile_and_keeps_what_is_typed(
    simulator: Simulator, panel: Panel, system: System
) -> None:
    anna = Applicant(simulator)
    anna.registers("Lotta Live", "Москва")
    anna.says("/human", "A recruiter will answer here")
    anna.says("Is anybody there?", "Passed on to the recruiter")
    address = _address(panel, "Lotta Live")
    with chromium() as browser, watched_page(browser, system.url, WIDE) as page:
        sign_in(page, system.url, "admin", PASSWORD)
        page.goto(f"{system.url}{address}")
        page.locator(".chip").first.click()
        typed = page.input_value("#text")
        assert typed.startswith("Hello, Anna!")
        anna.says("I have a second question", "Passed on to the recruiter")
        page.get_by_text("I have a second question").wait_for()
        assert page.input_value("#text") == typed
        page.press("#text", "Control+Enter")
        anna.hears("Hello, Anna!")
        page.locator(".by-staff .pill.good").wait_for()
