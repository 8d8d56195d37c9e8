"""The tests that are shipped: complete in both languages, fit for buttons, and answerable from start to end."""

import re
import tomllib
from importlib import resources
from itertools import pairwise, product

import pytest

from recruitsmart.domain.assessments import shipped
from recruitsmart.domain.assessments.checking import SHIPPED
from recruitsmart.domain.assessments.models import QuestionKind, Screening
from recruitsmart.domain.assessments.rules import is_shown, score, screen

LANGUAGES = {"ru", "en"}
LONGEST_LABEL = 40
LONGEST_CALLBACK = 64  # bytes, Telegram's limit
LARGEST_ID = 2**63 - 1
FIELDS = {"key", "kind", "text", "hint", "options", "show_if", "lowest", "highest"}
OPTION_FIELDS = {"key", "label", "correct", "points", "consequence"}

TESTS = {key: tomllib.loads((resources.files(shipped) / f"{key}.toml").read_text("utf-8")) for key in SHIPPED}
QUESTIONS = [
    pytest.param(question, id=f"{key}-{question['key']}") for key in SHIPPED for question in TESTS[key]["questions"]
]
CHOICES = [param for param in QUESTIONS if param.values[0]["kind"] == QuestionKind.ONE_CHOICE]
CONDITIONAL = [
    pytest.param(TESTS[key]["questions"], position, id=f"{key}-{question['key']}")
    for key in SHIPPED
    for position, question in enumerate(TESTS[key]["questions"])
    if "show_if" in question
]
EXAM_QUESTIONS = TESTS["test2"]["questions"]


def _paths(questions):
    """What a person may be asked, one list for every combination of the answers that conditions refer to."""
    referred = {question["show_if"]["question"] for question in questions if "show_if" in question}
    deciding = [question for question in questions if question["key"] in referred]
    for chosen in product(*([option["key"] for option in question["options"]] for question in deciding)):
        given = {question["key"]: option for question, option in zip(deciding, chosen, strict=True)}
        yield [question for question in questions if is_shown(question.get("show_if"), given)]


@pytest.mark.parametrize("key", SHIPPED)
def test_a_file_is_named_after_its_test(key):
    assert TESTS[key]["key"] == key


@pytest.mark.parametrize("key", SHIPPED)
def test_the_title_is_in_both_languages(key):
    assert set(TESTS[key]["title"]) == LANGUAGES and all(TESTS[key]["title"].values())


@pytest.mark.parametrize("key", SHIPPED)
def test_there_are_at_least_ten_questions(key):
    assert len(TESTS[key]["questions"]) >= 10


@pytest.mark.parametrize("key", SHIPPED)
def test_question_keys_are_unique(key):
    keys = [question["key"] for question in TESTS[key]["questions"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_only_fields_that_are_loaded(question):
    assert set(question) <= FIELDS


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_kind_of_a_question_is_known(question):
    assert question["kind"] in set(QuestionKind)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_words_of_a_question_are_in_both_languages(question):
    for words in (question[part] for part in ("text", "hint") if part in question):
        assert set(words) == LANGUAGES
        assert all(line and line == line.strip() for line in words.values())


@pytest.mark.parametrize("question", QUESTIONS)
def test_russian_words_are_cyrillic_and_english_ones_are_not(question):
    worded = [question["text"], question.get("hint", {}), *(option["label"] for option in question.get("options", []))]
    assert re.search("[а-яё]", question["text"]["ru"], re.IGNORECASE)
    assert not any(re.search("[а-яё]", words.get("en", ""), re.IGNORECASE) for words in worded)
    assert not any(re.search("[a-z]", words.get("ru", ""), re.IGNORECASE) for words in worded)


@pytest.mark.parametrize("question", QUESTIONS)
def test_only_a_choice_has_options(question):
    assert (len(question.get("options", [])) >= 2) == (question["kind"] == QuestionKind.ONE_CHOICE)


@pytest.mark.parametrize("question", QUESTIONS)
def test_bounds_are_in_order_and_only_where_something_is_typed(question):
    lowest, highest = question.get("lowest"), question.get("highest")
    assert question["kind"] != QuestionKind.ONE_CHOICE or lowest is highest is None
    assert lowest is None or highest is None or lowest <= highest


@pytest.mark.parametrize("question", CHOICES)
def test_an_option_has_only_known_fields(question):
    assert all({"key", "label"} <= set(option) <= OPTION_FIELDS for option in question["options"])


@pytest.mark.parametrize("question", CHOICES)
def test_option_keys_are_short_plain_and_unique(question):
    keys = [option["key"] for option in question["options"]]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch("[a-z0-9_]{1,12}", key) for key in keys)


@pytest.mark.parametrize("question", CHOICES)
def test_an_option_fits_into_a_button_of_telegram(question):
    pressed = [f"answer:{LARGEST_ID}:{option['key']}" for option in question["options"]]
    assert all(len(data.encode()) <= LONGEST_CALLBACK for data in pressed)


@pytest.mark.parametrize("question", CHOICES)
def test_labels_are_in_both_languages_and_short(question):
    for option in question["options"]:
        assert set(option["label"]) == LANGUAGES
        assert all(0 < len(label) <= LONGEST_LABEL for label in option["label"].values())


@pytest.mark.parametrize("question", CHOICES)
def test_a_typed_label_means_one_option(question):
    labels = [{label.casefold() for label in option["label"].values()} for option in question["options"]]
    assert len(set().union(*labels)) == sum(map(len, labels))


@pytest.mark.parametrize("question", CHOICES)
def test_a_consequence_is_to_flag_or_to_decline(question):
    assert {option["consequence"] for option in question["options"] if "consequence" in option} <= {"flag", "decline"}


@pytest.mark.parametrize(("questions", "position"), CONDITIONAL)
def test_a_condition_refers_back_to_options_of_a_choice(questions, position):
    show_if = questions[position]["show_if"]
    assert set(show_if) == {"question", "options"}
    earlier = {question["key"]: question for question in questions[:position]}
    referred = earlier[show_if["question"]]
    assert referred["kind"] == QuestionKind.ONE_CHOICE
    assert set(show_if["options"]) <= {option["key"] for option in referred["options"]}
    assert show_if["options"]


def test_test1_is_a_questionnaire_without_a_pass_mark():
    assert TESTS["test1"]["kind"] == "questionnaire"
    assert "pass_percent" not in TESTS["test1"]


def test_test1_asks_everybody_nine_to_eleven_questions():
    assert {len(path) for path in _paths(TESTS["test1"]["questions"])} <= {9, 10, 11}


def test_test1_has_a_follow_up_for_students_and_one_for_the_employed():
    shown_for = {
        option for params in CONDITIONAL for option in params.values[0][params.values[1]]["show_if"]["options"]
    }
    assert {"studying", "working"} <= shown_for


def test_test1_asks_to_type_at_most_four_answers():
    typed = [question for question in TESTS["test1"]["questions"] if question["kind"] != QuestionKind.ONE_CHOICE]
    assert len(typed) <= 4


def test_test1_declines_only_those_under_18():
    options = [
        (question["key"], option) for question in TESTS["test1"]["questions"] for option in question.get("options", [])
    ]
    declining = [(key, option["key"]) for key, option in options if option.get("consequence") == "decline"]
    assert declining == [("age", "under_18")]


@pytest.mark.parametrize(
    ("key", "value", "led_to"),
    [
        ("age", "under_18", Screening.DECLINED),
        ("age", "18_24", Screening.QUALIFIED),
        ("age", "45_60", Screening.QUALIFIED),
        ("age", "over_60", Screening.REVIEW),
        ("full_days", "no", Screening.REVIEW),
        ("schedule", "partly", Screening.REVIEW),
        ("schedule", "no", Screening.REVIEW),
        ("experience", "none", Screening.QUALIFIED),
    ],
)
def test_what_an_answer_of_test1_leads_to(key, value, led_to):
    asked = next(question for question in TESTS["test1"]["questions"] if question["key"] == key)
    assert screen([(asked, value)])[0] == led_to


def test_test2_is_an_exam_of_a_minute_a_question_passed_at_75_percent():
    limits = {name: TESTS["test2"].get(name) for name in ("kind", "pass_percent", "question_limit_seconds")}
    assert limits == {"kind": "exam", "pass_percent": 75, "question_limit_seconds": 60}


@pytest.mark.parametrize("question", EXAM_QUESTIONS, ids=lambda question: question["key"])
def test_a_question_of_test2_has_four_options_and_one_right(question):
    assert question["kind"] == QuestionKind.ONE_CHOICE
    assert len(question["options"]) == 4
    assert [option["correct"] for option in question["options"] if "correct" in option] == [True]


def test_the_right_option_of_test2_is_in_every_place_and_never_twice_running():
    places = [
        [bool(option.get("correct")) for option in question["options"]].index(True) for question in EXAM_QUESTIONS
    ]
    assert set(places) == {0, 1, 2, 3}
    assert all(place != following for place, following in pairwise(places))


def test_the_right_options_of_test2_make_a_full_score():
    right = [
        (asked, next(option["key"] for option in asked["options"] if option.get("correct"))) for asked in EXAM_QUESTIONS
    ]
    assert score(right, pass_percent=75).percent == 100
