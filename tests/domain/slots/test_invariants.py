"""Random sequences of every operation: after each step every invariant holds, asked in SQL."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import Session

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import RecruiterChoice
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.slots import closing, ending, outcomes, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking, BookingStatus, Offer, Purpose
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import STAFF
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot
from workers.tasks.timers import FIRINGS

HOUR = timedelta(hours=1)
LIVE = "b.status in ('pending', 'booked', 'confirmed')"
INVARIANTS = {
    "one seat, one person": f"select from bookings b where {LIVE} group by slot_id, seat having count(*) > 1",
    "live seats and held seats fit the capacity": f"""
        select from slots s where (select count(*) from bookings b where b.slot_id = s.id and {LIVE}) > s.capacity""",
    "hours of a recruiter do not overlap": """
        select from slots a join slots b on a.id < b.id and a.recruiter_id = b.recruiter_id and a.purpose = b.purpose
        where a.status = 'open' and b.status = 'open' and a.starts_at < b.busy_until and b.starts_at < a.busy_until""",
    "one live booking for a person": f"""
        select from bookings b where {LIVE} group by candidate_id, purpose having count(*) > 1""",
    "nobody has a live booking in a closed hour": f"""
        select from bookings b join slots s on s.id = slot_id where {LIVE} and s.status = 'closed'""",
    "who has a live booking is at the interview": f"""
        select from candidates c join bookings b on b.candidate_id = c.id where {LIVE} and c.stage <> 'interview'""",
    "who is at the interview has, or had, one": f"""
        select from candidates c where stage = 'interview' and not exists
        (select from bookings b where candidate_id = c.id and ({LIVE} or b.status in ('attended', 'late')))""",
    "what is not pending has no timers": """
        select from timers t join bookings b on b.id = t.subject_id
        where t.kind like 'slots.pending%' and t.state = 'pending' and b.status <> 'pending'""",
    "every request will expire": """
        select from bookings b where b.status = 'pending' and not exists (select from timers t where t.subject_id = b.id
        and t.kind = 'slots.pending_expires' and t.state = 'pending')""",
    "every open offer will expire": """
        select from offers o where o.status = 'open' and not exists (select from timers t where t.subject_id = o.id
        and t.kind = 'slots.offer_expires' and t.state = 'pending')""",
    "one open offer for a person": "select from offers where status = 'open' group by waiting_id having count(*) > 1",
    "only who waits has an open offer": """
        select from offers o join waiting w on w.id = o.waiting_id where o.status = 'open' and w.status <> 'waiting'""",
    "where somebody waits there is a look ahead": """
        select from waiting w where w.status = 'waiting' and not exists (select from timers t where
        t.kind = 'slots.look_for_takers' and t.subject_id = w.city_id and t.state = 'pending')""",
    "a moved booking has a successor": """
        select from bookings b where b.status = 'moved' and not exists
        (select from bookings n where n.moved_from_id = b.id and n.calendar_uid = b.calendar_uid)""",
    "every booking is in the journal": """
        select from bookings b where not exists
        (select from journal j where j.subject_id = b.id and j.kind in ('booking.reserved', 'booking.moved'))""",
}
PLACES = st.integers(0, 5)


def _broken(session):
    return {name for name, query in INVARIANTS.items() if session.execute(text(query)).first() is not None}


class Bookings(RuleBasedStateMachine):
    """Two cities, three recruiters (one in both cities), six people, eight hours."""

    engine = None

    @initialize(approval=st.booleans(), choice=st.sampled_from(RecruiterChoice), cap=st.sampled_from([None, 1]))
    def begin(self, approval, choice, cap):
        self.now = NOW
        self.session = Session(self.engine, expire_on_commit=False)
        for table in (
            "journal",
            "outbox",
            "timers",
            "offers",
            "waiting",
            "bookings",
            "slots",
            "candidates",
            "recruiters",
            "cities",
        ):
            self.session.execute(text(f"truncate {table} cascade"))
        moscow = add_city(self.session, approval_required=approval, recruiter_choice=choice)
        kazan = add_city(self.session, "Казань", approval_required=not approval, time_zone="Asia/Kathmandu")
        recruiters = [
            add_recruiter(self.session, moscow),
            add_recruiter(self.session, moscow, kazan, name="Пётр", daily_cap=cap),
            add_recruiter(self.session, kazan, name="Вера", weight=3),
        ]
        self.slots = [
            add_slot(self.session, recruiter, NOW + step * HOUR, capacity=1 + (step == 3)).id
            for step in (2, 3, 26)
            for recruiter in recruiters
        ]
        self.people = [add_chooser(self.session, city).id for city in (moscow, kazan) for _ in range(3)]
        self.cities = [moscow.id, kazan.id]
        self.session.commit()

    def teardown(self):
        if hasattr(self, "session"):
            self.session.close()

    def _do(self, operation, *arguments, **named):
        """One transaction; an error of the domain leaves no trace."""
        try:
            operation(self.session, *arguments, now=self.now, **named)
            self.session.commit()
        except DomainError:
            self.session.rollback()
        self.session.expire_all()

    def _person(self, place):
        return self.session.get_one(Candidate, self.people[place])

    def _booking(self, place):
        """One of the newest bookings, ended ones too; 0 when there is none."""
        ids = self.session.scalars(select(Booking.id).order_by(Booking.id.desc()).limit(6)).all()
        return ids[place % len(ids)] if ids else 0

    def _slot(self, place):
        return self.slots[place % len(self.slots)]

    @rule(person=PLACES, slot=st.integers(0, 8))
    def reserve(self, person, slot):
        self._do(slots.reserve, self._person(person), self._slot(slot))

    @rule(person=PLACES, slot=st.integers(0, 8))
    def assign(self, person, slot):
        self._do(slots.assign, self._person(person), self._slot(slot), actor=STAFF)

    @rule(booking=PLACES)
    def approve(self, booking):
        self._do(slots.approve, self._booking(booking), actor=STAFF)

    @rule(booking=PLACES)
    def refuse(self, booking):
        self._do(ending.refuse, self._booking(booking), reason="full", actor=STAFF)

    @rule(person=PLACES, booking=PLACES)
    def confirm(self, person, booking):
        self._do(slots.confirm, self._person(person), self._booking(booking))

    @rule(person=PLACES, booking=PLACES)
    def run_late(self, person, booking):
        self._do(slots.run_late, self._person(person), self._booking(booking), 10)

    @rule(booking=PLACES, slot=st.integers(0, 8))
    def move(self, booking, slot):
        one = self.session.get(Booking, self._booking(booking))
        if one is not None:
            self._do(slots.move, one.candidate, one.id, self._slot(slot))

    @rule(booking=PLACES, slot=st.integers(0, 8))
    def reassign(self, booking, slot):
        self._do(slots.reassign, self._booking(booking), self._slot(slot), actor=STAFF)

    @rule(booking=PLACES)
    def cancel(self, booking):
        one = self.session.get(Booking, self._booking(booking))
        if one is not None:
            self._do(ending.cancel, one.candidate, one.id, reason="plans")

    @rule(booking=PLACES)
    def cancel_by_staff(self, booking):
        self._do(ending.cancel_by_staff, self._booking(booking), reason="ill", actor=STAFF)

    @rule(booking=PLACES, result=st.sampled_from([BookingStatus.ATTENDED, BookingStatus.LATE, BookingStatus.NO_SHOW]))
    def record_outcome(self, booking, result):
        self._do(outcomes.record_outcome, self._booking(booking), result, actor=STAFF)

    @precondition(lambda self: self.session.scalar(text("select count(*) from slots where status = 'open'")) > 4)
    @rule(slot=st.integers(0, 8), move=st.booleans())
    def close(self, slot, move):
        ids = [self._slot(slot)]
        proposals = closing.propose(self.session, ids, now=self.now)
        plan = {one.booking.id: one.hour.slot_id if move and one.hour else None for one in proposals}
        self._do(closing.close, ids, plan, reason="ill", actor=STAFF)

    @rule(person=PLACES)
    def wait(self, person):
        self._do(waiting.wait, self._person(person), Purpose.INTERVIEW)

    @rule(offer=PLACES)
    def decline(self, offer):
        offers = self.session.scalars(select(Offer).order_by(Offer.id.desc()).limit(6)).all()
        if offers:
            one = offers[offer % len(offers)]
            self._do(waiting.decline, one.waiting.candidate, one.id)

    @rule(minutes=st.sampled_from([0, 1, 11, 40, 90, 600]))
    def time_passes(self, minutes):
        """Timers fire as the sweep fires them: requests and offers expire, the queue is looked at."""
        self.now += timedelta(minutes=minutes)
        for _ in range(3):
            run_due(self.session, FIRINGS, now=self.now)
            self.session.commit()
        self.session.expire_all()
        assert self.session.scalars(text("select kind from timers where failures > 0")).all() == []

    @invariant()
    def every_invariant_holds(self):
        if hasattr(self, "session"):
            broken = [
                name for name, query in INVARIANTS.items() if self.session.execute(text(query)).first() is not None
            ]
            self.session.rollback()
            assert broken == []


@pytest.mark.usefixtures("template_database")
def test_whatever_people_do_in_whatever_order_the_invariants_hold(database_url):
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))

    class OnThisDatabase(Bookings):
        pass

    OnThisDatabase.engine = engine
    bounds = settings(
        max_examples=30, stateful_step_count=30, derandomize=True, deadline=None, print_blob=False,
        suppress_health_check=list(HealthCheck), database=None,
    )  # fmt: skip
    run_state_machine_as_test(OnThisDatabase, settings=bounds)
    engine.dispose()


def test_the_queries_find_what_is_broken(session, city, slot):
    """A check that cannot fail proves nothing."""
    candidate = add_chooser(session, city)
    slots.reserve(session, candidate, slot.id, now=NOW)
    session.execute(text("update slots set status = 'closed'"))
    session.execute(text("update candidates set stage = 'to_schedule'"))
    session.execute(text("update timers set state = 'withdrawn'"))
    assert _broken(session) == {
        "nobody has a live booking in a closed hour",
        "who has a live booking is at the interview",
        "every request will expire",
    }
