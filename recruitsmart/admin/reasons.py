"""Why a message was not sent, in the reader's language."""

from flask_babel import lazy_gettext as _l

from recruitsmart.domain.slots import reminders, reminding

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
    "moved": _l("moved"),
    "cancelled": _l("cancelled"),
    "approved": _l("approved"),
    "the meeting is over": _l("the meeting is over"),
    "blocked the bot": _l("blocked the bot"),
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
    said = (reason or "").lower()
    refusal = next((words for phrase, words in _REFUSALS.items() if phrase in said), None)
    return str(REASONS.get(reason or "", refusal or reason or ""))
