"""Rows of slots and bookings. The invariants of booking are constraints here, not code elsewhere."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import func

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter


class Purpose(StrEnum):
    """What an hour is for."""

    INTERVIEW = "interview"
    INTRO_DAY = "intro_day"


class SlotStatus(StrEnum):
    """Open hours are offered; closed ones are not."""

    OPEN = "open"
    CLOSED = "closed"


class BookingStatus(StrEnum):
    """Where a booking stands: the first three hold the seat, the others have ended."""

    PENDING = "pending"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    ATTENDED = "attended"
    LATE = "late"
    NO_SHOW = "no_show"


APPROVED = (BookingStatus.BOOKED, BookingStatus.CONFIRMED)
LIVE = (BookingStatus.PENDING, *APPROVED)
IS_LIVE = "status in ('pending', 'booked', 'confirmed')"
CAME = (BookingStatus.ATTENDED, BookingStatus.LATE)
RESULTS = (*CAME, BookingStatus.NO_SHOW)
SEATED = (*APPROVED, *RESULTS)  # had a seat when the hour began, as far as is known
GONE = (BookingStatus.CANCELLED, BookingStatus.MOVED)  # the seat was given back before
# Counts for the recruiter's day: who may still come, and who came. Whoever did not come took nothing of it.
COUNTS = (*LIVE, *CAME)
IS_COUNTED = "status in ('pending', 'booked', 'confirmed', 'attended', 'late')"


class EndedBy(StrEnum):
    """Who ended a booking."""

    CANDIDATE = "candidate"
    RECRUITER = "recruiter"
    SYSTEM = "system"


class Slot(Base):
    """An hour a recruiter offers, in one city or (city absent) in any of the recruiter's cities.

    `busy_until` is the end plus the recruiter's buffer at the time of making: open hours of one recruiter and purpose
    must not overlap in the half-open range [starts_at, busy_until).
    """

    __tablename__ = "slots"

    id: Mapped[int] = mapped_column(primary_key=True)
    recruiter_id: Mapped[int] = mapped_column(ForeignKey("recruiters.id"))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"), default=Purpose.INTERVIEW)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_until: Mapped[datetime]
    capacity: Mapped[int] = mapped_column(SmallInteger, default=1)
    status: Mapped[SlotStatus] = mapped_column(choice(SlotStatus, "status"), default=SlotStatus.OPEN)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("slot_series.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    recruiter: Mapped[Recruiter] = relationship()
    city: Mapped[City | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("ends_at <= starts_at + interval '12 hours'", name="at_most_half_a_day"),
        CheckConstraint("busy_until >= ends_at", name="busy_to_the_end"),
        CheckConstraint("capacity between 1 and 500", name="capacity_in_range"),
        UniqueConstraint("id", "purpose", "capacity"),
        ExcludeConstraint(
            ("recruiter_id", "="),
            ("purpose", "="),
            (func.tstzrange(text("starts_at"), text("busy_until"), text("'[)'")), "&&"),
            where=text("status = 'open'"),
            using="gist",
            name="ex_slots_recruiter_hours_overlap",
        ),
        Index("ix_slots_starts_at_open", "purpose", "starts_at", postgresql_where=text("status = 'open'")),
        Index("ix_slots_recruiter_id_starts_at", "recruiter_id", "starts_at"),
        Index("ix_slots_purpose_starts_at", "purpose", "starts_at", postgresql_include=["id", "recruiter_id"]),
        # The hours of a stretch of time: for counting them, read from the index alone.
        Index("ix_slots_starts_at", "starts_at", postgresql_include=["id", "purpose"]),
    )


class SlotSeries(Base):
    """Hours that were made together, so that they can be undone together."""

    __tablename__ = "slot_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Booking(Base):
    """A candidate's seat in a slot. Slot, purpose and candidate never change (a trigger refuses it).

    `slot_capacity` follows the slot's capacity by foreign key, so that a CHECK can bound the seat number. The calendar
    entry keeps its uid when the booking is moved, and its sequence grows with every file that is sent. Since
    `earlier_since` the person would come earlier; the booking after a move begins without it.
    """

    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"))
    slot_capacity: Mapped[int] = mapped_column(SmallInteger)
    seat: Mapped[int] = mapped_column(SmallInteger)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    status: Mapped[BookingStatus] = mapped_column(choice(BookingStatus, "status"))
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[EndedBy | None] = mapped_column(choice(EndedBy, "ended_by"))
    end_reason: Mapped[str | None] = mapped_column(Text)
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    late_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    earlier_since: Mapped[datetime | None]
    calendar_uid: Mapped[str] = mapped_column(String(64), default=lambda: str(uuid4()))
    calendar_sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    slot: Mapped[Slot] = relationship()
    candidate: Mapped[Candidate] = relationship()

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        ForeignKeyConstraint(
            ["slot_id", "purpose", "slot_capacity"],
            ["slots.id", "slots.purpose", "slots.capacity"],
            onupdate="CASCADE",
            name="fk_bookings_slot_purpose_capacity",
        ),
        CheckConstraint("seat >= 1", name="seat_positive"),
        CheckConstraint("late_minutes is null or late_minutes between 1 and 120", name="late_within_reason"),
        CheckConstraint(f"not ({IS_LIVE}) or seat <= slot_capacity", name="seat_within_capacity"),
        CheckConstraint(f"({IS_LIVE}) = (ended_at is null)", name="ended_has_moment"),
        CheckConstraint("(status = 'cancelled') = (ended_by is not null)", name="cancelled_by_somebody"),
        CheckConstraint("status <> 'cancelled' or end_reason is not null", name="cancelled_has_reason"),
        Index("uq_bookings_seat_live", "slot_id", "seat", unique=True, postgresql_where=text(IS_LIVE)),
        Index(
            "uq_bookings_candidate_purpose_live", "candidate_id", "purpose", unique=True,
            postgresql_where=text(IS_LIVE),
        ),
        Index("ix_bookings_slot_id", "slot_id"),
        Index("ix_bookings_candidate_id_id", "candidate_id", "id"),
        # Who booked and who came, for the page Analytics: read from the indexes alone.
        Index("ix_bookings_created_at", "created_at", postgresql_include=["candidate_id", "purpose", "status"]),
        Index(
            "ix_bookings_met", "slot_id", postgresql_include=["status", "created_at", "time_zone"],
            postgresql_where=text("purpose = 'interview' and status in ('attended', 'late', 'no_show')"),
        ),
        Index("ix_bookings_pending", "id", postgresql_where=text("status = 'pending'")),
        Index(
            "ix_bookings_earlier", "purpose", "earlier_since",
            postgresql_where=text(f"earlier_since is not null and {IS_LIVE}"),
        ),
    )  # fmt: skip

    @property
    def is_live(self) -> bool:
        """Whether the booking still holds its seat."""
        return self.status in LIVE


class WaitingStatus(StrEnum):
    """A waiting person gets offers until they took an hour or stopped waiting."""

    WAITING = "waiting"
    SERVED = "served"
    GONE = "gone"


class Waiting(Base):
    """A person in the queue for an hour; `wanted_from` and `wanted_until` bound the hours they asked for.

    `note` keeps the words, for the recruiter; where they bound nothing, they may still rule a part of the day out.
    """

    __tablename__ = "waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"))
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"))
    status: Mapped[WaitingStatus] = mapped_column(choice(WaitingStatus, "status"), default=WaitingStatus.WAITING)
    since: Mapped[datetime]
    wanted_from: Mapped[datetime | None]
    wanted_until: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]

    candidate: Mapped[Candidate] = relationship()

    __table_args__ = (
        CheckConstraint("(status = 'waiting') = (ended_at is null)", name="ended_has_moment"),
        CheckConstraint("wanted_until is null or wanted_from < wanted_until", name="window_in_order"),
        Index(
            "uq_waiting_candidate_purpose", "candidate_id", "purpose", unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_waiting_city_since", "city_id", "purpose", "since", postgresql_where=text("status = 'waiting'")),
    )  # fmt: skip


class OfferStatus(StrEnum):
    """An open offer holds a seat; it ends taken, declined, or because its time ran out."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    EXPIRED = "expired"


class Offer(Base):
    """One hour held for one person until `expires_at`: one who waits, or one booked later who would come earlier.

    Nobody is offered the same hour twice.
    """

    __tablename__ = "offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    waiting_id: Mapped[int | None] = mapped_column(ForeignKey("waiting.id", ondelete="CASCADE"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id", ondelete="CASCADE"))
    status: Mapped[OfferStatus] = mapped_column(choice(OfferStatus, "status"), default=OfferStatus.OPEN)
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    waiting: Mapped[Waiting | None] = relationship()
    booking: Mapped[Booking | None] = relationship()
    slot: Mapped[Slot] = relationship()

    __table_args__ = (
        UniqueConstraint("waiting_id", "slot_id"),
        UniqueConstraint("booking_id", "slot_id"),
        CheckConstraint("num_nonnulls(waiting_id, booking_id) = 1", name="to_one_person"),
        CheckConstraint("(status = 'open') = (ended_at is null)", name="ended_has_moment"),
        Index("uq_offers_waiting_open", "waiting_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("uq_offers_booking_open", "booking_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_offers_slot_id_open", "slot_id", postgresql_where=text("status = 'open'")),
        Index("ix_offers_slot_id", "slot_id"),
    )

    @property
    def candidate_id(self) -> int | None:
        """Whom the hour is held for."""
        holder = self.waiting or self.booking
        return None if holder is None else holder.candidate_id
