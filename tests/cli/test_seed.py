"""`flask seed --size`: a crowd whose rows agree with one another, and never among real people."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from recruitsmart.cli import crowd
from recruitsmart.cli.seed import TURNS
from recruitsmart.domain.assessments.models import Test
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.slots.models import Booking, Slot
from recruitsmart.extensions import db
from recruitsmart.local.processes import wait_until
from tests.panel import make_app

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PEOPLE = 150


@pytest.fixture
def app(database_url: str, redis_url: str) -> Iterator[Flask]:
    app = make_app(database_url, redis_url)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def crowded(app: Flask) -> Iterator[Session]:
    with app.app_context(), Session(db.engine) as session:
        load_shipped_tests(session)
        crowd.seed(session, people=PEOPLE, now=NOW, dice=Random(3))
        session.commit()
        yield session


def count(session: Session, sql: str) -> int:
    return session.scalar(text(sql)) or 0


def test_there_are_about_three_bookings_and_at_least_ten_entries_a_person(crowded: Session) -> None:
    assert crowded.scalar(select(func.count(Candidate.id))) == PEOPLE
    assert 2.3 * PEOPLE < (crowded.scalar(select(func.count(Booking.id))) or 0) < 4 * PEOPLE
    assert (crowded.scalar(select(func.count(Entry.id))) or 0) > 10 * PEOPLE


def test_the_stage_is_where_the_journal_says_the_last_move_went(crowded: Session) -> None:
    astray = """
        select count(*) from candidates c left join lateral (
          select details ->> 'after' as stage, at from journal
          where candidate_id = c.id and kind = 'candidate.moved' order by id desc limit 1
        ) last on true
        where c.stage <> coalesce(last.stage, 'started') or c.stage_since <> coalesce(last.at, c.created_at)
    """
    assert count(crowded, astray) == 0


def test_who_stands_for_a_meeting_has_a_live_booking_or_kept_one(crowded: Session) -> None:
    live = "b.status in ('pending', 'booked', 'confirmed')"
    without = f"""
        select count(*) from candidates c where stage in ('interview', 'intro_day') and not exists (
          select 1 from bookings b where b.candidate_id = c.id and b.purpose = c.stage
            and ({live} or b.status in ('attended', 'late')))
    """
    elsewhere = f"""
        select count(*) from bookings b join candidates c on c.id = b.candidate_id
        where {live} and (c.outcome <> 'active' or c.stage <> b.purpose)
    """
    assert count(crowded, without) == 0
    assert count(crowded, elsewhere) == 0


def test_each_booking_was_written_down_and_nothing_happened_in_the_future(crowded: Session) -> None:
    unsaid = """
        select count(*) from bookings b where not exists (select 1 from journal j where j.candidate_id = b.candidate_id
          and j.subject_id = b.id and j.at = b.created_at and j.kind in ('booking.reserved', 'booking.moved'))
    """
    assert count(crowded, unsaid) == 0
    assert (crowded.scalar(select(func.max(Entry.at))) or NOW) <= NOW


def test_a_person_is_written_down_in_the_order_of_time(crowded: Session) -> None:
    backwards = """
        select count(*) from (select at - lag(at) over (partition by candidate_id order by id) as step from journal) s
        where step < interval '0'
    """
    assert count(crowded, backwards) == 0


def test_some_have_asked_a_human_and_whoever_was_answered_waits_no_more(crowded: Session) -> None:
    chats = count(crowded, "select count(*) from chats")
    assert chats > 0
    assert count(crowded, "select count(*) from chat_lines join chats using (candidate_id)") == chats
    assert count(crowded, "select count(*) from chats where (closed_at is null) <> (unread_since is not null)") == 0


def test_no_seat_was_kept_by_two(crowded: Session) -> None:
    doubled = """
        select count(*) from (select 1 from bookings where status not in ('cancelled', 'moved')
          group by slot_id, seat having count(*) > 1) s
    """
    assert count(crowded, doubled) == 0


def test_people_come_all_year_from_several_cities_and_sources_and_end_in_every_way(crowded: Session) -> None:
    first, last = crowded.execute(select(func.min(Candidate.created_at), func.max(Candidate.created_at))).one()
    assert last - first > timedelta(days=330)
    assert count(crowded, "select count(distinct city_id) from candidates") >= 6
    assert count(crowded, "select count(distinct source) from candidates") >= 5
    assert count(crowded, "select count(distinct recruiter_id) from slots") >= 6
    assert set(crowded.scalars(select(Candidate.outcome))) == set(Outcome)
    assert len(set(crowded.scalars(select(Candidate.stage)))) >= len(Stage) - 2


def test_new_rows_go_on_after_those_of_the_crowd(crowded: Session) -> None:
    greatest = crowded.scalar(select(func.max(Candidate.id))) or 0
    slot_id = crowded.scalar(select(func.max(Slot.id))) or 0
    anna = Candidate(language="ru", stage_since=NOW, created_at=NOW)
    crowded.add(anna)
    crowded.flush()
    assert anna.id == greatest + 1
    assert count(crowded, "select nextval(pg_get_serial_sequence('slots', 'id'))") == slot_id + 1


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["seed", *arguments])
    return result.exit_code, result.output


def candidates(app: Flask) -> int:
    with app.app_context(), Session(db.engine) as session:
        return session.scalar(select(func.count(Candidate.id))) or 0


def test_the_command_adds_a_crowd_of_its_size_to_a_new_system(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(crowd.SIZES, "small", 20)
    assert run(app, "--demo", "--size", "small")[0] == 0
    assert candidates(app) == 20


def test_where_somebody_is_already_the_crowd_is_refused(app: Flask) -> None:
    with app.app_context(), Session(db.engine) as session:
        session.add(Candidate(language="ru", stage_since=NOW, created_at=NOW))
        session.commit()
    code, printed = run(app, "--size", "small")
    assert (code, candidates(app)) == (1, 1)
    assert "There are candidates already" in printed


@pytest.mark.parametrize("made_up", [["--size", "small"], ["--demo"]], ids=["people", "hours"])
def test_in_production_what_is_made_up_is_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch, made_up: list[str]
) -> None:
    monkeypatch.setattr(type(app.config["SETTINGS"]), "is_production", True)
    code, printed = run(app, *made_up)
    assert (code, candidates(app)) == (1, 0)
    assert "production" in printed


def test_of_two_releases_at_once_the_second_waits_and_adds_nothing(app: Flask) -> None:
    codes: list[int] = []
    second = threading.Thread(target=lambda: codes.append(run(app)[0]))
    with app.app_context(), Session(db.engine) as first, Session(db.engine) as looking:
        first.execute(select(func.pg_advisory_xact_lock(TURNS)))
        load_shipped_tests(first)
        first.flush()
        second.start()
        waits = text("select count(*) from pg_locks where not granted")
        assert wait_until(lambda: looking.scalar(waits), 20)
        first.commit()
        second.join(20)
        assert looking.scalar(select(func.count(Test.id))) == 2
    assert codes == [0]
