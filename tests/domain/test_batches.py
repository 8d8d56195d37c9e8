"""One act done to many: who is chosen, what becomes of each, and with whose rights."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.batches import operations, queries
from recruitsmart.domain.batches.models import Act, Batch, BatchState, PersonState
from recruitsmart.domain.batches.outlook import outlook
from recruitsmart.domain.batches.rules import GONE, NOT_HERE, STAGES
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, NOT_ANY_MORE, Scope
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.pipeline.assigning import BOOKED, ELSEWHERE
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import BookingStatus, Purpose, Waiting
from tests.domain.batching import (
    NO,
    account,
    became,
    book,
    carry_out,
    drafted,
    in_city,
    staff,
    started,
    step,
    stopped,
    told,
)
from tests.factories import NOW, add_city, add_recruiter, add_slot

S = PersonState


def test_everybody_who_matches_is_rejected_by_the_recruiter_who_began_it(session: Session) -> None:
    moscow = add_city(session)
    anna, boris = in_city(session, moscow), in_city(session, moscow)
    other = in_city(session, moscow, stage=Stage.SCREENING)
    boss = account(session)

    batch = started(session, boss, wanted=Wanted(stage=Stage.STARTED))
    carry_out(session, batch)

    assert became(session, batch) == {anna.id: (S.DONE, None), boris.id: (S.DONE, None)}
    assert (anna.outcome, anna.outcome_reason, other.outcome) == (Outcome.REJECTED, "Нет мест", Outcome.ACTIVE)
    assert told(session, "candidate.rejected") == [(boss.id, anna.id), (boss.id, boris.id)]
    assert batch.state == BatchState.FINISHED


def test_only_those_named_one_by_one_are_chosen(session: Session) -> None:
    moscow = add_city(session)
    anna, boris, _ = (in_city(session, moscow) for _ in range(3))
    batch = drafted(session, account(session), wanted=Wanted(references=(anna.reference, boris.reference, "nobody")))
    assert became(session, batch).keys() == {anna.id, boris.id}


def test_nothing_is_done_before_the_start(session: Session) -> None:
    anna = in_city(session, add_city(session))
    batch = drafted(session, account(session))
    assert not step(session, batch.id)
    assert anna.outcome == Outcome.ACTIVE
    assert queries.under_way(session) == []


def test_who_comes_after_the_look_is_not_touched(session: Session) -> None:
    moscow = add_city(session)
    in_city(session, moscow)
    boss = account(session)
    batch = drafted(session, boss)
    late = in_city(session, moscow)
    operations.start(session, batch.id, scope=EVERYTHING, actor=staff(boss), now=NOW)
    carry_out(session, batch)
    assert late.outcome == Outcome.ACTIVE


@pytest.mark.parametrize("act", [Act.REJECT, Act.MOVE])
def test_who_has_gone_on_since_the_look_is_left_alone(session: Session, act: Act) -> None:
    anna = in_city(session, add_city(session), stage=Stage.SCREENING)
    batch = started(session, account(session), act, NO | {"stage": "to_schedule"})
    anna.stage = Stage.INTERVIEW
    carry_out(session, batch)
    assert became(session, batch) == {anna.id: (S.REFUSED, str(Changed()))}
    assert (anna.stage, anna.outcome) == (Stage.INTERVIEW, Outcome.ACTIVE)


def test_a_batch_repeated_touches_nobody_again(session: Session) -> None:
    moscow = add_city(session)
    people = [in_city(session, moscow) for _ in range(3)]
    boss = account(session)
    carry_out(session, started(session, boss))
    again = started(session, boss)
    carry_out(session, again)
    assert set(became(session, again).values()) == {(S.UNCHANGED, None)}
    assert len(told(session, "candidate.rejected")) == len(people)


def test_starting_twice_changes_nothing(session: Session) -> None:
    in_city(session, add_city(session))
    boss = account(session)
    batch = started(session, boss)
    carry_out(session, batch)
    operations.start(session, batch.id, scope=EVERYTHING, actor=staff(boss), now=NOW)
    assert batch.state == BatchState.FINISHED
    assert len(told(session, "batch.started")) == 1


def test_a_refusal_keeps_its_sentence_and_holds_nobody_up(session: Session) -> None:
    moscow = add_city(session)
    gone = in_city(session, moscow, outcome=Outcome.WITHDRAWN, outcome_reason="x")
    anna = in_city(session, moscow)
    batch = started(session, account(session))
    carry_out(session, batch)
    assert became(session, batch) == {gone.id: (S.REFUSED, NOT_HERE), anna.id: (S.DONE, None)}
    assert queries.how_far(session, batch).reasons == {NOT_HERE: 1}


# --- rights


def test_cities_are_those_of_the_recruiter_at_the_time_of_the_work(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    olga = add_recruiter(session, moscow, kazan)
    anna, rustam = in_city(session, moscow), in_city(session, kazan)
    batch = started(session, account(session, olga), scope=Scope(city_ids=frozenset({moscow.id, kazan.id})))
    olga.cities = [moscow]
    carry_out(session, batch)
    assert became(session, batch) == {anna.id: (S.DONE, None), rustam.id: (S.REFUSED, GONE)}
    assert rustam.outcome == Outcome.ACTIVE


@pytest.mark.parametrize("loss", [{"active": False}, {"role": Role.VIEWER}])
def test_an_account_without_the_right_does_nothing_more(session: Session, loss: dict[str, object]) -> None:
    anna = in_city(session, add_city(session))
    boss = account(session)
    batch = started(session, boss)
    for name, value in loss.items():
        setattr(boss, name, value)
    carry_out(session, batch)
    assert became(session, batch) == {anna.id: (S.REFUSED, NOT_ANY_MORE)}
    assert anna.outcome == Outcome.ACTIVE


def test_people_of_other_cities_are_never_chosen(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    anna, rustam = in_city(session, moscow), in_city(session, kazan)
    mine = Scope(city_ids=frozenset({moscow.id}))
    named = Wanted(references=(anna.reference, rustam.reference))
    batch = drafted(session, account(session), wanted=named, scope=mine)
    assert became(session, batch).keys() == {anna.id}
    with pytest.raises(BadInput):
        drafted(session, account(session, add_recruiter(session)), wanted=Wanted(city_id=kazan.id), scope=mine)


def test_a_batch_is_seen_by_those_who_see_all_its_cities(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    in_city(session, moscow)
    mine, theirs = Scope(city_ids=frozenset({moscow.id})), Scope(city_ids=frozenset({kazan.id}))
    boss = account(session)
    own, whole = drafted(session, boss, scope=mine), drafted(session, boss)
    assert queries.by_id(session, own.id, mine) is own
    for batch, scope in ((own, theirs), (whole, mine)):
        with pytest.raises(NotFound):
            queries.by_id(session, batch.id, scope)


@pytest.mark.parametrize("act", [Act.RECRUITER, Act.CITY])
def test_a_foreign_recruiter_or_city_does_not_exist(session: Session, act: Act) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    darya = add_recruiter(session, kazan)
    in_city(session, moscow)
    foreign = {"recruiter_id": darya.id, "city_id": kazan.id}
    with pytest.raises(NotFound):
        drafted(session, account(session), act, foreign, scope=Scope(city_ids=frozenset({moscow.id})))


# --- stopping


def test_stopping_leaves_whose_turn_has_not_come(session: Session) -> None:
    moscow = add_city(session)
    first, second = in_city(session, moscow), in_city(session, moscow)
    boss = account(session)
    batch = started(session, boss)
    step(session, batch.id)
    stopped(session, batch, boss)
    stopped(session, batch, boss)
    assert not step(session, batch.id)
    assert became(session, batch) == {first.id: (S.DONE, None), second.id: (S.STOPPED, None)}
    assert second.outcome == Outcome.ACTIVE
    assert len(told(session, "batch.stopped")) == 1


def test_what_is_through_cannot_be_stopped_nor_thrown_away(session: Session) -> None:
    in_city(session, add_city(session))
    boss = account(session)
    batch = started(session, boss)
    carry_out(session, batch)
    with pytest.raises(Changed):
        stopped(session, batch, boss)
    with pytest.raises(Changed):
        operations.discard(session, batch.id, scope=EVERYTHING)


def test_a_forgotten_draft_goes_with_a_later_one(session: Session) -> None:
    in_city(session, add_city(session))
    boss = account(session)
    old, running = drafted(session, boss), started(session, boss)
    later = operations.draft(
        session, Act.REJECT, NO, Wanted(), scope=EVERYTHING, actor=staff(boss), now=NOW + timedelta(days=2)
    )
    assert set(session.scalars(select(Batch.id))) == {running.id, later.id}
    assert old.id not in {running.id, later.id}


# --- assigning


def test_a_recruiter_of_the_city_looks_after_the_people(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    olga = add_recruiter(session, moscow)
    anna, rustam, nobody = in_city(session, moscow), in_city(session, kazan), in_city(session, None)
    boss = account(session)
    batch = started(session, boss, Act.RECRUITER, {"recruiter_id": olga.id})
    carry_out(session, batch)
    assert (anna.recruiter_id, rustam.recruiter_id) == (olga.id, None)
    refused = (S.REFUSED, ELSEWHERE)
    assert became(session, batch) == {anna.id: (S.DONE, None), rustam.id: refused, nobody.id: refused}
    assert told(session, "candidate.assigned") == [(boss.id, anna.id)]


def test_whoever_waits_for_an_hour_waits_in_the_new_city(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    olga = add_recruiter(session, moscow)
    anna = in_city(session, moscow, stage=Stage.TO_SCHEDULE, recruiter=olga)
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    boss = account(session)
    carry_out(session, started(session, boss, Act.CITY, {"city_id": kazan.id}))
    session.expire_all()
    assert (anna.city_id, anna.recruiter_id) == (kazan.id, None)
    assert session.scalars(select(Waiting.city_id)).all() == [kazan.id]
    assert told(session, "candidate.relocated") == [(boss.id, anna.id)]


def test_a_booked_person_keeps_the_city(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    anna = in_city(session, moscow, stage=Stage.INTERVIEW)
    book(session, anna, add_slot(session, add_recruiter(session, moscow), NOW + timedelta(days=1)))
    batch = started(session, account(session), Act.CITY, {"city_id": kazan.id})
    carry_out(session, batch)
    assert became(session, batch) == {anna.id: (S.REFUSED, BOOKED)}


def test_who_was_erased_since_the_look_is_neither_foreseen_nor_touched(session: Session) -> None:
    city = add_city(session)
    olga, anna = add_recruiter(session, city), in_city(session, city)
    boss = account(session)
    batch = started(session, boss, Act.RECRUITER, {"recruiter_id": olga.id})
    erase(session, anna, actor=staff(boss), now=NOW)
    session.flush()
    assert outlook(session, batch, now=NOW).doing == 0
    carry_out(session, batch)
    assert became(session, batch) == {anna.id: (S.REFUSED, GONE)}
    assert (anna.recruiter_id, told(session, "candidate.assigned")) == (None, [])


# --- what is foreseen


ACTS = [
    (Act.REJECT, NO),
    (Act.CITY, {}),
    (Act.RECRUITER, {}),
    *((Act.MOVE, {"stage": stage.value}) for stage in STAGES),
]


@pytest.mark.parametrize(("act", "details"), ACTS, ids=lambda value: str(value) if isinstance(value, Act) else "")
def test_what_is_foreseen_is_what_happens(session: Session, act: Act, details: dict[str, str]) -> None:
    """Every stage and outcome, without a booking, with one ahead, one begun and one not approved."""
    load_shipped_tests(session)
    moscow, kazan = add_city(session), add_city(session, "Казань")
    olga, hours = add_recruiter(session, moscow), 0
    for stage, outcome in product(Stage, Outcome):
        if (outcome == Outcome.HIRED) != (stage == Stage.HIRED):
            continue
        ended = {"outcome_reason": "x"} if outcome in (Outcome.REJECTED, Outcome.WITHDRAWN) else {}
        for purpose, ahead, status in _BOOKINGS if outcome == Outcome.ACTIVE else _BOOKINGS[:1]:
            city = kazan if hours % 5 == 0 else moscow
            who = in_city(session, city, stage=stage, outcome=outcome, **ended)
            hours += 1
            if purpose is not None:
                at = NOW + timedelta(hours=hours if ahead else -hours)
                book(session, who, add_slot(session, olga, at, purpose=purpose), status)
    whom = {"city_id": kazan.id} if act == Act.CITY else {"recruiter_id": olga.id} if act == Act.RECRUITER else details
    batch = started(session, account(session), act, whom)

    before = outlook(session, batch, now=NOW)
    carry_out(session, batch)

    after = queries.how_far(session, batch)
    assert before.doing == after.by_state.get(S.DONE, 0) > 0
    assert before.unchanged == after.by_state.get(S.UNCHANGED, 0)
    assert before.refused == after.reasons
    assert S.FAILED not in after.by_state


_BOOKINGS = (
    (None, False, BookingStatus.BOOKED),
    (Purpose.INTERVIEW, True, BookingStatus.BOOKED),
    (Purpose.INTERVIEW, False, BookingStatus.CONFIRMED),
    (Purpose.INTERVIEW, False, BookingStatus.PENDING),
    (Purpose.INTRO_DAY, True, BookingStatus.BOOKED),
)
