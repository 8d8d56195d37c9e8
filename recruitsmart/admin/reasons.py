"""Why a message was not sent, in the reader's language."""

from flask_babel import lazy_gettext as _l

from recruitsmart.domain.dialogue import questions, talking
from recruitsmart.domain.messaging import bulk, delivery, sending
from recruitsmart.domain.pipeline import erasing
from recruitsmart.domain.slots import announcements, reminders, reminding

REASONS = {
    reminders.PAST: _l("its moment was over when the hour was booked"),
    reminders.BOOKED_SHORTLY: _l("booked shortly before"),
    reminders.NOT_WANTED: _l("the city wants none"),
    reminders.QUIET: _l("quiet hours"),
    reminders.CLOSE: _l("the next reminder comes at about the same time"),
    reminders.TOO_LATE: _l("too late"),
    reminding.CONFIRMED: _l("has said “I will come”"),
    reminding.ENDED: _l("the booking has ended"),
    reminding.NOT_APPROVED: _l("not approved"),
    reminding.UNREACHABLE: _l("cannot be reached"),
    reminding.NOT_ACTIVE: _l("no longer under way"),
    announcements.MOVED: _l("moved"),
    announcements.CANCELLED: _l("cancelled"),
    announcements.APPROVED: _l("approved"),
    announcements.OVER: _l("the meeting is over"),
    announcements.CAME_AFTER_ALL: _l("the person came"),
    announcements.OFFER_ENDED: _l("the offer has ended"),
    questions.PUT_ANEW: _l("put anew"),
    questions.NOT_OPEN: _l("the question is no longer open"),
    talking.A_RECRUITER_WRITES: _l("a recruiter writes"),
    bulk.TAKEN_BACK: _l("taken back before it was sent"),
    erasing.ERASED: _l("erased"),
    sending.NOTHING_TO_EDIT.reason: _l("nothing left to edit"),
    sending.AS_PLAIN_TEXT: _l("sent as plain text: Telegram could not read the markup"),
    sending.NO_CONNECTION: _l("no connection"),
    sending.NO_CONNECTION_IN_TIME: _l("no connection in time"),
    sending.BLOCKED: _l("blocked the bot"),
    delivery.NO_ANSWER: _l("no answer came"),
    delivery.SECOND_COPY: _l("possibly a second copy: the first attempt ended in doubt"),
}


# What Telegram answers when a person cannot be written to, as far as it is worth telling apart.
_REFUSALS = {
    "bot was blocked": _l("blocked the bot"),
    "user is deactivated": _l("the Telegram account was deleted"),
    "chat not found": _l("Telegram does not know this chat"),
    "bot can't initiate": _l("has never written to the bot"),
}


def reason_word(reason: str | None) -> str:
    """Why something was not sent, in the reader's language; what nobody translated stays as it is."""
    return "; ".join(_word(part) for part in (reason or "").split("; "))  # so `delivery` joins two of them


def _word(reason: str) -> str:
    refusal = next((words for phrase, words in _REFUSALS.items() if phrase in reason.lower()), None)
    return str(REASONS.get(reason, refusal or reason))
