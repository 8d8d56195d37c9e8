"""Consent, name, city and phone: what a person's answers mean."""

from recruitsmart.domain.candidates.inviting import is_invitation
from recruitsmart.domain.candidates.operations import actor_of, consent
from recruitsmart.domain.candidates.phrases import is_sentence
from recruitsmart.domain.candidates.rules import (
    CityMatch,
    CityName,
    NameProblem,
    find_phone,
    folded,
    match_city,
    parse_full_name,
    parse_phone,
)
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue.asking import active_cities, ask, ask_again, put, put_cities
from recruitsmart.domain.dialogue.human import leave, refuse
from recruitsmart.domain.dialogue.machine import REGISTRATION, Prompt, previous
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.operations import record
from recruitsmart.domain.messaging.buttons import Action, Button
from recruitsmart.domain.messaging.queries import override_at
from recruitsmart.domain.messaging.texts import LANGUAGES, label

LONGEST_SOURCE = 64


def start(turn: Turn, payload: str) -> None:
    """`/start`: a new person is greeted, a known one is asked again what is open. The source is stored once.

    It also leads out of a conversation with a recruiter. The payload of a personal link is a secret and no source.
    """
    if payload and turn.candidate.source is None and not is_invitation(payload):
        turn.candidate.source = payload[:LONGEST_SOURCE]
    leave(turn)
    put(turn, turn.asked_prompt)


def agree(turn: Turn) -> None:
    """“I agree”. A second press changes nothing."""
    if turn.candidate.consent_at is not None:
        ask_again(turn)
        return
    consent(turn.session, turn.candidate, override_id=_words_read(turn), now=turn.now)
    _go_on(turn)


def _words_read(turn: Turn) -> int | None:
    """The override of the greeting that the person has before them, which may be older than the one in force."""
    read_at, city_id = turn.conversation.asked_at or turn.now, turn.candidate.recipient.city_id
    return override_at(turn.session, "greeting", language=turn.language, city_id=city_id, at=read_at)


def _go_on(turn: Turn) -> None:
    """The next thing missing; when colleagues wrote the rest down before, the registration is over."""
    if turn.due_prompt() == Prompt.QUESTION and turn.candidate.registered_at is None:
        _finish(turn)
    else:
        ask(turn)


def back(turn: Turn, prompt: str) -> None:
    """“Back” under a prompt of the registration; once the registration is over an old button leads to what is open."""
    known = next((known for known in REGISTRATION if known == prompt), None)
    if known is None or turn.candidate.stage != Stage.STARTED or turn.candidate.consent_at is None:
        ask_again(turn)
    else:
        put(turn, previous(known))


def take_name(turn: Turn, typed: str) -> None:
    """A typed full name. What a person says is no name, be it short enough for one."""
    if _means(typed, "button.back"):
        put(turn, previous(Prompt.NAME))
        return
    name = NameProblem.WORDS if is_sentence(typed) else parse_full_name(typed)
    if isinstance(name, NameProblem):
        refuse(turn, typed, name)
        return
    turn.candidate.full_name = name
    _go_on(turn)


def keep_name(turn: Turn) -> None:
    """“Keep: Anna Miller”, after going back to the name. An old button leads to what is open."""
    if turn.conversation.prompt == Prompt.NAME and turn.candidate.full_name is not None:
        _go_on(turn)
    else:
        ask_again(turn)


def take_city(turn: Turn, typed: str) -> None:
    """A typed city: taken when certain, offered as a guess when near, refused with the list when unknown."""
    if _means(typed, "button.back"):
        put(turn, previous(Prompt.CITY))
        return
    cities = {city.id: city for city in active_cities(turn)}
    names = [CityName(id=city.id, name=city.name, aliases=tuple(city.aliases)) for city in cities.values()]
    match = match_city(typed, names)
    if match is None:
        refuse(turn, typed, "city.unknown")
        put_cities(turn, page=0, replace=False)
    elif match.certain:
        _settle_in(turn, cities[match.city.id], replace=False)
    else:
        _offer_guess(turn, typed, match)


def _offer_guess(turn: Turn, typed: str, match: CityMatch) -> None:
    keyboard = [
        [
            Button(label=turn.label("button.yes"), action=Action.CITY, args=(match.city.id,)),
            Button(label=turn.label("button.other_city"), action=Action.CITY_OTHER),
        ]
    ]
    refuse(turn, typed, "city.guess", keyboard, city=match.city.name)


def choose_city(turn: Turn, city_id: int) -> None:
    """A pressed city. After the registration an old button changes nothing."""
    city = turn.session.get(City, city_id)
    if turn.candidate.stage != Stage.STARTED or turn.candidate.consent_at is None:
        ask_again(turn)
    elif city is None or not city.active:
        turn.reply("city.closed")
        put_cities(turn, page=0, replace=False)
    elif turn.conversation.prompt != Prompt.CITY and turn.candidate.city_id == city.id:
        ask_again(turn)
    else:
        _settle_in(turn, city, replace=True)


def turn_page(turn: Turn, page: int) -> None:
    """Another page of cities, in place of the pressed one."""
    if turn.conversation.prompt == Prompt.CITY:
        put_cities(turn, page=page, replace=True)
    else:
        ask_again(turn)


def _settle_in(turn: Turn, city: City, *, replace: bool) -> None:
    turn.candidate.city = city
    turn.candidate.city_id = city.id
    turn.reply("city.taken", [], replace=replace, city=city.name)
    _go_on(turn)


def take_typed_phone(turn: Turn, typed: str) -> None:
    """A typed phone, or one of the two other buttons of its reply keyboard."""
    if _means(typed, "button.back"):
        put(turn, previous(Prompt.PHONE))
    elif _means(typed, "button.skip") and not (turn.candidate.city and turn.candidate.city.phone_required):
        turn.candidate.phone_declined = True
        _finish(turn)
    else:
        take_phone(turn, typed)


def is_button(turn: Turn, typed: str) -> bool:
    """Whether this is a press on the reply keyboard of the phone, which arrives as typed words."""
    return turn.conversation.prompt == Prompt.PHONE and any(
        _means(typed, key) for key in ("button.back", "button.skip")
    )


def _means(typed: str, key: str) -> bool:
    """Whether these words are the button's, in any language; people type them without its arrow."""
    return _bare(typed) in {_bare(label(key, language)) for language in LANGUAGES}


def _bare(words: str) -> str:
    return folded(words).strip("←→ .!")


def take_phone(turn: Turn, number: str) -> None:
    """A phone number, typed or shared."""
    phone = parse_phone(number) or find_phone(number)
    if phone is None:
        refuse(turn, number, "phone.bad")
        return
    turn.candidate.phone = phone
    _finish(turn)


def _finish(turn: Turn) -> None:
    if turn.candidate.registered_at is None:
        turn.candidate.registered_at = turn.now
        actor = actor_of(turn.candidate)
        record(turn.session, "candidate.registered", actor=actor, now=turn.now, candidate_id=turn.candidate.id)
    turn.reply("registered", [])
    ask(turn)
