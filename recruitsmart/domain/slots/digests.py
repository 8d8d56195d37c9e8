"""Tomorrow's list, in the evening: one message a day to each recruiter with a chat who has somebody to meet or call."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.markup import lines_that_fit
from recruitsmart.domain.messaging.operations import Wording, post, staff_recipient
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.calling import Call, calls_page, count_calls, to_call, urgent
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose, Slot
from recruitsmart.domain.slots.rules import bounds_of, midnight
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import set_timer, withdraw

DIGEST = "slots.digest"  # its subject is a recruiter
AT = time(18)
STILL_USEFUL = timedelta(hours=4)
MOST_LINES = 40
MOST_NAMED = 5  # of those to call; the page lists all
_SIGNS = {BookingStatus.CONFIRMED: "✓", BookingStatus.BOOKED: "·", BookingStatus.PENDING: "?"}


def next_digest_at(zone: ZoneInfo, *, now: datetime) -> datetime:
    """The next 18:00 on a wall clock of the zone."""
    today = now.astimezone(zone).date()
    moments = (datetime.combine(today + timedelta(days=days), AT, zone) for days in (0, 1))
    return next(at for at in moments if at > now)


def arm_digest(session: Session, recruiter: Recruiter, *, now: datetime) -> None:
    """Plan the next list of a recruiter who can get one; for others none."""
    if recruiter.active and recruiter.chat_id is not None:
        set_timer(session, DIGEST, recruiter.id, due_at=next_digest_at(ZoneInfo(recruiter.time_zone), now=now))
    else:
        withdraw(session, (DIGEST,), recruiter.id, now=now)


def arm_digests(session: Session, *, now: datetime) -> None:
    """Plan the next list of every recruiter who can get one and has none planned."""
    planned = exists().where(Timer.kind == DIGEST, Timer.subject_id == Recruiter.id, Timer.state == TimerState.PENDING)
    waiting = select(Recruiter).where(Recruiter.active, Recruiter.chat_id.is_not(None), ~planned)
    for recruiter in session.scalars(waiting):
        arm_digest(session, recruiter, now=now)


def send_digest(session: Session, recruiter_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: tell a recruiter whom they meet tomorrow and whom to call, and plan the next evening.

    Nobody to meet and nobody to call: nothing is sent.
    """
    recruiter = session.get(Recruiter, recruiter_id)
    recipient = None if recruiter is None else staff_recipient(recruiter)
    if recruiter is None or not recruiter.active or recipient is None:
        return "the recruiter gets no messages"
    arm_digest(session, recruiter, now=now)
    if now > planned_at + STILL_USEFUL:
        return "too late"
    zone = ZoneInfo(recruiter.time_zone)
    tomorrow = planned_at.astimezone(zone).date() + timedelta(days=1)
    bookings = _bookings_of(session, recruiter_id, tomorrow, zone)
    calls = urgent(to_call(Scope(city_ids=frozenset(city.id for city in recruiter.cities)), now=now), now=now)
    lost = calls_page(session, calls, offset=0, limit=MOST_NAMED)
    if not bookings and not lost:
        return "nobody to meet"
    values = _values(bookings, tomorrow, zone, recipient.language) | _to_call(lost, count_calls(session, calls))
    about, until = f"digest:{recruiter_id}@{tomorrow}", planned_at + STILL_USEFUL
    wording = Wording(key="staff.digest", values=values)
    post(session, wording, recipient, about=about, lane=Lane.PROMISED, now=now, valid_until=until)
    return None


def _bookings_of(session: Session, recruiter_id: int, day: date, zone: ZoneInfo) -> Sequence[Booking]:
    begins, ends = bounds_of(day, zone)
    listed = (
        select(Booking)
        .join(Slot, Slot.id == Booking.slot_id)
        .options(joinedload(Booking.slot), joinedload(Booking.candidate).joinedload(Candidate.city))
        .where(Slot.recruiter_id == recruiter_id, Booking.status.in_(LIVE))
        .where(Slot.starts_at >= begins, Slot.starts_at < ends)
        .order_by(Slot.starts_at, Booking.id)
    )
    return session.scalars(listed).all()


def _values(bookings: Sequence[Booking], day: date, zone: ZoneInfo, language: str) -> dict[str, str | int]:
    first_at = bookings[0].slot.starts_at if bookings else midnight(day, zone)
    meetings = _meetings(bookings)
    fitting = (_line(meeting, zone, language) for meeting in meetings[:MOST_LINES])
    lines = lines_that_fit(fitting, texts.LONGEST_LIST)
    return {
        "day": local_time.day_in_words(day, language),
        "zone": local_time.offset(first_at, zone),
        "count": len(meetings),
        "list": "\n".join(lines),
        "more": len(meetings) - len(lines),
    }


def _meetings(bookings: Sequence[Booking]) -> list[list[Booking]]:
    """By the hour: each interview alone, the people of an introductory day together."""
    meetings: dict[tuple[int, int], list[Booking]] = {}
    for booking in bookings:
        alone = booking.id if booking.purpose == Purpose.INTERVIEW else 0
        meetings.setdefault((booking.slot_id, alone), []).append(booking)
    return list(meetings.values())


def _line(meeting: Sequence[Booking], zone: ZoneInfo, language: str) -> str:
    booking = meeting[0]
    if booking.purpose == Purpose.INTRO_DAY:
        what = texts.label(f"stage.{booking.purpose}", language)
        sure = sum(one.status == BookingStatus.CONFIRMED for one in meeting)
        return f"{local_time.hour(booking.slot.starts_at, zone)} {what}: {len(meeting)} (✓ {sure})"
    city = booking.candidate.city
    name = (booking.candidate.full_name or "—")[:60]
    where = "" if city is None else f", {city.name[:20]}"
    return f"{_SIGNS[booking.status]} {local_time.hour(booking.slot.starts_at, zone)} {name}{where}"


def _to_call(lost: Sequence[Call], count: int) -> dict[str, str | int]:
    names = (f"• {(call.candidate.full_name or '—')[:60]}" for call in lost)
    return {"to_call": count, "to_call_names": "\n".join(lines_that_fit(names, texts.LONGEST_SHORT_LIST))}
