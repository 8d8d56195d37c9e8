"""What a question must be like to be asked."""

import pytest

from recruitsmart.domain.assessments.checking import QuestionEdit, content_problems, sentences
from recruitsmart.domain.assessments.models import CHOICES, QuestionKind, TestKind

OPTIONS = ({"key": "a", "label": {"ru": "Да"}, "correct": True}, {"key": "b", "label": {"ru": "Нет"}})


def _problems(kind: QuestionKind = QuestionKind.ONE_CHOICE, test: TestKind = TestKind.EXAM, **values) -> str:
    edit = QuestionEdit(**{"text": {"ru": "Да?"}, "options": OPTIONS, **values})
    return " ".join(sentences(content_problems(edit, kind, test)))


def _with(**parts):
    return (OPTIONS[0], {**OPTIONS[1], **parts})


def test_a_whole_question_has_no_problems() -> None:
    assert _problems() == ""
    assert _problems(QuestionKind.SEVERAL_CHOICES) == ""
    assert _problems(QuestionKind.TEXT, TestKind.QUESTIONNAIRE, options=(), lowest=5, highest=500) == ""


@pytest.mark.parametrize("kind", [QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES])
def test_a_choice_of_an_exam_has_a_right_option_and_one_of_a_questionnaire_need_not(kind: QuestionKind) -> None:
    wrong = tuple({**option, "correct": False} for option in OPTIONS)
    assert "needs a right option" in _problems(kind, options=wrong)
    assert _problems(kind, TestKind.QUESTIONNAIRE, options=wrong) == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": {"en": "Yes?"}}, "question in Russian"),
        ({"text": {"ru": "я" * 2001}}, "text is too long"),
        ({"text": {"ru": "я" * 1990}, "hint": {"ru": "я" * 1990}}, "together are too long"),
        ({"text": {"ru": "😀" * 1990}}, "together are too long"),
        ({"options": OPTIONS[:1]}, "at least two options"),
        ({"options": (OPTIONS[0],) * 2}, "same key"),
        ({"options": _with(key="B")}, "small Latin letters"),
        ({"options": _with(key="b" * 25)}, "small Latin letters"),
        ({"options": _with(key="")}, "small Latin letters"),
        ({"options": _with(label={"en": "No"})}, "each option in Russian"),
        ({"options": _with(label={"ru": "я" * 61})}, "too long for a button"),
        ({"options": _with(label={"ru": "ДА"})}, "say the same"),
        ({"options": _with(points=101)}, "0 to 100 points"),
        ({"options": [{"key": f"o{n}", "label": {"ru": str(n)}, "correct": True} for n in range(21)]}, "too many"),
        ({"limit_seconds": 4}, "5 to 3600 seconds"),
        ({"lowest": 1}, "Only a text or a number"),
    ],
)
def test_a_choice_that_could_not_be_asked_is_named(values: dict, sentence: str) -> None:
    assert sentence in _problems(**values)


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        (QuestionKind.TEXT, {"options": OPTIONS}, "Only a choice has options"),
        (QuestionKind.NUMBER, {"lowest": 2, "highest": 1}, "above the highest"),
        (QuestionKind.NUMBER, {"highest": 10**12 + 1}, "out of range"),
        (QuestionKind.TEXT, {"lowest": -1}, "out of range"),
        (QuestionKind.DATE, {"lowest": 1}, "Only a text or a number"),
    ],
)
def test_a_typed_question_that_could_not_be_answered_is_named(kind: QuestionKind, values: dict, sentence: str) -> None:
    assert sentence in _problems(kind, **{"options": (), **values})


@pytest.mark.parametrize("kind", sorted(set(QuestionKind) - CHOICES))
def test_an_exam_asks_for_choices_only(kind: QuestionKind) -> None:
    edit = QuestionEdit(text={"ru": "Эссе?"})
    sentence = "An exam has only questions with options: typed answers cannot be scored."
    assert sentence in sentences(content_problems(edit, kind, TestKind.EXAM))
    assert sentence not in sentences(content_problems(edit, kind, TestKind.QUESTIONNAIRE))
