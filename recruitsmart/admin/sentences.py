"""Errors of the domain and the database as sentences in the reader's language."""

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.admin.words import word
from recruitsmart.domain.assessments.checking import Flawed
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.errors import Changed, DomainError

ANSWERABLE = (DomainError, IntegrityError, DataError, StaleDataError)

_BROKEN_CONSTRAINTS = {
    "uq_cities_name": _l("There is a city with this name already."),
    "uq_text_overrides_key_language_city_version": _l(
        "Somebody else changed this in the meantime; look at the new state and try again."
    ),
    "uq_accounts_login_lower": _l("There is an account with this login already."),
    "uq_sources_key_lower": _l("There is a source with this key already."),
    "uq_questions_test_id_key": _l("This test has a question with this key already."),
}

# Sentences the domain makes with values in them: the shape is found again, so that it can be said in Russian.
_SHAPES = (
    _l("There is no text called “%(key)s”."),
    _l("The template does not parse: %(problem)s."),
    _l("Line %(line)s of the template does not parse: %(problem)s."),
    _l("The template cannot be filled in: %(problem)s."),
    _l("A text has words, variables and conditions, not “%(problem)s”."),
    _l("With the longest names and addresses the text has %(length)s characters; Telegram takes at most %(longest)s."),
    _l("The tag <%(tag)s> takes no “%(name)s”."),
    _l("The tag <%(tag)s> needs “%(name)s”."),
    _l("Telegram does not show <%(tag)s> inside <%(outer)s>."),
    _l("Unknown variable: %(unknown)s. This text knows: %(known)s."),
    _l("The text has %(length)s characters; Telegram takes at most %(longest)s."),
    _l("There is no way from “%(before)s” to “%(after)s”."),
    _l("“%(zone)s” is not a time zone. Write it like Europe/Moscow."),
    _l("“%(name)s” already means the city “%(city)s”."),
    _l("Telegram has no tag <%(tag)s>."),
    _l("The tag </%(tag)s> closes nothing."),
    _l("The tag <%(tag)s> is not closed."),
    _l("“%(key)s” is not a choice that is asked before this question."),
    _l("“%(key)s” has no option “%(option)s”."),
    _l("The question “%(key)s” depends on an option that is gone."),
    _l("The question “%(key)s” depends on an answer to this one."),
    _l("The question “%(key)s” must stay after “%(needed)s”, whose answer it depends on."),
    _l("This is not TOML: %(problem)s."),
    _l("“%(name)s” is not known here."),
    _l("“%(name)s” must be words in quotes."),
    _l("“%(name)s” must be a whole number."),
    _l("“%(name)s” must be true or false."),
    _l("“%(name)s” must be a table."),
    _l("“%(name)s” must be a list."),
    _l("kind is %(known)s, not “%(words)s”."),
    _l("consequence is %(known)s."),
    _l("This makes %(count)s hours; at most %(most)s can be made at once."),
    _l("The first line must name the columns %(needed)s; missing: %(missing)s."),
    _l("The file has %(count)s lines; at most %(most)s can be read at once."),
    _l("There is no active city “%(name)s”."),
    _l("An answer has at most %(longest)s characters; nobody could write so much."),
    _l("There is no active recruiter “%(name)s”."),
    _l("“%(words)s” is no full name: write two to five words."),
    _l("“%(words)s” is no name: a name has letters only."),
    _l("“%(words)s” is too long or too short for a name."),
    _l("“%(words)s” is no phone number."),
    _l("“%(words)s” is no name in Telegram."),
    _l("There is no city “%(words)s”. Is “%(name)s” meant?"),
    _l("The same phone number as on line %(number)s."),
    _l("The same name in Telegram as on line %(number)s."),
    _l("There are %(count)s active recruiters called “%(name)s”; enter these hours by hand."),
    _l("“%(words)s” is no date; write 2026-11-25 or 25.11.2026."),
    _l("“%(words)s” is no time; write 15:00."),
    _l("%(column)s must be a number from %(lowest)s to %(highest)s, not “%(words)s”."),
    _l("purpose is interview or intro_day, not “%(words)s”."),
)

# Sentences without values that the domain does not say as plain bad input.
_OTHERS = (
    _l("This is not a CSV file."),
    _l("Where a value is missing, nothing is left of the text."),
    _l("The conditions of this text are nested too deep."),
    _l("A message has at most 100 tags."),
    _l("There are at most 20 tags inside one another."),
    _l("This series has been undone already."),
    _l("The bookings of these hours have changed; look at the new plan."),
    _l("The hour has not begun yet."),
    _l("This recruiter or city is not among yours."),
    _l("A question keeps its kind; give the new one a key of its own."),
    _l("A test keeps its kind."),
    _l("Say why this person gets another go."),
    _l("Say why, for your colleagues."),
    _l("Write the reason in both languages."),
    _l("One reason at least must be offered."),
    _l("Extra time is 25, 50 or 100 percent."),
    _l("This candidate is no longer among yours."),
    _l("A colleague has just taken this conversation; look again before you write."),
    _l("This person has never written to the bot."),
    _l("Our messages do not reach this person; please call."),
    _l("The account that began this may not do it any more."),
    _l("Something went wrong on our side; nothing was changed."),
    _l("This recruiter does not work in the candidate’s city."),
    _l("The candidate has a booking in the present city: cancel it first."),
    _l("End the booking first: note its outcome, or cancel it."),
    _l("Note first whether the candidate came to the introductory day."),
    _l("Choose a recruiter."),
    _l("There is no name."),
    _l("There is no phone number."),
    _l("There is no city."),
    _l("A cell has more than 500 characters."),
    _l("A cell holds a formula; write the words themselves."),
    _l("This person is a candidate of colleagues in another city."),
    _l("The phone number and the name in Telegram belong to two different candidates."),
    _l("A candidate with this name in Telegram has another phone number: leave the name out, or correct the card."),
    _l("Several candidates have this name in Telegram: leave the name out."),
    _l("This person is here already."),
    _l("This person is here already, and nothing is missing on the card."),
    _l("Choose a city."),
    _l("Nobody matches."),
    _l("Choose where to move the candidates."),
    _l("Test 1 begins when the candidate has registered."),
    _l("Screening follows from the answers of Test 1."),
    _l("Give the candidate an interview hour instead."),
    _l("Give the candidate a place in an introductory day instead."),
    _l("An option needs a label."),
    _l("A key has at most 20 parts."),
    _l("This file cannot be used; see the lines."),
    _l("The text has a character that cannot be kept."),
    _l("This file is empty."),
    _l("This file is too large: a card keeps files of up to 5 MB."),
    _l("A card keeps at most 20 files. Take one away first."),
    _l("A test has at most 100 questions, deleted ones too."),
    _l("The key is 1 to 40 small Latin letters, digits or underscores."),
    _l("This test has a question with this key already."),
    _l("There is a test with this key already."),
    _l("The bot asks this test of everybody; it stays active."),
    _l("The second factor is on already."),
    _l("The law requires us to keep this person's data for now."),
    _l("Start with a new QR code."),
)


def sentence_of(error: Exception) -> str:
    """What a person is told about an error; never SQL, never a name of a column."""
    if isinstance(error, StaleDataError):
        return translated(str(Changed()))
    if isinstance(error, IntegrityError):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        return str(_BROKEN_CONSTRAINTS.get(constraint or "") or _("This contradicts what is saved already."))
    if isinstance(error, DataError):
        return _("A value is too long or out of range.")
    if isinstance(error, Flawed):
        return " ".join(translated(problem) for problem in error.problems)
    return translated(str(error))


def translated(sentence: str) -> str:
    """A sentence of the domain in the reader's language; as it is when nobody translated it."""
    for shape in _SHAPES:
        msgid: str = shape._args[0]
        match = _pattern(msgid).fullmatch(sentence)
        if match:
            return _(msgid, **{name: _in_words(name, value) for name, value in match.groupdict().items()})
    return _(sentence) if "%" not in sentence else sentence


def reasons_in_words(why: str) -> str:
    """Sentences of the domain, each on a line, as one text in the reader's language."""
    return " ".join(translated(sentence) for sentence in why.splitlines())


def _in_words(name: str, value: str) -> str:
    """Stages are told by their names."""
    is_stage = name in ("before", "after") and value in {stage.value for stage in Stage}
    return word(Stage(value)) if is_stage else value


def _pattern(msgid: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\?\((\w+)\\?\)s", r"(?P<\1>.+)", re.escape(msgid)), re.DOTALL)
