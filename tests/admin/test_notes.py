"""Notes on the card, and the day to look again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.notes.models import FollowUp, Note
from tests.panel import NOW, Company, Person

TODAY = NOW.date()


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow)


def _card(candidate: Candidate) -> str:
    return f"/admin/candidates/{candidate.reference}"


def _post(person: Person, candidate: Candidate, act: str, **fields: str) -> object:
    return person.post(f"/admin/notes/{candidate.reference}/{act}", form_at=_card(candidate), **fields)


def test_a_note_stays_on_the_card_with_who_wrote_it(olga: Person, company: Company, anna: Candidate) -> None:
    _post(olga, anna, "write", note="Просит <b>перезвонить</b>")
    page = olga.get(_card(anna)).text
    assert "Просит &lt;b&gt;перезвонить&lt;/b&gt;" in page and "оставил заметку" in page
    note = company.session.scalars(select(Note)).one()
    entry = company.session.scalars(select(Entry).where(Entry.kind == "note.written")).one()
    assert (note.account_id, entry.subject_id, entry.details) == (entry.actor_id, note.id, {})


@pytest.mark.parametrize("typed", ["  ", "x" * 2001])
def test_a_note_that_cannot_be_kept_is_not_lost(olga: Person, company: Company, anna: Candidate, typed: str) -> None:
    answer = _post(olga, anna, "write", note=typed)
    assert f"{typed}</textarea>" in answer.text
    assert company.session.scalars(select(Note)).all() == []


def test_the_candidate_stands_on_today_when_the_day_has_come(olga: Person, company: Company, anna: Candidate) -> None:
    _post(olga, anna, "follow-up", day=(TODAY + timedelta(days=1)).isoformat())
    assert "Анна Иванова" not in olga.get("/admin/today/").text
    _post(olga, anna, "follow-up", day=TODAY.isoformat())
    assert "Анна Иванова" in olga.get("/admin/today/").text
    _post(olga, anna, "done")
    _post(olga, anna, "done")
    assert "Анна Иванова" not in olga.get("/admin/today/").text
    kinds = company.session.scalars(select(Entry.kind).order_by(Entry.id)).all()
    assert kinds == ["candidate.follow_up", "candidate.follow_up", "candidate.followed_up"]


@pytest.mark.parametrize("day", ["2026-11-22", "2030-01-01", "завтра"])
def test_a_day_that_is_past_too_far_or_none_is_refused(
    olga: Person, company: Company, anna: Candidate, day: str
) -> None:
    _post(olga, anna, "follow-up", day=day)
    assert company.session.scalars(select(FollowUp)).all() == []


def test_notes_on_people_of_other_cities_cannot_be_written_or_seen(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    company.session.add(FollowUp(candidate_id=foreign.id, due_on=TODAY))
    company.session.commit()
    for act, fields in (("write", {"note": "x"}), ("follow-up", {"day": TODAY.isoformat()}), ("done", {})):
        answer = olga.post(f"/admin/notes/{foreign.reference}/{act}", form_at="/admin/inbox/?tab=x", **fields)
        assert answer.status_code == 404
    assert "Чужой" not in olga.get("/admin/today/").text
    assert company.session.scalars(select(Note)).all() == []
