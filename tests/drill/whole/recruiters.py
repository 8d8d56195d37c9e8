"""Recruiters who work in the panel while everything breaks: approve, invite to Test 2, edit a text."""

import re
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from time import monotonic

import psycopg2
import requests

from tests.drill.whole.company import Company
from tests.journeys.people import Panel
from tests.system import PASSWORD

PAUSE_SECONDS = 1.5
PENDING = "select id from bookings where status = 'pending' order by random() limit 2"
INTERVIEWED = (
    "select reference from candidates where stage = 'interview' and outcome = 'active' order by random() limit 1"
)
TEXT, LANGUAGE = "name.ask", "en"
EDIT_EVERY_SECONDS = 8.0
VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')


@dataclass(frozen=True, kw_only=True)
class Edit:
    """From `until` on the next edit was under way, so either words are right; None: this was the last."""

    words: str
    saved_at: datetime
    until: datetime | None = None


class Recruiters(threading.Thread):
    """One browser. Whatever fails because something is broken right now is done later."""

    def __init__(self, company: Company, seed: int) -> None:
        super().__init__()
        self._company, self._dice = company, Random(seed)
        self._over = threading.Event()
        self._panel: Panel | None = None
        self.edits: list[Edit] = []
        self._edit_at = monotonic() + EDIT_EVERY_SECONDS
        self.approved = self.invited = 0

    def run(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            with suppress(requests.RequestException, psycopg2.Error, AssertionError):
                self._work()

    def end(self) -> None:
        """Nobody works any more."""
        self._over.set()
        self.join()

    def _work(self) -> None:
        panel = self._signed_in()
        for (booking_id,) in self._rows(PENDING):
            panel.approve(booking_id)
            self.approved += 1
        if self._dice.random() < 0.3:
            for (reference,) in self._rows(INTERVIEWED):
                panel.post(f"/admin/testing/{reference}/offer", f"/admin/candidates/{reference}", reason="drill")
                self.invited += 1
        if monotonic() >= self._edit_at:
            self._edit(panel)
            self._edit_at = monotonic() + EDIT_EVERY_SECONDS

    def _edit(self, panel: Panel) -> None:
        """Save other words; whether they stand is read on the page, since an answer may be lost."""
        address = f"/admin/texts/{TEXT}?language={LANGUAGE}"
        version = VERSION.search(panel.get(address))
        words, began_at = f"What is your name, as your passport has it ({len(self.edits)})?", datetime.now(UTC)
        if self.edits and self.edits[-1].until is None:
            self.edits[-1] = replace(self.edits[-1], until=began_at)
        panel.post(address, address, body=words, version=version[1] if version else "0", action="save")
        if words in panel.get(address):
            self.edits.append(Edit(words=words, saved_at=datetime.now(UTC)))

    def _signed_in(self) -> Panel:
        if self._panel is None:
            panel = Panel(self._company.system.url)
            panel.sign_in("admin", PASSWORD)
            self._panel = panel
        return self._panel

    def _rows(self, query: str) -> list[tuple[str]]:
        books = closing(psycopg2.connect(self._company.database_url, connect_timeout=2))
        with books as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
