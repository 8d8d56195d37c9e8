"""One turn of a staff member in Telegram: the same operations, permissions and journal as in the panel."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.dialogue.machine import FLOOD_WINDOW
from recruitsmart.domain.dialogue.models import SeenUpdate
from recruitsmart.domain.dialogue.turn import Sender, mark_seen
from recruitsmart.domain.directory import second_factor
from recruitsmart.domain.directory.access import Scope, may_work, scope_of
from recruitsmart.domain.directory.linking import CodeUnknown, link, unlink
from recruitsmart.domain.directory.models import Account, Recruiter
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Keyboard
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.reaching import regain_account


@dataclass(kw_only=True)
class StaffTurn:
    """One update of a linked account (or, with no account, of a stranger) inside one transaction."""

    session: Session
    about: str
    sender: Sender
    account: Account | None
    now: datetime
    replies: int = field(default=0)

    @property
    def language(self) -> str:
        """The language of the account; of a stranger, that of their Telegram."""
        return self.account.language if self.account else texts.language_for(self.sender.language_code)

    @property
    def actor(self) -> Actor:
        """The account as the one who acts."""
        return Actor(kind=ActorKind.STAFF, id=None if self.account is None else self.account.id)

    @property
    def scope(self) -> Scope:
        """The cities whose candidates this account may see at this moment."""
        return Scope(city_ids=frozenset()) if self.account is None else scope_of(self.account)

    @property
    def may_work(self) -> bool:
        """Whether this account may decide about candidates at this moment."""
        return self.account is not None and may_work(self.account)

    def label(self, key: str, **values: Any) -> str:
        """A shipped text as plain words in the account's language."""
        return texts.label(key, self.language, **values)

    def reply(self, key: str, keyboard: Keyboard | None = None, *, replace: bool = False, **values: Any) -> None:
        """Answer. With `replace` the pressed message becomes the answer, so its buttons go."""
        post(
            self.session,
            Wording(key=key, values=values, keyboard=keyboard),
            Recipient(chat_id=self.sender.chat_id, language=self.language),
            about=f"{self.about}#{self.replies}",
            lane=Lane.INTERACTIVE,
            now=self.now,
            replaces_message_id=self.sender.pressed_message_id if replace and self.replies == 0 else None,
        )
        self.replies += 1


def open_staff_turn(
    session: Session, sender: Sender, *, now: datetime, flood_most: int = 20, factor_required: bool = False
) -> StaffTurn | None:
    """Begin answering an update for staff; None when it was seen before, or is one of a stranger's flood, or when the
    account may do nothing, here as in the panel, before it has a second factor (`factor_required` of administrators).

    Anybody can send what is for staff, and has no conversation in which it could be counted: what was seen is counted.

    The account is read and locked now, so a role or a link that was taken away counts at once, and what one person
    does happens in order.
    """
    turn_id = mark_seen(session, sender, now=now)
    if turn_id is None:
        return None
    account = account_of_chat(session, sender.chat_id, lock=True)
    if account is not None and account.unreachable_since is not None:
        regain_account(session, sender.chat_id, now=now)
    turn = StaffTurn(session=session, about=f"turn:{turn_id}", sender=sender, account=account, now=now)
    if account is not None and second_factor.is_missing(account, required_of_admins=factor_required):
        turn.reply("staff.factor_missing")
        return None
    return None if account is None and _floods(turn, flood_most) else turn


def _floods(turn: StaffTurn, most: int) -> bool:
    just_now = (SeenUpdate.chat_id == turn.sender.chat_id, SeenUpdate.seen_at > turn.now - FLOOD_WINDOW)
    seen = select(SeenUpdate.id).where(*just_now).limit(most + 2)
    count = len(turn.session.scalars(seen).all())
    if count == most + 1:
        turn.reply("flood")
    return count > most


def account_of_chat(session: Session, chat_id: int, *, lock: bool = False) -> Account | None:
    """The account in use that is linked to a Telegram chat, with what its permissions are decided by."""
    linked = (
        select(Account)
        .options(joinedload(Account.recruiter).selectinload(Recruiter.cities))
        .where(Account.chat_id == chat_id, Account.active)
        .execution_options(populate_existing=True)
    )
    return session.scalar(linked.with_for_update(of=Account) if lock else linked)


def link_account(turn: StaffTurn, code: str) -> None:
    """`/start link_CODE` or `/link CODE`: this chat belongs to the account of the code from now on.

    The chat that account had until now is told: whoever found a panel open takes no link over in silence.
    """
    try:
        account, before = link(turn.session, code, chat_id=turn.sender.chat_id, now=turn.now)
    except CodeUnknown as error:
        turn.reply(error.key)
        return
    loser, turn.account = turn.account, account
    if loser is not None and loser.id != account.id:
        record(turn.session, "account.unlinked", actor=turn.actor, now=turn.now, subject_id=loser.id)
    if before is not None and before != turn.sender.chat_id:
        left = Recipient(chat_id=before, language=account.language)
        post(
            turn.session, Wording(key="staff.unlinked"), left, about=f"{turn.about}#left", lane=Lane.INTERACTIVE,
            now=turn.now,
        )  # fmt: skip
    record(turn.session, "account.linked", actor=turn.actor, now=turn.now, subject_id=account.id)
    turn.reply("staff.linked", login=account.login)


def unlink_account(turn: StaffTurn) -> None:
    """`/unlink`."""
    if turn.account is None:
        turn.reply("staff.not_linked")
        return
    record(turn.session, "account.unlinked", actor=turn.actor, now=turn.now, subject_id=turn.account.id)
    turn.reply("staff.unlinked")
    unlink(turn.account)


def help_staff(turn: StaffTurn) -> None:
    """What can be done here."""
    turn.reply("staff.not_linked" if turn.account is None else "staff.help")
