"""People of the journeys: a candidate who talks to the bot, a recruiter in the panel."""

import re
from typing import Any

import requests

from tests.simulator import Person, Simulator

AFTER_TEST1 = ("Choose a day", "no free hours", "Whom would you like")
WORDS = "I like to work with people and to earn well"


class Applicant:
    """A candidate who does what the bot asks. `seen` is the last message of the bot that was looked at."""

    def __init__(self, simulator: Simulator, first_name: str = "Anna", language_code: str = "en") -> None:
        self.person: Person = simulator.person(first_name, language_code=language_code)
        self.seen = 0

    def says(self, text: str, expect: str) -> dict[str, Any]:
        """Type, and wait for an answer that contains `expect`."""
        self.person.write(text)
        return self.hears(expect)

    def presses(self, button: str, expect: str, *, on: int | None = None) -> dict[str, Any]:
        """Press a button by its label (on the newest message that has it, or on message `on`), and wait."""
        self.person.press(button, message_id=on)
        return self.hears(expect)

    def hears(self, expect: str) -> dict[str, Any]:
        """The next message or edit of the bot that contains `expect`."""
        message = self.person.wait_for(expect, timeout=10, after=self.seen)
        self.seen = message["seq"]
        return message

    def everything(self) -> list[str]:
        """All that the bot has said and still shows, oldest first."""
        return [message["text"] for message in self.person.from_bot()]

    def registers(self, name: str = "Anna Miller", city: str = "Москва") -> dict[str, Any]:
        """From /start to the first question of Test 1."""
        self.says("/start advert-7", "consent")
        self.presses("I agree, go on", "What is your name")
        asked = self.says(name, "Which city")
        shown = {button["text"] for row in asked["buttons"] for button in row}
        if city in shown:
            self.presses(city, "Which phone")
        else:  # on another page: other journeys bring cities of their own
            self.says(city, "Which phone")
        self.person.share_contact()
        return self.hears("1/")

    def answers_test1(self, question: dict[str, Any], *, stop_before: str | None = None) -> dict[str, Any]:
        """Answer question after question, the second option where there are options, until the days are shown."""
        for _ in range(20):
            if "Choose a day" in question["text"] or (stop_before and question["text"].startswith(stop_before)):
                return question
            question = self.answers(question)
        raise AssertionError(f"Test 1 does not end: {question['text']}")

    def answers(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer one question and wait for the next, or for the days."""
        options = [button["text"] for row in question["buttons"] or [] for button in row if button["text"] != "← Back"]
        number = int(re.match(r"(?:✓ .*\n\n)?(\d+)/", question["text"]).group(1))  # type: ignore[union-attr]
        if options:
            self.person.press(_harmless(options), message_id=question["message_id"])
        else:
            self.person.write("45000" if "income" in question["text"] else WORDS)
        return self.hears_next(number)

    def hears_next(self, number: int) -> dict[str, Any]:
        """The question after `number`, or the days, or that there are none."""

        def is_next(message: dict[str, Any]) -> bool:
            return any(words in message["text"] for words in (f"{number + 1}/", *AFTER_TEST1))

        message = self.person.wait_for(is_next, timeout=10, after=self.seen)
        self.seen = message["seq"]
        return message


def _harmless(options: list[str]) -> str:
    """An option that leads neither to a review nor to a refusal."""
    preferred = ("25–34", "No job or studies right now", "Yes, that suits me")
    return next((option for option in options if option in preferred), options[-1 if "None" in options[-1] else 0])


class Panel:
    """A recruiter's browser, without the browser."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str) -> str:
        answer = self.session.get(self.url + path, timeout=10)
        answer.raise_for_status()
        return answer.text

    def post(self, path: str, token_from: str, **fields: str) -> requests.Response:
        """Send a form as the page `token_from` shows it, with its CSRF token."""
        return self.send(path, self.token(token_from), **fields)

    def token(self, path: str) -> str:
        """The CSRF token of a page's form."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path))
        assert token, f"{path} has no CSRF token"
        return token.group(1)

    def send(self, path: str, token: str, **fields: str) -> requests.Response:
        """Send a form whose page was read before."""
        headers = {"Referer": self.url + path}
        form = {"csrf_token": token, **fields}
        answer = self.session.post(self.url + path, data=form, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer

    def sign_in(self, login: str, password: str) -> None:
        self.post("/login", "/login", username=login, password=password)

    def approve(self, booking_id: int) -> None:
        self.post(f"/admin/bookings/{booking_id}/approve", "/admin/bookings/")
