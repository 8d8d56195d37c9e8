"""Rows of the person who applies."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from recruitsmart.domain.base import Base, choice
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.messaging.operations import Recipient


class Channel(StrEnum):
    """Where a contact is reached."""

    TELEGRAM = "telegram"


def new_reference() -> str:
    """A public reference that cannot be guessed or counted: 96 random bits."""
    return secrets.token_urlsafe(12)


# Postgres' trigrams know only the letters of the database's locale, so names are compared in ASCII: each letter by one
# that sounds like it, the soft and the hard sign by nothing. That also evens out ё and е, щ and ш, and the alphabet.
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщыэюяьъ"
SOUNDS = "abvgdeejziiklmnoprstufxccwwieua"
_FOLDED = str.maketrans(dict.fromkeys("ьъ", "") | dict(zip(CYRILLIC, SOUNDS, strict=False)))
_NAME_KEY = f"translate(lower(full_name), '{CYRILLIC}', '{SOUNDS}')"


def name_key(name: ColumnElement[str] | InstrumentedAttribute[str | None]) -> ColumnElement[str]:
    """As SQL: a name as it is searched."""
    return func.translate(func.lower(name), literal_column(f"'{CYRILLIC}'"), literal_column(f"'{SOUNDS}'"))


def folded(words: str) -> str:
    """Typed words as `name_key` writes names."""
    return words.lower().translate(_FOLDED)


class Candidate(Base):
    """A person who pressed Start, or whom a file or a colleague named: the latter has no contact yet.

    `stage` says where an active one stands; after an end it stays where that was. `recruiter` looks after the person;
    whoever offers the hour of a booking is not decided by that. With a `hold_reason` the law requires us to keep the
    data. An erased person is only counted: nothing that was known of them is left.
    """

    __tablename__ = "candidates"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True, default=new_reference)
    full_name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(20))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id"), index=True)
    recruiter_id: Mapped[int | None] = mapped_column(ForeignKey("recruiters.id", ondelete="SET NULL"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"), default=Stage.STARTED)
    stage_since: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"), default=Outcome.ACTIVE)
    outcome_reason: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(64))
    consent_version: Mapped[str | None] = mapped_column(String(16))
    consent_at: Mapped[datetime | None]
    extra_time_percent: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    phone_declined: Mapped[bool] = mapped_column(default=False, server_default="false")
    registered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    hold_reason: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    city: Mapped[City | None] = relationship()
    recruiter: Mapped[Recruiter | None] = relationship()
    contact: Mapped["Contact | None"] = relationship(
        back_populates="candidate",
        uselist=False,
        primaryjoin="and_(Candidate.id == Contact.candidate_id, Contact.main)",
    )

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("extra_time_percent in (0, 25, 50, 100)", name="extra_time_known"),
        CheckConstraint("(consent_at is null) = (consent_version is null)", name="consent_whole"),
        CheckConstraint(
            "outcome not in ('rejected', 'withdrawn') or outcome_reason is not null", name="end_has_reason"
        ),
        CheckConstraint("(outcome = 'hired') = (stage = 'hired')", name="hired_is_hired"),
        CheckConstraint(
            "erased_at is null or (full_name is null and phone is null and hold_reason is null)",
            name="erased_is_nobody",
        ),
        # Whose data has been kept long enough.
        Index(
            "ix_candidates_ended", "outcome", "stage_since",
            postgresql_where=text("outcome in ('rejected', 'withdrawn') and erased_at is null"),
        ),
        Index("ix_candidates_stage_stage_since", "stage", "stage_since"),
        Index("ix_candidates_created_at_id", "created_at", "id"),
        # The board: who has stood longest at a stage, among the few who are under way; they are counted from it alone.
        Index(
            "ix_candidates_active", "stage", "stage_since", "id", postgresql_include=["city_id", "erased_at"],
            postgresql_where=text("outcome = 'active'"),
        ),
        Index("ix_candidates_stage_since_id", "stage_since", "id"),
        Index(
            "ix_candidates_source", "source", postgresql_include=["city_id"],
            postgresql_where=text("source is not null"),
        ),
        Index("ix_candidates_name_key", text(f"{_NAME_KEY} gin_trgm_ops"), postgresql_using="gin"),
        Index("ix_candidates_phone_whole", "phone", postgresql_where=text("phone is not null")),
        Index("ix_candidates_phone", "phone", postgresql_using="gin", postgresql_ops={"phone": "gin_trgm_ops"}),
    )  # fmt: skip

    @property
    def recipient(self) -> Recipient:
        """Where and how this person is written to. Needs the contact."""
        if self.contact is None:
            raise ValueError(f"candidate {self.id} has no contact")
        return Recipient(
            chat_id=self.contact.chat_id,
            language=self.language,
            candidate_id=self.id,
            city_id=self.city_id,
            unreachable=self.contact.unreachable_reason,
        )


class Contact(Base):
    """A candidate's address in a channel, and whether it still works.

    Whoever has several accounts, found out when cards were merged, is written to at the `main` one: the one they wrote
    from last.
    """

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), index=True)
    main: Mapped[bool] = mapped_column(default=True, server_default="true")
    channel: Mapped[Channel] = mapped_column(choice(Channel, "channel"), default=Channel.TELEGRAM)
    chat_id: Mapped[int]
    username: Mapped[str | None] = mapped_column(String(64))
    first_name: Mapped[str] = mapped_column(String(128), default="")
    unreachable_reason: Mapped[str | None] = mapped_column(String(120))
    unreachable_since: Mapped[datetime | None]

    candidate: Mapped[Candidate] = relationship(back_populates="contact")

    __table_args__ = (
        UniqueConstraint("channel", "chat_id"),
        Index("uq_contacts_candidate_id_main", "candidate_id", unique=True, postgresql_where=text("main")),
        CheckConstraint("(unreachable_reason is null) = (unreachable_since is null)", name="unreachable_whole"),
        Index(
            "ix_contacts_unreachable_since", "unreachable_since",
            postgresql_where=text("unreachable_since is not null"),
        ),
        Index("ix_contacts_username_lower", text("lower(username)")),
        Index("ix_contacts_username", "username", postgresql_using="gin", postgresql_ops={"username": "gin_trgm_ops"}),
    )  # fmt: skip


def new_token() -> str:
    """The secret of a personal link: 144 random bits in 24 characters that a link can carry."""
    return secrets.token_urlsafe(18)


class Invitation(Base):
    """A personal link. The first Telegram account that opens it, and that nobody knows, becomes this person's contact.

    `used_at` is when that happened. `opened_by` is somebody who opened it with a card of their own already: perhaps one
    person with two cards, which only people can tell.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(32), unique=True, default=new_token)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id", ondelete="SET NULL"), index=True)

    __table_args__ = (Index("ix_invitations_candidate_id_id", "candidate_id", "id"),)


class MergedCard(Base):
    """A card that was given up for another of the same person: its address leads there now. Everything else moved.

    Bookings and entries of the journal may go to another candidate only along such a row.
    """

    __tablename__ = "merged_cards"

    candidate_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), index=True)
    merged_at: Mapped[datetime]
