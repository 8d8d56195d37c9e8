"""Words, commands and the buttons of the registration."""

from recruitsmart.domain.dialogue import human, operations, privacy, registration
from recruitsmart.domain.dialogue.turn import Turn
from workers import contract
from workers.registry import answers


@answers(contract.Start)
def start(turn: Turn, message: contract.Start) -> None:
    registration.start(turn, message.payload)


@answers(contract.Say)
def say(turn: Turn, message: contract.Say) -> None:
    operations.say(turn, message.text)


@answers(contract.Edit)
def edit(turn: Turn, message: contract.Edit) -> None:
    operations.take_edit(turn, message.text)


@answers(contract.Command)
def command(turn: Turn, message: contract.Command) -> None:
    operations.obey(turn, message.name, message.text)


@answers(contract.ShareContact)
def share_contact(turn: Turn, message: contract.ShareContact) -> None:
    operations.share_contact(turn, message.phone, own=message.own)


@answers(contract.SendOther)
def send_other(turn: Turn, message: contract.SendOther) -> None:
    operations.take_other(turn, message.kind, message.caption)


@answers(contract.PressUnknown)
def press_unknown(turn: Turn, message: contract.PressUnknown) -> None:
    operations.press_unknown(turn)


@answers(contract.Agree)
def agree(turn: Turn, message: contract.Agree) -> None:
    registration.agree(turn)


@answers(contract.GoBack)
def go_back(turn: Turn, message: contract.GoBack) -> None:
    registration.back(turn, message.prompt)


@answers(contract.KeepName)
def keep_name(turn: Turn, message: contract.KeepName) -> None:
    registration.keep_name(turn)


@answers(contract.ChooseCity)
def choose_city(turn: Turn, message: contract.ChooseCity) -> None:
    registration.choose_city(turn, message.city_id)


@answers(contract.TurnCities)
def turn_cities(turn: Turn, message: contract.TurnCities) -> None:
    registration.turn_page(turn, message.page)


@answers(contract.ChooseLanguage)
def choose_language(turn: Turn, message: contract.ChooseLanguage) -> None:
    operations.choose_language(turn, message.language)


@answers(contract.Forget)
def forget(turn: Turn, message: contract.Forget) -> None:
    privacy.forget(turn)


@answers(contract.MyApplication)
def my_application(turn: Turn, message: contract.MyApplication) -> None:
    operations.my_application(turn)


@answers(contract.AskHuman)
def ask_human(turn: Turn, message: contract.AskHuman) -> None:
    human.ask_human(turn)


@answers(contract.BackToBot)
def back_to_bot(turn: Turn, message: contract.BackToBot) -> None:
    human.go_back(turn)
