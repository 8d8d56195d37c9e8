"""The Telegram simulator for tests, journeys and benchmarks: start it, and act as people in it.

with Simulator() as simulator:
    anna = simulator.person("Anna")
    anna.write("/start")
    anna.wait_for("Welcome")
    anna.press("Yes")
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import requests
from aiohttp import web

from recruitsmart.local.telegram.server import make_app, start

ROOT = Path(__file__).resolve().parents[1]
LONGEST_POLL_SECONDS = 30

Message = dict[str, Any]
Wanted = str | Callable[[Message], bool]


class Simulator:
    """A simulator in a process of its own, on a free port unless `start` is given one."""

    def __init__(self, token: str = "1:TEST", *, panel_url: str = "") -> None:
        self.token = token
        self.panel_url = panel_url
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._http = threading.local()

    def start(self, port: int = 0) -> Self:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "recruitsmart.local.telegram", "--port", str(port)]
        command += ["--token", self.token, "--panel-url", self.panel_url]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The simulator ended at once with status {self._process.wait()}.")
        self.url = line.rpartition(" ")[2].strip()
        return self

    def stop(self) -> int:
        """Stop it; answers its exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        status = self._process.wait(timeout=10)
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None
        return status

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the process, to measure it."""
        assert self._process is not None
        return self._process.pid

    @property
    def api_url(self) -> str:
        """For `telebot.apihelper.API_URL` and TELEGRAM_API_URL."""
        return self.url + "/bot{0}/{1}"

    def ask(self, method: str, path: str, *, timeout: float = 40, **parts: Any) -> requests.Response:
        """One HTTP call, on a connection this thread keeps."""
        session = getattr(self._http, "session", None)
        if session is None:
            session = self._http.session = requests.Session()
            session.trust_env = False
        return session.request(method, self.url + path, timeout=timeout, **parts)

    def control(self, method: str, path: str, body: Any = None, **parts: Any) -> Any:
        """One call of the control API; answers its JSON.

        Raises:
            AssertionError: the simulator refused.
        """
        answer = self.ask(method, f"/sim{path}", json=body, **parts)
        assert answer.ok, f"{method} /sim{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def person(self, first_name: str, **more: str) -> "Person":
        """A new person, by default one of the bot with our token."""
        person_id = self.control("POST", "/people", {"first_name": first_name, "token": self.token} | more)["id"]
        return Person(self, person_id)

    def faults(self, **wanted: Any) -> Any:
        """Change some faults; answers all of them."""
        return self.control("PUT", "/faults", wanted)

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """The Bot API calls so far."""
        return self.control("GET", "/calls", params={"after": after})

    def stats(self) -> dict[str, Any]:
        """Counts and the largest delay."""
        return self.control("GET", "/stats")

    def reset(self) -> None:
        """Empty again."""
        self.control("POST", "/reset")


class Person:
    """Somebody in a chat with the bot."""

    def __init__(self, simulator: Simulator, person_id: int) -> None:
        self.simulator = simulator
        self.id = person_id
        self._acted_after = 0

    def write(self, text: str) -> dict[str, int]:
        """Send a text; answers `update_id` and `message_id`."""
        return self.send(text=text)

    def edit(self, message_id: int, text: str) -> dict[str, int]:
        """Change a text that was sent; answers as `write`."""
        return self._act(f"/messages/{message_id}", {"text": text}, method="PUT")

    def share_contact(self, phone_number: str | None = None) -> dict[str, int]:
        """Share the person's own phone number, or this one."""
        return self.send(contact={"phone_number": phone_number} if phone_number else {})

    def send(self, **message: Any) -> dict[str, int]:
        """Send what the contract knows: text, contact, photo, sticker, voice."""
        return self._act("/messages", message)

    def press(self, button: str, message_id: int | None = None) -> dict[str, Any]:
        """Press an inline button, named by its label or its data; by default on the newest message with it."""
        message_id = message_id or self._newest_with(button)["message_id"]
        message = self.message(message_id)
        fields = [field for each in _buttons(message) for field in ("text", "data") if each.get(field) == button]
        field = fields[0] if fields else "text"
        return self._act("/presses", {"message_id": message_id, field: button})

    def block(self) -> None:
        """Block the bot."""
        self.simulator.control("POST", f"/people/{self.id}/block")

    def unblock(self) -> None:
        """Take the bot back."""
        self.simulator.control("DELETE", f"/people/{self.id}/block")

    def inject(self, update: dict[str, Any]) -> int:
        """Send a raw update; answers its id."""
        return self.simulator.control("POST", f"/people/{self.id}/updates", update)["update_id"]

    def messages(self, after: int = 0, wait: float = 0) -> list[Message]:
        """What the chat shows after a `seq`, oldest first; waits up to `wait` seconds for the first."""
        parameters = {"after": after, "wait": wait}
        return self.simulator.control("GET", f"/people/{self.id}/messages", params=parameters, timeout=wait + 10)

    def answers(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        """Answered callback queries after a `seq`."""
        parameters = {"after": after, "wait": wait}
        return self.simulator.control("GET", f"/people/{self.id}/answers", params=parameters, timeout=wait + 10)

    def message(self, message_id: int) -> Message:
        """One message of the chat."""
        return next(each for each in self.messages() if each["message_id"] == message_id)

    def from_bot(self, after: int = 0) -> list[Message]:
        """What the bot has sent and not deleted."""
        return [each for each in self.messages(after) if each["from"] == "bot" and not each["deleted"]]

    def last(self) -> Message | None:
        """The newest of them: sent or edited last."""
        sent = self.from_bot()
        return sent[-1] if sent else None

    def buttons(self) -> list[str]:
        """The labels of the inline buttons under the newest message of the bot."""
        last = self.last()
        return [button["text"] for button in _buttons(last)] if last else []

    def wait_for(self, wanted: Wanted, timeout: float = 10, *, after: int | None = None) -> Message:
        """The first message of the bot with this text, or for which the function is true.

        Looks at what was sent or edited since this person last wrote or pressed, or after a `seq`.

        Raises:
            AssertionError: nothing like it came in time; says what came instead.
        """
        seq = self._acted_after if after is None else after
        deadline = time.monotonic() + timeout
        seen: list[Message] = []
        while (left := deadline - time.monotonic()) > 0:
            for message in self.messages(after=seq, wait=min(left, LONGEST_POLL_SECONDS)):
                seq = message["seq"]
                seen.append(message)
                if message["from"] == "bot" and not message["deleted"] and _fits(message, wanted):
                    return message
        came = "\n".join(f"  {each['from']}: {each['text']!r}" for each in seen) or "  nothing"
        raise AssertionError(f"Person {self.id} waited {timeout} s for {wanted!r}; came instead:\n{came}")

    def _act(self, path: str, body: dict[str, Any], *, method: str = "POST") -> dict[str, Any]:
        newest = self.messages(after=self._acted_after)
        self._acted_after = newest[-1]["seq"] if newest else self._acted_after
        return self.simulator.control(method, f"/people/{self.id}{path}", body)

    def _newest_with(self, button: str) -> Message:
        for message in reversed(self.from_bot()):
            if any(button in (each["text"], each.get("data")) for each in _buttons(message)):
                return message
        raise AssertionError(f"Person {self.id} sees no button {button!r}; the newest are {self.buttons()}.")


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **duration: float) -> None:
        """Move it on, for example by seconds=16."""
        self.at += timedelta(**duration)


class EmbeddedSimulator(Simulator):
    """The same in a thread of this process, with a clock of the test's own."""

    def __init__(self, now: Callable[[], datetime], token: str = "1:TEST") -> None:
        super().__init__(token)
        self._now = now
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None

    def start(self, port: int = 0) -> Self:
        """Start it and wait until it answers."""
        self._thread.start()
        self._runner, port = self._await(start(make_app(self.token, now=self._now), port=port))
        self.url = f"http://127.0.0.1:{port}"
        return self

    def stop(self) -> int:
        """Stop it and its thread."""
        if self._runner is not None:
            self._await(self._runner.cleanup())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
            self._loop.close()
        self._runner = None
        return 0

    def _await(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


def _buttons(message: Message) -> list[dict[str, Any]]:
    return [button for row in message["buttons"] for button in row]


def _fits(message: Message, wanted: Wanted) -> bool:
    return wanted in message["text"] if isinstance(wanted, str) else wanted(message)
