"""What each kind of update becomes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import translate as translation
from bot.translate import NOTHING, translate
from recruitsmart.domain.directory import linking
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.telegram.codec import MOST_BYTES, decode, encode
from workers import contract
from workers.contract import FromPerson

ANNA = {"id": 55, "is_bot": False, "first_name": "Anna", "username": "anna_m", "language_code": "en"}
PRIVATE = {"id": 55, "type": "private"}
FROM_ANNA = {
    "update_id": 812,
    "chat_id": 55,
    "received_at": 1000.5,
    "first_name": "Anna",
    "username": "anna_m",
    "language_code": "en",
}


def message(**parts: Any) -> FromPerson | None:
    said = {"message_id": 7, "from": ANNA, "chat": PRIVATE} | parts
    return translate({"update_id": 812, "message": said}, received_at=1000.5).message


def press(data: Any, **parts: Any) -> FromPerson | None:
    query = {"id": "q1", "from": ANNA, "message": {"message_id": 7, "chat": PRIVATE}, "data": data} | parts
    return translate({"update_id": 812, "callback_query": query}, received_at=1000.5).message


def membership(status: Any, **parts: Any) -> FromPerson | None:
    change = {"from": ANNA, "chat": PRIVATE, "new_chat_member": {"status": status}} | parts
    return translate({"update_id": 812, "my_chat_member": change}, received_at=1000.5).message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", contract.Say(**FROM_ANNA, text="hello")),
        ("", contract.Say(**FROM_ANNA, text="")),
        ("a /start inside", contract.Say(**FROM_ANNA, text="a /start inside")),
        ("/start", contract.Start(**FROM_ANNA, payload="")),
        ("/start advert-7", contract.Start(**FROM_ANNA, payload="advert-7")),
        ("/START@our_bot   advert 7 ", contract.Start(**FROM_ANNA, payload="advert 7")),
        ("/start\nadvert", contract.Start(**FROM_ANNA, payload="advert")),
        ("/start " + "x" * 500, contract.Start(**FROM_ANNA, payload="x" * 64)),
        ("/my", contract.Command(**FROM_ANNA, name="my", text="/my")),
        ("/language en", contract.Command(**FROM_ANNA, name="language", text="/language en")),
        ("/help@our_bot", contract.Command(**FROM_ANNA, name="help", text="/help@our_bot")),
        ("/Human не  смогу\nзавтра", contract.Command(**FROM_ANNA, name="human", text="/Human не  смогу\nзавтра")),
        ("/", contract.Command(**FROM_ANNA, name="", text="/")),
        ("/ не смогу", contract.Say(**FROM_ANNA, text="/ не смогу")),
        ("/" + "x" * 500, contract.Command(**FROM_ANNA, name="x" * 32, text="/" + "x" * 500)),
        ("/" + "x" * 5000, contract.Command(**FROM_ANNA, name="x" * 32, text="/" + "x" * 4095)),
        ("a\x00b\ud800c", contract.Say(**FROM_ANNA, text="ab?c")),
        ("я" * 5000, contract.Say(**FROM_ANNA, text="я" * 4096)),
    ],
)
def test_words_and_commands(text: str, expected: FromPerson) -> None:
    assert message(text=text) == expected


def edit(**parts: Any) -> FromPerson | None:
    changed = {"message_id": 7, "from": ANNA, "chat": PRIVATE, "edit_date": 1_790_000_000} | parts
    return translate({"update_id": 812, "edited_message": changed}, received_at=1000.5).message


@pytest.mark.parametrize("text", ["Anna Miller", "/start advert", ""])
def test_words_that_were_changed_are_what_they_are_now(text: str) -> None:
    assert edit(text=text) == contract.Edit(**FROM_ANNA, text=text)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "see example.org", "edit_date": 0},
        {"text": "a reaction was added", "edit_date": None},
        {"photo": [{}], "caption": "my passport"},
        {"location": {"latitude": 55.7, "longitude": 37.6, "live_period": 900}},
        {"text": None},
        {"text": 5},
        {"text": "hello", "chat": {"id": -5, "type": "group"}},
        {"text": "hello", "from": ANNA | {"is_bot": True}},
        {"text": "hello", "from": None},
    ],
)
def test_other_changes_mean_nothing(other: dict[str, Any]) -> None:
    assert edit(**other) is None


def test_a_change_that_telegram_hides_has_no_date() -> None:
    said = {"message_id": 7, "from": ANNA, "chat": PRIVATE, "text": "see example.org"}
    assert translate({"update_id": 812, "edited_message": said}, received_at=0.0) == NOTHING


def test_a_shared_number_is_the_persons_own_when_telegram_says_so() -> None:
    assert message(contact={"phone_number": "+79161234567", "user_id": 55}) == contract.ShareContact(
        **FROM_ANNA, phone="+79161234567", own=True
    )


@pytest.mark.parametrize("user_id", [56, None, "55"])
def test_anybody_elses_number_is_not_the_persons_own(user_id: Any) -> None:
    shared = message(contact={"phone_number": "+79161234567", "user_id": user_id})
    assert shared == contract.ShareContact(**FROM_ANNA, phone="+79161234567", own=False)


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "video", "document", "location", "poll"])
def test_what_is_neither_words_nor_a_button_is_named(kind: str) -> None:
    assert message(**{kind: {"file_id": "x"}}) == contract.SendOther(**FROM_ANNA, kind=kind)


def test_what_is_written_under_a_photo_comes_with_it() -> None:
    shown = message(photo=[{}], caption="мой паспорт\x00")
    assert shown == contract.SendOther(**FROM_ANNA, kind="photo", caption="мой паспорт")


def test_a_kind_nobody_knows_yet_is_called_other() -> None:
    assert message(hologram={}) == contract.SendOther(**FROM_ANNA, kind="other")


@pytest.mark.parametrize("status", ["kicked", "left"])
def test_blocking_the_bot(status: str) -> None:
    assert membership(status) == contract.Block(**FROM_ANNA)


def test_taking_the_bot_back() -> None:
    assert membership("member") == contract.Unblock(**FROM_ANNA)


PRESSED = FROM_ANNA | {"pressed_message_id": 7}
BUTTONS = [
    ((Action.CONSENT,), contract.Agree(**PRESSED)),
    ((Action.KEEP_NAME,), contract.KeepName(**PRESSED)),
    ((Action.BACK, "city"), contract.GoBack(**PRESSED, prompt="city")),
    ((Action.CITY, 3), contract.ChooseCity(**PRESSED, city_id=3)),
    ((Action.CITY_PAGE, 2), contract.TurnCities(**PRESSED, page=2)),
    ((Action.CITY_OTHER,), contract.TurnCities(**PRESSED, page=0)),
    ((Action.ANSWER, 41, "yes"), contract.AnswerQuestion(**PRESSED, answer_id=41, option_key="yes")),
    ((Action.DONE, 41), contract.FinishTicking(**PRESSED, answer_id=41)),
    ((Action.PASS_OVER, 41), contract.PassOver(**PRESSED, answer_id=41)),
    ((Action.STEP_BACK, 41), contract.StepBack(**PRESSED, answer_id=41)),
    ((Action.START_TEST, 7), contract.BeginTest(**PRESSED, attempt_id=7)),
    ((Action.STAFF_SHOW, 9), contract.ShowBooking(**PRESSED, booking_id=9)),
    ((Action.STAFF_APPROVE, 9), contract.ApproveBooking(**PRESSED, booking_id=9)),
    ((Action.STAFF_ASK_REFUSAL, 9), contract.AskToRefuse(**PRESSED, booking_id=9)),
    ((Action.STAFF_ASK_HOURS, 9), contract.AskWhichHours(**PRESSED, booking_id=9, ticked="")),
    ((Action.STAFF_ASK_HOURS, 9, ""), contract.AskWhichHours(**PRESSED, booking_id=9, ticked="")),
    ((Action.STAFF_PROPOSE, 9, "17-4"), contract.ProposeHours(**PRESSED, booking_id=9, ticked="17-4")),
    ((Action.STAFF_REFUSE, 9, "busy"), contract.RefuseBooking(**PRESSED, booking_id=9, reason="busy")),
    ((Action.STAFF_OUTCOME, 9, "late"), contract.NoteOutcome(**PRESSED, booking_id=9, result="late")),
    ((Action.STAFF_PASS, 9), contract.PassInterview(**PRESSED, booking_id=9)),
    ((Action.STAFF_GROUP, 2, 17), contract.ShowGroup(**PRESSED, slot_id=17, page=2)),
    ((Action.STAFF_TICK, 9, "late", 2), contract.TickPerson(**PRESSED, booking_id=9, result="late", page=2)),
    ((Action.STAFF_ALL_CAME, 17), contract.TickAll(**PRESSED, slot_id=17)),
    ((Action.STAFF_HIRE, 9), contract.HirePerson(**PRESSED, booking_id=9)),
    ((Action.STAFF_ASK_REJECTION, 9), contract.AskToReject(**PRESSED, booking_id=9)),
    ((Action.STAFF_REJECT, 9, "fit"), contract.RejectPerson(**PRESSED, booking_id=9, reason="fit")),
    ((Action.STAFF_BRING_BACK, 9), contract.BringBack(**PRESSED, booking_id=9)),
    ((Action.DAYS,), contract.ShowDays(**PRESSED, page=0)),
    ((Action.DAYS, 1), contract.ShowDays(**PRESSED, page=1)),
    ((Action.DAYS, 1, 4), contract.ShowDays(**PRESSED, page=1, recruiter_id=4)),
    ((Action.RECRUITER, 4), contract.ChooseRecruiter(**PRESSED, recruiter_id=4)),
    ((Action.DAY, "2026-11-25"), contract.ShowHours(**PRESSED, day="2026-11-25")),
    ((Action.DAY, "2026-11-25", 4), contract.ShowHours(**PRESSED, day="2026-11-25", recruiter_id=4)),
    ((Action.DAY, "2026-11-25", 4, 1), contract.ShowHours(**PRESSED, day="2026-11-25", recruiter_id=4, page=1)),
    ((Action.RESERVE, 17), contract.ReserveSlot(**PRESSED, slot_id=17)),
    ((Action.CONFIRM, 9), contract.ConfirmBooking(**PRESSED, booking_id=9)),
    ((Action.CANCEL, 9), contract.AskToCancel(**PRESSED, booking_id=9)),
    ((Action.CANCEL_SURE, 9, "job"), contract.CancelBooking(**PRESSED, booking_id=9, reason="job")),
    ((Action.LATE, 9, 10), contract.RunLate(**PRESSED, booking_id=9, minutes=10)),
    ((Action.MOVE, 9), contract.ShowDaysToMove(**PRESSED, booking_id=9, page=0, again=False)),
    ((Action.MOVE_DAYS, 2, 9), contract.ShowDaysToMove(**PRESSED, booking_id=9, page=2, again=True)),
    (
        (Action.MOVE_DAYS, 2, 9, 0),
        contract.ShowDaysToMove(**PRESSED, booking_id=9, page=2, again=True, recruiter_id=0),
    ),
    (
        (Action.MOVE_DAY, "2026-11-25", 9, 0, 4),
        contract.ShowHoursToMove(**PRESSED, booking_id=9, day="2026-11-25", recruiter_id=4),
    ),
    ((Action.MOVE_DAY, "2026-11-25", 9), contract.ShowHoursToMove(**PRESSED, booking_id=9, day="2026-11-25")),
    (
        (Action.MOVE_DAY, "2026-11-25", 9, 1),
        contract.ShowHoursToMove(**PRESSED, day="2026-11-25", booking_id=9, page=1),
    ),
    ((Action.MOVE_TO, 17, 9), contract.MoveBooking(**PRESSED, booking_id=9, slot_id=17)),
    ((Action.OTHER_TIME,), contract.AskOtherTime(**PRESSED)),
    ((Action.DECLINE, 5), contract.DeclineOffer(**PRESSED, offer_id=5)),
    ((Action.EARLIER, 5), contract.ComeEarlier(**PRESSED, booking_id=5)),
    ((Action.KEEP_HOUR, 5), contract.KeepHour(**PRESSED, booking_id=5)),
    ((Action.HUMAN,), contract.AskHuman(**PRESSED)),
    ((Action.BOT,), contract.BackToBot(**PRESSED)),
    ((Action.MY,), contract.MyApplication(**PRESSED)),
    ((Action.LANGUAGE, "en"), contract.ChooseLanguage(**PRESSED, language="en")),
    ((Action.ASK_LANGUAGE,), contract.Command(**PRESSED, name="language")),
    ((Action.MY_DATA,), contract.Command(**PRESSED, name="mydata")),
    ((Action.FORGET,), contract.Forget(**PRESSED)),
]


@pytest.mark.parametrize(("button", "expected"), BUTTONS)
def test_each_button_becomes_its_message(button: tuple[Any, ...], expected: FromPerson) -> None:
    action, *args = button
    assert press(encode(action, args)) == expected


def test_every_action_has_a_button_here_and_a_handler_there() -> None:
    assert {button[0] for button, _ in BUTTONS} == set(Action) == set(translation._BUTTONS)


@pytest.mark.parametrize(
    "data",
    [
        "", ":", "nonsense", "nonsense:1", "RESERVE:17", "reserve", "reserve:", "reserve:x", "reserve:17:18",
        "reserve:-1", "reserve:+1", "reserve: 17", "reserve:1_7", "reserve:１７", "reserve:1.5", "consent:1", "my:1",
        "answer:41", "answer:x:yes", "answer:41:yes:no", "city_other:1", "days:1:2:3", "late:9",
        "day", "day:tomorrow",
        "day:2026-02-30", "move:9:1", "move_day:9:2026-11-25",
        "language", "back", f"reserve:{2**63}", "reserve:" + "9" * 5000, None, 17, [], {"a": 1},
    ],
)  # fmt: skip
def test_data_we_never_made_is_an_unknown_button(data: Any) -> None:
    assert press(data) == contract.PressUnknown(**PRESSED)


def test_the_highest_number_postgres_can_hold_is_still_a_number() -> None:
    assert press(f"reserve:{2**63 - 1}") == contract.ReserveSlot(**PRESSED, slot_id=2**63 - 1)


def test_a_game_button_has_no_data() -> None:
    query = {"id": "q1", "from": ANNA, "message": {"message_id": 7, "chat": PRIVATE}, "game_short_name": "x"}
    update = {"update_id": 812, "callback_query": query}
    assert translate(update, received_at=1000.5).message == contract.PressUnknown(**PRESSED)


def test_the_spinner_of_every_press_can_be_stopped_even_where_nobody_is_answered() -> None:
    private = {"id": "q1", "from": ANNA, "message": {"message_id": 7, "chat": PRIVATE}, "data": "my"}
    without_message = {"id": "q2", "from": ANNA, "inline_message_id": "x", "data": "my"}
    spinners = [
        translate({"update_id": 1, "callback_query": query}, received_at=0.0).callback_query_id
        for query in (private, without_message)
    ]
    assert spinners == ["q1", "q2"]


NOT_PRIVATE = [{"id": -100, "type": kind} for kind in ("group", "supergroup", "channel")]


@pytest.mark.parametrize("chat", NOT_PRIVATE)
def test_groups_and_channels_are_not_talked_to(chat: dict[str, Any]) -> None:
    assert message(text="hello", chat=chat) is None
    assert membership("kicked", chat=chat) is None
    assert press("my", message={"message_id": 7, "chat": chat}) is None


def test_other_bots_are_not_talked_to() -> None:
    robot = ANNA | {"is_bot": True}
    assert message(text="hello", **{"from": robot}) is None


@pytest.mark.parametrize("kind", ["edited_channel_post", "channel_post", "inline_query", "poll", "message_reaction"])
def test_other_kinds_mean_nothing(kind: str) -> None:
    said = {"message_id": 7, "from": ANNA, "chat": PRIVATE, "text": "hello"}
    assert translate({"update_id": 812, kind: said}, received_at=0.0) == NOTHING


@pytest.mark.parametrize("chat_id", [2**63, -(2**63), True, "55", 55.0, None])
def test_a_chat_that_postgres_could_not_hold_means_nothing(chat_id: Any) -> None:
    assert message(text="hello", chat=PRIVATE | {"id": chat_id}) is None


def test_names_are_cut_and_cleaned() -> None:
    odd = ANNA | {"first_name": "A\x00" + "b" * 500, "username": 17, "language_code": "\x00"}
    cleaned = FROM_ANNA | {"first_name": "A" + "b" * 126, "username": None, "language_code": None}
    assert message(text="x", **{"from": odd}) == contract.Say(**cleaned, text="x")


WORDS = st.sampled_from(
    [
        "from", "chat", "id", "is_bot", "type", "private", "text", "contact", "phone_number", "user_id", "message",
        "message_id", "data", "new_chat_member", "status", "first_name", "username", "language_code",
        "/start", "reserve:17", "answer:1:a",
    ]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=10)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6)
)
KINDS = st.sampled_from(["message", "callback_query", "my_chat_member"])


@given(KINDS, ANYTHING)
def test_garbage_of_every_shape_is_read(kind: str, garbage: Any) -> None:
    translate({"update_id": 812, kind: garbage}, received_at=0.0)


@given(KINDS, st.dictionaries(WORDS, ANYTHING, max_size=8))
def test_garbage_from_a_real_person_is_read_too(kind: str, garbage: dict[str, Any]) -> None:
    said = garbage | {"from": ANNA, "chat": PRIVATE}
    translated = translate({"update_id": 812, kind: said}, received_at=0.0)
    assert translated.message is None or translated.message.chat_id == 55


@given(st.dictionaries(WORDS, ANYTHING, max_size=8))
def test_a_press_with_garbage_around_it_is_read_too(garbage: dict[str, Any]) -> None:
    pressed = garbage | {"chat": PRIVATE}
    assert isinstance(press(garbage.get("data"), message=pressed), FromPerson)


@given(st.text())
def test_any_data_of_a_button_is_answered(data: str) -> None:
    assert isinstance(press(data), FromPerson)


ARGS = st.lists(st.integers(0, 2**63 - 1) | st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True), max_size=3)


@given(st.sampled_from(Action), ARGS)
def test_what_is_encoded_is_decoded_or_refused_for_its_length(action: Action, args: list[int | str]) -> None:
    if len(":".join([action, *map(str, args)])) > MOST_BYTES:
        with pytest.raises(ValueError, match="cannot travel"):
            encode(action, args)
    else:
        assert decode(encode(action, args)) == (action, [str(arg) for arg in args])


def test_the_limit_is_counted_in_bytes() -> None:
    assert encode(Action.BACK, ["x" * 59]) == "back:" + "x" * 59
    assert encode(Action.BACK, ["я" * 29]) == "back:" + "я" * 29
    for too_long in ("x" * 60, "я" * 30):
        with pytest.raises(ValueError, match="cannot travel"):
            encode(Action.BACK, [too_long])


def test_an_argument_may_not_contain_the_separator() -> None:
    with pytest.raises(ValueError, match="cannot travel"):
        encode(Action.ANSWER, [1, "a:b"])


def test_a_link_as_the_panel_makes_it_is_one_of_a_staff_member() -> None:
    asked = message(text=f"/start {linking.PREFIX}ABCD-EFGH")
    assert asked == contract.LinkAccount(**FROM_ANNA, code=f"{linking.PREFIX}ABCD-EFGH")
