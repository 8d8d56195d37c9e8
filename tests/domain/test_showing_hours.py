"""How free hours are laid out in the chat."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.dialogue import booking, wishing
from recruitsmart.domain.directory.models import RecruiterChoice
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Purpose, Slot, SlotStatus, Waiting
from recruitsmart.domain.slots.queries import live_booking
from tests.domain.talks import Talker
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

QUARTER = timedelta(minutes=15)
BEFORE_WINTER_TIME = datetime(2026, 10, 20, 9, tzinfo=UTC)


def test_the_hours_of_a_day_state_the_zone_of_that_day_not_of_today(session):
    berlin = add_city(session, "Берлин", time_zone="Europe/Berlin")
    anna = add_chooser(session, berlin, consent_at=NOW, consent_version="1")
    slot = add_slot(session, add_recruiter(session, berlin), BEFORE_WINTER_TIME + timedelta(days=7))
    talker = Talker(session, anna, now=BEFORE_WINTER_TIME)
    booking.show_hours(talker.turn(), slot.starts_at.date().isoformat(), 0)
    assert talker.told() == ["hour.hours"]
    assert "UTC+1" in session.scalars(select(OutboxMessage.body)).all()[-1]


def test_the_hours_that_fit_a_wish_state_their_own_zone(session):
    berlin = add_city(session, "Берлин", time_zone="Europe/Berlin")
    anna = add_chooser(session, berlin, consent_at=NOW, consent_version="1")
    add_slot(session, add_recruiter(session, berlin), BEFORE_WINTER_TIME + timedelta(days=7))
    talker = Talker(session, anna, now=BEFORE_WINTER_TIME)
    wishing.take_wish(talker.turn(), "27.10")
    assert talker.told() == ["hour.wish_found"]
    assert "UTC+1" in session.scalars(select(OutboxMessage.body)).all()[-1]


def test_a_day_that_does_not_suit_is_not_what_is_offered(session):
    city = add_city(session)
    talker = Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    recruiter = add_recruiter(session, city)
    add_slot(session, recruiter, NOW + timedelta(days=1))
    later = add_slot(session, recruiter, NOW + timedelta(days=2))
    wishing.take_wish(talker.turn(), "только не во вторник")
    [found] = talker.messages()
    assert (found.kind, found.keyboard[0][0]["args"][0]) == ("hour.wish_found", later.id)
    assert talker.wait(minutes=1) == []


@pytest.mark.parametrize("typed", ["не днём", "А можно не днём?", "not in the afternoon"])
def test_a_part_of_the_day_that_does_not_suit_is_not_what_is_offered(session, typed):
    city = add_city(session)
    talker = Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    recruiter = add_recruiter(session, city)
    add_slot(session, recruiter, NOW + timedelta(days=1))  # at noon of Moscow
    evening = add_slot(session, recruiter, NOW + timedelta(days=1, hours=6))
    wishing.take_wish(talker.turn(), typed)
    [found] = talker.messages()
    assert (found.kind, found.keyboard[0][0]["args"][0]) == ("hour.wish_found", evening.id)
    assert found.keyboard[1][0]["action"] == Action.DAYS


@pytest.mark.parametrize("typed", ["только не днём", "А можно не днём?"])
def test_who_has_ruled_out_all_that_is_free_waits_and_is_not_offered_it(session, typed):
    city = add_city(session)
    talker = Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    recruiter = add_recruiter(session, city)
    add_slot(session, recruiter, NOW + timedelta(days=1))
    wishing.take_wish(talker.turn(), typed)
    assert talker.told() == ["hour.wish_waiting"]
    assert session.scalars(select(Waiting.note)).one() == typed
    assert talker.wait(minutes=1) == []
    add_slot(session, recruiter, NOW + timedelta(days=1, hours=6))
    assert talker.wait(hours=1) == ["slot.offered"]


@pytest.fixture
def booked(session):
    city = add_city(session, approval_required=False)
    anna = add_chooser(session, city, consent_at=NOW, consent_version="1")
    recruiter = add_recruiter(session, city)
    slot = add_slot(session, recruiter, NOW + timedelta(hours=3))
    add_slot(session, recruiter, NOW + timedelta(hours=9))
    return Talker(session, anna), slots.reserve(session, anna, slot.id, now=NOW)


PRESSES = {
    "move": lambda turn, seat: booking.show_days_to_move(turn, seat.id, 0, replace=False),
    "cancel": lambda turn, seat: booking.ask_why_cancel(turn, seat.id),
}


@pytest.mark.parametrize("press", PRESSES.values(), ids=PRESSES)
def test_after_the_deadline_nobody_chooses_an_hour_or_a_reason_only_to_be_refused(booked, press):
    talker, seat = booked
    talker.told()
    talker.now = seat.slot.starts_at - timedelta(hours=2)
    press(talker.turn(), seat)
    assert talker.told() in (["booking.move_ask"], ["booking.cancel_why"])
    talker.now += timedelta(seconds=1)
    press(talker.turn(), seat)
    assert talker.told() == ["booking.too_late"]


def test_who_moves_where_nothing_else_is_free_reads_that_the_hour_stays_and_is_offered_the_next(session, booked):
    talker, seat = booked
    for slot in session.scalars(select(Slot).where(Slot.id != seat.slot_id)):
        slot.status = SlotStatus.CLOSED
    talker.told()
    booking.show_days_to_move(talker.turn(), seat.id, 0, replace=False)
    (said,) = talker.messages()
    assert (said.kind, "15:00" in said.body) == ("hour.none_to_move", True)
    talker.told()
    add_slot(session, seat.slot.recruiter, NOW + timedelta(hours=10))
    assert talker.wait(minutes=1) == ["slot.offered"]


@pytest.mark.parametrize("moves", [False, True])
def test_every_hour_of_a_full_day_can_be_reached(session, booked, moves):
    talker, seat = booked
    city = talker.candidate.city
    day = NOW + timedelta(days=3)
    hours = [add_slot(session, add_recruiter(session, city), day + number * QUARTER).id for number in range(30)]
    person = talker if moves else Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    named, reached = f"{day:%Y-%m-%d}", []
    for page in (0, 1):
        if moves:
            booking.show_hours_to_move(person.turn(), seat.id, named, page)
        else:
            booking.show_hours(person.turn(), named, 0, page)
        buttons = newest_buttons_in_order(session, person.candidate.contact.chat_id)
        reached += [args[0] for action, args in buttons if action in (Action.RESERVE, Action.MOVE_TO)]
        turn = Action.MOVE_DAY if moves else Action.DAY
        assert [turn, [named, seat.id if moves else 0, 1 - page]] in buttons
    assert reached == hours


@pytest.mark.parametrize("shown", ["days", "hours"])
def test_a_time_typed_below_what_one_may_move_to_is_a_wish(session, booked, shown):
    talker, seat = booked
    free = add_slot(session, seat.slot.recruiter, NOW + timedelta(days=2))
    if shown == "days":
        booking.show_days_to_move(talker.turn(), seat.id, 0, replace=False)
    else:
        booking.show_hours_to_move(talker.turn(), seat.id, f"{NOW + timedelta(days=2):%Y-%m-%d}")
    talker.told()
    assert talker.says("послезавтра") == ["hour.wish_found"]
    assert [Action.MOVE_TO, [free.id, seat.id]] in newest_buttons_in_order(session, talker.candidate.contact.chat_id)


@pytest.mark.parametrize("typed", ["не днём", "not in the afternoon"])
def test_a_part_of_the_day_that_does_not_suit_counts_below_what_one_may_move_to(session, booked, typed):
    talker, seat = booked
    noon, evening = (add_slot(session, seat.slot.recruiter, NOW + timedelta(days=2, hours=more)) for more in (0, 6))
    booking.show_days_to_move(talker.turn(), seat.id, 0, replace=False)
    talker.told()
    assert talker.says(typed) == ["hour.wish_found"]
    buttons = newest_buttons_in_order(session, talker.candidate.contact.chat_id)
    assert [[Action.MOVE_TO, [slot.id, seat.id]] in buttons for slot in (noon, evening)] == [False, True]


@pytest.mark.parametrize("typed", ["у меня кошка заболела", "утром занят"])
def test_what_is_no_time_or_is_typed_later_is_no_wish_to_move(booked, typed):
    talker, seat = booked
    booking.show_days_to_move(talker.turn(), seat.id, 0, replace=False)
    talker.told()
    assert talker.says(typed) == ["booking.status"]
    assert talker.says("послезавтра") == ["booking.status"]


class Picking:
    """Anna, with an hour of Olga's, where candidates pick the recruiter; Olga and Boris have one more hour each."""

    def __init__(self, session):
        self.session = session
        self.city = add_city(session, approval_required=False, recruiter_choice=RecruiterChoice.CANDIDATE)
        self.olga, self.boris = (add_recruiter(session, self.city, name=name) for name in ("Ольга", "Борис"))
        self.anna = Talker(session, add_chooser(session, self.city, consent_at=NOW, consent_version="1"))
        first = add_slot(session, self.olga, NOW + timedelta(days=2))
        self.seat = slots.reserve(session, self.anna.candidate, first.id, now=NOW)
        self.hours = {who: add_slot(session, who, NOW + timedelta(days=3, hours=2)) for who in (self.olga, self.boris)}

    def buttons(self):
        return newest_buttons_in_order(self.session, self.anna.candidate.contact.chat_id)

    def moves(self, *args, **options):
        booking.show_days_to_move(self.anna.turn(), self.seat.id, 0, *args, replace=False, **options)
        return self.buttons()


def test_where_candidates_pick_the_recruiter_whoever_moves_picks_too(session):
    case = Picking(session)
    seat, boris, hour = case.seat.id, case.boris.id, case.hours[case.boris]
    whose = [[Action.MOVE_DAYS, [0, seat, recruiter_id]] for recruiter_id in (boris, case.olga.id, 0)]
    assert case.moves() == whose
    named = f"{hour.starts_at:%Y-%m-%d}"
    assert [Action.MOVE_DAY, [named, seat, 0, boris]] in case.moves(boris)
    booking.show_hours_to_move(case.anna.turn(), seat, named, 0, boris)
    assert case.buttons()[:2] == [[Action.MOVE_TO, [hour.id, seat]], [Action.MOVE_DAYS, [0, seat, boris]]]
    booking.move(case.anna.turn(), seat, hour.id)
    assert live_booking(session, case.anna.candidate.id, Purpose.INTERVIEW).slot.recruiter is case.boris


def test_a_recruiter_whose_only_other_hour_begins_at_the_same_moment_is_none_to_move_to(session):
    case = Picking(session)
    case.hours[case.boris].status = SlotStatus.CLOSED
    add_slot(session, case.boris, case.seat.slot.starts_at)
    assert Action.MOVE_DAY in [action for action, _ in case.moves()]


def test_where_the_system_assigns_nobody_is_asked_to_whom_they_move(session):
    case = Picking(session)
    case.city.recruiter_choice = RecruiterChoice.SYSTEM
    assert Action.MOVE_DAY in [action for action, _ in case.moves()]


def newest_buttons_in_order(session, chat_id):
    mine = select(OutboxMessage.keyboard).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id)
    return [[each["action"], each["args"]] for row in session.scalars(mine).all()[-1] for each in row if "args" in each]
