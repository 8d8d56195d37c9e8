"""Two cards of one person become one, with everything of both, whoever else is at work meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import recruitsmart.domain.schema  # noqa: F401  whoever erases must know every table
from recruitsmart.domain.assessments.models import Answer, Attempt, AttemptStatus
from recruitsmart.domain.assessments.queries import newest_attempt, open_attempt
from recruitsmart.domain.candidates.models import Candidate, Contact, Invitation, MergedCard
from recruitsmart.domain.candidates.queries import by_reference, merged_into
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.chats.models import Chat, ChatLine, Reason
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.notes.models import FollowUp
from recruitsmart.domain.notes.operations import follow_up
from recruitsmart.domain.pipeline import belongings
from recruitsmart.domain.pipeline.decisions import reject
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.pipeline.merging import Choice, goes_on, merge, plan
from recruitsmart.domain.pipeline.rejections import tell_rejection
from recruitsmart.domain.pipeline.testing import begin_test1
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot, Waiting, WaitingStatus
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.waiting import wait
from recruitsmart.domain.timers.operations import run_due
from tests.domain.broadcasting import add_person, advance, counts, started
from tests.factories import (
    NOW,
    add_candidate,
    add_chooser,
    add_city,
    add_message,
    add_recruiter,
    add_slot,
    add_test,
    typed_question,
)
from workers.tasks.timers import FIRINGS

AtOnce = Callable[..., list[Any]]
HOUR = timedelta(hours=1)


def _merge(session: Session, survivor: Candidate, given_up: Candidate, *take: Choice, now: datetime = NOW) -> Candidate:
    session.flush()
    return merge(session, survivor.id, given_up.id, take=take, actor=SYSTEM, now=now)


def _booked(session: Session, candidate: Candidate, status: BookingStatus = BookingStatus.BOOKED) -> Booking:
    recruiter = add_recruiter(session, candidate.city)
    slot = add_slot(session, recruiter, NOW + 48 * HOUR)
    return _seat(session, candidate, slot, status)


def _seat(session: Session, candidate: Candidate, slot: Slot, status: BookingStatus) -> Booking:
    ended = None if status in (BookingStatus.BOOKED, BookingStatus.PENDING) else NOW
    booking = Booking(
        slot=slot, candidate=candidate, purpose=Purpose.INTERVIEW, slot_capacity=1, seat=1, status=status,
        created_at=NOW, ended_at=ended, time_zone="Europe/Moscow",
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def _counted(session: Session) -> dict[str, int]:
    names = {reference.table for reference in belongings.references(session)}
    return {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def test_everything_of_both_is_on_the_card_that_is_left(session: Session) -> None:
    city = add_city(session)
    add_test(session, typed_question("why"))
    anna, twin = (add_person(session, full_name=name, city=city) for name in ("Анна Иванова", "Аня Иванова"))
    for one in (anna, twin):
        begin_test1(session, one, now=NOW)
        _booked(session, one, BookingStatus.ATTENDED)
        add_message(session, candidate_id=one.id)
        record(session, "candidate.registered", actor=SYSTEM, now=NOW, candidate_id=one.id)
        session.add(Invitation(candidate_id=one.id, made_at=NOW, expires_at=NOW + HOUR))
        session.execute(
            text("insert into conversations (candidate_id, prompt, flood_since) values (:id, 'question', now())"),
            {"id": one.id},
        )
    session.flush()
    before, given_up = _counted(session), (twin.id, twin.reference)

    left = _merge(session, anna, twin)

    assert left.id == anna.id
    assert session.get(Candidate, given_up[0]) is None
    after = _counted(session)
    assert after["conversations"] == before.pop("conversations") - 1
    assert after["journal"] == before.pop("journal") + 1
    assert after["merged_cards"] == before.pop("merged_cards") + 1
    assert {name: after[name] for name in before} == before
    for reference in belongings.references(session):
        left_behind = text(f"select count(*) from {reference.table} where {reference.column} = :id")
        assert session.scalar(left_behind, {"id": given_up[0]}) == 0, reference
    assert len(session.scalars(select(Booking).where(Booking.candidate_id == anna.id)).all()) == 2
    assert merged_into(session, given_up[1], EVERYTHING).id == anna.id
    with pytest.raises(NotFound):
        by_reference(session, given_up[1], EVERYTHING)


def test_what_the_card_lacks_is_filled_what_was_chosen_is_taken_and_the_rest_is_in_the_journal(
    session: Session,
) -> None:
    moscow, tver = add_city(session), add_city(session, "Тверь")
    anna = add_candidate(session, full_name="Анна Иванова", city=moscow, source=None, stage=Stage.TO_SCHEDULE)
    twin = add_candidate(
        session, full_name="Аня И.", phone="+79120000001", city=tver, source="hh", created_at=NOW - HOUR,
        consent_at=NOW - HOUR, consent_version="1", extra_time_percent=50,
    )  # fmt: skip

    left = _merge(session, anna, twin, Choice.CITY)

    assert (left.full_name, left.phone, left.source, left.city_id) == ("Анна Иванова", "+79120000001", "hh", tver.id)
    assert (left.created_at, left.consent_at, left.extra_time_percent) == (NOW - HOUR, NOW - HOUR, 50)
    details = session.scalars(select(Entry.details).where(Entry.kind == "candidate.merged")).one()
    assert details["full_name"] == "Аня И."
    assert details["city"] == "Москва"
    assert "phone" not in details


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"outcome": Outcome.HIRED, "stage": Stage.HIRED}, {"stage": Stage.TEST2}),
        ({"stage": Stage.TEST2}, {"stage": Stage.INTERVIEW}),
        ({"stage": Stage.STARTED}, {"stage": Stage.INTERVIEW, "outcome": Outcome.REJECTED, "outcome_reason": "x"}),
        ({"consent_at": NOW, "consent_version": "1"}, {}),
    ],
)
def test_whose_application_goes_on_follows_from_where_they_stand(
    session: Session, one: dict[str, Any], other: dict[str, Any]
) -> None:
    later, earlier = add_candidate(session, **other), add_candidate(session, **one)
    assert goes_on(later, earlier) is goes_on(earlier, later) is earlier


def test_of_equals_who_can_be_written_to_goes_on(session: Session) -> None:
    lead = Candidate(language="ru", stage_since=NOW, created_at=NOW)
    session.add(lead)
    session.flush()
    known = add_candidate(session)
    assert goes_on(lead, known) is known


def test_two_hours_of_one_purpose_are_refused_and_both_are_named(session: Session) -> None:
    city = add_city(session)
    anna, twin = (add_chooser(session, city, stage=Stage.INTERVIEW) for _ in range(2))
    hours = [_booked(session, anna), _booked(session, twin)]
    session.commit()

    assert list(plan(session, anna, twin).in_the_way) == hours
    with pytest.raises(BadInput, match="Both cards"):
        _merge(session, anna, twin)
    assert session.get(Candidate, twin.id) is not None


def test_a_booked_hour_never_goes_to_somebody_who_stands_elsewhere(session: Session) -> None:
    city = add_city(session)
    anna, twin = add_chooser(session, city, stage=Stage.TEST2), add_chooser(session, city, stage=Stage.INTERVIEW)
    hour = _booked(session, twin)

    assert list(plan(session, anna, twin).in_the_way) == [hour]
    with pytest.raises(BadInput, match="given up has a booked hour"):
        _merge(session, anna, twin)

    left = _merge(session, twin, anna)
    assert left.stage == Stage.INTERVIEW
    assert hour.candidate_id == twin.id


def test_the_city_of_a_booked_hour_stays(session: Session) -> None:
    moscow, tver = add_city(session), add_city(session, "Тверь")
    anna, twin = add_chooser(session, moscow, stage=Stage.INTERVIEW), add_chooser(session, tver)
    _booked(session, anna)
    with pytest.raises(BadInput):
        _merge(session, anna, twin, Choice.CITY)


def test_one_card_cannot_be_merged_with_itself(session: Session) -> None:
    anna = add_candidate(session)
    with pytest.raises(BadInput):
        plan(session, anna, anna)
    with pytest.raises(BadInput):
        _merge(session, anna, anna)


def test_who_waited_on_the_other_card_waits_no_longer(session: Session) -> None:
    city = add_city(session)
    anna, twin = add_chooser(session, city), add_chooser(session, city)
    wait(session, anna, Purpose.INTERVIEW, now=NOW)
    wait(session, twin, Purpose.INTERVIEW, now=NOW)

    _merge(session, anna, twin)

    queue = session.execute(select(Waiting.candidate_id, Waiting.status).order_by(Waiting.id)).all()
    assert queue == [(anna.id, WaitingStatus.WAITING), (anna.id, WaitingStatus.GONE)]


def test_who_waited_on_the_other_card_only_goes_on_waiting_where_this_one_stands(session: Session) -> None:
    moscow, tver = add_city(session), add_city(session, "Тверь")
    anna, twin = add_chooser(session, tver), add_chooser(session, moscow)
    wait(session, twin, Purpose.INTERVIEW, note="после шести", now=NOW)

    _merge(session, anna, twin)

    queue = session.execute(select(Waiting.candidate_id, Waiting.city_id, Waiting.status, Waiting.note)).all()
    assert queue == [(anna.id, tver.id, WaitingStatus.WAITING, "после шести")]


def test_who_stands_elsewhere_does_not_begin_to_wait_by_a_merge(session: Session) -> None:
    city = add_city(session)
    anna, twin = add_chooser(session, city, stage=Stage.TEST2), add_chooser(session, city)
    wait(session, twin, Purpose.INTERVIEW, now=NOW)
    _merge(session, anna, twin)
    assert session.scalars(select(Waiting.status)).all() == [WaitingStatus.GONE]


def test_what_was_tried_on_the_other_card_neither_goes_on_nor_counts_as_the_newest(session: Session) -> None:
    add_test(session, typed_question("why"))
    anna, twin = add_candidate(session), add_candidate(session)
    own = begin_test1(session, anna, now=NOW)
    other = begin_test1(session, twin, now=NOW)
    other.status, other.finished_at = AttemptStatus.FINISHED, NOW

    _merge(session, anna, twin)

    assert newest_attempt(session, anna.id, "test1") == own
    assert open_attempt(session, anna.id, "test1") == own
    assert session.scalars(select(Attempt.candidate_id).order_by(Attempt.id)).all() == [anna.id, anna.id]
    assert session.get_one(Attempt, other.id).merged_at == NOW


def test_a_rejection_that_was_to_be_told_is_not(session: Session) -> None:
    anna, twin = add_candidate(session, stage=Stage.TEST1), add_candidate(session)
    reject(session, twin, reason="Нет мест", actor=SYSTEM, now=NOW)
    twin_id = twin.id

    left = _merge(session, anna, twin)

    assert tell_rejection(session, twin_id, NOW, NOW) == "taken back"
    assert left.outcome == Outcome.ACTIVE
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_duty_to_keep_the_data_goes_along(session: Session) -> None:
    anna, twin = add_candidate(session, stage=Stage.TEST1), add_candidate(session, hold_reason="Суд")
    assert _merge(session, anna, twin).hold_reason == "Суд"


def test_an_erased_person_is_merged_with_nobody(session: Session) -> None:
    anna, twin = add_candidate(session), add_candidate(session)
    erase(session, twin, actor=SYSTEM, now=NOW)
    for pair in ((anna, twin), (twin, anna)):
        with pytest.raises(Changed):
            _merge(session, *pair)


def test_erasing_after_a_merge_leaves_nothing_of_either_card(session: Session) -> None:
    anna, twin = add_candidate(session, full_name="Анна Иванова"), add_candidate(session, full_name="Аня Петрова")
    left = _merge(session, anna, twin)
    erase(session, left, actor=SYSTEM, now=NOW)
    session.flush()
    assert session.scalars(select(MergedCard)).all() == []
    assert session.scalars(select(Contact)).all() == []
    assert "Петрова" not in str(session.scalars(select(Entry.details)).all())


def test_a_card_merged_twice_leads_to_the_last_one(session: Session) -> None:
    first, second, third = (add_candidate(session) for _ in range(3))
    references = first.reference, second.reference
    _merge(session, second, first)
    _merge(session, third, second)
    assert {merged_into(session, reference, EVERYTHING).id for reference in references} == {third.id}


def test_bookings_and_the_journal_go_nowhere_else(session: Session) -> None:
    city = add_city(session)
    anna, twin = add_chooser(session, city), add_chooser(session, city)
    booking = _booked(session, anna, BookingStatus.ATTENDED)
    record(session, "candidate.registered", actor=SYSTEM, now=NOW, candidate_id=anna.id)
    session.add(MergedCard(candidate_id=twin.id, reference="x", survivor_id=anna.id, merged_at=NOW))
    session.flush()
    for change in (
        f"update bookings set candidate_id = {twin.id} where id = {booking.id}",
        f"update journal set candidate_id = {twin.id}",
        "update journal set kind = 'candidate.hired'",
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(change))


def test_on_a_list_that_names_both_whoever_had_their_turn_stands_for_the_person(session: Session) -> None:
    twin, anna = add_person(session, chat_id=54), add_person(session, chat_id=55)
    broadcast = started(session)
    advance(session, broadcast, most_queued=1)
    assert session.scalars(select(OutboxMessage.candidate_id)).all() == [twin.id]

    _merge(session, anna, twin)
    advance(session, broadcast)

    assert session.scalars(select(OutboxMessage.chat_id)).all() == [54]
    assert session.scalars(select(OutboxMessage.candidate_id)).all() == [anna.id]


@pytest.mark.parametrize("survives", ["reachable", "passed over"])
def test_on_a_list_that_names_both_who_was_passed_over_takes_nobodys_turn(session: Session, survives: str) -> None:
    anna, twin = add_person(session, chat_id=54), add_person(session)
    session.delete(twin.contact)
    session.flush()
    session.expire(twin)
    broadcast = started(session)

    _merge(session, *((anna, twin) if survives == "reachable" else (twin, anna)))
    advance(session, broadcast)

    assert session.scalars(select(OutboxMessage.chat_id)).all() == [54]
    assert counts(session, broadcast) == {"queued": 1}


def test_a_merge_waits_for_a_sweep_that_works_on_the_list(session: Session, behind: Any) -> None:
    twin, anna = add_person(session, chat_id=54), add_person(session, chat_id=55)
    broadcast = started(session)
    session.commit()
    advance(session, broadcast, most_queued=1)

    merging = behind(lambda other: merge(other, anna.id, twin.id, actor=SYSTEM, now=NOW).id)
    session.commit()

    assert merging.result() == anna.id
    session.expire_all()
    advance(session, broadcast)
    assert session.scalars(select(OutboxMessage.chat_id)).all() == [54]


@pytest.mark.parametrize("row", ["broadcasts", "conversations"])
def test_whoever_works_on_a_list_or_in_the_chat_is_waited_for(session: Session, behind: Any, row: str) -> None:
    twin, anna = add_person(session), add_person(session)
    started(session)
    session.execute(
        text("insert into conversations (candidate_id, prompt, flood_since) values (:id, 'nothing', now())"),
        {"id": twin.id},
    )
    session.commit()
    session.execute(text(f"select 1 from {row} for update"))

    merging = behind(lambda other: merge(other, anna.id, twin.id, actor=SYSTEM, now=NOW).id)

    assert not merging.done()
    session.commit()
    assert merging.result() == anna.id


def test_the_same_pair_merged_by_two_at_once_is_merged_once(session: Session, at_once: AtOnce) -> None:
    anna, twin = add_candidate(session), add_candidate(session)
    session.commit()

    def merges(one: int, other: int) -> Callable[[Session], str]:
        def job(mine: Session) -> str:
            try:
                merge(mine, one, other, actor=SYSTEM, now=NOW)
            except Changed:
                return "too late"
            return "merged"

        return job

    results = at_once(merges(anna.id, twin.id), merges(twin.id, anna.id), merges(anna.id, twin.id))

    assert sorted(results) == ["merged", "too late", "too late"]
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Candidate)) == 1
    assert session.scalar(select(func.count()).select_from(Contact)) == 2


def test_a_reservation_at_the_same_moment_is_kept_or_refused_never_lost(session: Session, behind: Any) -> None:
    city = add_city(session, approval_required=False)
    anna, twin = add_chooser(session, city, stage=Stage.TEST2), add_chooser(session, city)
    slot = add_slot(session, add_recruiter(session, city), NOW + 48 * HOUR)
    session.commit()
    reserve(session, twin, slot.id, now=NOW)
    session.flush()

    merging = behind(lambda other: merge(other, anna.id, twin.id, actor=SYSTEM, now=NOW))
    session.commit()

    with pytest.raises(BadInput):
        merging.result()
    assert session.scalars(select(Booking.candidate_id)).one() == twin.id


def test_open_questions_of_the_other_card_are_answered_by_nobody(session: Session) -> None:
    add_test(session, typed_question("why"))
    anna, twin = add_candidate(session), add_candidate(session)
    attempt = begin_test1(session, twin, now=NOW)
    session.add(Answer(attempt=attempt, question_id=attempt.question_ids[0], asked={"key": "why"}, asked_at=NOW))

    _merge(session, anna, twin)

    assert open_attempt(session, anna.id, "test1") is None


def test_of_two_open_conversations_with_a_human_one_goes_on_and_holds_what_was_written(session: Session) -> None:
    anna, twin = add_person(session, full_name="Анна Иванова"), add_person(session, full_name="Аня Иванова")
    for one in (anna, twin):
        session.add(Chat(candidate_id=one.id, reason=Reason.ASKED, opened_at=NOW, unread_since=NOW))
        session.add(ChatLine(candidate_id=one.id, text="Алло", said_at=NOW))
    _merge(session, anna, twin)
    chats = session.scalars(select(Chat).order_by(Chat.id).execution_options(populate_existing=True)).all()
    assert [(chat.candidate_id, chat.closed_at) for chat in chats] == [(anna.id, None), (anna.id, NOW)]
    assert session.scalar(select(func.count()).where(ChatLine.candidate_id == anna.id)) == 2


def test_who_waited_for_an_answer_on_the_other_card_still_waits_for_it(session: Session) -> None:
    anna, twin = add_person(session), add_person(session)
    session.add(Chat(candidate_id=anna.id, reason=Reason.ASKED, opened_at=NOW, said_at=NOW - HOUR))
    waits = {"unread_since": NOW, "said_at": NOW}
    session.add(Chat(candidate_id=twin.id, reason=Reason.ASKED, opened_at=NOW, **waits))
    _merge(session, anna, twin)
    chat = session.scalars(select(Chat).where(Chat.closed_at.is_(None))).one()
    assert (chat.candidate_id, chat.unread_since, chat.said_at) == (anna.id, NOW, NOW)


@pytest.mark.parametrize(
    ("survivor", "told"), [("unheard", 1), ("told", 1), ("to be told", 1), ("under way", 0)]
)  # fmt: skip
def test_a_rejection_not_told_yet_is_told_once_unless_the_application_goes_on(
    session: Session, survivor: str, told: int
) -> None:
    anna, twin = add_candidate(session, stage=Stage.TO_SCHEDULE), add_candidate(session, stage=Stage.TO_SCHEDULE)
    if survivor == "unheard":
        session.delete(anna.contact)
        session.flush()
        session.expire(anna, ["contact"])
    if survivor != "under way":
        rejected_at = NOW if survivor == "to be told" else NOW - 3 * HOUR
        reject(session, anna, reason="x", actor=SYSTEM, now=rejected_at)
        session.flush()
        run_due(session, FIRINGS, now=NOW - HOUR)
    reject(session, twin, reason="x", actor=SYSTEM, now=NOW)
    _merge(session, anna, twin)
    run_due(session, FIRINGS, now=NOW + HOUR)
    session.flush()
    assert session.scalar(select(func.count()).where(OutboxMessage.kind == "rejected")) == told


@pytest.mark.parametrize("with_human", ["survivor", "given up", "both"])
def test_a_talk_that_is_under_way_on_either_card_goes_on(session: Session, with_human: str) -> None:
    anna, twin = add_person(session), add_person(session)
    talks = {"turned_at": NOW, "human_until": NOW + HOUR}
    shorter = talks | {"human_until": NOW + HOUR / 2}
    waits = {"unread_since": NOW - HOUR, "said_at": NOW - HOUR}
    of_anna, of_twin = {
        "survivor": (talks, waits), "given up": (waits, talks), "both": (waits | shorter, talks)
    }[with_human]  # fmt: skip
    for one, values in ((anna, of_anna), (twin, of_twin)):
        session.add(Chat(candidate_id=one.id, reason=Reason.ASKED, opened_at=NOW, **values))
    _merge(session, anna, twin)
    chat = session.scalars(select(Chat).where(Chat.closed_at.is_(None))).one()
    assert (chat.candidate_id, chat.human_until) == (anna.id, NOW + HOUR)
    assert (chat.unread_since, chat.said_at) == (NOW - HOUR, NOW - HOUR)


@pytest.mark.parametrize("days", [(1, 9), (9, 1)])
def test_of_two_days_to_look_again_the_earlier_one_stays(session: Session, days: tuple[int, int]) -> None:
    anna, twin = add_candidate(session), add_candidate(session)
    for one, ahead in zip((anna, twin), days, strict=True):
        follow_up(session, one, NOW.date() + timedelta(days=ahead), actor=SYSTEM, today=NOW.date(), now=NOW)
    _merge(session, anna, twin)
    looked_at = session.execute(select(FollowUp.candidate_id, FollowUp.due_on)).all()
    assert looked_at == [(anna.id, NOW.date() + timedelta(days=1))]
