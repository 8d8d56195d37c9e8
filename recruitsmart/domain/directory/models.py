"""Rows of the directory: cities, recruiters, staff accounts with their codes, sources, usual reasons, the bot."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    ScalarSelect,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, column_property, mapped_column, relationship

from recruitsmart.domain.base import Base, choice

Value = TypeVar("Value")


class Role(StrEnum):
    """What a staff account may do: everything, its own cities, or look."""

    ADMIN = "admin"
    RECRUITER = "recruiter"
    VIEWER = "viewer"


class RecruiterChoice(StrEnum):
    """Who picks the recruiter of an interview in a city."""

    SYSTEM = "system"
    CANDIDATE = "candidate"


class About(StrEnum):
    """What a usual reason is a reason for."""

    REFUSAL = "refusal"
    REJECTION = "rejection"
    WITHDRAWAL = "withdrawal"


recruiter_cities = Table(
    "recruiter_cities",
    Base.metadata,
    Column("recruiter_id", ForeignKey("recruiters.id", ondelete="CASCADE"), primary_key=True),
    Column("city_id", ForeignKey("cities.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class City(Base):
    """A place where people are hired, with its booking policy.

    Minutes and days are whole numbers; quiet hours are local wall times and may span midnight. `weekly_plan` is
    how many people it means to hire from Monday to Sunday.
    """

    __tablename__ = "cities"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    time_zone: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    map_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    contact_person: Mapped[str] = mapped_column(Text, default="", server_default="")
    intro_day_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    phone_required: Mapped[bool] = mapped_column(default=True, server_default="true")
    approval_required: Mapped[bool] = mapped_column(default=True, server_default="true")
    recruiter_choice: Mapped[RecruiterChoice] = mapped_column(
        choice(RecruiterChoice, "recruiter_choice"), default=RecruiterChoice.SYSTEM, server_default="system"
    )
    minimum_notice_minutes: Mapped[int] = mapped_column(default=60, server_default="60")
    horizon_days: Mapped[int] = mapped_column(default=14, server_default="14")
    change_deadline_minutes: Mapped[int] = mapped_column(default=120, server_default="120")
    quiet_from: Mapped[time] = mapped_column(default=time(22), server_default="22:00")
    quiet_until: Mapped[time] = mapped_column(default=time(8), server_default="08:00")
    first_reminder_minutes: Mapped[int | None] = mapped_column(default=1440, server_default="1440")
    second_reminder_minutes: Mapped[int | None] = mapped_column(default=180, server_default="180")
    last_reminder_minutes: Mapped[int] = mapped_column(default=30, server_default="30")
    test2_after_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    weekly_plan: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    recruiters: Mapped[list["Recruiter"]] = relationship(secondary=recruiter_cities, back_populates="cities")

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("minimum_notice_minutes >= 0", name="notice_not_negative"),
        CheckConstraint("horizon_days between 1 and 365", name="horizon_in_a_year"),
        CheckConstraint("change_deadline_minutes >= 0", name="deadline_not_negative"),
        CheckConstraint("test2_after_minutes between 0 and 20160", name="test2_wait_in_range"),
        CheckConstraint("weekly_plan > 0", name="weekly_plan_positive"),
        CheckConstraint("last_reminder_minutes between 5 and 180", name="last_reminder_in_range"),
        CheckConstraint("first_reminder_minutes <= 20160", name="first_reminder_in_range"),
        CheckConstraint("first_reminder_minutes >= second_reminder_minutes + 30", name="first_reminder_apart"),
        CheckConstraint("second_reminder_minutes >= last_reminder_minutes + 30", name="second_reminder_apart"),
        CheckConstraint("first_reminder_minutes >= last_reminder_minutes + 30", name="reminders_apart"),
    )

    def __str__(self) -> str:
        return self.name


NO_PASSWORD = "!"  # no hash: nothing that is typed matches it


class Account(Base):
    """A staff login, with the Telegram chat it is linked to, and whether that takes our messages.

    `session_epoch` grows when all sessions of the account must end. The second factor is on since `totp_since`; a
    secret without it waits for its first code. `totp_step` is the last step of 30 s whose code was taken. What failed
    before `lock_lifted_at` no longer makes anybody wait.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    recruiter_id: Mapped[int | None] = mapped_column(ForeignKey("recruiters.id", ondelete="SET NULL"), index=True)
    language: Mapped[str] = mapped_column(String(8), default="ru", server_default="ru")
    chat_id: Mapped[int | None] = mapped_column(unique=True)
    unreachable_reason: Mapped[str | None] = mapped_column(String(120))
    unreachable_since: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    session_epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")
    spare_code_hashes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    lock_lifted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    recruiter: Mapped["Recruiter | None"] = relationship()

    @property
    def has_password(self) -> bool:
        """Whether the account can be signed in to."""
        return self.password_hash != NO_PASSWORD

    __table_args__: Any = (
        Index("uq_accounts_login_lower", text("lower(login)"), unique=True),
        CheckConstraint("totp_since is null or totp_secret is not null", name="second_factor_has_secret"),
        CheckConstraint("(unreachable_reason is null) = (unreachable_since is null)", name="unreachable_whole"),
    )

    def __str__(self) -> str:
        return self.login


def _linked(column: InstrumentedAttribute[Value], recruiter_id: Mapped[int]) -> ScalarSelect[Value]:
    """A column of the account through which a recruiter is told things: the first one whose chat takes messages."""
    linked = select(column).where(Account.recruiter_id == recruiter_id, Account.active, Account.chat_id.is_not(None))
    first = linked.order_by(Account.unreachable_since.is_not(None), Account.id).limit(1)
    return first.correlate_except(Account).scalar_subquery()


class Recruiter(Base):
    """A person who meets candidates. `buffer_minutes` is kept free after each hour.

    `chat_id` is where the recruiter is told things, in `language`: the Telegram chat that their account is linked to.
    When that takes no messages, `unreachable_reason` says why.
    """

    __tablename__ = "recruiters"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    meeting_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Typed by hand before accounts were linked; the version before still reads it.
    former_chat_id: Mapped[int | None] = mapped_column("chat_id", unique=True, deferred=True)
    chat_id: Mapped[int | None] = column_property(_linked(Account.chat_id, id))
    language: Mapped[str] = column_property(func.coalesce(_linked(Account.language, id), "ru"))
    unreachable_reason: Mapped[str | None] = column_property(_linked(Account.unreachable_reason, id))
    unreachable_since: Mapped[datetime | None] = column_property(_linked(Account.unreachable_since, id), deferred=True)
    buffer_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    daily_cap: Mapped[int | None] = mapped_column(SmallInteger)
    weight: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    cities: Mapped[list[City]] = relationship(secondary=recruiter_cities, back_populates="recruiters")

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("buffer_minutes between 0 and 720", name="buffer_within_half_a_day"),
        CheckConstraint("daily_cap is null or daily_cap > 0", name="cap_positive"),
        CheckConstraint("weight between 0 and 100", name="weight_in_range"),
    )

    def __str__(self) -> str:
        return self.name


class LinkCode(Base):
    """A code that ties an account to the Telegram chat that sends it; only its hash is kept."""

    __tablename__ = "link_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_link_codes_account_id_made_at", "account_id", "made_at"),)


class PasswordCode(Base):
    """A code with which the person of an account sets a password, once; only its hash is kept, and one an account."""

    __tablename__ = "password_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class Source(Base):
    """Where people come from: the payload of `/start` that an advert, a flyer or somebody's link carries.

    `key` never changes, for it is printed on what hangs out there. Candidates keep the payload they came with, whether
    it is known here or not.
    """

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": revision}
    __table_args__: Any = (
        CheckConstraint("key ~ '^[A-Za-z0-9_-]+$'", name="key_fits_telegram"),
        Index("uq_sources_key_lower", text("lower(key)"), unique=True),
    )

    def __str__(self) -> str:
        return self.title


class UsualReason(Base):
    """Why a request is refused, a person rejected or let go, offered by `position`. Old buttons carry `key`."""

    __tablename__ = "usual_reasons"

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[About] = mapped_column(choice(About, "about"))
    key: Mapped[str | None] = mapped_column(String(16))
    words_ru: Mapped[str] = mapped_column(String(60))
    words_en: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(SmallInteger, default=100, server_default="100")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        UniqueConstraint("about", "key"),
        CheckConstraint("words_ru <> '' and words_en <> ''", name="says_something"),
    )

    def words_in(self, language: str) -> str:
        """The reason in a language."""
        return self.words_ru if language == "ru" else self.words_en

    def __str__(self) -> str:
        return self.words_ru


class Bot(Base):
    """A bot as it introduced itself; links lead to the one that did so last."""

    __tablename__ = "bots"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(String(64))
    introduced_at: Mapped[datetime]
