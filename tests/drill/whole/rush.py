"""Every few seconds several people press the same hour at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import requests
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.drill.whole.company import Company
from tests.drill.whole.life import Told, raw_press
from tests.simulator import Person

PAUSE_SECONDS = 4.0
AT_ONCE = 6
FREE = """
    select s.id from slots s where s.status = 'open' and s.starts_at > now() + interval '10 min' and not exists
    (select from bookings b where b.slot_id = s.id and b.status in ('pending', 'booked', 'confirmed'))
    order by s.starts_at limit 1"""


class Rush(threading.Thread):
    """`told` counts the presses as everybody else's are counted."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self._company = company
        self._over = threading.Event()
        self.told = Told()

    def run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as people:
            while not self._over.wait(PAUSE_SECONDS):
                with suppress(SQLAlchemyError, requests.RequestException):  # Postgres is away: next time
                    self._rush(people)

    def end(self) -> None:
        """Nobody presses any more."""
        self._over.set()
        self.join()

    def _rush(self, people: ThreadPoolExecutor) -> None:
        with self._company.session() as session:
            slot_id = session.scalar(text(FREE))
        if slot_id is None:
            return
        crowd = [self._company.telegram.person("Rusher", language_code="en") for _ in range(AT_ONCE)]
        for person in crowd:
            self._company.enrol(person.id)
            self.told.updates.add(person.write("/my")["update_id"])  # a chat begins with its person's words
        self.told.updates |= set(people.map(lambda person: _press(person, slot_id), crowd))


def _press(person: Person, slot_id: int) -> int:
    return person.inject(raw_press(person.id, 1, f"reserve:{slot_id}"))
