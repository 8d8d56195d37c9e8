"""Recruiters who work in the panel while everything breaks: approve, invite to Test 2, edit a text."""

import re
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from random import Random

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
MARK = "as your passport has it"
NEW_WORDS = f"What is your name, {MARK}? Write first and last name, for example: <i>Anna Miller</i>."


class Recruiters(threading.Thread):
    """One browser. Whatever fails because something is broken right now is done later."""

    def __init__(self, company: Company, seed: int, *, edits_after: Callable[[], bool]) -> None:
        super().__init__()
        self._company, self._dice, self._edits_after = company, Random(seed), edits_after
        self._over = threading.Event()
        self._panel: Panel | None = None
        self.edited_at: datetime | None = None
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
        if self.edited_at is None and self._edits_after():
            self._edit(panel)

    def _edit(self, panel: Panel) -> None:
        address = f"/admin/texts/{TEXT}?language={LANGUAGE}"
        panel.post(address, address, body=NEW_WORDS, version="0", action="save")
        if re.search(re.escape(MARK), panel.get(address)):
            self.edited_at = datetime.now(UTC)

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
