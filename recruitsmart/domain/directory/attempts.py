"""Rows of attempts to sign in."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from recruitsmart.domain.base import Base


class LoginAttempt(Base):
    """One try to sign in; the throttle counts those it did not refuse, and the System page shows all."""

    __tablename__ = "login_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    login: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]
    refused: Mapped[bool] = mapped_column(default=False, server_default="false")
    account_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("not (succeeded and refused)", name="one_end"),
        Index("ix_login_attempts_login_at", "login", "at"),
        Index("ix_login_attempts_address_at", "address", "at"),
    )
