"""How each open prompt is put to a person."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from recruitsmart.domain.assessments.answering import close_overdue, next_question
from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Screening, TestKind
from recruitsmart.domain.assessments.queries import newest_attempt
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.dialogue import hours
from recruitsmart.domain.dialogue.machine import REGISTRATION, Prompt, is_double_tap
from recruitsmart.domain.dialogue.questions import hide_clocks, is_with_human, put_question, show_closed
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, in_rows, page_turner
from recruitsmart.domain.pipeline.rejections import rejection_told_at
from recruitsmart.domain.pipeline.testing import TEST2, begin_test1, conclude_exam, conclude_test1, invitation_to
from recruitsmart.domain.slots.announcements import booking_keyboard, late_buttons
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.rules import is_soon
from recruitsmart.domain.slots.wording import key_of, values_of

CITIES_ON_A_PAGE = 8


def ask(turn: Turn, *, replace: bool = False) -> None:
    """Put what is to be asked now. With `replace` the pressed message becomes the question."""
    put(turn, turn.due_prompt(), replace=replace)


def ask_again(turn: Turn) -> None:
    """Answer something stale with the prompt that is open; a double tap gets nothing more."""
    wanted = turn.asked_prompt
    asked_at = turn.conversation.asked_at if turn.conversation.prompt == wanted else None
    if not is_double_tap(asked_at, received_at=turn.received_at):
        put(turn, wanted)


def put(turn: Turn, prompt: Prompt, *, replace: bool = False) -> None:
    """Put one prompt to the person and remember that it is open."""
    turn.opens(prompt)
    if prompt in REGISTRATION and is_with_human(turn):
        _put_off(turn)
    else:
        _WAYS[prompt](turn, replace)


def _put_off(turn: Turn) -> None:
    """The bot asks nothing that is typed while a recruiter writes; a button leads back to it."""
    turn.reply("human.later", back_to_bot(turn))


def back_to_bot(turn: Turn) -> Keyboard:
    """The way out of a conversation with a recruiter."""
    return [[Button(label=turn.label("button.bot"), action=Action.BOT)]]


def _consent(turn: Turn, replace: bool) -> None:
    agree = [[Button(label=turn.label("button.agree"), action=Action.CONSENT)]]
    first_name = turn.candidate.contact.first_name if turn.candidate.contact else ""
    turn.reply("greeting", agree, first_name=first_name)


def _name(turn: Turn, replace: bool) -> None:
    name = turn.candidate.full_name
    keep = [[_keep(turn, name, Action.KEEP_NAME)]] if name else []
    turn.reply("name.ask", keep, name=name)


def _keep(turn: Turn, known: str, action: Action, *args: int) -> Button:
    """Whoever has gone back need not say again what is right already."""
    return Button(label=turn.label("button.keep_known", name=known), action=action, args=args)


def _city(turn: Turn, replace: bool) -> None:
    put_cities(turn, page=0, replace=replace)


def put_cities(turn: Turn, *, page: int, replace: bool) -> None:
    """One page of active cities as buttons, with ways to the other pages and back to the name."""
    cities = active_cities(turn)
    start = max(0, page) * CITIES_ON_A_PAGE
    if start >= len(cities):
        start = 0
    shown = cities[start : start + CITIES_ON_A_PAGE]
    buttons = [Button(label=city.name, action=Action.CITY, args=(city.id,)) for city in shown]
    known = [city for city in cities if city.id == turn.candidate.city_id]
    keep = [[_keep(turn, city.name, Action.CITY, city.id)] for city in known]
    keyboard = (
        keep
        + in_rows(buttons, width=2)
        + page_turner(Action.CITY_PAGE, (), start=start, total=len(cities), size=CITIES_ON_A_PAGE)
    )
    keyboard.append([Button(label=turn.label("button.back"), action=Action.BACK, args=(Prompt.CITY,))])
    turn.reply("city.ask", keyboard, replace=replace)


def active_cities(turn: Turn) -> list[City]:
    """The cities people can choose, by name."""
    return list(turn.session.scalars(select(City).where(City.active).order_by(City.name)))


def _phone(turn: Turn, replace: bool) -> None:
    keyboard = [[Button(label=turn.label("button.share_phone"), asks_contact=True)]]
    if not _phone_is_required(turn):
        keyboard.append([Button(label=turn.label("button.skip"))])
    keyboard.append([Button(label=turn.label("button.back"))])
    turn.reply("phone.ask", keyboard)


def _phone_is_required(turn: Turn) -> bool:
    return turn.candidate.city is None or turn.candidate.city.phone_required


def _question(turn: Turn, replace: bool) -> None:
    put_next(turn, begin_test1(turn.session, turn.candidate, now=turn.now), replace=replace)


def put_next(turn: Turn, attempt: Attempt, *, replace: bool, chosen: str | None = None) -> None:
    """Ask the next question, or act on the result after the last; `chosen` recalls the answer before."""
    if turn.candidate.outcome != Outcome.ACTIVE:
        put(turn, Prompt.ENDED)
        return
    if not stands_at(turn, attempt):
        ask(turn)  # a recruiter has moved the person on meanwhile: what is left of it decides nothing any more
        return
    closed = close_overdue(turn.session, attempt, now=turn.now)
    if closed is not None:
        show_closed(turn, closed)
    answer = next_question(turn.session, attempt, now=turn.now)
    if answer is None:
        conclude(turn, attempt, replace=replace)
    elif is_with_human(turn):
        turn.opens(turn.due_prompt())
        _put_off(turn)
    else:
        put_question(turn, answer, replace=replace, chosen=chosen)


def stands_at(turn: Turn, attempt: Attempt) -> bool:
    """Whether the person is where this test is taken."""
    return turn.due_prompt() == (Prompt.EXAM if attempt.test.kind == TestKind.EXAM else Prompt.QUESTION)


def conclude(turn: Turn, attempt: Attempt, *, replace: bool) -> None:
    """Nothing is left to ask, or the time is up: the result, and what follows from it."""
    hide_clocks(turn)
    if attempt.test.kind == TestKind.EXAM:
        conclude_exam(turn.session, attempt, now=turn.now)
        turn.opens(turn.due_prompt())
        put_result(turn, attempt, replace=replace)
        return
    screening = conclude_test1(turn.session, attempt, now=turn.now)
    key = "received" if screening == Screening.DECLINED else screening  # a no is told after the cool-down
    turn.reply(f"screening.{key}", [], replace=replace)
    if screening == Screening.QUALIFIED:
        put(turn, Prompt.HOUR)
    else:
        turn.opens(turn.due_prompt())


def put_result(turn: Turn, attempt: Attempt, *, replace: bool = False) -> None:
    """A short kind result of an exam; whoever passed is offered the introductory days at once."""
    key = "exam.passed" if attempt.passed else "exam.failed"
    turn.reply(key, [], replace=replace, percent=attempt.score_percent, needed=attempt.pass_percent)
    if turn.due_prompt() == Prompt.HOUR:
        put(turn, Prompt.HOUR)


def _exam(turn: Turn, replace: bool) -> None:
    attempt = newest_attempt(turn.session, turn.candidate.id, TEST2)
    if attempt is None:
        turn.reply("status.nothing", _other_ways(turn))
    elif attempt.status == AttemptStatus.FINISHED:
        turn.reply("exam.waiting", _other_ways(turn), replace=replace)
    elif attempt.status == AttemptStatus.UNDER_WAY:
        put_next(turn, attempt, replace=replace)
    else:
        invitation = invitation_to(turn.session, attempt)
        turn.reply(invitation.key, invitation.keyboard, replace=replace, **invitation.values)


def _review(turn: Turn, replace: bool) -> None:
    turn.reply("screening.waiting", _other_ways(turn))


def _hour(turn: Turn, replace: bool) -> None:
    hours.put_first(turn, hours.choosing(turn), replace=replace)


def _booked(turn: Turn, replace: bool) -> None:
    booking = live_booking(turn.session, turn.candidate.id, hours.purpose_now(turn))
    if booking is None:
        turn.reply("status.nothing", _other_ways(turn))
    else:
        put_booking(turn, booking, replace=replace)


def put_booking(turn: Turn, booking: Booking, *, replace: bool = False) -> None:
    """Say which hour is booked and how it stands, with buttons."""
    turn.reply(
        key_of("booking.status", booking.purpose),
        _status_keyboard(turn, booking),
        replace=replace,
        **status_values(booking, turn.language),
    )


def status_values(booking: Booking, language: str) -> dict[str, Any]:
    """The variables of how a booking stands."""
    pending, confirmed = (booking.status == status for status in (BookingStatus.PENDING, BookingStatus.CONFIRMED))
    return {"pending": pending, "confirmed": confirmed, **values_of(booking, language)}


def _status_keyboard(turn: Turn, booking: Booking) -> Keyboard:
    """Near the hour, ways to say that one comes late go before the others."""
    keyboard = booking_keyboard(booking, turn.language, now=turn.now) + _other_ways(turn)
    if booking.status == BookingStatus.PENDING or not is_soon(
        booking.slot.starts_at, booking.slot.ends_at, now=turn.now
    ):
        return keyboard
    return late_buttons(booking, turn.language) + keyboard


def _other_ways(turn: Turn) -> Keyboard:
    """What can be done wherever one stands."""
    ways = (("button.language", Action.ASK_LANGUAGE), ("button.my_data", Action.MY_DATA))
    return [turn.way_to_human, [Button(label=turn.label(key), action=action) for key, action in ways]]


def say_where_it_stands(turn: Turn) -> None:
    """Before something is asked: how far the application is, with what can be done beside it.

    Where nothing is asked, and while a test is timed, what is put says it by itself.
    """
    prompt = turn.due_prompt()
    if prompt in REGISTRATION and is_with_human(turn):
        return
    key = "status.day" if prompt == Prompt.HOUR and hours.purpose_now(turn) == Purpose.INTRO_DAY else _STEPS.get(prompt)
    if key is not None:
        turn.reply(key, _other_ways(turn))


_STEPS = dict.fromkeys(REGISTRATION, "status.registration") | {
    Prompt.QUESTION: "status.questions", Prompt.HOUR: "status.hour",
}  # fmt: skip


def _ended(turn: Turn, replace: bool) -> None:
    """Who has not been told of a rejection yet does not read of it here first: it may be taken back."""
    waits = rejection_told_at(turn.session, turn.candidate) is not None
    turn.reply("status.nothing" if waits else "status.ended", _other_ways(turn))


def _nothing(turn: Turn, replace: bool) -> None:
    turn.reply("status.nothing", _other_ways(turn))


_WAYS: dict[Prompt, Callable[[Turn, bool], None]] = {
    Prompt.CONSENT: _consent,
    Prompt.NAME: _name,
    Prompt.CITY: _city,
    Prompt.PHONE: _phone,
    Prompt.QUESTION: _question,
    Prompt.EXAM: _exam,
    Prompt.REVIEW: _review,
    Prompt.HOUR: _hour,
    Prompt.BOOKED: _booked,
    Prompt.ENDED: _ended,
    Prompt.NOTHING: _nothing,
}
