"""A test goes out of the panel as a file and comes in again after a look."""

import io
import re

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from tests.panel import Company, Person

PAGE = "/admin/test-files/"


@pytest.fixture(autouse=True)
def shipped(company: Company) -> None:
    load_shipped_tests(company.session)
    company.session.commit()


def _mark(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def test_a_file_that_was_saved_changes_nothing(admin: Person) -> None:
    saved = admin.get("/admin/tests/test2/file.toml")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="test2.toml"'
    page = admin.post(PAGE, form_at=PAGE, step="preview", file=(io.BytesIO(saved.data), "t.toml")).text
    assert "Всё уже так." in page
    assert 'value="import"' not in page


def test_a_mended_file_is_looked_at_and_then_taken_over(admin: Person, company: Company) -> None:
    text = admin.get("/admin/tests/test2/file.toml").text.replace("С чего начать?", "Как начать?", 1)
    look = admin.post(PAGE, form_at=PAGE, step="preview", text=text).text
    assert "изменится: 1" in look
    first = company.session.scalars(select(Question).where(Question.key == "first_contact")).one()
    assert company.now(first).version == 1

    done = admin.post(PAGE, form_at=PAGE, step="import", text=text, mark=_mark(look))

    assert done.location == "/admin/tests/test2"
    assert "Как начать?" in company.now(first).text["ru"]
    assert first.version == 2


def test_a_look_that_is_out_of_date_writes_nothing_and_keeps_the_text(admin: Person, company: Company) -> None:
    text = admin.get("/admin/tests/test2/file.toml").text.replace("С чего начать?", "Как начать?", 1)
    mark = _mark(admin.post(PAGE, form_at=PAGE, step="preview", text=text).text)
    first = company.session.scalars(select(Question).where(Question.key == "first_contact")).one()
    first.text = {"ru": "Вопрос коллеги"}
    company.session.commit()

    page = admin.post(PAGE, form_at=PAGE, step="import", text=text, mark=mark)

    assert page.status_code == 200
    assert "Как начать?" in page.text
    assert company.now(first).text == {"ru": "Вопрос коллеги"}


def test_mistakes_are_listed_with_their_lines(admin: Person, company: Company) -> None:
    text = 'key = "new"\nkind = "exam"\npass_percent = 70\ntitle.ru = "Т"\n[[questions]]\nkey = "a"\nkind = "essay"\n'
    page = admin.post(PAGE, form_at=PAGE, step="import", text=text, mark="x").text
    assert "строка 7:" in page
    assert "а не «essay»" in page
    assert company.session.scalar(select(Test.id).where(Test.key == "new")) is None


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"<script>alert(1)</script>", b"x" * 300_001, b""])
def test_what_is_no_such_file_is_answered_in_a_sentence(admin: Person, content: bytes) -> None:
    answer = admin.post(PAGE, form_at=PAGE, step="preview", file=(io.BytesIO(content), "t.toml"))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "note-bad" in answer.text
