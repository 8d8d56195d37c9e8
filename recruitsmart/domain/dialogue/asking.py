"""How each open prompt is put to a person."""

from collections.abc import Callable

from sqlalchemy import select

from recruitsmart.domain.assessments import operations as assessments
from recruitsmart.domain.assessments.models import Answer, Attempt, Screening
from recruitsmart.domain.assessments.queries import given_answers
from recruitsmart.domain.dialogue import hours
from recruitsmart.domain.dialogue.machine import Prompt, is_double_tap
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, in_rows, page_turner
from recruitsmart.domain.pipeline.operations import begin_test1, conclude_test1
from recruitsmart.domain.slots.announcements import booking_keyboard, values_of
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.rules import is_soon

CITIES_ON_A_PAGE = 8


def ask(turn: Turn, *, replace: bool = False) -> None:
    """Put what is to be asked now. With `replace` the pressed message becomes the question."""
    put(turn, turn.due_prompt(), replace=replace)


def ask_again(turn: Turn) -> None:
    """Answer something stale with the prompt that is open; a double tap gets nothing more."""
    due = turn.due_prompt()
    asked_at = turn.conversation.asked_at if turn.conversation.prompt == due else None
    if not is_double_tap(asked_at, received_at=turn.sender.received_at):
        put(turn, due)


def put(turn: Turn, prompt: Prompt, *, replace: bool = False) -> None:
    """Put one prompt to the person and remember that it is open."""
    turn.opens(prompt)
    _WAYS[prompt](turn, replace)


def _consent(turn: Turn, replace: bool) -> None:
    agree = [[Button(label=turn.label("button.agree"), action=Action.CONSENT)]]
    first_name = turn.candidate.contact.first_name if turn.candidate.contact else ""
    turn.reply("greeting", agree, first_name=first_name)


def _name(turn: Turn, replace: bool) -> None:
    turn.reply("name.ask", [], name=turn.candidate.full_name)


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
    keyboard = in_rows(buttons, width=2) + page_turner(
        Action.CITY_PAGE, (), start=start, total=len(cities), size=CITIES_ON_A_PAGE
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
    put_question(turn, replace=replace, chosen=None)


def put_question(turn: Turn, *, replace: bool, chosen: str | None) -> None:
    """Ask the next question of Test 1, or act on the result after the last; `chosen` recalls the answer before."""
    attempt = begin_test1(turn.session, turn.candidate, now=turn.now)
    answer = assessments.ask_next(turn.session, attempt, now=turn.now)
    if answer is None:
        _conclude(turn, attempt, replace=replace)
        return
    turn.opens(Prompt.QUESTION, answer_id=answer.id)
    number = len(given_answers(turn.session, attempt.id))
    total = assessments.total_questions(turn.session, attempt)
    wording = {name: in_language(answer.asked[column], turn.language) for name, column in _WORDED.items()}
    keyboard = options_of(answer, turn.language)
    turn.reply("question.ask", keyboard, replace=replace, chosen=chosen, number=number, total=total, **wording)


_WORDED = {"question": "text", "hint": "hint"}


def options_of(answer: Answer, language: str) -> Keyboard | None:
    """A choice question's options as buttons, one a row when long."""
    buttons = [
        Button(
            label=in_language(option["label"], language),
            action=Action.ANSWER,
            args=(answer.id, option["key"]),
        )
        for option in answer.asked["options"]
    ]
    longest = max((len(button.label) for button in buttons), default=0)
    return in_rows(buttons, width=2 if longest <= 14 else 1) or None


def in_language(versions: dict[str, str], language: str) -> str:
    """The wording in a language; any other when that one was never written."""
    return versions.get(language) or next(iter(versions.values()), "")


def _conclude(turn: Turn, attempt: Attempt, *, replace: bool) -> None:
    screening = conclude_test1(turn.session, attempt, now=turn.now)
    turn.reply(f"screening.{screening}", [], replace=replace)
    if screening == Screening.QUALIFIED:
        put(turn, Prompt.HOUR)
    else:
        turn.opens(turn.due_prompt())


def _review(turn: Turn, replace: bool) -> None:
    turn.reply("screening.waiting")


def _hour(turn: Turn, replace: bool) -> None:
    hours.put_first(turn, replace=replace)


def _booked(turn: Turn, replace: bool) -> None:
    booking = live_booking(turn.session, turn.candidate.id, Purpose.INTERVIEW)
    if booking is None:
        turn.reply("status.nothing")
    else:
        put_booking(turn, booking, replace=replace)


def put_booking(turn: Turn, booking: Booking, *, replace: bool = False) -> None:
    """Say which hour is booked and how it stands, with buttons."""
    turn.reply(
        "booking.status",
        _status_keyboard(turn, booking),
        replace=replace,
        pending=booking.status == BookingStatus.PENDING,
        **values_of(booking, turn.language),
    )


def _status_keyboard(turn: Turn, booking: Booking) -> Keyboard:
    """Near the hour, ways to say that one comes late go before the others."""
    keyboard = booking_keyboard(booking, turn.language)
    if booking.status == BookingStatus.PENDING or not is_soon(
        booking.slot.starts_at, booking.slot.ends_at, now=turn.now
    ):
        return keyboard
    late = [
        Button(label=turn.label("button.late", minutes=minutes), action=Action.LATE, args=(booking.id, minutes))
        for minutes in LATE_MINUTES
    ]
    return in_rows(late, width=1) + keyboard


LATE_MINUTES = (10, 20, 30)


def _ended(turn: Turn, replace: bool) -> None:
    turn.reply("status.ended")


def _nothing(turn: Turn, replace: bool) -> None:
    turn.reply("status.nothing")


_WAYS: dict[Prompt, Callable[[Turn, bool], None]] = {
    Prompt.CONSENT: _consent,
    Prompt.NAME: _name,
    Prompt.CITY: _city,
    Prompt.PHONE: _phone,
    Prompt.QUESTION: _question,
    Prompt.REVIEW: _review,
    Prompt.HOUR: _hour,
    Prompt.BOOKED: _booked,
    Prompt.ENDED: _ended,
    Prompt.NOTHING: _nothing,
}
