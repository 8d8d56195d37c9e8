"""Who pastes more than fits reads so: a browser cuts at `maxlength` without a word, and half of it would be kept."""

import re
from pathlib import Path

import pytest

import recruitsmart
from recruitsmart.domain.candidates.models import Candidate
from tests.panel import Company, Person

TEMPLATES = Path(recruitsmart.__file__).parent
CUTS = re.compile("<textarea[^>]*maxlength=")


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow)


def test_no_field_of_several_lines_cuts_what_is_pasted(admin: Person, company: Company, anna: Candidate) -> None:
    pages = [
        f"/admin/candidates/{anna.reference}", "/admin/broadcasts/new", "/admin/cities/new/", "/admin/sources/new/",
        f"/admin/inbox/{anna.reference}", "/admin/texts/greeting?language=ru",
    ]  # fmt: skip
    for page in pages:
        fields = re.findall("<textarea[^>]*>", admin.get(page).text)
        assert fields, page
        assert [field for field in fields if "maxlength" in field] == [], page


def test_no_template_of_ours_has_such_a_field() -> None:
    found = [path.name for path in TEMPLATES.rglob("*.html") if CUTS.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_note_too_long_is_refused_and_given_back(admin: Person, anna: Candidate) -> None:
    card = f"/admin/candidates/{anna.reference}"
    words = "Разговор. " * 300
    answer = admin.post(f"/admin/notes/{anna.reference}/write", form_at=card, note=words)
    assert "В заметке не больше" in answer.text
    assert words in answer.text
