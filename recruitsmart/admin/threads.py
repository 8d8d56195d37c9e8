"""A thread of a conversation in the reader's words and zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from markupsafe import Markup, escape

from recruitsmart.admin.bubbles import bubble
from recruitsmart.admin.history import KINDS
from recruitsmart.admin.moments import own_zone, short_day
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.models import CORRECTION
from recruitsmart.domain.chats.thread import Said
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging import local_time


@dataclass(frozen=True, kw_only=True)
class Line:
    """A piece of a thread as the page shows it; `day` stands above the first of each local day.

    The page opens at the first piece that waits for an answer.
    """

    said: Said
    day: str | None
    hour: str
    who: str
    words: str | Markup
    opens_here: bool


def lines_in_words(pieces: Sequence[Said], candidate: Candidate, *, unread_since: datetime | None = None) -> list[Line]:
    """A thread in the reader's words and zone."""
    zone, lines, before = own_zone(), [], None
    unread = next((said for said in pieces if _is_unread(said, unread_since)), None)
    for said in pieces:
        day = said.at.astimezone(zone).date()
        lines.append(
            Line(
                said=said,
                day=short_day(day) if day != before else None,
                hour=local_time.hour(said.at, zone),
                who=_who(said, candidate),
                words=_words(said),
                opens_here=said is unread,
            )
        )
        before = day
    return lines


def _is_unread(said: Said, since: datetime | None) -> bool:
    return since is not None and said.line is not None and not said.line.by_staff and said.at >= since


def _who(said: Said, candidate: Candidate) -> str:
    if said.line is not None and said.line.by_staff:
        return staff_name(said.line.account)
    if said.message is not None and said.line is None:
        return _("the bot")
    return candidate.full_name or (candidate.contact.first_name if candidate.contact else "") or _("candidate")


def staff_name(account: Account | None) -> str:
    """Who of the staff it was, as colleagues call them."""
    if account is None:
        return _("a colleague")
    return account.recruiter.name if account.recruiter else account.login


def _words(said: Said) -> str | Markup:
    if said.entry is not None:
        return str(KINDS.get(said.entry.kind) or said.entry.kind)
    if said.line is not None and said.line.sent == CORRECTION:
        return _("corrected: %(words)s", words=said.line.text)
    if said.line is not None:
        sent = _("sent: %(what)s", what=sent_word(said.line.sent)) if said.line.sent or not said.line.text else ""
        return "\n".join(filter(None, (sent, said.line.text)))
    return _as_telegram(said.message.body if said.message else "")


def _as_telegram(body: str) -> Markup:
    try:
        return bubble(body)
    except BadText:
        return escape(body)


def sent_word(kind: str | None) -> str:
    """What somebody sent instead of words."""
    words = {
        "photo": _("a photo"), "sticker": _("a sticker"), "voice": _("a voice message"), "video": _("a video"),
        "video_note": _("a video message"), "audio": _("a sound file"), "document": _("a file"),
        "location": _("a place on the map"), "animation": _("an animation"), "poll": _("a poll"),
    }  # fmt: skip
    return words.get(kind or "", _("something without words"))
