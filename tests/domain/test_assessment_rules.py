"""Pure decisions of tests: reading answers, conditions, screening, scoring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.assessments.models import Screening
from recruitsmart.domain.assessments.reading import LONGEST_TEXT, Refusal, read_answer
from recruitsmart.domain.assessments.rules import has_option, in_language, is_shown, score, screen

AGE = {"key": "age", "kind": "number", "lowest": 18, "highest": 60, "options": []}
ANY_NUMBER = {"key": "pay", "kind": "number", "lowest": None, "highest": None, "options": []}
MOTIVE = {"key": "motive", "kind": "text", "lowest": 10, "highest": 20, "options": []}
ANY_TEXT = {"key": "wish", "kind": "text", "lowest": None, "highest": None, "options": []}
READY = {
    "key": "ready",
    "kind": "one_choice",
    "options": [
        {"key": "yes", "label": {"ru": "Да", "en": "Yes"}},
        {"key": "partly", "label": {"ru": "2–3 дня", "en": "2–3 days"}, "consequence": "flag"},
        {"key": "no", "label": {"ru": "Нет", "en": ""}, "consequence": "decline"},
    ],
}
QUESTIONS = [AGE, ANY_NUMBER, MOTIVE, ANY_TEXT, READY]


@pytest.mark.parametrize(
    ("typed", "number"), [("18", 18), ("60", 60), (" 3 5 ", 35), ("+40", 40), ("٢٥", 25), ("0042", 42)]
)
def test_a_number_within_its_bounds_is_taken(typed, number):
    assert read_answer(AGE, typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("45 000", 45000), ("45'000", 45000), ("45\u00a0000", 45000), ("-5", -5), ("9" * 12, 10**12 - 1)],
)
def test_a_number_without_bounds_may_be_grouped_or_negative(typed, number):
    assert read_answer(ANY_NUMBER, typed) == number


@pytest.mark.parametrize("typed", ["", "много", "25 лет", "4.5", "1e3", "0x10", "²", "--1", "9" * 13, "9" * 4000])
def test_what_is_no_whole_number_is_refused(typed):
    assert read_answer(ANY_NUMBER, typed) == Refusal(key="answer.number")


@pytest.mark.parametrize("typed", ["17", "61", "-20"])
def test_a_number_out_of_bounds_is_refused_with_the_bounds(typed):
    assert read_answer(AGE, typed) == Refusal(key="answer.number_range", values={"lowest": 18, "highest": 60})


def test_a_text_is_taken_with_tidy_spaces():
    assert read_answer(ANY_TEXT, "  хочу \n расти  ") == "хочу расти"


@pytest.mark.parametrize("length", [10, 20])
def test_a_text_of_exactly_the_shortest_or_longest_length_is_taken(length):
    assert read_answer(MOTIVE, "ы" * length) == "ы" * length


def test_a_text_that_is_too_short_is_refused_with_the_shortest_length():
    assert read_answer(MOTIVE, "ы" * 9) == Refusal(key="answer.too_short", values={"shortest": 10})


def test_a_text_that_is_too_long_is_refused_with_both_lengths():
    assert read_answer(MOTIVE, "ы" * 21) == Refusal(key="answer.too_long", values={"longest": 20, "length": 21})


def test_an_empty_text_is_refused():
    assert read_answer(ANY_TEXT, " \n ") == Refusal(key="answer.too_short", values={"shortest": 1})


def test_a_text_without_bounds_is_still_bounded():
    assert read_answer(ANY_TEXT, "ы" * (LONGEST_TEXT + 1)).key == "answer.too_long"


@pytest.mark.parametrize(
    ("typed", "key"), [("Да", "yes"), (" дА ", "yes"), ("yes", "yes"), ("2-3 дня", "partly"), ("2—3 Days", "partly")]
)
def test_a_typed_label_of_any_language_is_its_option(typed, key):
    assert read_answer(READY, typed) == key


@pytest.mark.parametrize("typed", ["partly", "наверное", "Да!", "", "  "])
def test_words_that_are_no_label_are_no_choice(typed):
    assert read_answer(READY, typed) == Refusal(key="answer.choose")


def test_words_that_tick_nothing_are_told_how_several_are_chosen():
    several = {"kind": "several_choices", "options": READY["options"]}
    for typed in ("готово", "да, наверное", ""):
        assert read_answer(several, typed) == Refusal(key="answer.choose_several")


@given(st.sampled_from(QUESTIONS), st.text())
def test_whatever_is_typed_an_answer_is_a_number_or_words_or_refused(asked, typed):
    assert isinstance(read_answer(asked, typed), int | str | Refusal)


@pytest.mark.parametrize(
    ("versions", "read"),
    [
        ({"ru": "Да", "en": "Yes"}, "Yes"),
        ({"ru": "Да"}, "Да"),
        ({"ru": "Да", "en": ""}, "Да"),
        ({"en": " ", "ru": "Да"}, "Да"),
        ({"de": "Ja", "ru": "Да"}, "Да"),
        ({"de": "Ja", "ru": "", "en": ""}, "Ja"),
        ({}, ""),
    ],
)
def test_words_are_read_in_ones_language_else_in_russian_else_in_any_in_which_they_are_written(versions, read):
    assert in_language(versions, "en") == read


def test_a_question_has_the_options_it_was_asked_with():
    assert [has_option(READY, key) for key in ("yes", "partly", "perhaps", "")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("given_answers", "shown"),
    [({"ready": "yes"}, True), ({"ready": "no"}, False), ({"ready": None}, False), ({}, None)],
)
def test_a_condition_is_met_broken_or_not_known_yet(given_answers, shown):
    assert is_shown({"question": "ready", "options": ["yes", "partly"]}, given_answers) is shown


def test_a_question_without_a_condition_is_shown():
    assert is_shown(None, {}) is True


def test_answers_without_consequence_qualify():
    assert screen([(READY, "yes"), (AGE, 30)]) == (Screening.QUALIFIED, [])


def test_a_flagged_option_asks_for_review_and_says_why():
    assert screen([(READY, "partly"), (AGE, 30)]) == (Screening.REVIEW, ["ready"])


def test_a_declining_option_declines_whatever_else_is_flagged():
    assert screen([({**READY, "key": "other"}, "partly"), (READY, "no")]) == (Screening.DECLINED, ["ready"])


def test_a_question_that_was_skipped_leads_to_nothing():
    assert screen([(READY, None)]) == (Screening.QUALIFIED, [])


def _exam(questions, right):
    """Answers to an exam of one point each, the first `right` of them correct."""
    asked = {"options": [{"key": "a", "correct": True}, {"key": "b"}]}
    return [(asked, "a" if number < right else "b") for number in range(questions)]


@pytest.mark.parametrize(
    ("questions", "right", "percent", "passed"),
    [
        (8, 6, 75, True),
        (1000, 749, 74, False),
        (1000, 750, 75, True),
        (3, 2, 66, False),
        (8, 8, 100, True),
        (8, 0, 0, False),
    ],
)
def test_a_score_is_rounded_down_and_passes_from_the_pass_mark_on(questions, right, percent, passed):
    result = score(_exam(questions, right), pass_percent=75)
    assert (result.points, result.percent, result.passed) == (right, percent, passed)


def test_a_right_option_may_be_worth_more():
    heavy = {"options": [{"key": "a", "correct": True, "points": 3}, {"key": "b"}]}
    assert score([(heavy, "a"), *_exam(1, 0)], pass_percent=75).percent == 75


def test_points_of_a_wrong_option_earn_nothing():
    tempting = {"options": [{"key": "a", "correct": True}, {"key": "b", "points": 5}]}
    assert score([(tempting, "b")], pass_percent=1).points == 0


def test_a_question_without_an_answer_earns_nothing_and_counts():
    asked = {"options": [{"key": "a", "correct": True}]}
    assert score([(asked, None), (asked, "a")], pass_percent=50).percent == 50


def test_an_exam_without_questions_is_not_passed():
    assert not score([], pass_percent=1).passed


@pytest.mark.parametrize("typed", ["60 000 руб.", "60000 рублей", "60к", "60 тыс", "60 тысяч рублей", "60000₽", "60k"])
def test_an_income_is_read_the_way_people_write_it(typed):
    assert read_answer(ANY_NUMBER, typed) == 60_000
