"""What must hold when everything is quiet again: the books in Postgres against what people did and saw."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

import psycopg2

from tests.drill.test_booking_race import INVARIANTS
from tests.drill.whole.company import Company
from tests.drill.whole.life import Told
from tests.drill.whole.recruiters import TEXT, Edit

EDIT_SECONDS = 3  # a turn that had begun when the text was saved
MOST_CONNECTIONS = 45  # web 16, worker's two children, delivery 8, and room for pools that were just begun anew
ALLOWED_MEBIBYTES = {"bot": 90, "worker": 140, "web": 160}  # of the largest process of the type
QUIET_SECONDS = 90
TWICE = {
    "started": "select from journal where kind = 'candidate.started' group by candidate_id having count(*) > 1",
    "a card": "select from contacts group by chat_id having count(*) > 1",
    "finished a test": "select from journal where kind = 'attempt.finished' group by subject_id having count(*) > 1",
    "read the same words in one answer": """
        select from outbox where state = 'sent' group by chat_id, created_at, body having count(*) > 1""",
}
DOUBLED = {
    "an update was answered": "select from seen_updates group by update_id having count(*) > 1",
    "a message was promised": "select from outbox group by about, kind, chat_id having count(*) > 1",
    "a timer was set": "select from timers group by kind, subject_id having count(*) > 1",
}
UNSETTLED = """
    select (select count(*) from outbox
            where state = 'sending' or (state = 'queued' and due_at <= now() + interval '2 s'))
         + (select count(*) from timers where state = 'pending' and due_at < now() - interval '1 s')"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the sheet. `promise` is its number in the list of promises, 0 for what is only good to know."""

    promise: int
    words: str
    wrong: list[str]
    figures: str

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


class Books:
    """The rows of the database, read by a way of their own."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self._url, connect_timeout=5)) as connection, connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall()

    def value(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def are_settled(self) -> bool:
        """Whether nothing that is due waits any more."""
        try:
            return self.value(UNSETTLED) == 0
        except psycopg2.OperationalError:
            return False


def judge(company: Company, told: Told, *, edits: Sequence[Edit], memory: dict[str, list[float]]) -> Iterator[Line]:
    """Every promise, in order; the company is quiet and nobody acts any more."""
    books = Books(company.database_url)
    yield _bookings(books)
    yield from _updates(books, told)
    yield from _messages(books, company)
    yield from _timers(books)
    yield _doubles(books, company)
    yield _edits(books, edits)
    yield _answers(told)
    yield from _leftovers(books, company, memory)


def _bookings(books: Books) -> Line:
    wrong = [name for name, statement in INVARIANTS.items() if books.rows(statement)]
    ended = dict(books.rows("select status, count(*) from bookings group by 1"))
    taken = books.value("select count(*) from outbox where kind = 'slot.taken'")
    figures = (
        f"{sum(ended.values())} bookings, {ended.get('moved', 0)} moved, {ended.get('cancelled', 0)} cancelled, "
        f"{taken} times too late for an hour"
    )
    return Line(
        promise=1, words="one seat, one person; nothing overlaps; one live booking", wrong=wrong, figures=figures
    )


def _updates(books: Books, told: Told) -> Iterator[Line]:
    seen = dict(books.rows("select update_id, failure from seen_updates"))
    lost = [f"update {number} is not in the books" for number in sorted(told.updates - seen.keys())[:10]]
    failed = [f"update {number} failed: {why}" for number, why in seen.items() if why and number in told.updates]
    twice = [f"somebody has {what} twice" for what, query in TWICE.items() if books.rows(query)]
    yield Line(
        promise=2, words="every update is in Postgres and has its effect once", wrong=lost + failed + twice,
        figures=f"{len(told.updates)} updates, {told.sent_again} of them sent twice with one number",
    )  # fmt: skip
    silent = books.rows(  # an answer is posted in the transaction that marks the update, with its reading of the clock
        """select update_id from seen_updates s where update_id = any(%s) and failure is null and not exists
           (select from outbox o where o.chat_id = s.chat_id and o.created_at = s.seen_at)""",
        list(told.commands),
    )
    yield Line(
        promise=2, words="whoever asked how things stand was told", figures=f"{len(told.commands)} times /my",
        wrong=[f"update {number} has no answer" for (number,) in silent[:10]],
    )  # fmt: skip


def _messages(books: Books, company: Company) -> Iterator[Line]:
    states = dict(books.rows("select state, count(*) from outbox where due_at <= now() group by 1"))
    wrong = [f"{count} messages are {state}" for state, count in states.items() if state in ("queued", "sending")]
    wrong += [
        f"a message failed: {why} ({count})"
        for why, count in books.rows(
            "select coalesce(reason, '?'), count(*) from outbox where state = 'failed' group by 1"
        )
    ]
    figures = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    yield Line(promise=3, words="every message is one row and has ended", wrong=wrong, figures=figures)
    yield _shown_once(books, company)
    yield _in_order(books)


def _shown_once(books: Books, company: Company) -> Line:
    """What chats show against the rows: what is shown and known to no row must be an attempt that ended in doubt."""
    rows: dict[int, set[int]] = {}
    doubts: Counter[int] = Counter()
    for chat_id, message_id, doubtful in books.rows("select chat_id, telegram_message_id, doubts from outbox"):
        rows.setdefault(chat_id, set()).add(message_id)
        doubts[chat_id] += doubtful
    wrong, extra = [], 0
    for person in company.telegram.control("GET", "/people"):
        shown = company.telegram.control("GET", f"/people/{person['id']}/messages")
        ids = {each["message_id"] for each in shown if each["from"] == "bot"}
        unknown, absent = ids - rows.get(person["id"], set()), rows.get(person["id"], set()) - ids - {None}
        extra += len(unknown)
        if len(unknown) > doubts[person["id"]]:
            wrong.append(
                f"chat {person['id']} shows {len(unknown)} messages of no row, {doubts[person['id']]} in doubt"
            )
        if absent:
            wrong.append(f"chat {person['id']} does not show {sorted(absent)[:5]}, which are said to be sent")
    return Line(
        promise=3, words="no message is doubled or invented, but for lost answers of Telegram", wrong=wrong,
        figures=f"{extra} shown in doubt, {sum(doubts.values())} attempts ended in doubt",
    )  # fmt: skip


def _in_order(books: Books) -> Line:
    """New messages of one chat and lane leave in the order they were posted."""
    swapped = books.rows("""
        select chat_id, id from (
            select chat_id, id, telegram_message_id, max(telegram_message_id) over (
                partition by chat_id, lane order by id rows between unbounded preceding and 1 preceding) as before
            from outbox where state = 'sent' and replaces_message_id is null and doubts = 0 and attempts = 1
        ) as sent where telegram_message_id < before""")
    wrong = [f"chat {chat_id}: message {number} came before an earlier one" for chat_id, number in swapped[:10]]
    return Line(promise=3, words="each conversation keeps its order", wrong=wrong, figures=f"{len(swapped)} swapped")


def _timers(books: Books) -> Iterator[Line]:
    due = "kind like 'slots.remind%%' and planned_at < now() - interval '5 s'"
    fates = dict(books.rows(f"select state, count(*) from timers where {due} group by 1"))
    wrong = [f"{count} reminders are {state}" for state, count in fates.items() if state in ("pending", "failed")]
    lateness = books.value(f"""
        select coalesce(max(extract(epoch from settled_at - planned_at)), 0) from timers
        where state = 'done' and {due}""")
    yield Line(
        promise=4, words="every reminder that was due left or was skipped with a reason", wrong=wrong,
        figures=", ".join(f"{count} {state}" for state, count in fates.items()) + f"; most {lateness:.1f} s late",
    )  # fmt: skip
    failed = books.rows("select kind, count(*) from timers where state = 'failed' group by 1")
    done = books.value("select count(*) from timers where state <> 'pending' and planned_at <= now()")
    yield Line(
        promise=4, words="no timer was lost or gave up", figures=f"{done} timers came due",
        wrong=[f"{count} timers {kind} failed" for kind, count in failed],
    )  # fmt: skip


def _doubles(books: Books, company: Company) -> Line:
    """Two beats and two bots were at work all the time; what one of them did twice would be in the lines before."""
    alive = {
        name
        for (name,) in books.rows(
            "select process || ':' || instance from heartbeats where beat_at > now() - interval '60 s'"
        )
    }
    wrong = [f"{name} is dead" for name in company.system.dead()]
    wrong += [f"{what} twice" for what, query in DOUBLED.items() if books.rows(query)]
    return Line(
        promise=5,
        words="two beats and two bots do what one would",
        wrong=wrong,
        figures=f"{len(alive)} processes give signs of life",
    )


def _edits(books: Books, edits: Sequence[Edit]) -> Line:
    wrong, new = [], 0
    for edit in edits:
        window = (
            f"kind = '{TEXT}' and language = 'en' and created_at > %s + interval '{EDIT_SECONDS} s' and created_at < %s"
        )
        until = edit.until or datetime.now(UTC)
        bodies = [body for (body,) in books.rows(f"select body from outbox where {window}", edit.saved_at, until)]
        old = sum(edit.words not in body for body in bodies)
        new += len(bodies) - old
        wrong += [f"{old} people read other words after “{edit.words}” was saved"] if old else []
    wrong += [] if new else ["nobody was asked after an edit"]
    words = "an edited text is what the next person reads"
    return Line(promise=6, words=words, wrong=wrong, figures=f"{len(edits)} edits, {new} people")


def _answers(told: Told) -> Line:
    waits = sorted(told.waits) or [0.0]
    p95 = quantiles(waits, n=20)[-1] if len(waits) > 1 else waits[0]
    return Line(
        promise=0, words="people act on, whatever breaks", wrong=told.failures[:5],
        figures=f"answered within p50 {median(waits) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, most {waits[-1]:.1f} s; "
        f"{told.given_up} times nothing to see for 20 s",
    )  # fmt: skip


def _leftovers(books: Books, company: Company, memory: dict[str, list[float]]) -> Iterator[Line]:
    stuck = books.rows("""
        select pid, state from pg_stat_activity where datname = current_database()
        and state like 'idle in transaction%%' and state_change < now() - interval '5 s'""")
    locks = books.value("select count(*) from pg_locks where not granted")
    connections = books.value("select count(*) from pg_stat_activity where application_name = 'recruitsmart'")
    wrong = [f"session {pid} is {state}" for pid, state in stuck] + ([f"{locks} locks are waited for"] if locks else [])
    wrong += [f"{connections} connections"] if connections > MOST_CONNECTIONS else []
    yield Line(
        promise=0, words="no lock and no connection is left behind", wrong=wrong, figures=f"{connections} connections"
    )
    after = company.memory()
    wrong = [f"{name} has {after[name][0]} MiB" for name, most in ALLOWED_MEBIBYTES.items() if after[name][0] > most]
    figures = ", ".join(f"{name} {memory[name][0]:.0f} → {after[name][0]:.0f}" for name in after)
    yield Line(promise=0, words="memory stays within its bounds (MiB)", wrong=wrong, figures=figures)
    ended = {name: count for name, count in company.restarts.items() if " " in name}
    died = {name: count for name, count in company.restarts.items() if " " not in name}
    wrong = [f"{name}: {count}" for name, count in ended.items()]
    yield Line(
        promise=0, words="SIGTERM ends each process in order", wrong=wrong,
        figures=f"within {company.slowest_end:.1f} s; ended unasked and were started again: {died or 'none'}",
    )  # fmt: skip
