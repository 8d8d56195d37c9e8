"""What a real person would read, filled in by the code that fills in what is sent; samples where nothing is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Answer, Attempt
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue.asking import status_values
from recruitsmart.domain.dialogue.hours import place_values
from recruitsmart.domain.dialogue.questions import TIMED, UNTIMED, question_values
from recruitsmart.domain.messaging import samples, texts
from recruitsmart.domain.messaging.queries import InForce, override_in_force
from recruitsmart.domain.slots.listing import live_of
from recruitsmart.domain.slots.models import Booking, Offer, OfferStatus, Purpose
from recruitsmart.domain.slots.seats import offers_to
from recruitsmart.domain.slots.wording import values_for_recruiter, values_of_move, values_of_offer

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A text as it stands in the form: not saved yet."""

    key: str
    language: str
    city_id: int | None
    body: str


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What a candidate would be sent if the draft were saved now.

    `sampled` are those of its variables of which nothing real is known. When `is_draft` is not set, the person reads
    another text: that of `language`, and of `city_id` where a city has its own.
    """

    html: str
    sampled: list[str]
    is_draft: bool
    language: str
    city_id: int | None


def outgoing(session: Session, candidate: Candidate, draft: Draft, *, now: datetime) -> Outgoing:
    """The text for this candidate, or for the recruiter about this candidate.

    Raises:
        BadText: the draft could not be sent to this person.
    """
    language, city_id = candidate.language, candidate.city_id
    if texts.is_for_staff(draft.key):
        booking = _booking_for(session, candidate, draft.key)
        language, city_id = draft.language if booking is None else booking.slot.recruiter.language, None
    values, sampled = filled(session, candidate, draft.key, language=language, now=now)
    stands = override_in_force(session, draft.key, language=language, city_id=city_id)
    applies = is_read_by(draft, language, city_id, stands)
    if applies:
        html, body, of_city = texts.worded(draft.key, draft.body, values), draft.body, draft.city_id
    else:
        problems: list[str] = []
        own = stands.body if stands else None
        html = texts.render(draft.key, language, values, override=own, broken=problems.append)
        body = texts.shipped(language)[draft.key] if own is None or problems else own
        of_city = stands.city_id if stands else None
    named = [name for name in sampled if name in texts.used(body)]
    return Outgoing(html=html, sampled=named, is_draft=applies, language=language, city_id=of_city)


def is_read_by(draft: Draft, language: str, city_id: int | None, stands: InForce | None) -> bool:
    """Whether a reader of this language in this city would get the draft; `stands` is what that reader gets now."""
    if draft.language != language:
        return False
    if draft.city_id is None:
        return stands is None or stands.city_id is None
    return draft.city_id == city_id


def filled(
    session: Session, candidate: Candidate, key: str, *, language: str, now: datetime
) -> tuple[Values, list[str]]:
    """Values for all variables of a text, and the names of those that are samples."""
    known = _known(session, candidate, key, language, now)
    real = {name: value for name, value in known.items() if value is not None or name in samples.MAY_BE_MISSING}
    values = samples.sample_values(key, language)
    return values | {name: real[name] for name in values.keys() & real.keys()}, sorted(values.keys() - real.keys())


def _known(session: Session, candidate: Candidate, key: str, language: str, now: datetime) -> Values:
    known = _of_person(candidate, now)
    if key in (UNTIMED, TIMED, "question.closed"):
        return known | _of_question(session, candidate, language, now)
    if key in ("slot.offered", "slot.earlier", "intro_day.offered", "intro_day.earlier"):
        return known | _of_offer(session, candidate, language)
    booking = _booking_for(session, candidate, key)
    if booking is None:
        return known
    if texts.is_for_staff(key):
        return known | values_for_recruiter(booking)
    return known | _of_booking(session, booking, language)


def _booking_for(session: Session, candidate: Candidate, key: str) -> Booking | None:
    """The live booking that a text would be about: recruiters are told of either purpose."""
    about = Purpose.INTRO_DAY if key.startswith("intro_day.") else Purpose.INTERVIEW
    live = live_of(session, candidate.id)
    return next((booking for booking in live if texts.is_for_staff(key) or booking.purpose == about), None)


def _of_booking(session: Session, booking: Booking, language: str) -> Values:
    before = None if booking.moved_from_id is None else session.get(Booking, booking.moved_from_id)
    was = {} if before is None else values_of_move(before, booking, language)
    return status_values(booking, language) | {"minutes": booking.late_minutes} | was


def _of_person(candidate: Candidate, now: datetime) -> Values:
    city, contact = candidate.city, candidate.contact
    known: Values = {"name": candidate.full_name, "candidate": candidate.full_name}
    known |= {"first_name": contact.first_name} if contact else {}
    if city is None:
        return known
    known |= {"address": city.address, "map": city.map_url, "contact": city.contact_person}
    known |= {"bring": city.intro_day_note}
    return known | place_values(city, ZoneInfo(city.time_zone), at=now)


def _of_question(session: Session, candidate: Candidate, language: str, now: datetime) -> Values:
    """The question the candidate was asked last."""
    asked = select(Answer).join(Answer.attempt).where(Attempt.candidate_id == candidate.id)
    answer = session.scalar(asked.order_by(Answer.id.desc()).limit(1))
    return {} if answer is None else question_values(session, answer, language, now=now)


def _of_offer(session: Session, candidate: Candidate, language: str) -> Values:
    """The hour that is held for the candidate now."""
    offers, holder = offers_to(Offer)
    offer = session.scalar(offers.where(holder == candidate.id, Offer.status == OfferStatus.OPEN).limit(1))
    return {} if offer is None or candidate.city is None else values_of_offer(offer, candidate.city, language)
