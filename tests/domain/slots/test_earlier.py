"""“I could come earlier”: an hour given back goes to who waits, then to who is booked later and said so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.errors import BookingGone, SlotTaken, TooLate
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.slots import ending, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.earlier import keep_hour, would_come_earlier
from recruitsmart.domain.slots.models import BookingStatus, Offer, OfferStatus, Purpose
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.wishes import Window
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, messages, pending_timers, told
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

MINUTE = timedelta(minutes=1)
INTERVIEW = Purpose.INTERVIEW


class Company:
    """Who has which hour of tomorrow: hours are counted from nine in the morning of UTC."""

    def __init__(self, session, city, recruiter):
        self.session, self.city, self.recruiter = session, city, recruiter

    def slot(self, hour, **values):
        return add_slot(self.session, values.pop("by", self.recruiter), TOMORROW + hour * HOUR, **values)

    def books(self, slot, *, city=None, wishes=None):
        """A person with this hour, who said at the moment `wishes` that they would come earlier."""
        person = add_chooser(self.session, city or self.city)
        booking = slots.reserve(self.session, person, slot.id, now=NOW)
        slots.approve(self.session, booking.id, actor=STAFF, now=NOW)
        if wishes is not None:
            would_come_earlier(self.session, person, booking.id, now=wishes)
        return person

    def booking(self, person):
        return live_booking(self.session, person.id, INTERVIEW)

    def gives_back(self, person, *, now=NOW + HOUR):
        ending.cancel(self.session, person, self.booking(person).id, reason="plans", now=now)

    def looks(self, *, now=NOW + HOUR, city=None):
        self.session.flush()
        return waiting.offer_to_waiting(self.session, (city or self.city).id, now, now)

    def expires(self, *, now):
        waiting.expire_offer(self.session, self.open_offer().id, now, now)

    def open_offer(self):
        return self.session.scalars(select(Offer).where(Offer.status == OfferStatus.OPEN)).one()

    def offers(self):
        """Whom which hour was offered, and what became of it."""
        self.session.flush()
        made = self.session.scalars(select(Offer).order_by(Offer.id))
        return [(offer.candidate_id, offer.slot_id, offer.status.value) for offer in made]


@pytest.fixture
def company(session, city, recruiter):
    return Company(session, city, recruiter)


@pytest.fixture
def first(company):
    return company.slot(0)


@pytest.fixture
def owner(company, first):
    """Who will give the first hour back."""
    return company.books(first)


@pytest.mark.parametrize(("note", "waits_for_it"), [("не днём", False), ("не утром", True)])
def test_who_waits_and_has_ruled_the_hour_out_keeps_nobody_from_it(
    session, company, city, first, owner, note, waits_for_it
):
    vera, waiter = company.books(company.slot(3), wishes=NOW), add_chooser(session, city)
    waiting.wait(session, waiter, INTERVIEW, note=note, now=NOW)  # the hour is at noon of Moscow
    company.gives_back(owner)
    company.looks()
    assert company.offers() == [(waiter.id if waits_for_it else vera.id, first.id, "open")]


def test_who_is_booked_later_is_offered_the_earlier_hour_in_words_of_its_own(session, company, first, owner):
    vera = company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    company.looks()
    assert company.offers() == [(vera.id, first.id, "open")]
    offer, booking = company.open_offer(), company.booking(vera)
    assert offer.expires_at == NOW + HOUR + 10 * MINUTE
    assert pending_timers(session, offer.id)["slots.offer_expires"] == offer.expires_at
    (message,) = messages(session, "slot.earlier")
    assert (message.chat_id, message.valid_until) == (vera.contact.chat_id, offer.expires_at)
    take, pass_on = message.keyboard[0][0], message.keyboard[1][0]
    assert (take["action"], take["args"]) == (Action.MOVE_TO.value, [first.id, booking.id])
    assert (pass_on["action"], pass_on["args"]) == (Action.DECLINE.value, [offer.id])


def test_giving_the_hour_back_has_the_ladder_looked_at_at_once(session, company, owner):
    company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    assert pending_timers(session, company.city.id)["slots.look_for_takers"] == NOW + HOUR


def test_taking_it_moves_the_booking_and_the_hour_given_up_goes_on_down_the_ladder(session, company, first, owner):
    second, third = company.slot(3), company.slot(5)
    vera, boris = company.books(second, wishes=NOW), company.books(third, wishes=NOW + MINUTE)
    company.gives_back(owner)
    company.looks()
    old = company.booking(vera)
    slots.move(session, vera, old.id, first.id, now=NOW + HOUR + MINUTE)
    moved = company.booking(vera)
    assert (moved.slot_id, moved.moved_from_id, moved.earlier_since) == (first.id, old.id, None)
    assert old.status == BookingStatus.MOVED
    company.looks(now=NOW + 2 * HOUR)
    assert company.offers() == [(vera.id, first.id, "taken"), (boris.id, second.id, "open")]
    slots.move(session, boris, company.booking(boris).id, second.id, now=NOW + 2 * HOUR)
    assert company.looks(now=NOW + 3 * HOUR) == "nothing fits anybody"  # nobody is left who said so
    assert company.offers()[-1] == (boris.id, second.id, "taken")


def test_who_waits_is_asked_first_one_after_another_and_only_then_who_is_booked(session, company, first, owner):
    vera = company.books(company.slot(3), wishes=NOW)
    queue = [add_chooser(session, company.city) for _ in range(2)]
    for person in queue:
        waiting.wait(session, person, INTERVIEW, now=NOW)
    company.gives_back(owner)
    for step in range(3):
        company.looks(now=NOW + HOUR + step * 10 * MINUTE)
        company.expires(now=NOW + HOUR + (step + 1) * 10 * MINUTE)
    assert company.offers() == [(person.id, first.id, "expired") for person in (*queue, vera)]


@pytest.mark.parametrize("has_hour", [False, True])
def test_a_wish_that_is_over_keeps_an_hour_from_others_only_for_who_has_none(session, company, first, owner, has_hour):
    vera = company.books(company.slot(3), wishes=NOW)
    waits = company.books(company.slot(5)) if has_hour else add_chooser(session, company.city)
    waiting.wait(session, waits, INTERVIEW, window=Window(starts_at=NOW, ends_at=NOW + HOUR), now=NOW)
    company.gives_back(owner)
    company.looks()
    assert company.offers() == [((vera if has_hour else waits).id, first.id, "open")]


def test_an_hour_is_not_left_to_who_waits_and_can_no_longer_change_the_one_they_have(session, company, first, owner):
    vera = company.books(company.slot(3), wishes=NOW)
    soon = add_chooser(session, company.city)
    slots.reserve(session, soon, add_slot(session, company.recruiter, NOW + 180 * MINUTE).id, now=NOW)
    waiting.wait(session, soon, INTERVIEW, now=NOW)
    company.gives_back(owner)
    company.looks()
    assert company.offers() == [(vera.id, first.id, "open")]


def test_an_hour_is_left_to_who_waits_and_still_thinks_about_another(session, company, owner):
    """Only when the other hour is taken is this one offered to who has an hour already."""
    free = company.slot(-1)
    anna = add_chooser(session, company.city)
    waiting.wait(session, anna, INTERVIEW, now=NOW)
    company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    company.looks()
    assert company.offers() == [(anna.id, free.id, "open")]
    slots.reserve(session, anna, free.id, now=NOW + HOUR)
    assert pending_timers(session, company.city.id)["slots.look_for_takers"] == NOW + HOUR
    company.looks()
    assert [status for *_, status in company.offers()] == ["taken", "open"]


def test_who_said_so_first_comes_first_and_then_the_next(session, company, first, owner):
    boris, vera = (company.books(company.slot(hour), wishes=NOW + 9 * MINUTE / hour) for hour in (3, 5))
    company.gives_back(owner)
    company.looks()
    company.expires(now=NOW + HOUR + 10 * MINUTE)
    company.looks(now=NOW + HOUR + 10 * MINUTE)
    assert company.offers() == [(vera.id, first.id, "expired"), (boris.id, first.id, "open")]


def test_a_declined_hour_goes_on_the_person_keeps_theirs_and_the_wish(session, company, first, owner):
    vera, boris = company.books(company.slot(3), wishes=NOW), company.books(company.slot(5), wishes=NOW + MINUTE)
    company.gives_back(owner)
    company.looks()
    assert waiting.decline(session, boris, company.open_offer().id, now=NOW + HOUR) is None  # not his to decline
    for _ in range(2):
        waiting.decline(session, vera, _newest(session).id, now=NOW + HOUR)
    company.looks()
    assert company.offers() == [(vera.id, first.id, "declined"), (boris.id, first.id, "open")]
    assert company.booking(vera).earlier_since == NOW


def _newest(session):
    return session.scalars(select(Offer).order_by(Offer.id).limit(1)).one()


def test_nobody_is_offered_the_same_hour_twice(session, company, first, owner):
    company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    company.looks()
    company.expires(now=NOW + HOUR + 10 * MINUTE)
    assert company.looks(now=NOW + 2 * HOUR) == "nothing fits anybody"


def test_a_held_hour_is_nobody_elses(session, company, first, owner):
    company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    company.looks()
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, company.city), first.id, now=NOW + HOUR)


NOT_OFFERED = {
    "who has not said so": lambda company: company.books(company.slot(3)),
    "who is booked earlier": lambda company: company.books(company.slot(-1), wishes=NOW),
    "who is booked at the same time": lambda company: company.books(
        company.slot(0, by=add_recruiter(company.session, company.city)), wishes=NOW
    ),
    "who lives elsewhere": lambda company: _lives_elsewhere(company),
    "who said so after it was given back": lambda company: company.books(company.slot(3), wishes=NOW + 2 * HOUR),
    "whose application has ended": lambda company: _changed(company, outcome=Outcome.REJECTED, outcome_reason="x"),
    "whom no message reaches": lambda company: _unreachable(company),
    "who changed their mind": lambda company: _keeps(company),
}


def _lives_elsewhere(company):
    city = add_city(company.session, "Казань")
    company.recruiter.cities.append(city)
    company.books(company.slot(-2), wishes=NOW)  # here somebody said so too, but has a better hour
    return company.books(company.slot(3), city=city, wishes=NOW)


def _changed(company, **values):
    person = company.books(company.slot(3), wishes=NOW)
    for name, value in values.items():
        setattr(person, name, value)
    return person


def _unreachable(company):
    person = company.books(company.slot(3), wishes=NOW)
    person.contact.unreachable_since, person.contact.unreachable_reason = NOW, "blocked"
    return person


def _keeps(company):
    person = company.books(company.slot(3), wishes=NOW)
    keep_hour(company.session, person, company.booking(person).id, now=NOW)
    return person


@pytest.mark.parametrize("who", NOT_OFFERED)
def test_it_is_not_offered_to(company, owner, who):
    NOT_OFFERED[who](company)
    company.gives_back(owner)
    company.looks()
    assert company.offers() == []


def test_an_hour_nearer_than_the_notice_is_not_offered(session, company, first, owner):
    company.books(company.slot(3), wishes=NOW)
    company.gives_back(owner)
    company.looks(now=first.starts_at - timedelta(minutes=company.city.minimum_notice_minutes) + MINUTE)
    assert company.offers() == []


def test_who_could_no_longer_move_in_time_is_not_asked(session, company, owner):
    company.city.change_deadline_minutes = 26 * 60
    company.books(company.slot(3), wishes=NOW)
    company.looks()
    ending.cancel_by_staff(session, company.booking(owner).id, reason="x", actor=STAFF, now=NOW + HOUR - MINUTE)
    company.looks(now=NOW + HOUR)
    assert company.offers() == []


def test_an_hour_that_was_free_all_the_time_is_not_offered(company, first):
    company.books(company.slot(3), wishes=NOW)
    company.looks()
    assert company.offers() == []


def test_in_quiet_hours_nobody_is_asked_and_in_the_morning_somebody_is(session, company, owner):
    vera = company.books(company.slot(48), wishes=NOW)
    slots.move(session, owner, company.booking(owner).id, company.slot(24).id, now=NOW)
    night = NOW + timedelta(hours=12)  # midnight in Moscow
    company.gives_back(owner, now=night)
    assert company.looks(now=night) == "quiet hours"
    company.looks(now=night + timedelta(hours=8))
    assert told(session, vera.contact.chat_id)[-1] == "slot.earlier"


@pytest.mark.parametrize("end", ["cancels", "moves elsewhere", "keeps the hour"])
def test_what_is_held_goes_on_when_the_booking_ends_or_the_wish_does(session, company, first, owner, end):
    later = company.slot(7)
    vera, boris = company.books(company.slot(3), wishes=NOW), company.books(company.slot(5), wishes=NOW + MINUTE)
    company.gives_back(owner)
    company.looks()
    match end:
        case "cancels":
            company.gives_back(vera)
        case "moves elsewhere":
            slots.move(session, vera, company.booking(vera).id, later.id, now=NOW + HOUR)
        case "keeps the hour":
            keep_hour(session, vera, company.booking(vera).id, now=NOW + HOUR)
    company.looks()
    assert (vera.id, first.id, "declined") in company.offers()
    assert (boris.id, first.id, "open") in company.offers()
    assert messages(session, "slot.earlier")[0].state == MessageState.SKIPPED


def test_saying_so_twice_is_saying_it_once(session, company, first):
    vera = company.books(first, wishes=NOW)
    would_come_earlier(session, vera, company.booking(vera).id, now=NOW + HOUR)
    assert company.booking(vera).earlier_since == NOW
    assert len(journal(session, "booking.would_come_earlier")) == 1


@pytest.mark.parametrize("say", [would_come_earlier, keep_hour])
def test_nobody_speaks_for_another_and_nobody_of_a_booking_that_is_gone(session, company, first, owner, say):
    booking_id = company.booking(owner).id
    with pytest.raises(BookingGone):
        say(session, add_chooser(session, company.city), booking_id, now=NOW)
    company.gives_back(owner)
    with pytest.raises(BookingGone):
        say(session, owner, booking_id, now=NOW)


def test_after_the_deadline_it_is_too_late_to_come_earlier(session, company, first, owner):
    with pytest.raises(TooLate):
        would_come_earlier(session, owner, company.booking(owner).id, now=first.starts_at - HOUR)
