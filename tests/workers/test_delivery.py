"""A run through the outbox: against the simulator, with rows of a database of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import cycle

import psycopg2
import pytest
from redis import Redis
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.candidates.models import Contact
from recruitsmart.domain.messaging.delivery import SECOND_COPY, claim
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome, Verdict
from recruitsmart.local.processes import wait_until
from recruitsmart.telegram.limits import Limits
from tests.factories import add_candidate
from tests.simulator import Person, Simulator
from tests.workers.outbox import Outbox, person
from workers import settling
from workers.bell import LISTENERS, Bell
from workers.tasks import delivery

SECOND = timedelta(seconds=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """What whoever planned something for the moment a `help` is sent was told."""
    heard: list[tuple[str, datetime]] = []

    def hear(session: Session, about: str, now: datetime) -> None:
        heard.append((about, now))

    monkeypatch.setitem(settling.WHEN_SENT, "help", hear)
    return heard


def test_a_run_sends_all_that_is_due(outbox: Outbox, anna: Person) -> None:
    ids = [outbox.add(anna.id, body=f"Message {number}") for number in range(3)]
    outbox.run()
    assert outbox.states(*ids) == [MessageState.SENT] * 3
    assert [message["text"] for message in anna.from_bot()] == ["Message 0", "Message 1", "Message 2"]


def test_with_no_limit_near_a_message_costs_one_statement_and_one_question_to_redis(
    outbox: Outbox, simulator: Simulator, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TURNS_OF_THE_PATIENT", 0.0)
    outbox.services.__dict__["limits"] = Limits(outbox.services.redis, per_second=1000.0)
    ids = [outbox.add(person(simulator, f"Reader{number}").id) for number in range(4)]
    outbox.run()  # whatever is prepared once
    again = [outbox.add(outbox.row(message_id).chat_id) for message_id in ids]
    statements: list[str] = []
    event.listen(outbox.services.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    before = scripts_run(redis_url)
    outbox.run()
    assert len(statements) == 1 + 4
    assert outbox.states(*again) == [MessageState.SENT] * 4
    assert scripts_run(redis_url) - before == 1 + 4


def test_where_nothing_else_waits_nobody_is_looked_for_who_waits_too_long(
    outbox: Outbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TURNS_OF_THE_PATIENT", 1.0)
    rings = iter([True, False])
    statements: list[str] = []

    def listen() -> bool:
        if rung := next(rings):
            outbox.add(anna.id)
            statements.clear()
        return rung

    monkeypatch.setattr(outbox.services.bell, "listen", listen)
    event.listen(outbox.services.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    outbox.run()
    assert len(statements) == 2  # it is claimed, then settled while the next one is looked for


def scripts_run(redis_url: str) -> int:
    with Redis.from_url(redis_url) as redis:
        return int(redis.info("commandstats")["cmdstat_evalsha"]["calls"])


def test_what_was_sent_has_telegrams_number_and_a_trail(outbox: Outbox, anna: Person) -> None:
    row = outbox.row(outbox.add(anna.id))
    outbox.run()
    row = outbox.row(row.id)
    assert row.telegram_message_id == anna.from_bot()[0]["message_id"]
    assert [(step["what"], step["why"]) for step in row.trail] == [("accepted", None)]


def test_what_is_too_late_is_skipped_and_never_sent(outbox: Outbox, anna: Person) -> None:
    late = outbox.add(anna.id, valid_until=clock.now() - SECOND)
    outbox.run()
    assert (outbox.row(late).state, outbox.row(late).reason, anna.from_bot()) == ("skipped", "too late", [])


def test_what_is_not_yet_too_late_is_sent(outbox: Outbox, anna: Person) -> None:
    timely = outbox.add(anna.id, valid_until=clock.now() + timedelta(minutes=1))
    outbox.run()
    assert outbox.states(timely) == [MessageState.SENT]


def test_what_is_too_late_does_not_hold_up_the_next(outbox: Outbox, anna: Person) -> None:
    _, following = outbox.add(anna.id, valid_until=clock.now() - SECOND), outbox.add(anna.id)
    outbox.run()
    assert outbox.states(following) == [MessageState.SENT]


def test_an_edit_whose_message_is_gone_ends_as_skipped(outbox: Outbox, anna: Person) -> None:
    edit = outbox.add(anna.id, replaces_message_id=12345, edits_only=True)
    outbox.run()
    assert (outbox.row(edit).state, outbox.row(edit).reason) == ("skipped", "nothing left to edit")


# --- whoever planned something for the moment it is sent


def test_who_waits_for_the_moment_hears_of_it_in_the_transaction_that_settles(
    outbox: Outbox, anna: Person, told: list[tuple[str, datetime]]
) -> None:
    sent = outbox.row(outbox.add(anna.id))
    outbox.run()
    assert told == [(sent.about, outbox.row(sent.id).settled_at)]


def test_nobody_hears_of_what_was_skipped_or_is_tried_again(
    outbox: Outbox, anna: Person, simulator: Simulator, told: list[tuple[str, datetime]]
) -> None:
    outbox.add(anna.id, valid_until=clock.now() - SECOND)
    outbox.run()
    simulator.faults(error_rate=1)
    outbox.add(anna.id)
    outbox.run()
    assert told == []


def test_who_waits_for_the_moment_hears_of_what_ended_in_doubt(
    outbox: Outbox, anna: Person, simulator: Simulator, told: list[tuple[str, datetime]]
) -> None:
    simulator.faults(lost_response_rate=1)
    doubtful = outbox.add(anna.id, lane=Lane.BULK)
    outbox.run()
    assert (outbox.states(doubtful), len(told)) == ([MessageState.UNKNOWN], 1)


def test_who_waits_for_the_moment_hears_of_what_a_dead_sender_left_in_doubt(
    outbox: Outbox, anna: Person, told: list[tuple[str, datetime]]
) -> None:
    held = outbox.add(anna.id, lane=Lane.BULK, state=MessageState.SENDING, leased_until=clock.now() - SECOND)
    outbox.sweep()
    assert (outbox.states(held), len(told)) == ([MessageState.UNKNOWN], 1)


# --- doubts


def test_a_promise_without_an_answer_is_sent_once_more_and_says_so_ever_after(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    simulator.faults(lost_response_rate=1)
    promise = outbox.add(anna.id, lane=Lane.PROMISED)
    with outbox.services.database.unit() as session:
        claimed = claim(session, now=clock.now())
    assert claimed is not None
    outcome = outbox.services.telegram.deliver(claimed)  # type: ignore[union-attr]
    with outbox.services.database.unit() as session:
        settling._settle(session, claimed, outcome, now=clock.now())
    simulator.faults(lost_response_rate=0, error_rate=1)
    outbox.run()
    simulator.faults(error_rate=0)
    with outbox.services.database.unit() as session:
        session.get_one(OutboxMessage, promise).due_at = clock.now()
    outbox.run()
    row = outbox.row(promise)
    assert (row.state, row.reason, row.doubts) == ("sent", SECOND_COPY, 1)
    assert [step["what"] for step in row.trail] == ["doubtful", "broken", "accepted"]
    assert len(anna.from_bot()) == 2


# --- who cannot be reached


def test_who_blocked_the_bot_gets_no_more_tries(outbox: Outbox, anna: Person) -> None:
    with outbox.services.database.unit() as session:
        add_candidate(session, chat_id=anna.id)
    ids = [outbox.add(anna.id, lane=lane) for lane in (Lane.INTERACTIVE, Lane.PROMISED, Lane.BULK)]
    anna.block()
    outbox.run()
    assert outbox.states(*ids) == ["failed", "skipped", "skipped"]
    assert "blocked" in (outbox.row(ids[2]).reason or "")
    with outbox.services.database.unit() as session:
        assert "blocked" in (session.scalars(select(Contact)).one().unreachable_reason or "")


# --- whose turn it is


@pytest.mark.parametrize(
    ("lane", "waited"), [(Lane.PROMISED, timedelta(seconds=11)), (Lane.BULK, timedelta(minutes=11))]
)
def test_replies_without_end_do_not_starve_what_has_waited_long(
    outbox: Outbox, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, lane: Lane, waited: timedelta
) -> None:
    turns = cycle([0.0, *[0.99] * 9])  # each tenth turn is the patient's
    monkeypatch.setattr(delivery.random, "random", lambda: next(turns))
    people = [person(simulator, f"P{number}") for number in range(4)]
    replies = [outbox.add(each.id, lane=Lane.INTERACTIVE) for each in people]
    patient = outbox.add(people[0].id, lane=lane, due_at=clock.now() - waited)
    outbox.run()
    rows = sorted((outbox.row(each) for each in (*replies, patient)), key=lambda row: row.settled_at)
    assert rows[0].id == patient


def test_what_has_not_waited_long_gives_way_to_replies(
    outbox: Outbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery.random, "random", lambda: 0.0)
    promise = outbox.add(anna.id, lane=Lane.PROMISED, due_at=clock.now() - 5 * SECOND)
    reply = outbox.add(anna.id, lane=Lane.INTERACTIVE)
    outbox.run()
    assert outbox.row(reply).settled_at < outbox.row(promise).settled_at


def test_an_outage_of_telegram_costs_no_message_a_second_try(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    boris = person(simulator, "Boris")
    simulator.faults(down=True)
    first, second = outbox.add(anna.id), outbox.add(boris.id)
    for _ in range(4):
        outbox.run()
        outbox.services.redis.delete("limit:away", "limit:waker:everyone")  # the wait is over
    assert [(row.state, row.doubts, row.attempts) for row in map(outbox.row, (first, second))] == [
        ("queued", 1, 1), ("queued", 0, 0)
    ]  # fmt: skip
    assert [round(after.total_seconds(), 1) for after in outbox.nudges if after] == [1, 2, 4, 8]
    simulator.faults(down=False)
    outbox.run()
    assert outbox.states(first, second) == ["sent", "sent"]
    assert not outbox.services.limits.room().in_trouble


def test_a_telegram_that_answers_questions_and_takes_no_message_is_asked_less_and_less(
    outbox: Outbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = Outcome(verdict=Verdict.DOUBTFUL, reason="ReadTimeout", away=True)
    monkeypatch.setattr(outbox.services.telegram, "deliver", lambda message: hangs)
    for _ in range(3):
        outbox.add(anna.id)
    for _ in range(3):
        outbox.run()
        outbox.services.redis.delete("limit:away", "limit:waker:everyone")  # the wait is over
    assert [round(after.total_seconds(), 1) for after in outbox.nudges if after] == [1, 2, 4]


def test_an_outage_outlasts_what_was_known_before_it(
    outbox: Outbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broadcasts had to wait a moment when the run began; a nudge after that moment would find Telegram away."""
    outbox.add(anna.id)
    for _ in range(4):
        outbox.services.limits.wait(anna.id + 1, Lane.INTERACTIVE)
    outbox.services.limits.trouble()
    hangs = Outcome(verdict=Verdict.DOUBTFUL, reason="ReadTimeout", away=True)
    monkeypatch.setattr(outbox.services.telegram, "deliver", lambda message: hangs)
    outbox.run()
    assert [round(after.total_seconds(), 1) for after in outbox.nudges if after] == [1]


def test_a_single_lost_answer_holds_nobody_up(outbox: Outbox, anna: Person) -> None:
    first = outbox.add(anna.id)
    outbox.services.limits.trouble()
    outbox.run()
    assert (outbox.states(first), outbox.nudges) == (["sent"], [])


def test_who_has_sent_everything_listens_and_sends_what_is_posted_meanwhile(outbox: Outbox, anna: Person) -> None:
    bell = outbox.services.__dict__["bell"] = Bell(outbox.services.redis, listen_seconds=4)
    with ThreadPoolExecutor(1) as sender:
        running = sender.submit(outbox.run)
        assert wait_until(lambda: outbox.services.redis.zcard(LISTENERS) == 1, 10)
        posted = outbox.add(anna.id)
        assert bell.ring()
        assert wait_until(lambda: outbox.services.redis.zcard(LISTENERS) == 1, 10)  # again
        assert outbox.states(posted) == ["sent"]
        bell.close()
        assert bell.ring()
        running.result(timeout=10)
    assert outbox.nudges == []


def test_a_process_that_ends_takes_up_nothing_more(outbox: Outbox, anna: Person) -> None:
    posted = outbox.add(anna.id)
    outbox.services.bell.close()
    outbox.run()
    row = outbox.row(posted)
    assert (row.state, row.attempts) == ("queued", 0)


def test_what_was_sent_is_settled_though_the_connection_died_meanwhile(
    outbox: Outbox, anna: Person, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = outbox.services.telegram
    deliver, dead = telegram.deliver, []

    def deliver_and_cut_off(message: Claimed) -> Outcome:
        outcome = deliver(message)
        with outbox.services.database.engine.connect() as ours:
            dead.append(ours.execute(text("select pg_backend_pid()")).scalar_one())
        with psycopg2.connect(database_url.replace("+psycopg2", "")) as other, other.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", dead)
        return outcome

    monkeypatch.setattr(telegram, "deliver", deliver_and_cut_off)
    posted = outbox.add(anna.id)
    outbox.run()
    assert outbox.states(posted) == ["sent"]


@pytest.mark.parametrize(("pause", "state"), [(timedelta(seconds=0.5), "sent"), (timedelta(minutes=1), "sending")])
def test_postgres_is_asked_to_take_an_outcome_while_the_lease_lasts(
    outbox: Outbox, anna: Person, let_in: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch, pause: timedelta,
    state: str,
) -> None:  # fmt: skip
    telegram, engine, rests = outbox.services.telegram, outbox.services.database.engine, []
    deliver = telegram.deliver

    def deliver_and_go(message: Claimed) -> Outcome:
        outcome = deliver(message)
        let_in(False)
        engine.dispose()
        return outcome

    def rest(seconds: float) -> None:
        rests.append(seconds)
        let_in(len(rests) == 3)

    monkeypatch.setattr(telegram, "deliver", deliver_and_go)
    monkeypatch.setattr(delivery, "sleep", rest)
    monkeypatch.setattr(delivery, "ASK_AGAIN", pause)
    posted = outbox.add(anna.id)
    with suppress(OperationalError):
        outbox.run()
    let_in(True)
    assert (outbox.states(posted), len(rests)) == ([state], 3 if state == "sent" else 0)


def test_a_lease_that_is_nearly_over_is_given_back(
    outbox: Outbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = outbox.add(anna.id)
    monkeypatch.setattr(delivery, "LONGEST_CALL", timedelta(minutes=1))
    monkeypatch.setattr(delivery, "MOST_IN_A_ROW", 3)
    outbox.run()
    assert (outbox.states(posted), outbox.row(posted).attempts) == (["queued"], 0)


# --- without Redis


def test_alone_it_sends_at_its_own_pace_and_asks_nobody_for_help(
    outbox: Outbox, anna: Person, simulator: Simulator
) -> None:
    ids = [outbox.add(each.id) for each in (anna, person(simulator, "Boris"))]
    outbox.services.redis.connection_pool.connection_kwargs["port"] = 1  # nobody listens there
    outbox.services.redis.connection_pool.disconnect()
    pauses = [delivery.send_alone(outbox.services) for _ in range(1)]
    assert outbox.states(*ids) == ["sent", "queued"]
    assert outbox.nudges == [] and pauses[0] is not None and timedelta(0) < pauses[0] <= SECOND


def test_a_sweep_calls_a_sender_when_something_is_due(outbox: Outbox, anna: Person) -> None:
    outbox.sweep()
    assert outbox.nudges == []
    outbox.add(anna.id)
    outbox.sweep()
    assert outbox.nudges == [timedelta(0)]
