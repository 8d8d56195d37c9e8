"""Reminders of bookings: planned as timers, decided again when they fire, withdrawn when the booking ends."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.quiet import quiet_hours_of
from recruitsmart.domain.errors import BookingGone
from recruitsmart.domain.slots import announcements, notices
from recruitsmart.domain.slots.models import APPROVED, SEATED, Booking, BookingStatus, Purpose, Slot
from recruitsmart.domain.slots.reminders import Meeting, Planned, Reminder, judge, plan, sendable_until
from recruitsmart.domain.slots.seats import locked_booking
from recruitsmart.domain.timers.bulk import Moment, withdraw_each, write_timers
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import Firing, set_timer, withdraw
from recruitsmart.domain.timers.queries import timers_of

TIMER_OF = {kind: f"slots.remind_{kind}" for kind in Reminder}
ASKS_OUTCOME = "slots.asks_outcome"
GROUP_BEGINS = "slots.group_begins"  # its subject is a slot

CONFIRMED = "confirmed"
ENDED = "the booking has ended"
NOT_APPROVED = "not approved"
UNREACHABLE = "cannot be reached"
NOT_ACTIVE = "no longer under way"


def plan_reminders(session: Session, booking: Booking, *, now: datetime) -> None:
    """A booking stands: each reminder becomes a timer, or a skip with its reason.

    After an interview its recruiter is asked how it went; an introductory day begins with the list to tick.
    """
    _plan(session, [booking], {}, now=now)


def _plan(
    session: Session, bookings: Iterable[Booking], sent: Mapping[int, Collection[Reminder]], *, now: datetime
) -> None:
    """What was sent already stays sent: neither it nor one before it is planned again. A few statements for all."""
    written: list[Moment] = []
    unwanted = defaultdict[str | None, list[tuple[str, int]]](list)
    for booking in bookings:
        for one, moment in _moments_of(booking, sent.get(booking.id, ()), now=now):
            if moment is None:
                unwanted[one.reason].append((TIMER_OF[one.kind], booking.id))
            else:
                written.append(moment)
        if booking.candidate.city is not None:
            written.append(_moment_of_recruiter(booking))
    write_timers(session, list(dict.fromkeys(written)), now=now)  # a group begins once for all its people
    for reason, timers in unwanted.items():
        withdraw_each(session, timers, reason=reason, now=now)


def _moment_of_recruiter(booking: Booking) -> Moment:
    """When the recruiter is asked how it went, or gets the list to tick."""
    if booking.purpose == Purpose.INTERVIEW:
        return Moment(kind=ASKS_OUTCOME, subject_id=booking.id, at=booking.slot.ends_at)
    return Moment(kind=GROUP_BEGINS, subject_id=booking.slot_id, at=booking.slot.starts_at)


def _moments_of(
    booking: Booking, sent: Collection[Reminder], *, now: datetime
) -> Iterator[tuple[Planned, Moment | None]]:
    """Each reminder to be decided with its timer; None where there is to be none."""
    meeting = _meeting_of(booking)
    if meeting is None:
        return
    last_sent = max(map(_order, sent), default=-1)
    for one in plan(meeting, now=now):
        if _order(one.kind) > last_sent and _is_wanted(one.kind, booking):
            yield one, _moment(booking, meeting, one)


def _order(kind: Reminder) -> int:
    return list(Reminder).index(kind)


def _is_wanted(kind: Reminder, booking: Booking) -> bool:
    """Who has said that they will come is only told the way."""
    return kind == Reminder.LAST or booking.status != BookingStatus.CONFIRMED


def _meeting_of(booking: Booking, *, booked_at: datetime | None = None) -> Meeting | None:
    city = booking.candidate.city
    if city is None:
        return None
    return Meeting(
        starts_at=booking.slot.starts_at,
        booked_at=booked_at or booking.decided_at or booking.created_at,
        leads=leads_of(city),
        quiet=quiet_hours_of(city, booking.time_zone),
    )


def leads_of(city: City) -> dict[Reminder, timedelta]:
    """How long before a meeting the city wants its reminders; absent ones it does not want."""
    minutes = {
        Reminder.FIRST: city.first_reminder_minutes,
        Reminder.SECOND: city.second_reminder_minutes,
        Reminder.LAST: city.last_reminder_minutes,
    }
    return {kind: timedelta(minutes=lead) for kind, lead in minutes.items() if lead is not None}


def _moment(booking: Booking, meeting: Meeting, one: Planned) -> Moment | None:
    if one.at is not None:
        return Moment(kind=TIMER_OF[one.kind], subject_id=booking.id, at=one.at)
    if not one.promised:
        return None
    wanted = meeting.starts_at - meeting.leads[one.kind]
    return Moment(kind=TIMER_OF[one.kind], subject_id=booking.id, at=wanted, skipped=one.reason)


def withdraw_reminders(session: Session, *bookings: Booking, reason: str, now: datetime) -> None:
    """These bookings, of one purpose, end or move: nothing more about them, and what waits to be sent is skipped.

    To be called before the calendar's sequence grows.
    """
    timers = [(kind, booking.id) for kind in (*TIMER_OF.values(), ASKS_OUTCOME) for booking in bookings]
    withdraw_each(session, timers, reason=reason, now=now)
    announcements.take_back(session, *bookings, reason=reason, now=now)


def stop_asking(session: Session, booking: Booking, *, now: datetime) -> None:
    """The person has said that they will come: only the last reminder remains."""
    asking = (TIMER_OF[Reminder.FIRST], TIMER_OF[Reminder.SECOND])
    withdraw(session, asking, booking.id, reason=CONFIRMED, now=now)
    announcements.take_back_questions(session, booking, reason=CONFIRMED, now=now)


def remind(kind: Reminder, session: Session, booking_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: look at the facts again and send the reminder, wait for the end of the quiet hours, or say why not.

    Locks slot and booking.
    """
    try:
        booking = locked_booking(session, booking_id)
    except BookingGone:
        return ENDED
    meeting, reason = _meeting_of(booking), _reason_against(kind, booking)
    if meeting is None or reason is not None:
        return reason or ENDED
    following = _following(session, booking_id, kind)
    at = judge(kind, meeting, planned_at=planned_at, following=following, now=now)
    if isinstance(at, str):
        return at
    if at > now:
        set_timer(session, TIMER_OF[kind], booking_id, due_at=at)
        return None
    until = sendable_until(kind, meeting, following=following, now=now)
    asks = booking.status != BookingStatus.CONFIRMED
    announcements.reminded(session, booking, kind, asks=asks, valid_until=until, now=now)
    return None


def _reason_against(kind: Reminder, booking: Booking) -> str | None:
    contact = booking.candidate.contact
    if booking.status not in APPROVED:
        return NOT_APPROVED if booking.is_live else ENDED
    if not _is_wanted(kind, booking):
        return CONFIRMED
    if booking.candidate.outcome != Outcome.ACTIVE:
        return NOT_ACTIVE
    return UNREACHABLE if contact is None or contact.unreachable_since is not None else None


def _following(session: Session, booking_id: int, kind: Reminder) -> datetime | None:
    """The moment of the next reminder that comes, or has come before this one."""
    later = [TIMER_OF[other] for other in Reminder if _order(other) > _order(kind)]
    moments = select(func.min(Timer.planned_at)).where(
        Timer.subject_id == booking_id,
        Timer.kind.in_(later),
        Timer.state.in_((TimerState.PENDING, TimerState.DONE)),
    )
    return session.scalar(moments) if later else None


def ask_outcome(session: Session, booking_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: the interview is over; its recruiter is asked how it went, unless that is known. Locks as a reminder."""
    booking = locked_booking(session, booking_id)
    if booking.status not in APPROVED:
        return "noted already"
    notices.how_did_it_go(session, booking, now=now)
    return None


def hand_out_list(session: Session, slot_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: an introductory day begins; its recruiter is told how many are expected, with the way to their list."""
    slot = session.get(Slot, slot_id)
    expected = (Booking.slot_id == slot_id, Booking.status.in_(SEATED))
    count = session.scalar(select(func.count()).where(*expected)) or 0
    if slot is None or not count:
        return "nobody is expected"
    notices.group_begins(session, slot, expected=count, now=now)
    return None


FIRINGS: dict[str, Firing] = {
    **{name: partial(remind, kind) for kind, name in TIMER_OF.items()},
    ASKS_OUTCOME: ask_outcome,
    GROUP_BEGINS: hand_out_list,
}


def count_to_replan(session: Session, city: City, *, now: datetime) -> int:
    """How many bookings ahead a change of the city's reminders or quiet hours concerns."""
    return session.scalar(_ahead(city, now=now).with_only_columns(func.count()).order_by(None)) or 0


def replan_city(session: Session, city: City, *, now: datetime) -> int:
    """Plan the reminders of all bookings ahead anew, by the city's rules as they are now; returns how many these are.

    Locks these bookings. A few statements, however many there are.
    """
    locked = (
        _ahead(city, now=now)
        .options(contains_eager(Booking.slot), contains_eager(Booking.candidate))
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )
    bookings = session.scalars(locked).all()
    _plan(session, bookings, _sent(session, [booking.id for booking in bookings]), now=now)
    return len(bookings)


def _sent(session: Session, booking_ids: Sequence[int]) -> dict[int, set[Reminder]]:
    """Which reminders of each booking have fired."""
    done = select(Timer.subject_id, Timer.kind).where(
        Timer.kind.in_(TIMER_OF.values()), Timer.subject_id.in_(booking_ids), Timer.state == TimerState.DONE
    )
    kinds, sent = {name: kind for kind, name in TIMER_OF.items()}, defaultdict[int, set[Reminder]](set)
    for booking_id, name in session.execute(done):
        sent[booking_id].add(kinds[name])
    return sent


def _ahead(city: City, *, now: datetime) -> Select[Booking]:
    return (
        select(Booking)
        .join(Booking.slot)
        .join(Booking.candidate)
        .where(Candidate.city_id == city.id, Booking.status.in_(APPROVED), Slot.starts_at > now)
        .order_by(Booking.id)
    )


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What becomes of one reminder: `state` is its timer's, None when it was never planned; `reason` says why not."""

    kind: Reminder
    at: datetime | None
    state: TimerState | None
    reason: str | None


def planned_for(session: Session, booking: Booking, *, now: datetime) -> list[Expected]:
    """What the person gets and when, in the order of the reminders; for a request: what they get once it is approved.

    Instants are UTC; the reader's zone is `booking.time_zone`.
    """
    pending = booking.status == BookingStatus.PENDING
    meeting = _meeting_of(booking, booked_at=now if pending else None)
    if meeting is None:
        return []
    timers = timers_of(session, TIMER_OF.values(), booking.id)
    since = now if pending else meeting.booked_at
    return [_expected(one, timers.get(TIMER_OF[one.kind])) for one in plan(meeting, now=since)]


def _expected(one: Planned, timer: Timer | None) -> Expected:
    if timer is None:
        return Expected(kind=one.kind, at=one.at, state=None, reason=one.reason)
    at = timer.due_at if timer.state == TimerState.PENDING else timer.settled_at
    return Expected(kind=one.kind, at=at, state=timer.state, reason=timer.reason)
