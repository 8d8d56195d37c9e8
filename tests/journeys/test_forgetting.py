"""`/mydata` and `/forget` through the real processes: what we hold is shown, then nothing of it is left."""

from pathlib import Path

import requests
from psycopg2.extensions import connection

from tests.journeys.people import WORDS, Applicant
from tests.simulator import Simulator
from tests.system import System

NAME = "Aurora Unrepeatable"
TABLES = "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"
ERASED = "select count(*) from candidates where erased_at is not null"


def test_a_person_looks_at_the_data_and_is_forgotten(simulator: Simulator, system: System, sql: connection) -> None:
    aurora = Applicant(simulator, "Aurora")
    days = aurora.answers_test1(aurora.registers(NAME, city="Санкт-Петербург"))
    hours = aurora.presses(days["buttons"][0][0]["text"], "Choose a time")
    aurora.presses(hours["buttons"][0][0]["text"], "is booked")
    file = aurora.says("/mydata", "All that we hold")["document"]
    held = requests.get(file["url"], timeout=10).text
    assert NAME in held and WORDS in held
    aurora.says("/forget", "Shall we erase everything")
    aurora.presses("Erase everything", "Everything is erased")
    assert _tables_with(sql, NAME) == []
    assert _files_with(system.folder, NAME) == []
    assert _one(sql, ERASED) == 1
    aurora.says("/start", "consent")


def _one(sql: connection, query: str) -> object:
    with sql.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return None if row is None else row[0]


def _tables_with(sql: connection, words: str) -> list[str]:
    """The tables in which some row still says this."""
    with sql.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f'select exists (select from "{name}" as one where one::text like %s)', (f"%{words}%",))
            row = cursor.fetchone()
            found += [name] if row and row[0] else []
    return found


def _files_with(folder: Path, words: str) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if words.encode() in path.read_bytes()]
