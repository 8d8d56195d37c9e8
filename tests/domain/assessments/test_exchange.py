"""A test goes out as a file and comes in again."""

import string
from dataclasses import asdict
from importlib import resources

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments import file_reading, hiding
from recruitsmart.domain.assessments.authoring import TestSettings
from recruitsmart.domain.assessments.checking import SHIPPED
from recruitsmart.domain.assessments.editing import as_edit
from recruitsmart.domain.assessments.exchange import Fate, import_test, plan_import
from recruitsmart.domain.assessments.file_reading import BadFile, read_test
from recruitsmart.domain.assessments.file_writing import write_test
from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from tests.factories import NOW, add_test, choice_question, several_question, typed_question

BY = {"actor": SYSTEM, "now": NOW}


def _file(session: Session, test: Test) -> str:
    session.flush()
    session.expire_all()
    return write_test(test, questions_of(session, test.id))


def _import(session: Session, text: str) -> Test:
    return import_test(session, text, mark=plan_import(session, text).mark, **BY)


def _keys(session: Session, test: Test) -> list[str]:
    session.expire_all()
    return [question.key for question in questions_of(session, test.id) if question.active]


@pytest.fixture
def test(session: Session) -> Test:
    return add_test(
        session,
        choice_question("city", "here", "there"),
        typed_question("street", show_if={"question": "city", "options": ["here"]}, lowest=3),
        several_question("days", "mon", "tue", required=False, limit_seconds=30),
        total_limit_seconds=900,
    )


def test_a_file_brought_in_as_it_went_out_changes_nothing(session: Session, test: Test) -> None:
    text = _file(session, test)
    assert plan_import(session, text).is_empty
    _import(session, text)
    session.flush()
    assert {question.version for question in questions_of(session, test.id)} == {1}
    assert test.revision == 1


@pytest.mark.parametrize("key", SHIPPED)
def test_the_shipped_files_are_in_the_format(session: Session, key: str) -> None:
    load_shipped_tests(session)
    shipped = (resources.files("recruitsmart.domain.assessments.shipped") / f"{key}.toml").read_text(encoding="utf-8")
    assert plan_import(session, shipped).is_empty
    test = session.scalars(select(Test).where(Test.key == key)).one()
    assert plan_import(session, _file(session, test)).is_empty


def test_a_deleted_question_is_not_in_the_file_and_stays_deleted(session: Session, test: Test) -> None:
    hiding.delete_question(session, questions_of(session, test.id)[2].id, **BY)
    text = _file(session, test)
    assert '"days"' not in text
    assert plan_import(session, text).is_empty


def test_a_new_key_makes_a_new_test(session: Session, test: Test) -> None:
    text = _file(session, test).replace('key = "test1"', 'key = "other"')
    plan = plan_import(session, text)
    assert (plan.test, plan.count(Fate.ADDED)) == (None, 3)
    made = _import(session, text)
    assert (made.key, _keys(session, made)) == ("other", ["city", "street", "days"])
    assert plan_import(session, text).is_empty


def test_what_changes_is_shown_before_and_done_as_next_versions(session: Session, test: Test) -> None:
    text = _file(session, test).replace("street?", "Какая улица?").replace("total_limit_seconds = 900\n", "")
    text = (
        text[: text.index('[[questions]]\nkey = "days"')]
        + '[[questions]]\nkey = "sum"\nkind = "number"\ntext.ru = "?"\n'
    )
    plan = plan_import(session, text)
    fates = {change.key: (change.fate, list(change.parts)) for change in plan.changes}
    assert fates == {
        "city": (Fate.SAME, []),
        "street": (Fate.CHANGED, ["text"]),
        "sum": (Fate.ADDED, []),
        "days": (Fate.HIDDEN, []),
    }
    assert (list(plan.settings), plan.is_reordered, plan.is_empty) == (["total_limit_seconds"], False, False)

    import_test(session, text, mark=plan.mark, **BY)

    assert _keys(session, test) == ["city", "street", "sum"]
    rows = {question.key: question for question in questions_of(session, test.id)}
    assert (rows["city"].version, rows["street"].version, rows["days"].version) == (1, 2, 2)
    assert (rows["days"].active, rows["days"].deleted_at, test.total_limit_seconds) == (False, None, None)
    assert session.scalars(select(Entry).where(Entry.kind == "test.imported")).one().details["added"] == 1


def test_another_order_is_taken_over(session: Session, test: Test) -> None:
    text = _file(session, test)
    begins = text.index('[[questions]]\nkey = "days"')
    head = text.index("[[questions]]")
    text = text[:head] + text[begins:] + "\n" + text[head:begins]
    assert plan_import(session, text).is_reordered
    _import(session, text)
    assert _keys(session, test) == ["days", "city", "street"]


def test_a_deleted_question_that_a_file_names_comes_back(session: Session, test: Test) -> None:
    text = _file(session, test)
    hiding.delete_question(session, questions_of(session, test.id)[2].id, **BY)
    session.flush()
    assert plan_import(session, text).count(Fate.CHANGED) == 1
    _import(session, text)
    assert _keys(session, test) == ["city", "street", "days"]


def test_what_changed_since_the_look_is_not_overwritten(session: Session, test: Test) -> None:
    text = _file(session, test).replace("street?", "Улица?")
    mark = plan_import(session, text).mark
    questions_of(session, test.id)[0].text = {"ru": "Город коллеги?"}
    session.flush()
    with pytest.raises(Changed):
        import_test(session, text, mark=mark, **BY)
    with pytest.raises(Changed):
        import_test(session, text + "\n", mark=plan_import(session, text).mark, **BY)


FILE = """\
key = "exam"
kind = "exam"
pass_percent = 70

[title]
ru = "Экзамен"

[[questions]]
key = "first"
kind = "one_choice"
text = { ru = "Первый?" }

[[questions.options]]
key = "a"
label = { ru = "Да" }
correct = true

[[questions.options]]
key = "b"
label = { ru = "Нет" }

# a remark
[[questions]]
key = "second"
kind = "several_choices"
show_if = { question = "first", options = ["a"] }
text = { ru = "Второй?" }
options = [{ key = "c", label = { ru = "Да" }, correct = true }, { key = "d", label = { ru = "Может" } }]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('label = { ru = "Нет" }', "", 18, "An option needs a label."),
        ('label = { ru = "Нет" }', 'label = "Нет"', 20, "“label” must be a table."),
        ('label = { ru = "Нет" }', 'label = { de = "Nein" }', 20, "“de” is not known here."),
        ('key = "b"', 'key = "Б"', 18, "The key of an option"),
        ("correct = true", 'correct = "yes"', 16, "“correct” must be true or false."),
        ("pass_percent = 70", "pass_percent = 170", 3, "pass mark from 1 to 100"),
        ("pass_percent = 70", "pass_percnt = 70", 3, "“pass_percnt” is not known here."),
        ('kind = "exam"', 'kind = "quiz"', 2, "kind is questionnaire or exam, not “quiz”."),
        ('kind = "several_choices"', 'kind = "essay"', 25, "not “essay”"),
        ('options = ["a"]', 'options = ["c"]', 26, "“first” has no option “c”."),
        ('question = "first"', 'question = "third"', 26, "“third” is not a choice"),
        ('key = "second"', 'key = "first"', 24, "a question with this key already"),
        ('text = { ru = "Второй?" }', "", 23, "question in Russian"),
        ('text = { ru = "Второй?" }', "text = { ru = Второй }", 27, "This is not TOML"),
        ("pass_percent = 70", f"pass_percent = {'7' * 5000}", 3, "a number is too long"),
        ('text = { ru = "Второй?" }', 'text = { ru = "Второй\\u0000?" }', 27, "character that cannot be kept"),
        ('text = { ru = "Второй?" }', 'text = { ru = "Второй?" }\nlimit_seconds = 2', 28, "5 to 3600"),
        ('text = { ru = "Первый?" }', 'text = { ru = "Первый?" }\nlowest = 1', 12, "Only a text or a number"),
        ("pass_percent = 70", "pass_percent = 70\ntries = 9", 4, "1 to 5 tries"),
        ('[title]\nru = "Экзамен"', '[title]\nen = "Exam"', 5, "title in Russian"),
        ("# a remark", "# a remark\n[[questions]]\nkey = 5", 24, "“key” must be words in quotes."),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, sentence: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_test(FILE.replace(old, new, 1))
    assert [mistake.line for mistake in caught.value.mistakes if sentence in mistake.sentence] == [line]


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BadFile) as caught:
        read_test(FILE.replace('label = { ru = "Нет" }', "").replace('kind = "several_choices"', 'kind = "essay"'))
    assert [mistake.line for mistake in caught.value.mistakes] == [18, 25]


def test_a_hidden_question_that_another_waits_for_is_refused_as_in_the_editor() -> None:
    hidden = FILE.replace('text = { ru = "Первый?" }', 'text = { ru = "Первый?" }\nactive = false')
    with pytest.raises(BadFile) as caught:
        read_test(hidden)
    assert [(mistake.line, mistake.sentence) for mistake in caught.value.mistakes] == [
        (12, "The question “second” depends on an answer to this one.")
    ]
    read_test(hidden + "active = false\n")


def test_inline_lists_have_lines_too() -> None:
    text = (
        'key = "t"\nkind = "questionnaire"\ntitle.ru = "T"\nquestions = [\n'
        '  { key = "a", kind = "text", text.ru = "?" },\n  { key = "b",'
    )
    with pytest.raises(BadFile) as caught:
        read_test(text + ' kind = "essay", text.ru = "?" },\n]\n')
    assert [mistake.line for mistake in caught.value.mistakes] == [6]


@pytest.mark.parametrize(
    "key",
    ["a." * 10_000 + "b = 1", "[" + "a . " * 20 + "b]", "'a' .\"\". " * 10 + "b = 1", r'"\""."б".' * 10 + "b = 1"],
)
def test_a_key_of_very_many_parts_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(file_reading, "tomllib", None)
    with pytest.raises(BadFile) as refused:
        read_test(f"kind = 'exam'\n{key}\n")
    assert [(mistake.line, mistake.sentence) for mistake in refused.value.mistakes] == [
        (2, "A key has at most 20 parts.")
    ]


def test_dots_in_the_words_of_a_question_make_no_key() -> None:
    words = "2.5, a.b … " + "." * 50 + " www.example.org " + "а.б." * 30
    read_test(FILE.replace('"Второй?"', f'"{words}"'))
    read_test(FILE.replace('{ ru = "Второй?" }', f'{{ ru = """\n{words}\n""" }}'))


@pytest.mark.parametrize(
    "text", ["[" * 5000, "a = " + "[" * 100_000, "\0", "questions = 5", "[[questions]]", "key = 1"]
)
def test_nonsense_is_a_mistake_and_never_a_crash(text: str) -> None:
    with pytest.raises(BadFile):
        read_test(text)


def test_a_language_in_which_nothing_is_written_is_left_out() -> None:
    (question, _second) = read_test(FILE.replace('{ ru = "Первый?" }', '{ ru = "Первый?", en = " " }')).questions
    assert question.edit.text == {"ru": "Первый?"}


def test_a_kind_does_not_change(session: Session, test: Test) -> None:
    text = _file(session, test).replace('kind = "text"', 'kind = "phone"').replace("lowest = 3\n", "")
    with pytest.raises(BadFile) as caught:
        plan_import(session, text)
    assert [mistake.sentence for mistake in caught.value.mistakes] == [
        "A question keeps its kind; give the new one a key of its own."
    ]


words = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=40)
visible = words.filter(lambda typed: bool(typed.strip()))
keys = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=12)
in_languages = st.builds(lambda ru, en: {"ru": ru} | ({"en": en} if en else {}), visible, st.none() | visible)


@st.composite
def choices(draw: st.DrawFn) -> list[dict]:
    labels = draw(st.lists(visible, min_size=2, max_size=5, unique_by=str.casefold))
    extras = st.fixed_dictionaries(
        {}, optional={"points": st.integers(0, 100), "consequence": st.sampled_from(["none", "flag", "decline"])}
    )
    rows = [{"key": f"o{n}", "label": {"ru": label}, **draw(extras)} for n, label in enumerate(labels)]
    rows[0]["correct"] = True
    return rows


@st.composite
def questions(draw: st.DrawFn) -> list[Question]:
    made: list[Question] = []
    for key in draw(st.lists(keys, min_size=1, max_size=5, unique=True)):
        kind = draw(st.sampled_from(list(QuestionKind)))
        is_choice = kind in {QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES}
        earlier = [other for other in made if other.options]
        needed = draw(st.none() | st.sampled_from(earlier)) if earlier else None
        made.append(
            Question(
                key=key, kind=kind, text=draw(in_languages), hint=draw(st.just({}) | in_languages),
                options=draw(choices()) if is_choice else [],
                show_if=needed and {"question": needed.key, "options": [needed.options[0]["key"]]},
                lowest=draw(st.none() | st.integers(0, 50)) if kind == QuestionKind.TEXT else None,
                required=draw(st.booleans()), active=draw(st.booleans()) and (needed is None or needed.active),
                limit_seconds=draw(st.none() | st.integers(5, 3600)),
            )
        )  # fmt: skip
    return made


@settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(rows=questions(), title=in_languages, limit=st.none() | st.integers(30, 86400), shuffled=st.booleans())
def test_whatever_is_written_survives_the_way_out_and_in(rows, title, limit, shuffled) -> None:
    given = TestSettings(title=title, total_limit_seconds=limit, shuffle_options=shuffled, active=not shuffled)
    written = read_test(
        write_test(Test(key="any", kind=TestKind.QUESTIONNAIRE, **asdict(given)), rows).replace("\n", "\r\n")
    )
    assert (written.key, written.kind, written.settings) == ("any", TestKind.QUESTIONNAIRE, given)
    before = [(row.key, row.kind, as_edit(row)) for row in rows]
    assert [(row.key, row.kind, row.edit) for row in written.questions] == before
