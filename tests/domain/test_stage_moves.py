"""Every move of the table of stages is made by an operation people reach; every other one is refused with a sentence.

A stage or a move that is added to the table without a case here fails: it would be a way nobody can go.
"""

from datetime import timedelta
from itertools import count, product

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.candidates.stages import MOVES, Outcome, Stage
from recruitsmart.domain.dialogue import operations, testing
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.decisions import (
    bring_back,
    hire,
    let_go,
    move_by_hand,
    moves_by_hand,
    reject,
    take_hire_back,
)
from recruitsmart.domain.pipeline.testing import begin_test1, decide, offer_test2
from recruitsmart.domain.slots import ending, outcomes
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot, add_test, choice_question
from workers.tasks.timers import FIRINGS

TABLE = {(stage, to) for stage in Stage for to in MOVES[stage]}
BOOKED = {Stage.INTERVIEW: Purpose.INTERVIEW, Stage.INTRO_DAY: Purpose.INTRO_DAY}
BEFORE = {Stage.INTERVIEW: Stage.TO_SCHEDULE, Stage.INTRO_DAY: Stage.TO_INTRO_DAY}
OLD = "old"
_updates = count(1)


class Walk:
    """A person at a stage, with the booking that the stage stands for, and what can happen to them."""

    def __init__(self, session, stage):
        self.session, self.now = session, NOW
        self.city = add_city(session)
        self.recruiter = add_recruiter(session, self.city)
        self.slots = {purpose: self._slot(purpose) for purpose in Purpose}
        self._add_tests()
        self.person = add_candidate(
            session, full_name="Анна Иванова", city=self.city, phone="+79001234567", stage=BEFORE.get(stage, stage),
            consent_at=NOW, consent_version="1", outcome=Outcome.HIRED if stage == Stage.HIRED else Outcome.ACTIVE,
        )  # fmt: skip
        if stage in BOOKED:
            self.reserves(BOOKED[stage])

    def _slot(self, purpose):
        hours = 24 if purpose == Purpose.INTERVIEW else 48
        return add_slot(self.session, self.recruiter, NOW + timedelta(hours=hours), purpose=purpose)

    def _add_tests(self):
        age = choice_question("age", "fine", OLD, "young")
        for option, consequence in zip(age.options[1:], ("flag", "decline"), strict=True):
            option["consequence"] = consequence
        add_test(self.session, age)
        exam = choice_question("a", "x", "y", right="x")
        add_test(self.session, exam, key="test2", kind="exam", pass_percent=50)

    def turn(self):
        chat_id = self.person.contact.chat_id
        sender = Sender(update_id=next(_updates), chat_id=chat_id, received_at=self.now)
        return open_turn(self.session, sender, now=self.now)

    def reserves(self, purpose):
        slots.reserve(self.session, self.person, self.slots[purpose].id, now=self.now)
        booking = self.booking(purpose)
        if booking.status == BookingStatus.PENDING:
            slots.approve(self.session, booking.id, actor=SYSTEM, now=self.now)

    def booking(self, purpose):
        return live_booking(self.session, self.person.id, purpose)

    def cancels(self, purpose):
        ending.cancel(self.session, self.person, self.booking(purpose).id, reason="x", now=self.now)

    def is_marked(self, purpose, result):
        booking = self.booking(purpose)
        self.now = booking.slot.starts_at + timedelta(minutes=5)
        outcomes.record_outcome(self.session, booking.id, result, actor=SYSTEM, now=self.now)

    def begins_test1(self):
        begin_test1(self.session, self.person, now=self.now)

    def answers_test1(self, option):
        operations.my_application(self.turn())
        self._chooses(option)

    def takes_test2(self):
        attempt = offer_test2(self.session, self.person, actor=SYSTEM, now=self.now)
        testing.begin(self.turn(), attempt.id)
        self._chooses("x")

    def _chooses(self, option):
        self.session.flush()
        attempt = self.session.scalars(select(Attempt).order_by(Attempt.id.desc()).limit(1)).one()
        testing.choose_option(self.turn(), attempt.answers[-1].id, option)

    def is_accepted(self):
        decide(self.session, self.person, accept=True, reason="", actor=SYSTEM, now=self.now)

    def is_invited_to_test2(self):
        self.now = self.booking(Purpose.INTERVIEW).slot.starts_at + timedelta(minutes=5)
        offer_test2(self.session, self.person, actor=SYSTEM, now=self.now)

    def is_hired(self):
        self.is_marked(Purpose.INTRO_DAY, BookingStatus.ATTENDED)
        hire(self.session, self.person, actor=SYSTEM, now=self.now)

    def is_not_hired_after_all(self):
        take_hire_back(self.session, self.person, actor=SYSTEM, now=self.now)

    def is_moved(self, to):
        move_by_hand(self.session, self.person, to, actor=SYSTEM, now=self.now)


def _by_hand_after_the_meeting(to):
    """Moved by a recruiter once the meeting's outcome is noted."""

    def act(walk):
        walk.is_marked(BOOKED[walk.person.stage], BookingStatus.ATTENDED)
        walk.is_moved(to)

    return act


def _request_expires(walk):
    """A city that approves: the recruiter lets the request lie until the hour begins."""
    walk.cancels(Purpose.INTERVIEW)
    walk.city.approval_required = True
    slots.reserve(walk.session, walk.person, walk.slots[Purpose.INTERVIEW].id, now=walk.now)
    walk.session.flush()
    run_due(walk.session, FIRINGS, now=walk.slots[Purpose.INTERVIEW].starts_at)


CASES = {
    (Stage.STARTED, Stage.TEST1): [Walk.begins_test1],
    (Stage.TEST1, Stage.SCREENING): [lambda walk: walk.answers_test1(OLD), lambda walk: walk.answers_test1("young")],
    (Stage.TEST1, Stage.TO_SCHEDULE): [lambda walk: walk.answers_test1("fine")],
    (Stage.SCREENING, Stage.TO_SCHEDULE): [Walk.is_accepted, lambda walk: walk.is_moved(Stage.TO_SCHEDULE)],
    (Stage.TO_SCHEDULE, Stage.INTERVIEW): [lambda walk: walk.reserves(Purpose.INTERVIEW)],
    (Stage.INTERVIEW, Stage.TO_SCHEDULE): [
        lambda walk: walk.cancels(Purpose.INTERVIEW),
        lambda walk: walk.is_marked(Purpose.INTERVIEW, BookingStatus.NO_SHOW),
        _by_hand_after_the_meeting(Stage.TO_SCHEDULE),
        _request_expires,
    ],
    (Stage.INTERVIEW, Stage.TEST2): [Walk.is_invited_to_test2, _by_hand_after_the_meeting(Stage.TEST2)],
    (Stage.TEST2, Stage.TO_SCHEDULE): [lambda walk: walk.is_moved(Stage.TO_SCHEDULE)],
    (Stage.TEST2, Stage.TO_INTRO_DAY): [Walk.takes_test2, lambda walk: walk.is_moved(Stage.TO_INTRO_DAY)],
    (Stage.TO_INTRO_DAY, Stage.INTRO_DAY): [lambda walk: walk.reserves(Purpose.INTRO_DAY)],
    (Stage.INTRO_DAY, Stage.TO_INTRO_DAY): [
        lambda walk: walk.cancels(Purpose.INTRO_DAY),
        lambda walk: walk.is_marked(Purpose.INTRO_DAY, BookingStatus.NO_SHOW),
        _by_hand_after_the_meeting(Stage.TO_INTRO_DAY),
    ],
    (Stage.INTRO_DAY, Stage.HIRED): [Walk.is_hired, _by_hand_after_the_meeting(Stage.HIRED)],
    (Stage.HIRED, Stage.INTRO_DAY): [Walk.is_not_hired_after_all],
}
EXERCISED = [(*pair, act) for pair, acts in CASES.items() for act in acts]
REFUSED = sorted((stage, to) for stage, to in product(Stage, repeat=2) if stage != to and (stage, to) not in TABLE)


def test_every_move_of_the_table_has_a_case():
    assert set(CASES) == TABLE and all(CASES.values())


@pytest.mark.parametrize(("stage", "to", "act"), EXERCISED)
def test_a_move_of_the_table_is_made_by_what_people_do(session, stage, to, act):
    walk = Walk(session, stage)
    assert walk.person.stage == stage
    act(walk)
    moves = session.scalars(select(Entry.details).where(Entry.kind == "candidate.moved").order_by(Entry.id)).all()
    assert (walk.person.stage, moves[-1]) == (to, {"before": stage, "after": to})


@pytest.mark.parametrize(("stage", "to"), REFUSED)
def test_every_other_move_is_refused_with_a_sentence_and_changes_nothing(session, stage, to):
    walk = Walk(session, stage)
    assert to not in moves_by_hand(walk.person)
    with pytest.raises((BadInput, NotInThisStage)) as refused:
        walk.is_moved(to)
    assert str(refused.value)[0].isupper() and str(refused.value).endswith(".")
    assert walk.person.stage == stage


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.HIRED])
@pytest.mark.parametrize(("end", "outcome"), [(reject, Outcome.REJECTED), (let_go, Outcome.WITHDRAWN)])
def test_whoever_is_under_way_may_end_at_any_stage_and_be_brought_back_there(session, stage, end, outcome):
    walk = Walk(session, stage)
    end(session, walk.person, reason="x", actor=SYSTEM, now=NOW)
    assert (walk.person.stage, walk.person.outcome) == (stage, outcome)
    bring_back(session, walk.person, actor=SYSTEM, now=NOW)
    assert (walk.person.stage, walk.person.outcome) == (BEFORE.get(stage, stage), Outcome.ACTIVE)


@pytest.mark.parametrize("act", [reject, let_go, bring_back])
def test_who_is_hired_neither_ends_otherwise_nor_comes_back(session, act):
    walk = Walk(session, Stage.HIRED)
    reason = {} if act is bring_back else {"reason": "x"}
    with pytest.raises(NotInThisStage) as refused:
        act(session, walk.person, actor=SYSTEM, now=NOW, **reason)
    assert str(refused.value).endswith(".")
    assert (walk.person.stage, walk.person.outcome) == (Stage.HIRED, Outcome.HIRED)
