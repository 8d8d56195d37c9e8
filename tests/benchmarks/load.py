"""A crowd that writes to the bot at an even pace, and what the simulator saw of the answers."""

import http.client
import json
import time
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """From a person's act to the bot's message, milliseconds; `missing` acts got no answer."""

    count: int
    missing: int
    p50: float
    p95: float
    p99: float
    rate: float  # answers per second, from the first act to the last answer


class Crowd:
    """People of one simulator. Acts go over one kept connection, so the driver costs little."""

    def __init__(self, simulator_url: str, size: int) -> None:
        address = urlsplit(simulator_url)
        self._connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=30)
        self.people = [
            self.call("POST", "/sim/people", {"first_name": f"Person{number}", "language_code": "en"})["id"]
            for number in range(size)
        ]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One control call of the simulator."""
        self._connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return json.loads(answer.read())

    def write(self, person: int, text: str) -> None:
        """A person types."""
        self.call("POST", f"/sim/people/{person}/messages", {"text": text})

    def transcript(self, person: int) -> list[dict[str, Any]]:
        """What the person's chat shows."""
        shown = self.call("GET", f"/sim/people/{person}/messages")
        return list(shown if isinstance(shown, list) else shown["messages"])

    def everybody(self, text: str, *, per_second: float) -> None:
        """Each person types the same once, at an even pace."""
        self.steadily(len(self.people), text, per_second=per_second)

    def steadily(self, acts: int, text: str, *, per_second: float) -> float:
        """`acts` messages, one person after the other; returns how long it really took, seconds."""
        started = time.monotonic()
        for act in range(acts):
            wait = started + act / per_second - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self.write(self.people[act % len(self.people)], text)
        return time.monotonic() - started

    def settle(self, *, quiet_seconds: float = 1.0, at_most_seconds: float = 60.0) -> None:
        """Wait until the bot has said nothing for a while."""
        give_up_at = time.monotonic() + at_most_seconds
        before, since = -1, time.monotonic()
        while time.monotonic() < give_up_at:
            count = sum(self.call("GET", "/sim/stats")["methods"].get(name, 0) for name in _SPEAKING)
            if count != before:
                before, since = count, time.monotonic()
            elif time.monotonic() - since >= quiet_seconds:
                return
            time.sleep(0.1)

    def latencies(self, *, since: datetime) -> Latencies:
        """From each act after `since` to the next message of the bot in that chat."""
        waits, missing, moments = [], 0, []
        for person in self.people:
            acts: list[datetime] = []
            for message in self.transcript(person):
                at = datetime.fromisoformat(message["at"])
                if at < since:
                    continue
                if message["from"] == "person":
                    acts.append(at)
                elif acts:
                    begun = acts.pop(0)
                    waits.append((at - begun).total_seconds() * 1000)
                    moments += [begun, at]
            missing += len(acts)
        return _summary(waits, missing, moments)


_SPEAKING = ("sendMessage", "editMessageText")


def _summary(waits: list[float], missing: int, moments: list[datetime]) -> Latencies:
    cuts = quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
    seconds = (max(moments) - min(moments)).total_seconds() if moments else 0.0
    return Latencies(
        count=len(waits), missing=missing, p50=round(cuts[49], 1), p95=round(cuts[94], 1), p99=round(cuts[98], 1),
        rate=round(len(waits) / seconds, 1) if seconds else 0.0,
    )  # fmt: skip
