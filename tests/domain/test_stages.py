"""The stage machine as data, and moving along it."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.operations import actor_of, move
from recruitsmart.domain.candidates.stages import MOVES, Outcome, Stage, may_move
from recruitsmart.domain.errors import NotInThisStage
from recruitsmart.domain.journal.models import Entry
from tests.factories import NOW, add_candidate

PAIRS = [(stage, to) for stage, to in product(Stage, repeat=2) if stage != to]


def test_every_stage_has_its_row():
    assert set(MOVES) == set(Stage)


def test_every_stage_can_be_reached_from_the_start():
    reached, found = set(), {Stage.STARTED}
    while found:
        reached |= found
        found = set().union(*(MOVES[stage] for stage in found)) - reached
    assert reached == set(Stage)


def test_every_stage_leads_to_being_hired():
    leading = {Stage.HIRED}
    while more := {stage for stage in Stage if MOVES[stage] & leading} - leading:
        leading |= more
    assert leading == set(Stage)


def test_from_being_hired_one_only_goes_back():
    assert MOVES[Stage.HIRED] == {Stage.INTRO_DAY}


def test_nobody_returns_to_the_start():
    assert not any(Stage.STARTED in moves for moves in MOVES.values())


def test_a_stage_is_no_move_to_itself():
    assert not any(may_move(stage, stage) for stage in Stage)


def test_moving_refuses_exactly_what_the_table_does_not_have(session):
    candidate = add_candidate(session)
    assert {pair for pair in PAIRS if not _moves(session, candidate, *pair)} == {
        pair for pair in PAIRS if not may_move(*pair)
    }


def _moves(session, candidate, stage, to):
    candidate.stage = stage
    with session.no_autoflush:
        try:
            move(session, candidate, to, now=NOW)
        except NotInThisStage:
            return False
    return candidate.stage == to


def test_a_move_is_journaled_with_before_and_after_and_who_did_it(session):
    candidate = add_candidate(session)
    move(session, candidate, Stage.TEST1, actor=actor_of(candidate), now=NOW)
    entry = session.scalars(select(Entry)).one()
    assert (entry.kind, entry.candidate_id, entry.at) == ("candidate.moved", candidate.id, NOW)
    assert entry.details == {"before": "started", "after": "test1"}
    assert (entry.actor_kind, entry.actor_id) == ("candidate", candidate.id)


def test_a_move_is_dated(session):
    candidate = add_candidate(session)
    move(session, candidate, Stage.TEST1, now=NOW + timedelta(days=1))
    assert candidate.stage_since == NOW + timedelta(days=1)


def test_standing_there_already_changes_nothing(session):
    candidate = add_candidate(session, stage=Stage.HIRED, outcome=Outcome.HIRED)
    move(session, candidate, Stage.HIRED, now=NOW)
    assert session.scalars(select(Entry)).all() == []


def test_a_refused_move_is_not_journaled(session):
    candidate = add_candidate(session)
    with pytest.raises(NotInThisStage):
        move(session, candidate, Stage.INTERVIEW, now=NOW)
    assert session.scalars(select(Entry)).all() == []
