"""Questions are edited in the panel."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Question, QuestionKind, Test
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from tests.panel import NOW, Company, Person

TWO_OPTIONS = {"option-0-key": "a", "option-0-label-ru": "Да", "option-1-key": "b", "option-1-label-ru": "Нет"}


@pytest.fixture(autouse=True)
def shipped(company: Company) -> None:
    load_shipped_tests(company.session)
    company.session.commit()


def _question(company: Company, test: str, *conditions: Any) -> Question:
    found = select(Question).join(Test).where(Test.key == test, *conditions).order_by(Question.position).limit(1)
    return company.session.scalars(found).one()


def _choice(company: Company, test: str) -> Question:
    """A choice nothing depends on: the last of the test."""
    of_test = select(Question).join(Test).where(Test.key == test, Question.kind == QuestionKind.ONE_CHOICE)
    return company.session.scalars(of_test.order_by(Question.position.desc()).limit(1)).one()


def _address(question: Question, test: str) -> str:
    return f"/admin/tests/{test}/questions/{question.id}"


def _save(person: Person, question: Question, test: str = "test1", **values: Any) -> Any:
    typed = {"version": question.version, "text-ru": "Новый вопрос?", "active": "y"}
    address = _address(question, test)
    return person.post(address, form_at=address, **{**typed, **values})


def test_an_edit_becomes_the_next_version(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    options = {"option-5-label-ru": "Может быть", "option-5-label-en": "Maybe", "option-1-consequence": "flag"}

    answer = _save(admin, question, **TWO_OPTIONS, **options, **{"text-en": "New?"})

    assert answer.status_code == 302
    saved = company.now(question)
    assert (saved.text, saved.version) == ({"ru": "Новый вопрос?", "en": "New?"}, 2)
    assert saved.options == [
        {"key": "a", "label": {"ru": "Да"}},
        {"key": "b", "label": {"ru": "Нет"}, "consequence": "flag"},
        {"key": "o1", "label": {"ru": "Может быть", "en": "Maybe"}},
    ]


def test_saving_the_form_as_it_is_changes_no_content(admin: Person, company: Company) -> None:
    for test in ("test1", "test2"):
        for question in company.session.scalars(select(Question).join(Test).where(Test.key == test)):
            before = (question.text, question.hint, question.options, question.show_if, question.lowest)
            address = _address(question, test)
            page = admin.get(address).text
            assert admin.client.post(address, data=_form_of(page)).status_code == 302, address
            saved = company.now(question)
            assert (saved.text, saved.hint, saved.options, saved.show_if, saved.lowest) == before


def _form_of(page: str) -> dict[str, str]:
    """What a browser would send for the question's form."""
    parser = _Form()
    parser.feed(page.split('<form method="post" class="panel-box form"')[1].split("</form>")[0])
    return parser.values


class _Form:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def feed(self, html: str) -> None:
        reader = _reader(self.values)
        reader.feed(html.split("<template")[0] + html.split("</template>")[-1] if "<template" in html else html)


def _reader(values: dict[str, str]) -> Any:
    from html.parser import HTMLParser  # noqa: PLC0415

    class Reader(HTMLParser):
        select = area = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            name = given.get("name") or ""
            if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
                values[name] = given.get("value") or ""
            if tag == "textarea":
                self.area = name
                values[name] = ""
            if tag == "select":
                self.select = name
            if tag == "option" and (self.select not in values or "selected" in given):
                values[self.select] = given.get("value") or ""

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.area = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                values[self.area] += data

    return Reader()


@pytest.mark.parametrize(
    ("test", "typed", "sentence"),
    [
        ("test1", {**TWO_OPTIONS, "option-1-remove": "y"}, "не меньше двух вариантов"),
        ("test1", {**TWO_OPTIONS, "option-1-key": "a"}, "одинаковый ключ"),
        ("test1", {**TWO_OPTIONS, "text-ru": " "}, "Напишите вопрос по-русски"),
        ("test1", {**TWO_OPTIONS, "option-0-label-ru": "", "option-0-label-en": "Yes"}, "каждый вариант по-русски"),
        ("test2", TWO_OPTIONS, "должен быть верный"),
        ("test1", {**TWO_OPTIONS, "show-question": "nothing", "show-options": "a"}, "задаётся раньше"),
    ],
)
def test_a_question_that_could_not_be_asked_is_refused_and_the_input_stays(
    admin: Person, company: Company, test: str, typed: dict[str, str], sentence: str
) -> None:
    question = _choice(company, test)

    answer = _save(admin, question, test, **{"hint-ru": "Моя подсказка", **typed})

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "Моя подсказка" in answer.text
    assert company.now(question).version == 1


def test_a_condition_looks_backwards_only(admin: Person, company: Company) -> None:
    first = _question(company, "test1")
    later = _choice(company, "test1")

    answer = _save(admin, first, **TWO_OPTIONS, **{"show-question": later.key, "show-options": later.options[0]["key"]})

    assert "задаётся раньше" in answer.text


def test_an_option_that_a_later_question_waits_for_cannot_vanish(admin: Person, company: Company) -> None:
    occupation = _question(company, "test1", Question.key == "occupation")

    answer = _save(admin, occupation, **TWO_OPTIONS)

    assert "От убранного варианта зависит" in answer.text


def test_bounds_must_be_in_order(admin: Person, company: Company) -> None:
    number = _question(company, "test1", Question.kind != QuestionKind.ONE_CHOICE)

    assert "больше наибольшего" in _save(admin, number, lowest="10", highest="5").text
    assert "целые числа" in _save(admin, number, lowest="many").text


def test_a_question_can_be_hidden_and_stays_for_history(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    address = _address(question, "test1")

    admin.post(address, form_at=address, version=1, **TWO_OPTIONS, **{"text-ru": "Новый вопрос?"})

    assert company.now(question).active is False
    assert "скрыт" in admin.get("/admin/tests/test1").text


def test_a_colleagues_edit_is_shown_and_not_overwritten(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    question.text = {"ru": "Вопрос коллеги?"}
    company.session.commit()

    answer = _save(admin, question, **TWO_OPTIONS, version=1)

    assert "изменил кто-то другой" in answer.text
    assert "Вопрос коллеги?" in answer.text
    assert "Новый вопрос?" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert company.now(question).text == {"ru": "Вопрос коллеги?"}


def test_of_a_colleagues_edit_nothing_is_listed_that_is_as_the_form_has_it(admin: Person, company: Company) -> None:
    question = _choice(company, "test2")
    address = _address(question, "test2")
    form = _form_of(admin.get(address).text)
    question.hint = {"ru": "Подсказка коллеги"}
    company.session.commit()

    page = admin.post(address, form_at=address, **form).text

    note = page[page.index("Тем временем сохранил") : page.index("</dl>")]
    assert re.findall("<dt>(.*?)</dt>", note) == ["Подсказка · Русский"]


def test_of_a_colleagues_edit_everything_is_listed_that_the_form_has_otherwise(admin: Person, company: Company) -> None:
    question = _choice(company, "test2")
    key = question.options[0]["key"]
    address = _address(question, "test2")
    form = _form_of(admin.get(address).text)
    first, *others = question.options
    question.options = [{**first, "correct": True, "points": 3}, *({**one, "correct": False} for one in others)]
    question.hint = {"ru": "Подсказка коллеги"}
    question.show_if = {"question": "other", "options": ["x"]}
    question.limit_seconds = 45
    company.session.commit()

    page = admin.post(address, form_at=address, **{**form, f"{_row(key, question)}-points": ""}).text

    note = page[page.index("Тем временем сохранил") : page.index("</dl>")]
    assert f"<dt>Вариант «{key}»</dt>" in note
    assert "Верный · Баллы: 3" in note
    assert "Подсказка коллеги" in note
    assert "other: x" in note
    assert "45" in note
    assert question.text["ru"] not in note
    assert "Задаётся" not in note


def _row(key: str, question: Question) -> str:
    return f"option-{[option['key'] for option in question.options].index(key)}"


def test_the_key_of_a_new_option_can_be_put_right_after_a_refusal(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    address = _address(question, "test1")
    key = question.options[0]["key"]
    form = _form_of(admin.get(address).text)
    new = len(question.options)

    page = admin.post(
        address, form_at=address, **{**form, f"option-{new}-key": key, f"option-{new}-label-ru": "Ещё"}
    ).text

    assert "У двух вариантов одинаковый ключ" in page
    assert "readonly" in _tag_of(page, "option-0-key")
    assert "readonly" not in _tag_of(page, f"option-{new}-key")


def _tag_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found
    return found[0]


def test_a_deleted_question_says_so_and_is_brought_back_from_its_page(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    address = _address(question, "test1")
    assert "Вопрос удалён" not in admin.get(address).text
    question.active, question.deleted_at = False, NOW
    company.session.commit()

    page = admin.get(address).text

    assert "Вопрос удалён" in page
    assert re.search(r'<fieldset class="plain" disabled>', page)
    assert ">Сохранить<" not in page
    assert f'action="{address}/restore"' in page
    admin.post(f"{address}/restore", form_at=address)
    assert company.now(question).deleted_at is None


def test_a_question_of_another_test_is_not_found(admin: Person, company: Company) -> None:
    question = _choice(company, "test1")
    assert admin.get(_address(question, "test2")).status_code == 404
    assert admin.get("/admin/tests/none").status_code == 404
